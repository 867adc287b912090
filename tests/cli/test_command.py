#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The command as a person or a script meets it: options, exit codes, words."""
import base64
import json
import os
import re
import socket
import stat
import subprocess
import tempfile
import unittest

import server

PROGRAM = os.environ["LATCHKEY"]
SECRET = "hunter2-hunter2"
URL = "smtp://ann@example.org@127.0.0.1:1"
MESSAGE = b"From: ann@example.org\nDate: d\nMessage-ID: <m>\n\nHello.\n"


class Result:
    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout.decode("utf-8", "replace")
        self.err = done.stderr.decode("utf-8", "replace")

    def __str__(self):
        return "exit %s\nstdout: %s\nstderr: %s" % (self.code, self.out, self.err)


ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8",
               "LATCHKEY_CONFIG_DIR": "/nonexistent"}
ENVIRONMENT.update((k, v) for k, v in os.environ.items() if k == "LATCHKEY_PLUGIN_PATH" or k.endswith("SAN_OPTIONS"))


def run(*words, given=b"", **more):
    environment = {**ENVIRONMENT, **more.pop("env", {})}
    # No terminal: a question would hang.
    return Result(subprocess.run([PROGRAM, *words], input=given, env=environment, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, timeout=60, start_new_session=True, **more))


class Usage(unittest.TestCase):
    def test_help(self):
        for words in (["--help"], ["-h"], ["help"]):
            result = run(*words)
            self.assertEqual((0, ""), (result.code, result.err))
            for name in ("send", "login", "mechs"):
                self.assertIn("\n  " + name, result.out)
        for name in ("send", "login", "mechs"):
            result = run(name, "--help")
            self.assertEqual((0, ""), (result.code, result.err), str(result))
            self.assertIn("usage: latchkey " + name, result.out)
            self.assertIn("--password-from", result.out)
            # it needs keys that only a file can have
            self.assertNotIn("oauth", result.out)

    def test_version(self):
        self.assertRegex(run("--version").out, r"^latchkey \d+\.\d+\.\d+\n$")

    def test_help_of_a_full_disk(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PROGRAM, "--help"], env=ENVIRONMENT, stdout=full, stderr=subprocess.PIPE,
                                  check=False)
        self.assertEqual(75, done.returncode)

    def test_mistakes(self):
        for words, said in (
                ([], "usage: latchkey COMMAND"),
                (["sned"], "nearest: send"),
                (["xyzzyzzy"], "unknown command \"xyzzyzzy\"\n"),
                (["send", "--pasword-from", "prompt"], "nearest: --password-from"),
                (["send", "-x"], "unknown option -x\n  hint: latchkey send --help lists"),
                (["send", "-o"], "-o takes a value"),
                (["send", "--subject"], "--subject takes a value"),
                (["send", "--partial=1"], "--partial takes no value"),
                (["send", "-o", "timeout", "b@x"], "-o takes KEY=VALUE"),
                (["send", "-o", "=1", "b@x"], "-o takes KEY=VALUE"),
                (["login", "--subjct", "x"], "unknown option --subjct\n"),
                (["login", "--partial", URL], "login takes no --partial"),
                (["login", "-t", URL], "login takes no -t"),
                (["send", URL, "b@x"], "no server is named\n  try: -s URL\n"),
                (["send", URL], "no server is named"),
                (["send", "-s", URL, "-a", "x", "b@x"], "named twice: by -s and by -a"),
                (["login", "-a", "x", "y"], "named twice: by -a and by what stands behind"),
                (["send", "-s", URL, "--password-from", "fd:0", "b@x"], "fd:0 is standard input"),
                (["send", "-s", URL], "no recipient is named"),
                (["login", URL, URL], "one account, address or URL"),
                (["login", "-s", URL, URL], "named twice: by -s and by"),
                (["mechs"], "mechs takes list"),
                (["mechs", "lits"], "mechs takes list"),
                (["mechs", "list", "x"], "takes nothing else"),
                (["mechs", "info"], "one ID"),
                (["mechs", "why", URL], "--offered"),
                (["mechs", "why", URL, "--offered", "X", "--tls", "maybe"], "verified or none")):
            with self.subTest(words=words):
                result = run(*words)
                self.assertEqual((64, ""), (result.code, result.out), str(result))
                self.assertIn(said, result.err)

    def test_a_secret_is_no_argument(self):
        for words in (["--password", SECRET], ["--password=" + SECRET], ["--token=" + SECRET], ["--pasword-from=" + SECRET],
                      ["-o", "password=" + SECRET], ["-o", "token=" + SECRET],
                      ["--password-from", SECRET], ["--token-from=" + SECRET], ["-o", "pasword-from=" + SECRET]):
            with self.subTest(words=words):
                result = run("send", "-s", URL, *words, "b@x", given=MESSAGE)
                self.assertIn(result.code, (64, 78))
                self.assertNotIn(SECRET, str(result))
                self.assertRegex(result.err, "password-from|token-from")
        self.assertNotIn(SECRET, str(run("--password=" + SECRET)))
        self.assertNotIn(SECRET, str(run("send", "--passwd=" + SECRET)))

    def test_a_secret_in_a_url(self):
        for url in ("smtp://ann:%s@h", "smtps://ann:%s@h:25?tls=implicit", "smtp://ann:%s/x@h", "smtp://ann:%s?x@h"):
            for words in (["login", url % SECRET], ["send", "-s", url % SECRET, "b@x"],
                          ["mechs", "why", url % SECRET, "--offered", "X"]):
                with self.subTest(words=words):
                    result = run(*words, given=MESSAGE)
                    self.assertEqual(78, result.code)
                    self.assertNotIn(SECRET, str(result))

    def test_configuration(self):
        for words, said in (
                (["-s", "mail.example"], "smtp://"),
                (["-s", "smtp://h:0"], "1-65535"),
                (["-s", URL, "-o", "insecure-plaintxt=yes"], "nearest: insecure-plaintext"),
                (["-s", URL, "-o", "tls=maybe"], "starttls"),
                (["-s", URL, "-o", "port="], "1-65535")):
            with self.subTest(words=words):
                result = run("send", *words, "b@x", given=MESSAGE)
                self.assertEqual(78, result.code, str(result))
                self.assertIn(said, result.err)
        self.assertEqual(78, run("login", "smtp://127.0.0.1:1").code)
        for words in (["login"], ["send", "b@x"], ["send"], ["mechs", "why", "--offered", "X"]):
            result = run(*words, given=b"x\n")
            self.assertEqual((78, ""), (result.code, result.out), str(result))
            self.assertIn("no account is called default", result.err)
            self.assertIn("\n  [account default]\n  host = ", result.err)


