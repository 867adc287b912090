#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What a person reads when it does not work, against a provider that is played here."""
import datetime
import json
import os
import re
import signal
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["LATCHKEY"]


class Played(unittest.TestCase):
    """The account me at a provider of latchkey rehearse, as if it were far away."""
    provider = "strict-login"

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": self.folder, "LC_ALL": "C.UTF-8", "TZ": "UTC",
                            "LATCHKEY_CONFIG_DIR": self.path("etc")}
        self.environment.update((k, v) for k, v in os.environ.items() if k.endswith("SAN_OPTIONS") or
                                k in ("LATCHKEY_PLUGIN_PATH", "LATCHKEY_REHEARSE_PATH"))
        os.mkdir(self.path("etc"))
        self.facts, self.port = self.play("--address", "127.0.0.2", self.provider)
        self.write("good", self.facts["password"] + "\n")
        self.write("bad", "wrong-one-Ux82\n")
        self.lines = {"host": "127.0.0.2", "port": self.port, "user": self.facts["user"], "ca": self.facts["ca"],
                      "password-from": "file:" + self.path("good")}

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text, mode=0o600):
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(self.path(name), mode)
        return self.path(name)

    def play(self, *words):
        process = subprocess.Popen([PROGRAM, "rehearse", *words], stdout=subprocess.PIPE, text=True, cwd=self.folder,
                                   env=self.environment)

        def stop():
            process.send_signal(signal.SIGTERM)
            process.stdout.close()
            process.wait(30)
        self.addCleanup(stop)
        line = process.stdout.readline()
        return dict(re.findall(r"(\w+) = ([^,\n]+)", line)), re.search(r":(\d+), tls", line).group(1)

    def account(self, more="", **lines):
        """Its lines, those with a value None left out."""
        lines = {**self.lines, **{key.replace("_", "-"): value for key, value in lines.items()}}
        self.conf = self.write("etc/latchkey.conf", "[account me]\n%s%s" % ("".join(
            "%s = %s\n" % line for line in lines.items() if line[1] is not None), more), 0o644)

    def run_it(self, *words, code=0, given=""):
        """Both outputs; no terminal."""
        done = subprocess.run([PROGRAM, *words], input=given, env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60, start_new_session=True, text=True, check=False,
                              cwd=self.folder)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        for secret in (self.facts["password"], "wrong-one-Ux82"):
            self.assertNotIn(secret, done.stdout + done.stderr)
        return done.stdout + done.stderr


class Rehearsals(Played):
    def test_paths_are_absolute(self):
        os.mkdir(self.path("deep"))
        facts, _ = self.play("--mail", "deep/mail", self.provider)
        self.assertEqual(os.path.realpath(self.path("deep/mail")), facts["mail"])
        self.assertEqual(facts["mail"], os.path.dirname(facts["ca"]))
        self.assertTrue(os.path.exists(facts["ca"]))

    def test_a_file_is_no_directory(self):
        said = self.run_it("rehearse", "--mail", self.path("good") + "/x", self.provider, code=78)
        self.assertIn("good/x cannot be made: Not a directory", said)


class Sentences(Played):
    """The first line has the fault, the second one the way out."""

    def test_no_secret(self):
        where = "latchkey: no secret for %s at 127.0.0.2:%s: " % (self.facts["user"], self.port)
        self.write("open", "x\n", 0o644)
        self.write("netrc", "machine other.example login a password b\n")
        for source, said, hint in (
                ("file:" + self.path("open"), "the file %s has mode 0644: " % self.path("open"), "chmod 600 "),
                ("file:/nonexistent", "the file /nonexistent cannot be read: No such file or directory", None),
                ("cmd:false", "cmd:false ended with exit status 1", "run it by itself, as this user"),
                ("cmd:nosuchprogram", "the program nosuchprogram cannot be run: ", None),
                ("env:NOT_THERE", "the environment variable NOT_THERE is not set", "export it where this is started"),
                ("netrc:" + self.path("netrc"), "the file %s has no password for machine 127.0.0.2 login "
                 % self.path("netrc"), "machine 127.0.0.2 login ")):
            with self.subTest(source):
                self.account(password_from=source)
                lines = self.run_it("login", "me", code=78).splitlines()
                self.assertTrue(lines[0].startswith(where + said), lines)
                self.assertEqual(1 if hint is None else 2, len(lines), lines)
                if hint:
                    self.assertTrue(lines[1].startswith("  hint: " + hint), lines)

    def test_others(self):
        for lines, name, code, said, way in (
                ({"password_from": "file:" + self.path("bad")}, "me", 77, "authentication failed for %s at 127.0.0.2:%s"
                 % (self.facts["user"], self.port), "hint: check the user name"),
                ({"port": "1"}, "me", 75, "no connection: cannot connect to 127.0.0.2 port 1: ",
                 "hint: nothing listens there"),
                ({"ca": None}, "me", 69, "certificate not trusted: ", "try: -o ca=FILE with"),
                ({"ca": "/nonexistent/ca.pem"}, "me", 78, "configuration: ca: /nonexistent/ca.pem ", None),
                ({"tls": "implicit"}, "me", 76, "TLS handshake failed: 127.0.0.2 speaks without TLS here",
                 "hint: use smtp://"),
                ({}, "mee", 78, 'configuration: no account is called "mee"; nearest: me', "hint: latchkey accounts"),
                ({"pasword_from": "netrc"}, "me", 78, 'configuration: %s:7: unknown key "pasword-from"; '
                 "nearest: password-from" % self.path("etc/latchkey.conf"), None),
                ({"auth": "LOGN"}, "me", 69, "no usable mechanism for ",
                 'auth: no installed mechanism is called "LOGN"; nearest: LOGIN')):
            with self.subTest(said):
                self.account(**lines)
                shown = self.run_it("login", name, code=code).splitlines()
                self.assertTrue(shown[0].startswith("latchkey: " + said), shown)
                if way:
                    self.assertTrue([line for line in shown[1:] if line.startswith("  " + way)], shown)

    def test_the_last_of_many(self):
        self.account(password_from="file:" + self.path("open"))
        self.write("open", "x\n", 0o644)
        self.write("one.eml", "From: me@example.org\n\nx\n")
        said = self.run_it("send", "-a", "me", "--each", "--to", "b@x.example", self.path("one.eml"), code=78)
        self.assertRegex(said, r"^latchkey: .*one\.eml: no secret for .*\n  hint: chmod 600 .*\n")


