#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""latchkey demo: what it tells, to whom, and that it would not tell a lie."""
import base64
import os
import pty
import re
import signal
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["LATCHKEY"]
PROVIDERS = os.environ["LATCHKEY_REHEARSE_PATH"]
README = os.environ["LATCHKEY_README"]
KEPT = ("LATCHKEY_PLUGIN_PATH", "LATCHKEY_REHEARSE_PATH")
PASSWORDS = (b"1982214", b"1982241")

CHAPTERS = ("unencrypted connection", "wrong host name", "The login that took an afternoon", "The second time",
            "authentication failed", "The line that makes it permanent")

# How each chapter goes on; the ladder's columns do not count.
LINES = {
    1: ("latchkey: unencrypted connection for costa@amaxit.net at 127.0.0.2:PORT;", "it offers LOGIN",
        "login, login-ir: plaintext mechanism on an unencrypted connection", "-o insecure-plaintext=yes",
        "The password was not sent. It was not even asked for."),
    2: ("latchkey: wrong host name: the certificate that 127.0.0.2 shows is for", "mail.example.org", "`host`"),
    3: ("-o tls=none -o insecure-plaintext=yes", "-> EHLO me.example <- 250-smtp", "<- 250 AUTH LOGIN", "login.so: loaded",
        '-> AUTH LOGIN <- 334 UGFzc3dvcmQ6 "Password:"', "login: the server asked for the password first:",
        "-> * <- 501 5.7.0 cancelled", '-> AUTH LOGIN Y29zdGFAYW1heGl0Lm5ldA== <- 334 UGFzc3dvcmQ6 "Password:"',
        '"costa@amaxit.net"', "-> <7 octets> <- 235 auth successfully", "login-ir: logged in", "-> DATA <- 354 go",
        "<- 250 2.0.0 0001 kept, 86 octets", "-> QUIT <- 221 2.0.0 bye", "The mail is out."),
    4: ("-> AUTH LOGIN Y29zdGFAYW1heGl0Lm5ldA==", "-> <7 octets> <- 235 auth successfully",
        "One AUTH command, and two round trips less."),
    5: ("-> <7 octets> <- 535 Authentication Failed", "latchkey: authentication failed for costa@amaxit.net",
        "login-ir: the server refused it: 535 Authentication Failed", "hint: check the user name"),
    6: ("-o auth=login-ir", "-> <7 octets> <- 235 auth successfully", "One AUTH command, from the first time on."),
}


def environment(**more):
    env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    env.update((k, v) for k, v in os.environ.items() if k in KEPT or k.endswith("SAN_OPTIONS"))
    env.update(more)
    return env


def normal(text):
    """The same on each machine: ports, times and what they do to columns."""
    text = re.sub(r"127\.0\.0\.2:\d+", "127.0.0.2:PORT", text)
    text = re.sub(r"\d+\.\d\d s,", "N s,", text)
    return re.sub(r"(?<=\S) +", " ", text)