class Messages(unittest.TestCase):
    def refused(self, given, said, *words, code=65):
        result = run("send", "-s", URL, *words, given=given)
        self.assertEqual((code, ""), (result.code, result.out), str(result))
        self.assertIn(said, result.err)

    def test_what_cannot_be_sent(self):
        self.refused(b"", "empty", "b@x")
        self.refused(b"a\0b\n", "line 1", "b@x")
        self.refused(MESSAGE + b"a\0b\n", "line 6", "b@x")
        self.refused(b"a\rb\n", "line 1", "b@x")
        self.refused(b"A: b\nno field\n\n", "Name: value", "b@x")
        self.refused(b"A: b\n" * 300000, "1 MiB", "b@x")

    def test_addresses(self):
        self.refused(MESSAGE, "TO: ", "a\rb@x")
        self.refused(MESSAGE, "TO: ", "a\nRCPT TO:<c@d>")
        self.refused(MESSAGE, "TO: ", "a b@x")
        self.refused(MESSAGE, "\n  try: -s URL\n", URL, "b@x")
        self.refused(MESSAGE, '"mail" has no @domain', "--subject", "First", "mail", "b@x")
        self.refused(MESSAGE, "has no @domain", "--to", '"a@b"', "b@x")
        self.refused(MESSAGE, "the sender", "-f", "a\nb@x", "b@x")
        self.refused(MESSAGE, "the sender", "-f", "a b@x", "b@x")
        self.refused(b"From: <\n\nx", "the From field", "b@x")
        self.refused(b"To: x y@z\n\nx", "To: ", "-t")
        self.refused(b"Subject: s\n\nx", "name nobody", "-t", code=64)
        result = run("send", "-s", "smtp://ann@127.0.0.1:1", "b@x", given=b"Hello\n")
        self.assertEqual(64, result.code)
        self.assertIn("-f ADDRESS", result.err)

    def test_no_room_for_a_copy(self):
        result = run("send", "-s", URL, "b@x", given=MESSAGE, env={"TMPDIR": "/nonexistent"})
        self.assertEqual(75, result.code)
        self.assertIn("TMPDIR", result.err)

    def test_standard_input_is_closed(self):
        done = subprocess.run(["/bin/sh", "-c", 'exec "$0" send -s "$1" b@x <&-', PROGRAM, URL],
                              env=ENVIRONMENT, stderr=subprocess.PIPE, check=False)
        self.assertEqual(65, done.returncode)