class HeldBack(Played):
    """A wrong password, and who comes after."""

    def setUp(self):
        super().setUp()
        self.account(password_from="file:" + self.path("bad"), failure_budget="1")
        self.refusal = self.run_it("login", "me", code=77)

    def test_a_command_that_cannot_say_it(self):
        message = "From: me@example.org\n\nx\n"
        way = "to try it at once: latchkey login me --retry, or latchkey accounts forget me\n"
        said = self.run_it("sendmail", "-a", "me", "b@x.example", code=77, given=message)
        self.assertIn("a corrected secret is held back, too; " + way, said)
        self.assertNotIn("terminal", said)
        self.account(password_from="file:" + self.path("bad"), failure_budget="1", **{"from": "me@example.org"})
        self.assertIn(way, self.run_it("sendmail", "b@x.example", code=77, given=message))
        self.assertEqual("", self.run_it("accounts", "forget", "me"))
        said = self.run_it("sendmail", "-a", "me", "b@x.example", code=77, given=message)
        self.assertRegex(said, "held back until .*: " + way)
        self.account()
        self.run_it("login", "me", "--retry")
        self.assertIn("--retry, or log in at a terminal", self.refusal)

    def test_until_is_a_time(self):
        message = "From: me@example.org\n\nx\n"
        for words in (("login", "me"), ("send", "-a", "me", "b@x.example")):
            error = json.loads(self.run_it(*words, "--json", code=77, given=message))["error"]
            self.assertRegex(error["until"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.write("one.eml", message)
        said = self.run_it("send", "-a", "me", "--each", "--json", "--to", "b@x.example", self.path("one.eml"), code=77)
        self.assertEqual(error["until"], json.loads(said)["error"]["until"])
        shown = self.run_it("accounts", "show", "me", "--json").splitlines()[-1]
        until = datetime.datetime.fromisoformat(error["until"].replace("Z", "+00:00"))
        self.assertEqual(json.loads(shown)["refused-until"], until.timestamp())
        self.run_it("accounts", "forget", "me")
        self.account(password_from="env:NOT_THERE")
        self.assertNotIn("until", json.loads(self.run_it("login", "me", "--json", code=78))["error"])


class Comments(Played):
    def test_behind_a_path(self):
        hint = "  hint: %s:%d: behind a value there is no comment: it has a line of its own\n"
        good = self.path("good")
        for n, lines in ((6, {"password_from": "file:%s # mine" % good}), (6, {"password_from": "netrc:%s ; x" % good}),
                         (5, {"ca": self.facts["ca"] + " # mine"})):
            self.account(**lines)
            self.assertIn(hint % (self.conf, n), self.run_it("login", "me", code=78))
        self.account(password_from="file:/nonexistent/x", realm="a # b")
        self.assertNotIn("comment", self.run_it("login", "me", code=78))
        self.write("good # it is called so", self.facts["password"])
        self.account(password_from="file:%s # it is called so" % good)
        self.run_it("login", "me")
        self.account()
        self.assertIn("password-from: behind a value there is no comment\n", self.run_it(
            "login", "me", "--password-from", "file:/nonexistent/x # y", code=78))


if __name__ == "__main__":
    unittest.main()