class Demo(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory()
        self.addCleanup(self.tmp.cleanup)

    def run_it(self, *words, **more):
        env = environment(**{"TMPDIR": self.tmp.name, **more.pop("env", {})})
        done = subprocess.run([PROGRAM, "demo", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=env, timeout=60, start_new_session=True, check=False, **more)
        self.assertEqual([], os.listdir(self.tmp.name))
        return done

    def failed(self, code, said, **env):
        done = self.run_it(env=env)
        self.assertEqual(code, done.returncode, done)
        self.assertIn(said, done.stderr.decode())
        return done

    def test_the_story(self):
        done = self.run_it()
        self.assertEqual((0, b""), (done.returncode, done.stderr), done)
        text = normal(done.stdout.decode("ascii"))
        self.assertNotIn("\033", text)
        parts = re.split(r"(?m)^(\d) (.+)$", text)
        self.assertEqual(CHAPTERS, tuple(parts[2::3]))
        for number, part in zip(parts[1::3], parts[3::3]):
            at = 0
            for line in LINES[int(number)]:
                with self.subTest(chapter=number, line=line):
                    self.assertIn(line, part[at:])
                    at = part.index(line, at) + len(line)
        self.assertRegex(text, r"\nDone in N s, without a network\..*\n +latchkey rehearse sendcloud .*\n\Z")
        self.assertLess(text.count("\n"), 100)

    def test_it_fits_a_terminal(self):
        for line in self.run_it().stdout.decode().split("\n"):
            self.assertLessEqual(len(line), 79, line)
            self.assertEqual(line, line.rstrip())

    def test_no_password(self):
        done = self.run_it("--trace")
        self.assertIn(b"-> <7 octets>", done.stderr)
        for password in PASSWORDS:
            for form in (password, base64.b64encode(password)):
                self.assertNotIn(form, done.stdout + done.stderr)

    def test_readme_shows_it(self):
        with open(README, encoding="utf-8") as readme:
            block = re.search(r"<!-- latchkey demo -->\n(.*?)<!-- end -->", readme.read(), re.S)
        self.assertIsNotNone(block)
        shown = re.sub(r"(?m)^    ", "", block.group(1)).strip("\n")
        self.assertGreater(shown.count("\n"), 15)
        self.assertIn("\n" + normal(shown) + "\n", normal(self.run_it().stdout.decode()))

    # ---- a terminal, and what is none ---------------------------------------

    def on_a_terminal(self, **env):
        outer, inner = pty.openpty()
        with subprocess.Popen([PROGRAM, "demo"], stdin=subprocess.DEVNULL, stdout=inner, stderr=inner,
                              env=environment(TMPDIR=self.tmp.name, **env), start_new_session=True) as process:
            os.close(inner)
            text = b""
            while True:
                try:
                    more = os.read(outer, 65536)
                except OSError:
                    break
                if not more:
                    break
                text += more
        os.close(outer)
        self.assertEqual(0, process.returncode, text)
        return text.decode("ascii").replace("\r", "")

    def test_colour(self):
        text = self.on_a_terminal(TERM="xterm")
        for some in ("\033[1m1  unencrypted connection\033[0m\n", "\033[31mlatchkey: unencrypted connection\033[0m for",
                     "\033[36m-> AUTH LOGIN\033[0m", '\033[32m<- 334 UGFzc3dvcmQ6\033[0m  "Password:"\n',
                     "\033[31m<- 535 Authentication Failed\033[0m\n"):
            self.assertIn(some, text)
        plain = re.sub(r"\033\[\d+m", "", text)
        self.assertEqual(normal(self.run_it().stdout.decode()), normal(plain))

    def test_no_colour(self):
        for env in ({"TERM": "dumb"}, {}, {"TERM": "xterm", "NO_COLOR": "1"}):
            with self.subTest(env=env):
                self.assertNotIn("\033", self.on_a_terminal(**env))
        self.assertIn("\033", self.on_a_terminal(TERM="xterm", NO_COLOR=""))

    def test_nobody_reads_it(self):
        reader, writer = os.pipe()
        os.close(reader)
        with subprocess.Popen([PROGRAM, "demo"], stdout=writer, stderr=subprocess.PIPE, restore_signals=True,
                              env=environment(TMPDIR=self.tmp.name)) as process:
            os.close(writer)
            said = process.communicate(timeout=60)[1]
        self.assertEqual((-signal.SIGPIPE, b""), (process.returncode, said))
        self.assertEqual([], os.listdir(self.tmp.name))

    def test_a_full_disk(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PROGRAM, "demo"], stdout=full, stderr=subprocess.PIPE,
                                  env=environment(TMPDIR=self.tmp.name), timeout=60, check=False)
        self.assertEqual(75, done.returncode, done)

    def test_no_descriptors(self):
        for closed in ((1,), (0, 1), (0, 1, 2)):
            with self.subTest(closed=closed):
                redirect = " ".join("%d>&-" % fd for fd in closed)
                done = subprocess.run(["sh", "-c", 'exec "$0" demo ' + redirect, PROGRAM], stderr=subprocess.PIPE,
                                      env=environment(TMPDIR=self.tmp.name), timeout=60, check=False)
                self.assertEqual(75, done.returncode, done)
                self.assertEqual([], os.listdir(self.tmp.name))

    # ---- what is missing, and what is not as told ---------------------------

    def test_nothing_of_the_caller_is_needed(self):
        done = subprocess.run([PROGRAM, "demo"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              env={k: os.environ[k] for k in KEPT}, cwd="/", timeout=60, check=False)
        self.assertEqual(0, done.returncode)

    def test_arguments(self):
        done = self.run_it("sendcloud")
        self.assertEqual((64, b""), (done.returncode, done.stdout))
        self.assertEqual(0, self.run_it("--help").returncode)

    def test_no_mechanism(self):
        with tempfile.TemporaryDirectory() as nothing:
            for env in ({"LATCHKEY_PLUGIN_PATH": nothing}, {"LATCHKEY_PLUGIN_PATH": "/nonexistent"}):
                done = self.failed(69, "no usable mechanism: the demo needs the mechanism login, which is not installed",
                                   **env)
                self.assertIn(b"latchkey mechs list", done.stderr)

    def test_a_broken_mechanism(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "login.so"), "wb") as broken:
                broken.write(b"\177ELF")
            self.failed(69, "which is not installed", LATCHKEY_PLUGIN_PATH=folder)

    def test_no_provider(self):
        self.failed(78, "sendcloud.smtp, is not installed", LATCHKEY_REHEARSE_PATH="/nonexistent")

    def test_no_room(self):
        done = self.failed(78, "below /nonexistent", TMPDIR="/nonexistent")
        self.assertIn(b"TMPDIR", done.stderr)

    def altered(self, *changes):
        with open(os.path.join(PROVIDERS, "sendcloud.smtp"), encoding="utf-8") as script:
            text = script.read()
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with open(os.path.join(folder.name, "sendcloud.smtp"), "w", encoding="utf-8") as script:
            script.write(text)
        return folder.name

    def test_it_checks_itself(self):
        for changes, said in (
                ([("\\x20\nS: 334 UGFzc3dvcmQ6\nnext nameless", "\\x20\nS: 504 no")], "took an afternoon\": lines of the login: 3, not 4"),
                ([("\\x20\nS: 334 UGFzc3dvcmQ6", "\\x20\nS: 334 VXNlcm5hbWU6"),
                  ("on *\nS: 334 UGFzc3dvcmQ6\nnext wrong", "on *\nS: 334 UGFzc3dvcmQ6\nnext password")],
                 "took an afternoon\": the mechanism: login, not login-ir"),
                ([("235 auth successfully", "535 no")], "its end: authentication failed, not no error"),
                ([("250 AUTH LOGIN", "250 AUTH PLAIN")], "its end: "),
                ([("535 Authentication Failed", "235 come in")], "\"authentication failed\": its end: no error"),
                ([("250 2.0.0 {number} kept", "452 4.3.1 full, not {number}")], "its end: try again later"),
                ([("password 1982214\n", ""), ("{b64:{password}}", "MTk4MjIxNA==")], "no password"),
                ([("on DATA", "on DATUM")], "took an afternoon\": its end")):
            with self.subTest(said=said):
                done = self.failed(78 if said == "no password" else 70, said,
                                   LATCHKEY_REHEARSE_PATH=self.altered(*changes))
                if said != "no password":
                    self.assertIn(b"the demo did not go as told", done.stderr)
                    self.assertNotIn(b"Done in", done.stdout)


if __name__ == "__main__":
    unittest.main()
