#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""latchkey accounts check: what the library takes and a person hardly means."""
import json
import os
import unittest

import test_accounts


class Check(test_accounts.Fixture):
    def check(self, text, *said, code=0, env=()):
        """An account me with these lines: each sentence is a warning of it."""
        self.put("high/latchkey.conf", "[account me]\nhost = localhost\nuser = me@x.example\n%s\n" % text)
        shown = self.run_it("accounts", "check", code=code, env=env)
        for sentence in said:
            with self.subTest(text=text):
                self.assertIn(sentence, shown)
        if not said:
            self.assertIn(": 0 wrong, 0 doubtful", shown, text)

    def test_sources(self):
        self.put("open", "x\n", 0o644)
        conf = "account me: warning: %s:4: password-from: " % self.path("high/latchkey.conf")
        for source, said in (
                ("file:/nonexistent/x", "/nonexistent/x: No such file"),
                ("file:" + self.path("open"), "chmod 600 " + self.path("open")),
                ("file:x", '"x" is no absolute path: which file'), ("file:~/x", "~ is not expanded here"),
                ("file:" + self.path("home"), "is no regular file"),
                ("env:NOPE", "the environment variable NOPE is not set here"),
                ("credential:foo", "LoadCredential=foo:PATH"),
                ("netrc", "home/.netrc: No such file"), ("netrc:/nonexistent/n", "/nonexistent/n: No such"),
                ("cmd:nosuchprog a", "there is no program nosuchprog in PATH"),
                ("cmd:/nonexistent/p", "there is no program /nonexistent/p"),
                ("cmd:cat /x | head -1", "there is no shell, and \"|\" is a word like any other: cmd:sh -c"),
                ("keyring", "there is no program /nonexistent/keyring, which is part"),
                ("oauth", "oauth needs oauth-token-endpoint, oauth-client-id: not set")):
            self.check("password-from = " + source, conf if "netrc" not in source else "", said,
                       env={"LATCHKEY_LIBEXEC_DIR": "/nonexistent"})
        for source in ("file:" + self.path("secret"), "env:HOME", "cmd:sh -c 'cat /x | head -1'", "cmd:/bin/true",
                       "credential:secret", "fd:3", "prompt"):
            self.check("password-from = " + source, env={"CREDENTIALS_DIRECTORY": self.folder})

    def test_nothing_is_run(self):
        self.check("password-from = cmd:touch %s" % self.path("touched"))
        self.assertFalse(os.path.exists(self.path("touched")))

    def test_a_command_for_a_shell(self):
        self.put("high/latchkey.conf", "[account me]\nuser = me\n%spassword-from = cmd:false | true\n"
                 % self.here.replace("password-from", "# "))
        self.run_it("login", "me", code=78, said='there is no shell, and "|" is a word like any other')

    def test_values(self):
        source = "password-from = file:%s\n" % self.path("secret")
        for line, said in (
                ("realm = x # mine", ":5: realm: what stands behind the blank and the # is a part of the value"),
                ("authzid = x ; mine", ":5: authzid: what stands behind the blank and the ; is a part"),
                ("from = Me <me@x.example>", ":5: from: it is a name and an address, and goes to the server as it is; "
                                             "the address alone: from = me@x.example"),
                ("ca = /nonexistent/ca.pem", ":5: ca: /nonexistent/ca.pem: No such file"),
                ("ca = ca.pem", ':5: ca: "ca.pem" is no absolute path: which file'),
                ("cert = /nonexistent/c", ":5: cert: /nonexistent/c: No such file"),
                ("aliases = /nonexistent/a", ":5: aliases: /nonexistent/a: No such file"),
                ("insecure-plaintext = yes", ":5: insecure-plaintext: whoever"),
                ("tls = none\nsocket = /x", None), ("tls = none", None)):
            self.check(source + line, *(["latchkey.conf" + said] if said else []))
        self.put("high/latchkey.conf", "[account me]\nuser = me\nhost = far.example\ntls = none\n" + source)
        self.run_it("accounts", "check", said=":4: tls: none: whoever is on the way reads and changes the mail")
        self.check("password-from = cmd:echo a # b")

    def test_providers(self):
        self.put("low/providers.d/known.conf", "[provider known]\nmatch = a.example b.example\nhost = a.example\n")
        conf = "provider mine: warning: %s:" % self.path("high/latchkey.conf")
        for text, said in (
                ("host = a.example\ntls = none\ninsecure-plaintext = yes\ninsecure-no-verify = yes\n",
                 ("3: tls: none: ", "4: insecure-plaintext: ", "5: insecure-no-verify: ")),
                ("host = evil.example\nmatch = c.example b.example\n", (
                    "3: match: it takes b.example over from the provider known (%s:2): mail and secrets go to "
                    "evil.example with tls = starttls, and not to a.example with tls = starttls"
                    % self.path("low/providers.d/known.conf"),)),
                ("host = a.example\ntls = opportunistic\nmatch = b.example\n", ("4: match: it takes b.example",)),
                ("match = c.example\n", ("2: match: addresses of these domains find this provider, and it has no host",)),
                ("ca = x.pem\nhost = x\n", ('2: ca: "x.pem" is no absolute path',))):
            self.put("high/latchkey.conf", "[provider mine]\n" + text)
            for verb in ("accounts", "providers"):
                shown = self.run_it(verb, "check")
                for sentence in said:
                    self.assertIn(conf + sentence, shown)
        for text in ("host = a.example\nmatch = b.example\n", "match = d.example\nimap-host = d.example\n",
                     "secret-kind = password\n", "host = x\nfacts = a # b\nadvice = a ; b\n"):
            self.put("high/latchkey.conf", "[provider mine]\n" + text)
            self.assertIn("2 accounts and providers: 0 wrong, 0 doubtful", self.run_it("providers", "check"))

    def test_plugins(self):
        self.put("low/mechs.d/login.conf", "login.ir = never\n")
        self.put("low/mechs.d/scram.conf", "enabled = no\n")
        self.assertIn(": 0 wrong, 0 doubtful", self.run_it("accounts", "check"))
        self.put("low/mechs.d/plian.conf", "enabled = yes\n")
        self.run_it("accounts", "check", said="plugin plian: warning: there is no plugin plian.so for "
                    "mechs.d/plian.conf; nearest: plain; latchkey mechs list has all\n")
        shown = [json.loads(line) for line in self.run_it("accounts", "check", "--json").splitlines()]
        self.assertEqual(["plugin"], [next(iter(one)) for one in shown])

    def test_broken_settings_of_plugins_once(self):
        self.put("low/mechs.d/login.conf", "login.ri = never\n")
        self.put("high/latchkey.conf", "[account a]\nuser = a\nhost = x\nauth = plian\n[provider b]\nhost = b\n"
                 "[provider c]\nhost = c\n")
        shown = self.run_it("providers", "check", code=78)
        self.assertEqual(1, shown.count("mechs.d/login.conf:1: login.ri: "), shown)
        self.assertIn("file mechs.d: error: " + self.path("low/mechs.d/login.conf:1: "), shown)
        self.assertIn("account a: error: ", shown)

    def test_a_word_that_is_nearly_one(self):
        self.check("auth = PLAN LOGIN\npassword-from = env:HOME",
                   "auth: no mechanism \"PLAN\" is installed; nearest: PLAIN; latchkey mechs list")
        self.check("auth = XYZZY LOGIN\npassword-from = env:HOME", "\"XYZZY\" is installed; latchkey mechs list")

    def test_names_that_are_not_read(self):
        for name in ("x.conf~", ".x.conf.swp", "x.conf.dpkg-old", "x.conf.disabled", "README", "#x.conf#", ".hidden",
                     "x.ucf-dist", "x.conf.bak"):
            for folder in ("low/providers.d", "low/mechs.d"):
                self.put(folder + "/" + name, "no line of ours\n")
        self.assertIn(": 0 wrong, 0 doubtful", self.run_it("providers", "check"))
        names = ("high/providers.d/my\nown", "low/mechs.d/login.cfg", "low/providers.d/x.conf.txt")
        os.mkdir(self.path("high/providers.d"))
        for name in names:
            self.put(name, "no line of ours\n")
        for verb in ("accounts", "providers"):
            shown = self.run_it(verb, "check", said=": 0 wrong, 3 doubtful")
            for name in names:
                self.assertIn("file %s: warning: it is not read: its name does not end in .conf\n"
                              % self.path(name).replace("\n", "?"), shown)
        self.assertNotIn("not read", self.run_it("providers", "list"))

    def test_hints(self):
        conf = self.path("high/latchkey.conf")
        for text, said in (
                ("[account me]\nhost = mail.example:587\n", "host = mail.example, and port = 587\n"),
                ("[account me]\nimap-host = mail.example:993\n", "imap-host = mail.example, and imap-port = 993\n"),
                ("[account me]\nport = 2525 # submission\n", "behind a value there is no comment"),
                ("[default]\nhost = x\n", "[account default] or [provider default]\n"),
                ("[some thing]\nhost = x\n", "[account NAME] or [provider NAME]\n"),
                ("[provider x]\nmatch = a.example, b.example\n", "match = a.example b.example\n"),
                ("[provider x]\nmatch = @a.example *.b.example\n", "match = a.example b.example\n"),
                ("[account me]\r\n", "sed -i 's/\\r$//' %s\n" % conf),
                ("\ufeff[account me]\n", "sed -i '1s/^\\xef\\xbb\\xbf//' %s\n" % conf)):
            with open(conf, "w", encoding="utf-8", newline="") as out:
                out.write(text)
            with self.subTest(text=text):
                self.run_it("accounts", "check", code=78, said="  hint: " + said)

    def test_authorize(self):
        self.put("home/oauth", "#!/bin/sh\nexit 3\n", 0o755)
        env = {"LATCHKEY_LIBEXEC_DIR": self.path("home")}
        self.put("low/providers.d/known.conf", "[provider known]\nhost = a\noauth-client-id = x\n")
        self.put("high/latchkey.conf", "[account me]\nprovider = known\nuser = x\ntoken-from = oauth\n")
        self.run_it("accounts", "authorize", "me", env=env, code=78, said="the account me has no oauth-token-endpoint, "
                    "oauth-device-endpoint or oauth-authorization-endpoint\n  hint: in %s, in [account me], or for all of "
                    "its accounts in [provider known]; "
                    "latchkey-oauth(8)" % self.path("high/latchkey.conf"))
        self.run_it("accounts", "refresh", "me", env=env, code=78, said="the account me has no oauth-token-endpoint\n")
        self.put("low/providers.d/known.conf", "[provider known]\nhost = a\noauth-client-id = x\n"
                 "oauth-token-endpoint = https://a/t\n")
        self.run_it("accounts", "refresh", "me", env=env, code=3)


if __name__ == "__main__":
    unittest.main()
