#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What latchkey-sasl(1) types by hand, typed: in one terminal openssl s_client, in another latchkey sasl."""
import os
import pty
import re
import subprocess
import tempfile
import unittest

from script import PROGRAM, environment
from test_examples import EXAMPLES, GOOD, Server, USER

with open(os.path.join(EXAMPLES, "../../man/latchkey-sasl.1"), encoding="utf-8") as page:
    BLOCKS = re.findall(r"(?s)\.nf\n(\$ .*?)\.fi", page.read().split(".SH EXAMPLES")[1])


def dialogue(block):
    """The command, and (is it typed, line) of all that follows."""
    command, rest = re.match(r"(?s)\$ \\fB(.*?)\\fR\n(.*)", block).groups()
    lines = [(line.startswith(r"\fB"), re.sub(r"\\f[BR]", "", line).replace(r"\-", "-"))
             for line in rest.splitlines()]
    return command.replace("\\e\n", "").replace(r"\-", "-"), lines


CLIENT, SASL = (dialogue(block) for block in BLOCKS)


class Terminal:
    """latchkey sasl, and whoever sits there."""

    def __init__(self, command, cwd):
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.chdir(cwd)
            os.execvpe("sh", ["sh", "-c", command], environment())
        self.rest = ""

    def until(self, end):
        while not re.search(end, self.rest):
            self.rest += os.read(self.fd, 4096).decode()
        said, self.rest = re.split(end, self.rest, maxsplit=1)
        return said

    def line(self):
        return self.until("\r\n")

    def type(self, text):
        os.write(self.fd, text.encode() + b"\n")

    def close(self):
        try:
            while os.read(self.fd, 4096):
                pass
        except OSError:  # how a terminal ends
            pass
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


class ByHand(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory()
        self.addCleanup(self.home.cleanup)

    def terminal(self, command, secret):
        terminal = Terminal(command, self.home.name)
        self.assertIn("assword", terminal.until(": "))
        terminal.type(secret)
        self.assertEqual("", terminal.line())  # it is not shown
        return terminal

    def test_as_it_is_printed(self):
        command, lines = SASL
        terminal = self.terminal(command, "secret")
        for is_typed, line in lines:
            if is_typed:
                terminal.type(line)
            self.assertEqual(line, terminal.line())
        self.assertEqual(0, terminal.close())

    def try_with(self, secret, last, code):
        with Server("modern") as server:
            def here(command):
                return command.replace("mx.example", "localhost").replace("587", server.port)
            client = subprocess.Popen(here(CLIENT[0]), shell=True, env=environment(SSL_CERT_FILE=server.ca), bufsize=0,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            client.stdin.write(b"".join(line.encode() + b"\n" for is_typed, line in CLIENT[1] if is_typed))
            answer = [client.stdout.readline()]
            while answer[-1].startswith(b"250-"):
                answer.append(client.stdout.readline())
            self.assertEqual(CLIENT[1][-1][1], answer[-1].decode().rstrip("\r\n"))
            command = here(SASL[0]).replace("--user ann", "--port %s --user %s" % (server.port, USER))
            terminal = self.terminal(command, secret)
            while True:
                line = terminal.line()
                if line.startswith("SEND "):
                    client.stdin.write(line[5:].encode() + b"\n")
                elif line == "READ":
                    answer = client.stdout.readline().decode().rstrip("\r\n")
                    terminal.type(answer)
                    self.assertEqual(answer, terminal.line())
                elif re.match("DONE|FAIL", line):
                    break
            self.assertRegex(line, last)
            self.assertEqual(code, terminal.close())
            client.stdin.write(b"QUIT\n")
            self.assertEqual(b"221", client.stdout.read()[:3])
            client.stdin.close()
            client.stdout.close()
            client.wait(timeout=30)

    def test_with_a_server(self):
        self.try_with(GOOD, "^DONE plain PLAIN$", 0)
        self.try_with("Gr0uper-77-not-it", "^FAIL 77 authentication failed", 77)

    def test_the_program_is_the_one_under_test(self):
        self.assertEqual(PROGRAM, subprocess.run(["sh", "-c", "command -v latchkey"], env=environment(), check=True,
                                                 stdout=subprocess.PIPE, universal_newlines=True).stdout.strip())


if __name__ == "__main__":
    unittest.main()
