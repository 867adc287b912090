#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Accounts: which one is meant, which file says what, what was learnt."""
import base64
import json
import os
import re
import subprocess
import tempfile
import unittest

import server

PROGRAM = os.environ["LATCHKEY"]
SECRET = server.PASSWORD.decode()
MESSAGE = "From: %s\nDate: d\nMessage-ID: <m>\n\nHello.\n"


class Fixture(unittest.TestCase):
    """Two layers of files, a home, and a server in a thread that knows one password."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.server = server.Server()
        self.addCleanup(self.server.close)
        for name in ("low/providers.d", "low/mechs.d", "high", "home"):
            os.makedirs(os.path.join(self.folder, name))
        self.put("secret", SECRET + "\n", 0o600)
        self.here = ("host = 127.0.0.1\nport = %d\ntls = none\npassword-from = file:%s/secret\n"
                     % (self.server.port, self.folder))

    def path(self, name):
        return os.path.join(self.folder, name)

    def put(self, name, text, mode=0o644):
        with open(os.open(self.path(name), os.O_CREAT | os.O_TRUNC | os.O_WRONLY, mode), "w", encoding="utf-8") as out:
            out.write(text)

    def run_it(self, *words, code=0, given="", said="", env=()):
        environment = {k: v for k, v in os.environ.items() if k in ("PATH", "LATCHKEY_PLUGIN_PATH") or "SAN_OPT" in k}
        environment.update(HOME=self.path("home"), TZ="UTC",
                           LATCHKEY_CONFIG_DIR=self.path("low") + ":" + self.path("high"))
        environment.update(env)
        done = subprocess.run([PROGRAM, *words], input=given, env=environment, stdout=subprocess.PIPE, timeout=60,
                              stderr=subprocess.PIPE, check=False, universal_newlines=True, start_new_session=True)
        shown = done.stdout + done.stderr
        self.assertEqual(code, done.returncode, shown)
        self.assertIn(said, shown)
        for form in (SECRET, base64.b64encode(SECRET.encode()).decode()):
            self.assertNotIn(form, shown)
        return done.stdout

    def user(self):
        """As whom the last login was."""
        lines = [line for line in self.server.lines if line.startswith("AUTH PLAIN ")]
        return base64.b64decode(lines[-1].split()[2]).split(b"\0")[1].decode()


class Choice(Fixture):
    def setUp(self):
        super().setUp()
        self.put("low/providers.d/known.conf", "[provider known]\nmatch = known.example\n" + self.here)
        self.put("low/latchkey.conf", "[account default]\nuser = default\n" + self.here +
                 "[account work]\nuser = worker\nfrom = ann@work.example\n" + self.here)

    def test_login(self):
        for words, user in (([], "default"), (["work"], "worker"), (["-a", "work"], "worker"),
                            (["--account=work"], "worker"), (["ann@work.example"], "worker"),
                            (["bob@known.example"], "bob@known.example"),
                            (["-a", "eve@known.example"], "eve@known.example")):
            self.run_it("login", *words, said="logged in to 127.0.0.1:%d as %s with" % (self.server.port, user))
        self.run_it("login", "wrok", code=78, said='no account is called "wrok"; nearest: work')
        self.run_it("login", "mail.example.org", code=78, said="smtp://[USER@]mail.example.org")
        self.run_it("login", "x@unknown.example", code=78, said="no provider matches unknown.example")
        self.assertRegex(self.run_it("mechs", "why", "work", "--offered", "PLAIN"), r"(?m)^plain +PLAIN +usable")

    def test_send(self):
        for words, sender, user, envelope in (
                ([], "ann@work.example", "worker", "ann@work.example"),
                ([], "who@else.example", "default", "who@else.example"),
                (["-f", "ann@work.example"], "who@else.example", "worker", "ann@work.example"),
                (["-a", "work"], "who@else.example", "worker", "ann@work.example"),
                (["-a", "work", "-f", "x@y"], "who@else.example", "worker", "x@y"),
                (["-f", ""], "ann@work.example", "default", "")):
            self.run_it("send", *words, "b@x", given=MESSAGE % sender)
            self.assertEqual(user, self.user(), words)
            self.assertIn("MAIL FROM:<%s>" % envelope, self.server.lines[-6:], words)
        os.remove(self.path("low/latchkey.conf"))
        self.run_it("send", "b@x", given=MESSAGE % "carol@known.example")
        self.assertEqual("carol@known.example", self.user())
        self.run_it("send", "-s", "smtp://dan@127.0.0.1:%d?tls=none" % self.server.port, "--password-from",
                    "file:" + self.path("secret"), "b@x", given=MESSAGE % "carol@known.example")
        self.assertEqual("dan", self.user())

    def test_the_command_line_is_over_the_files(self):
        self.run_it("login", "work", "-o", "user=other")
        self.assertEqual("other", self.user())
        self.run_it("login", "work", "--password-from", "env:NOT_THERE", code=78, said="NOT_THERE is not set")
        self.run_it("login", "work", "-o", "from=a@b", "-o", "hots=x", code=78, said="nearest: host")
        self.run_it("login", "work", "-o", "provider=known", code=78, said="can only stand in an [account]")

    def test_layers(self):
        self.put("high/latchkey.conf", "[account work]\nuser = chief\n")
        self.run_it("login", "work")
        self.assertEqual("chief", self.user())
        shown = self.run_it("accounts", "show", "work")
        self.assertRegex(shown, r"(?m)^user = chief +# %s:2$" % re.escape(self.path("high/latchkey.conf")))
        self.assertRegex(shown, r"(?m)^from = ann@work\.example +# %s:9$" % re.escape(self.path("low/latchkey.conf")))
        self.put("high/latchkey.conf", "[account work]\nusr = chief\n")
        for words in (["login", "work"], ["send", "b@x"], ["accounts", "list"], ["providers", "check"]):
            self.run_it(*words, given=MESSAGE % "a@b", code=78,
                        said=self.path("high/latchkey.conf") + ':2: unknown key "usr"; nearest: user')
        # a URL needs no account's file
        self.run_it("login", "smtp://dan@127.0.0.1:%d?tls=none" % self.server.port, "--password-from",
                    "file:" + self.path("secret"))

    def test_each_has_one_account(self):
        self.put("one.eml", MESSAGE % "ann@work.example")
        for words, user in (([], "default"), (["-f", "ann@work.example"], "worker"), (["-a", "work"], "worker")):
            self.run_it("send", "--each", "--to", "b@x", *words, self.path("one.eml"))
            self.assertEqual(user, self.user())

    def test_no_terminal(self):
        self.put("high/latchkey.conf", "[account work]\npassword-from = prompt\n")
        self.run_it("login", "work", code=78, said="no terminal to ask at")

    def test_a_secret_and_no_user(self):
        """Never without a login where there is a secret for one."""
        self.put("high/latchkey.conf", "[account half]\nfrom = a@half.example\n" + self.here)
        self.run_it("send", "-a", "half", "b@x", given=MESSAGE % "a@half.example", code=78, said="no user name")
        self.assertEqual([], self.server.messages)
        self.run_it("accounts", "check", said="account half: warning: it names no user")

    def test_what_mechs_d_says(self):
        self.put("low/mechs.d/plain.conf", "enabled = no\n")
        self.run_it("login", "work", code=69, said="plain: ")
        self.run_it("login", "smtp://dan@127.0.0.1:%d?tls=none" % self.server.port, "--password-from",
                    "file:" + self.path("secret"), code=69, said="plain: ")
        self.assertRegex(self.run_it("mechs", "list"), r"(?m)^(plain|-) .*failed.*plain.so\n  .*enabled")

    def test_what_mechs_d_says_of_parameters(self):
        conf = self.path("low/mechs.d/plain.conf")
        for line, said in (("plain.ri = never", "plain.ri: the mechanism has no parameter"),
                           ("plain.ir = sometimes", 'plain.ir: "sometimes" is not auto or never')):
            self.put("low/mechs.d/plain.conf", "# all logins\n%s\n" % line)
            for words in (["login", "work"], ["accounts", "check"]):
                self.run_it(*words, code=78, said="%s:2: %s" % (conf, said))
        self.put("low/mechs.d/plain.conf", "plain.ir = never\n")
        self.run_it("login", "work")
        self.assertIn("AUTH PLAIN", self.server.lines)
        # the account is over it
        self.put("high/latchkey.conf", "[account work]\nplain.ir = auto\n")
        self.run_it("login", "work")
        self.assertEqual("worker", self.user())
        self.put("low/mechs.d/gone.conf", "gone.size = 1\n")
        self.run_it("login", "work")

    def test_a_refusal_tells_what_the_files_know(self):
        self.put("high/latchkey.conf", "[provider known]\nadvice = ask the porter for a key\n")
        self.put("wrong", "wrong\n", 0o600)
        for words in (["smtp://dan@127.0.0.1:%d?tls=none" % self.server.port], ["bob@known.example"]):
            self.run_it("login", *words, "--password-from", "file:" + self.path("wrong"), code=77,
                        said="ask the porter for a key")
        # another server of 127.0.0.1 is not that provider's
        for port, said in (("1025", False), (str(self.server.port), True)):
            self.put("high/latchkey.conf", "[provider known]\nport = %s\nadvice = ask the porter\n" % port)
            shown = self.run_it("login", "--json", "smtp://eve@127.0.0.1:%d?tls=none" % self.server.port, "--retry",
                                "--password-from", "file:" + self.path("wrong"), code=77)
            self.assertEqual(said, "ask the porter" in json.loads(shown)["error"]["advice"])


class FirstRun(Fixture):
    def test_three_lines_that_can_be_pasted(self):
        self.run_it("send", code=78)
        for words in (["send", "b@x"], ["send", "-f", "me@nowhere.example", "b@x"], ["login"]):
            self.run_it(*words, given="Hello\n", code=78, said="\n  [account default]\n  host = ")
        environment = dict(os.environ, HOME=self.path("home"), LATCHKEY_CONFIG_DIR=self.path("high"))
        done = subprocess.run([PROGRAM, "send", "b@x"], input="Hello\n", env=environment, stderr=subprocess.PIPE,
                              check=False, universal_newlines=True)
        lines = done.stderr[done.stderr.index("  [account"):]
        self.assertEqual(3, len(lines.splitlines()))
        self.put("high/latchkey.conf", lines)
        self.assertIn("host = smtp.example.org", self.run_it("accounts", "show"))

    def test_an_address_is_enough(self):
        self.put("low/providers.d/known.conf", "[provider known]\nmatch = known.example\n" + self.here)
        self.run_it("login", "bob@known.example", said="logged in")
        self.run_it("send", "-a", "bob@known.example", "b@x", given="Hello\n")
        self.assertIn(b"From: bob@known.example\r\n", self.server.messages[0])


class Files(Fixture):
    def setUp(self):
        super().setUp()
        self.put("low/providers.d/known.conf", "[provider known]\nmatch = known.example also.example\n" + self.here)
        self.put("high/latchkey.conf", "[account me]\nfrom = me@known.example\nauth = PLAIN\n")

    def test_list(self):
        self.put("high/latchkey.conf", "[account me]\nfrom = me@known.example\n[account lost]\nprovider = kwnon\n")
        rows = self.run_it("accounts", "list").splitlines()
        self.assertEqual(["ACCOUNT", "ADDRESS", "SERVER"], rows[0].split())
        self.assertEqual(["me", "me@known.example", "127.0.0.1:%d" % self.server.port], rows[-1].split())
        self.assertIn('latchkey.conf:4: no provider is called "kwnon"; nearest: known', rows[2])
        rows = [json.loads(line) for line in self.run_it("accounts", "list", "--json").splitlines()]
        self.assertEqual("configuration", rows[0]["error"]["class"])
        self.assertEqual(("me", self.server.port, "known"), (rows[1]["account"], rows[1]["port"], rows[1]["provider"]))
        self.assertIn("known                127.0.0.1                    known.example also.example\n",
                      self.run_it("providers", "list"))
        self.assertEqual({"provider": "known", "host": "127.0.0.1", "match": ["known.example", "also.example"]},
                         json.loads(self.run_it("providers", "list", "--json")))

    def test_show(self):
        shown = self.run_it("accounts", "show", "me")
        for line, place in (("auth = PLAIN", "high/latchkey.conf:3"), ("tls = none", "low/providers.d/known.conf:5"),
                            ("provider = known", "low/providers.d/known.conf:2")):
            self.assertRegex(shown, "(?m)^%s +# %s$" % (line, re.escape(self.path(place))))
        self.assertEqual(shown, self.run_it("accounts", "show", "me@known.example"))
        self.assertIn("\nuser = x@also.example\n", "\n" + self.run_it("accounts", "show", "x@also.example"))
        self.assertIn("host = mail.example\n", self.run_it("accounts", "show", "smtps://a@mail.example"))
        for name in ("known", "x@known.example", "also.example", "127.0.0.1"):
            self.assertIn("match = known.example also.example", self.run_it("providers", "show", name))
        self.run_it("providers", "show", "konwn", code=78, said="nearest: known")
        found = [json.loads(line) for line in self.run_it("accounts", "show", "me", "--json").splitlines()]
        self.assertIn({"account": "me", "key": "auth", "value": "PLAIN",
                       "file": self.path("high/latchkey.conf"), "line": 3}, found)

    def test_what_was_learnt(self):
        self.put("high/latchkey.conf", "[account me]\nfrom = me@known.example\nuser = me\n")
        self.assertNotIn("learnt", self.run_it("accounts", "show", "me"))
        self.run_it("login", "me")
        shown = self.run_it("accounts", "show", "me")
        self.assertRegex(shown, r"\n# learnt \d{4}-\d\d-\d\d \d\d:\d\d [+]0000: what works there; permanent by\n"
                                r"auth = plain\n$")
        with open(self.path("high/latchkey.conf"), "a", encoding="ascii") as out:
            out.write(shown[shown.index("\n#"):])
        self.run_it("login", "me")
        self.assertIn(": it works\n", self.run_it("accounts", "show", "me"))
        self.put("secret", "wrong\n")
        self.run_it("login", "me", code=77)
        self.assertRegex(self.run_it("accounts", "show", "me"),
                         r"\n# the secret of me was refused 1 time; held back until [0-9-]+ [0-9:]+ [+]0000\n")
        found = json.loads(self.run_it("accounts", "show", "me", "--json").splitlines()[-1])
        self.assertEqual(("me", 1), (found["account"], found["refusals"]))
        self.assertGreater(found["refused-until"], 0)
        self.assertEqual("", self.run_it("accounts", "forget", "me"))
        self.assertNotIn("learnt", self.run_it("accounts", "show", "me"))

    def test_check(self):
        self.assertEqual("2 accounts and providers: 0 wrong, 0 doubtful\n", self.run_it("accounts", "check"))
        self.assertEqual("", self.run_it("providers", "check", "--json"))
        conf = self.path("high/latchkey.conf")
        for text, code, said in (
                ("auth = plian", 78, "account me: error: %s:3: auth: no installed mechanism is called" % conf),
                ("auth = PLAIN login", 0, "0 wrong, 0 doubtful"),
                ("plain.ir = often", 78, "account me: error: %s:3: plain.ir: " % conf),
                ("plian.ir = never", 78, "account me: error: "),
                ("password-from = file:/nonexistent/x", 0,
                 "account me: warning: %s:3: password-from: /nonexistent/x: No such file" % conf),
                ("insecure-no-verify = yes", 0, "account me: warning: %s:3: insecure-no-verify: " % conf),
                ("provider = nope", 78, "account me: error: %s:3: no provider is called" % conf),
                ("tls = maybe", 78, "%s:3: tls: " % conf)):
            self.put("high/latchkey.conf", "[account me]\nfrom = me@known.example\n%s\n" % text)
            with self.subTest(text=text):
                self.run_it("accounts", "check", code=code, said=said)
        self.put("high/latchkey.conf", "[account me]\nhost = x\nuser = y\n[account nobody]\nhost = x\n")
        shown = self.run_it("accounts", "check")
        self.assertIn("account me: warning: it has no password-from", shown)
        self.assertIn("account nobody: warning: it names no user", shown)
        for line in self.run_it("accounts", "check", "--json").splitlines():
            self.assertEqual("warning", json.loads(line)["level"])

    def test_check_a_file(self):
        self.put("new.conf", "[provider new]\nmatch = new.example\nhost = x\n[account n]\nuser = n@new.example\n"
                 "password-from = cmd:true\n")
        self.assertEqual("2 accounts and providers: 0 wrong, 0 doubtful\n",
                         self.run_it("accounts", "check", self.path("new.conf")))
        self.put("new.conf", "[provider new]\nhots = x\n")
        self.run_it("providers", "check", self.path("new.conf"), code=78, said="new.conf:2: unknown key")
        self.run_it("providers", "check", self.path("none.conf"), code=78, said="none.conf: No such file")

    def test_a_secret_in_a_file(self):
        plugins = os.path.join(os.environ["LATCHKEY_PLUGIN_PATH"], "../test-plugins/scripted")
        self.put("high/latchkey.conf", "[account me]\nuser = me@known.example\nscripted.key = %s\n"
                 "[provider known]\nscripted.key = %s\n" % (SECRET, SECRET))
        for words, code, said in (
                (["login", "me"], 78, "latchkey.conf:3: scripted.key is a secret"),
                (["accounts", "show", "me"], 0, "scripted.key = (secret)"),
                (["accounts", "show", "me", "--json"], 0, '"value":"(secret)"'),
                (["providers", "show", "known"], 0, "scripted.key = (secret)"),
                (["accounts", "check"], 78, "account me: error: %s:3: scripted.key: it is a secret"
                                            % self.path("high/latchkey.conf")),
                (["accounts", "check", "--json"], 78, "provider")):
            self.run_it(*words, code=code, said=said, env={"LATCHKEY_PLUGIN_PATH": plugins})

    def test_usage(self):
        for words, said in ((["accounts"], "takes list, show, check"), (["accounts", "lsit"], "takes list"),
                            (["accounts", "list", "x"], "takes nothing else"),
                            (["accounts", "show", "a", "b"], "takes one NAME"),
                            (["accounts", "forget"], "takes one NAME"), (["providers", "show"], "takes one NAME"),
                            (["accounts", "list", "--all"], "--all goes with"), (["accounts", "authorize"], "NAME")):
            self.run_it(*words, code=64, said=said)


if __name__ == "__main__":
    unittest.main()
