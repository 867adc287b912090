#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The examples log in to a rehearsed server, with the right secret and with another, and show it to nobody."""
import base64
import glob
import os
import re
import subprocess
import tempfile
import threading
import unittest

from script import PROGRAM, environment, pipe_of

EXAMPLES = os.environ["LATCHKEY_EXAMPLES"]
USER, GOOD, BAD = "user@example.com", "Sw0rdfish", "Gr0uper-77-not-it"
MAIL = "From: %s\nSubject: [PATCH] a patch\n\nHello.\n---\n" % USER


class Server:
    """latchkey rehearse; its certificate is for localhost too."""

    def __init__(self, name, *words):
        self.home = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen([PROGRAM, "rehearse", *words, "--mail", self.home.name, name],
                                        env=environment(), stdout=subprocess.PIPE, universal_newlines=True)
        said = self.process.stdout.readline()
        self.port = re.search(r":(\d+),", said).group(1)
        self.ca = (re.findall(r"ca = ([^,]+)", said) or [None])[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.process.stdout.close()
        self.home.cleanup()

    def mails(self):
        return glob.glob(self.home.name + "/*.eml")


class Watch(threading.Thread):
    """Looks at the arguments and the environment of all processes with this mark in it, for these words."""

    def __init__(self, words, mark):
        super().__init__()
        self.words, self.found = [w.encode() for w in words], []
        self.mark = ("WATCHED=%s\0" % mark).encode()
        self.is_over = threading.Event()

    def run(self):
        while not self.is_over.wait(0.002):
            for folder in glob.glob("/proc/[0-9]*"):
                try:
                    with open(folder + "/environ", "rb") as environ, open(folder + "/cmdline", "rb") as cmdline:
                        said = environ.read() + cmdline.read()
                except OSError:
                    continue
                if self.mark in said:
                    self.found += [said for word in self.words if word in said]

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.join()


def forms(secret):
    plain = base64.b64encode(("\0%s\0%s" % (USER, secret)).encode()).decode()
    return [secret, base64.b64encode(secret.encode()).decode(), plain]


HANGS_UP = """tls starttls
host mx.example
user user@example.com
password Sw0rdfish

state connected
S: 220-{host}
S: 220 ESMTP
on EHLO *
S: 250-{host}
S: 250 AUTH PLAIN LOGIN
on AUTH *
DROP
"""


class Examples(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.hangs_up = self.scratch.name + "/hangs-up.smtp"
        with open(self.hangs_up, "w", encoding="ascii") as file:
            file.write(HANGS_UP)
        os.mkdir(self.scratch.name + "/tmp")

    def tearDown(self):
        self.assertEqual([], os.listdir(self.scratch.name + "/tmp"))
        self.scratch.cleanup()

    def run_it(self, words, secret, code, **more):
        secret_fd = pipe_of(secret)
        more.setdefault("TMPDIR", self.scratch.name + "/tmp")
        more["WATCHED"] = self.scratch.name
        env = environment(**{k: v.replace("{fd}", str(secret_fd)) for k, v in more.items()})
        with Watch(forms(secret), self.scratch.name) as watch:
            done = subprocess.run([w.replace("{fd}", str(secret_fd)) for w in words], env=env, pass_fds=[secret_fd],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=60, universal_newlines=True, start_new_session=True, check=False)
        os.close(secret_fd)
        self.assertEqual([], watch.found)
        for form in forms(secret):
            self.assertNotIn(form, done.stdout)
        if code is None:
            self.assertNotEqual(0, done.returncode, done.stdout)
        else:
            self.assertEqual(code, done.returncode, done.stdout)
        return done.stdout

    def test_bash(self):
        words = ["bash", EXAMPLES + "/login.bash", "127.0.0.1", "", "--user", USER,
                 "--password-from", "fd:{fd}", "--trace"]
        for name in ("modern", "strict-login", "plain-needs-ir", "plain-refuses-ir", "dead-plain"):
            with self.subTest(name=name), Server(name, "--tls", "none") as server:
                words[3] = server.port
                self.assertIn("logged in", self.run_it(words, GOOD, 0))
                self.assertIn("authentication failed", self.run_it(words, BAD, 77))

    def test_bash_where_one_has_to_hang_up(self):
        with Server("haraka-like", "--tls", "none") as server:
            said = self.run_it(["bash", EXAMPLES + "/login.bash", "127.0.0.1", server.port, "--user", USER,
                                "--password-from", "fd:{fd}", "-o", "auth=login,login-ir"], GOOD, 76)
            self.assertIn("over a new connection only", said)

    def test_bash_where_the_server_hangs_up(self):
        with Server(self.hangs_up, "--tls", "none") as server:
            said = self.run_it(["bash", EXAMPLES + "/login.bash", "127.0.0.1", server.port, "--user", USER,
                                "--password-from", "fd:{fd}", "--trace"], GOOD, 76)
            self.assertIn("the server hung up", said)

    def test_bash_without_the_program(self):
        with Server("modern", "--tls", "none") as server:
            said = self.run_it(["bash", EXAMPLES + "/login.bash", "127.0.0.1", server.port, "--user", USER],
                               GOOD, 127, PATH="/usr/bin:/bin")
            self.assertIn("latchkey: command not found", said)

    def test_bash_where_nobody_listens(self):
        with Server("modern", "--tls", "none") as server:
            port = server.port
        self.run_it(["bash", EXAMPLES + "/login.bash", "127.0.0.1", port, "--user", USER], GOOD, 75)

    def test_s_client(self):
        with Server("modern") as server:
            words = ["bash", EXAMPLES + "/s_client.bash", "localhost", server.port, server.ca, "--user", USER,
                     "--password-from", "fd:{fd}", "--trace"]
            self.assertIn("logged in", self.run_it(words, GOOD, 0))
            self.assertIn("authentication failed", self.run_it(words, BAD, 77))
            words[4] = "/etc/ssl/certs/ca-certificates.crt"
            said = self.run_it(words, GOOD, 76)
            self.assertNotIn("AUTH", said)
            self.assertIn("certificate verify failed", said)

    def send_email(self, server, secret, code, *words, host="localhost", **more):
        home = server.home.name
        with open(home + "/git", "w", encoding="ascii") as file:
            file.write("[user]\n\tname = A\n\temail = %s\n"
                       "[credential]\n\thelper = store --file %s/known\n" % (USER, home))
        with open(home + "/known", "w", encoding="ascii") as file:
            file.write("smtp://%s:%s@%s%%3a%s\n" % (USER.replace("@", "%40"), secret, host, server.port))
        with open(home + "/0001.patch", "w", encoding="ascii") as file:
            file.write(MAIL)
        return self.run_it(["git", "send-email", "--smtp-server", host, "--smtp-server-port", server.port,
                            "--smtp-user", USER, "--from", USER, "--to", "a@example.org", "--confirm", "never",
                            "--suppress-cc", "all", *words, home + "/0001.patch"], secret, code, HOME=home,
                           GIT_CONFIG_GLOBAL=home + "/git", GIT_CONFIG_NOSYSTEM="1", GIT_TERMINAL_PROMPT="0",
                           PERL5LIB=EXAMPLES, PERL5OPT="-MLatchkey", **dict({"LATCHKEY_SASL": "--trace"}, **more))

    def test_git(self):
        with Server("modern") as server:
            words = ["--smtp-encryption", "tls", "--smtp-ssl-cert-path", server.ca]
            self.assertIn("plain: logged in", self.send_email(server, GOOD, 0, *words))
            self.assertEqual(1, len(server.mails()))
            self.assertIn("FAIL 77 authentication failed", self.send_email(server, BAD, None, *words))
            self.assertEqual(1, len(server.mails()))

    def test_git_with_nothing_of_ones_own(self):
        with Server("modern") as server:
            words = ["--smtp-encryption", "tls", "--smtp-ssl-cert-path", server.ca]
            said = self.send_email(server, GOOD, 0, *words, LATCHKEY_SASL="")
            self.assertNotRegex(said, "latchkey|Latchkey|uninitialized")
            self.assertEqual(1, len(server.mails()))

    def test_git_with_options(self):
        with Server("modern") as server:
            words = ["--smtp-encryption", "tls", "--smtp-ssl-cert-path", server.ca]
            said = self.send_email(server, GOOD, 0, *words, LATCHKEY_SASL="--trace -o auth=LOGIN")
            self.assertIn("login: logged in", said)
            said = self.send_email(server, GOOD, None, *words, LATCHKEY_SASL="--trase")
            self.assertIn("FAIL 64 usage: unknown option --trase; nearest: --trace", said)

    def test_git_where_one_has_to_hang_up(self):
        for name, options in ((self.hangs_up, "--trace"), ("haraka-like", "-o auth=login,login-ir")):
            with self.subTest(name=name), Server(name) as server:
                said = self.send_email(server, GOOD, None, "--smtp-encryption", "tls", "--smtp-ssl-cert-path",
                                       server.ca, LATCHKEY_SASL=options)
                self.assertIn("FAIL 76 protocol error: the login can go on over a new connection only", said)

    def test_git_without_the_program(self):
        with Server("modern") as server:
            said = self.send_email(server, GOOD, None, "--smtp-encryption", "tls", "--smtp-ssl-cert-path", server.ca,
                                   PATH="/usr/bin:/bin")
            self.assertIn("exec of latchkey sasl auto", said)

    def test_git_by_a_module_of_ten_lines(self):
        with open(EXAMPLES + "/Latchkey.pm", encoding="utf-8") as file:
            lines = [line.strip() for line in file.read().split("use Net::SMTP;")[1].splitlines()]
        code = [line for line in lines if re.search(r"\w", line) and not line.startswith("#") and line != "1;"]
        self.assertIn("sub Net::SMTP::auth {", code)
        self.assertLessEqual(len(code), 10)
        self.assertLess(max(len(line) for line in lines), 120)
        self.assertEqual([], [line for line in code if line.count(";") > 2], "one thing a line")

    def test_git_without_a_look_at_the_certificate(self):
        with Server("modern", "--address", "127.0.0.2") as server:
            said = self.send_email(server, GOOD, None, "--smtp-encryption", "tls", "--smtp-ssl-cert-path", "",
                                   host="127.0.0.2")
            self.assertIn("FAIL 69 unencrypted connection", said)
            self.assertEqual([], server.mails())

    def test_git_with_authen_sasl(self):
        with Server("strict-login") as server:
            words = ["--smtp-encryption", "tls", "--smtp-ssl-cert-path", server.ca, "--smtp-auth", "PLAIN LOGIN"]
            self.assertIn("logged in", self.send_email(server, GOOD, 0, *words))

    def test_the_watch_sees(self):
        for told in ({"args": ["sh", "-c", "sleep 0.3 # Pelican-4411"]},
                     {"args": ["sleep", "0.3"], "env": {**os.environ, "BIRD": "Pelican-4411"}}):
            told["env"] = {**told.get("env", os.environ), "WATCHED": self.scratch.name}
            with Watch(["Pelican-4411"], self.scratch.name) as watch:
                subprocess.run(check=False, **told)
            self.assertTrue(watch.found)


if __name__ == "__main__":
    unittest.main()