class Connections(unittest.TestCase):
    def test_refused(self):
        with socket.socket() as held:  # bound and not listening
            held.bind(("127.0.0.1", 0))
            url = "smtp://ann@example.org@127.0.0.1:%d" % held.getsockname()[1]
            for words in (["send", "-s", url, "b@x"], ["login", url]):
                result = run(*words, given=MESSAGE)
                self.assertEqual(75, result.code, str(result))
                self.assertIn("127.0.0.1", result.err)

    def test_no_such_host(self):
        try:
            socket.getaddrinfo("host.invalid", 25)
            self.skipTest("this machine's resolver answers for host.invalid")
        except socket.gaierror as error:
            expected = 75 if error.errno == socket.EAI_AGAIN else 68
        result = run("send", "-s", "smtp://ann@example.org@host.invalid", "b@x", given=MESSAGE)
        self.assertEqual(expected, result.code, str(result))
        self.assertIn("host.invalid", result.err)


class Mechanisms(unittest.TestCase):
    def test_list(self):
        result = run("mechs", "list")
        self.assertEqual((0, ""), (result.code, result.err))
        rows = {line.split()[0]: line.split() for line in result.out.splitlines()}
        self.assertEqual(["ID", "WIRE", "STATE", "FILE"], rows["ID"])
        self.assertEqual(["PLAIN", "found"], rows["plain"][1:3])
        self.assertTrue(rows["plain"][3].startswith("/"))

    def test_list_tells_what_is_broken(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "broken.so"), "w", encoding="ascii") as out:
                out.write("no plugin")
            result = run("mechs", "list", env={"LATCHKEY_PLUGIN_PATH": folder})
        self.assertEqual(0, result.code)
        self.assertRegex(result.out, r"(?m)^- +- +failed +/.*broken\.so\n  \w+")

    def test_names_of_files_are_not_printed_raw(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "x\n\x1b[2J.so"), "w") as f:
                f.write("no ELF file")
            result = run("mechs", "list", env={"LATCHKEY_PLUGIN_PATH": folder})
        self.assertEqual(0, result.code)
        self.assertIn("/x??[2J.so", result.out)
        self.assertNotIn("\x1b", result.out)

    def test_a_path_that_is_no_directory(self):
        for path in ("/nonexistent", PROGRAM):
            result = run("mechs", "list", env={"LATCHKEY_PLUGIN_PATH": path + ":/"})
            self.assertEqual((0, "latchkey: warning: LATCHKEY_PLUGIN_PATH: %s is no directory\n" % path),
                             (result.code, result.err))

    def test_info(self):
        result = run("mechs", "info", "plain")
        self.assertEqual((0, ""), (result.code, result.err))
        for line in (r"id +plain", r"wire +PLAIN", r"needs +.*authid", r"flags +.*plaintext", r"file +/.*\.so"):
            self.assertRegex(result.out, "(?m)^" + line)
        self.assertIn("\n  plain.ir  auto|never, default auto\n", result.out)
        self.assertEqual(["login", "login-ir"], re.findall("(?m)^id +(.*)", run("mechs", "info", "LOGIN").out))
        self.assertNotIn("nearest", run("mechs", "info", "nope").err)
        result = run("mechs", "info", "plian")
        self.assertEqual((69, ""), (result.code, result.out))
        self.assertIn("nearest: plain", result.err)

    def test_info_of_parameters(self):
        plugins = os.path.join(os.environ["LATCHKEY_PLUGIN_PATH"], "../test-plugins/scripted")
        out = run("mechs", "info", "scripted", env={"LATCHKEY_PLUGIN_PATH": plugins}).out
        for lines in ("script  string\n      what to do", "key  string, secret\n      a secret",
                      "size  int 1-9, default 1\n      a number"):
            self.assertIn("\n  scripted." + lines + "\n", out)
        for words, said in ((("-o", "scripted.size=10"), "scripted.size: "), (("-o", "scripted.sise=1"),
                            "did you mean scripted.size?")):
            result = run("mechs", "why", URL, *words, "--offered", "SCRIPTED", env={"LATCHKEY_PLUGIN_PATH": plugins})
            self.assertEqual((78, ""), (result.code, result.out), str(result))
            self.assertIn(said, result.err)

    def test_a_secret_parameter_is_no_argument(self):
        plugins = os.path.join(os.environ["LATCHKEY_PLUGIN_PATH"], "../test-plugins/scripted")
        for words in ((URL + "?scripted.key=" + SECRET,), (URL, "-o", "scripted.key=" + SECRET)):
            result = run("mechs", "why", *words, "--offered", "SCRIPTED", env={"LATCHKEY_PLUGIN_PATH": plugins})
            self.assertEqual((64, ""), (result.code, result.out), str(result))
            self.assertIn("scripted.key is a secret", result.err)
            self.assertNotIn(SECRET, result.err)
        result = run("mechs", "why", URL, "-o", "scripted.size=2", "--offered", "SCRIPTED",
                     env={"LATCHKEY_PLUGIN_PATH": plugins})
        self.assertNotEqual(64, result.code, str(result))

    def why(self, *words):
        result = run("mechs", "why", "smtp://ann@mail.example", *words)
        rows = [re.split(r"\s+", line, maxsplit=2) for line in result.out.splitlines()]
        return result.code, {row[0]: row[2] for row in rows}, [row[0] for row in rows]

    def test_why(self):
        code, reasons, order = self.why("--offered", "PLAIN LOGIN", "--tls", "verified")
        self.assertEqual((0, "usable", "plain"), (code, reasons["plain"], order[0]))
        code, reasons, order = self.why("--offered", "PLAIN,LOGIN, EXTERNAL")
        self.assertEqual((0, "usable", "plain"), (code, reasons["plain"], order[0]))
        self.assertEqual("usable, if it is available at login", reasons["external"])
        code, reasons, _ = self.why("--offered", "PLAIN LOGIN", "--tls", "none")
        self.assertEqual(69, code)
        self.assertIn("unencrypted connection", reasons["plain"])
        code, reasons, _ = self.why("--offered", "PLAIN", "--tls", "none", "-o", "insecure-plaintext=yes")
        self.assertEqual((0, "usable"), (code, reasons["plain"]))
        code, reasons, _ = self.why("--offered", "PLAIN", "-o", "auth=login")
        self.assertNotEqual("usable", reasons["plain"])
        self.assertEqual(69, self.why("--offered", "X-OTHER")[0])
        result = run("mechs", "why", "smtp://ann@mail.example", "--offered", "plain X-OTHER")
        self.assertRegex(result.out, r"(?m)^- +X-OTHER +(no installed mechanism says it|only a list that)")
        self.assertNotRegex(result.out, r"(?mi)^- +plain")
        result = run("mechs", "why", "smtp://ann@mail.example", "--offered", "X-OTHER", "--json")
        self.assertIn({"id": "", "wire": "X-OTHER", "usable": False},
                      [{k: v for k, v in json.loads(line).items() if k != "reason"}
                       for line in result.out.splitlines()])


class Dialogues(unittest.TestCase):
    """All of it, over a private connection to a server in a thread."""

    def setUp(self):
        self.server = server.Server()
        self.addCleanup(self.server.close)
        self.url = "smtp://ann@example.org@127.0.0.1:%d?tls=none" % self.server.port
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.secret = os.path.join(self.folder.name, "secret")
        with open(os.open(self.secret, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as out:
            out.write(server.PASSWORD + b"\n")

    def run_it(self, *words, given=MESSAGE, source=None):
        result = run(words[0], "--password-from", source or "file:" + self.secret, *words[1:], given=given)
        for form in (server.PASSWORD, base64.b64encode(b"\0ann@example.org\0" + server.PASSWORD)):
            self.assertNotIn(form.decode(), str(result))
        return result

    def send(self, *words, **more):
        return self.run_it("send", "-s", self.url, *words, **more)

    def envelope(self):
        return [line for line in self.server.lines if re.match("(MAIL|RCPT)", line)]

    def test_send_is_silent(self):
        result = self.send("b@x", "c@y")
        self.assertEqual((0, "", ""), (result.code, result.out, result.err))
        self.assertEqual([MESSAGE.replace(b"\n", b"\r\n")], self.server.messages)
        self.assertEqual(["MAIL FROM:<ann@example.org>", "RCPT TO:<b@x>", "RCPT TO:<c@y>"], self.envelope())

    def test_a_file_and_a_pipe_are_the_same(self):
        path = os.path.join(self.folder.name, "message")
        with open(path, "wb") as out:
            out.write(MESSAGE)
        with open(path, "rb") as message:
            subprocess.run([PROGRAM, "send", "-s", self.url, "--password-from", "file:" + self.secret, "b@x"],
                           env=ENVIRONMENT, stdin=message, check=True, timeout=60)
        self.assertEqual([MESSAGE.replace(b"\n", b"\r\n")], self.server.messages)

    def test_a_bare_body(self):
        self.assertEqual(0, self.send("--subject", "Gr\u00fc\u00dfe", "B <b@x>", given="\u00e4\n".encode()).code)
        head, body = self.server.messages[0].split(b"\r\n\r\n")
        self.assertEqual("\u00e4\r\n".encode(), body)
        for field in (b"From: ann@example.org", b"To: b@x", b"Subject: =?UTF-8?B?R3LDvMOfZQ==?=",
                      b"Content-Type: text/plain; charset=utf-8"):
            self.assertIn(field, head.split(b"\r\n"))
        self.assertRegex(head, rb"(?m)^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}\r")
        self.assertRegex(head, rb"(?m)^Message-ID: <\d+\.[0-9a-f]{20}@example\.org>\r")

    def test_recipients_of_the_header(self):
        message = b"To: \"B, C\" <b@x>\nCc: c@y,\n d@z\nBcc: e@w\n" + MESSAGE
        self.assertEqual(0, self.send("-t", "f@v", given=message).code)
        self.assertEqual(["f@v", "b@x", "c@y", "d@z", "e@w"],
                         re.findall("RCPT TO:<(.*)>", "\n".join(self.server.lines)))
        self.assertNotIn(b"e@w", self.server.messages[0])
        self.assertNotIn(b"f@v", self.server.messages[0])

    def test_postmaster_needs_no_domain(self):
        self.assertEqual(0, self.send("Postmaster").code)
        self.assertIn("RCPT TO:<Postmaster>", self.envelope())

    def test_the_null_sender(self):
        self.assertEqual(0, self.send("-f", "", "b@x").code)
        self.assertEqual("MAIL FROM:<>", self.envelope()[0])

    def test_refused_recipients(self):
        for refused, code, words in (("no@x", 67, "User unknown"), ("later@x", 75, "Mailbox is busy")):
            result = self.send("b@x", refused, "c@x")
            self.assertEqual(code, result.code, str(result))
            self.assertIn(refused, result.err)
            self.assertIn(words, result.err)
            self.assertEqual([], self.server.messages)
        for refused, code in ((["no@x"], 67), (["later@x"], 75), (["later@x", "no@y"], 67)):
            result = self.send("--partial", "b@x", *refused)
            self.assertEqual(code, result.code, str(result))
            self.assertEqual(refused, re.findall(r"(?m)^latchkey: (\S+@\S+):", result.err))
        self.assertEqual(3, len(self.server.messages))

    def test_delivery_reports(self):
        result = self.send("--dsn-notify", "success,delay", "--dsn-ret=hdrs", "b@x")
        self.assertEqual((0, ""), (result.code, result.out), str(result))
        self.assertIn("does not offer DSN", result.err)
        self.assertEqual(["MAIL FROM:<ann@example.org>", "RCPT TO:<b@x>"], self.envelope())
        self.assertEqual(78, self.send("--dsn-notify", "often", "b@x").code)

    def test_login(self):
        for words in ([self.url], ["-s", self.url]):
            result = self.run_it("login", *words)
            self.assertEqual((0, ""), (result.code, result.err))
            self.assertEqual("logged in to 127.0.0.1:%d as ann@example.org with plain (PLAIN), no TLS, 1 AUTH command\n"
                             % self.server.port, result.out)
        self.assertEqual([], self.envelope())
        self.assertEqual("QUIT", self.server.lines[-1])

    def test_login_refused(self):
        result = self.run_it("login", self.url, source="cmd:echo " + SECRET)
        self.assertEqual(77, result.code)
        self.assertIn("authentication failed", result.err)
        shown = str(result)
        self.assertNotIn(SECRET, shown)
        self.assertNotIn(base64.b64encode(b"\0ann@example.org\0" + SECRET.encode()).decode(), shown)

    def test_no_secret(self):
        for source, said in (("env:NO_SUCH_NAME", "is not set"), ("prompt", "no terminal to ask at"),
                             ("cmd:false", "exit status 1"), ("file:/dev/null", "regular file")):
            result = self.run_it("login", self.url, source=source)
            self.assertEqual(78, result.code, str(result))
            self.assertIn(said, result.err)
        self.assertFalse([line for line in self.server.lines if line.startswith("AUTH")])
        self.assertIn("\n  try: --password-from file:PATH", self.run_it("login", self.url, source="prompt").err)
        self.server.offered = "AUTH PLAIN LOGIN"
        result = self.run_it("login", self.url, source="env:NO_SUCH_NAME")
        self.assertEqual(1, result.err.count("NO_SUCH_NAME"), str(result))
        self.assertRegex(result.err, r"^latchkey: no secret for ann@example\.org at 127\.0\.0\.1:\d+: the environment "
                                     "variable NO_SUCH_NAME is not set\n  hint: export it where this is started")

    def test_a_hint_can_be_pasted(self):
        self.server.offered = "STARTTLS"
        result = self.run_it("login", self.url.replace("tls=none", "tls=starttls"))
        self.assertRegex(result.err, "(?m)^  try: -o port=465 -o tls=implicit, .*; -o tls=none, ")

    def test_trace(self):
        path = os.path.join(self.folder.name, "trace")
        with open(path, "w", encoding="ascii") as old:
            old.write("old\n" * 1000)
        os.chmod(path, 0o644)
        self.assertEqual("", self.send("--trace=" + path, "b@x").err)
        self.assertEqual(0o600, stat.S_IMODE(os.stat(path).st_mode))
        with open(path, encoding="utf-8") as trace:
            text = trace.read()
        self.assertNotIn("old", text)
        for line in (r"-> AUTH PLAIN <\d+ octets>", r"<- 235 2\.7\.0 welcome", r"-> RCPT TO:<b@x>", "-> QUIT"):
            self.assertRegex(text, r"(?m)^ *\d+\.\d{3} " + line)
        self.assertIn("-> QUIT", self.send("--trace", "b@x").err)
        self.assertEqual(64, self.send("--trace=/nonexistent/x", "b@x").code)


if __name__ == "__main__":
    unittest.main()
