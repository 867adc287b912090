# SPDX-License-Identifier: MIT
"""test_account.py ACCOUNT IMAP POP3: one account logs in over SMTP, IMAP and POP3, and nothing is left behind."""

import os
import subprocess
import sys
import tempfile
import unittest

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "python"))

from imap_server import PASSWORD, RIGHT, USER, imap, pop3  # noqa: E402
from server import Certificates, Server, encoded  # noqa: E402

SMTP, IMAP, POP3 = sys.argv.pop(1), sys.argv.pop(1), sys.argv.pop(1)
PROVIDER = """\
[provider here]
match = example.org
host = localhost
port = %d
ca = %s/ca.pem
imap-host = localhost
imap-port = %d
imap-tls = none
pop3-host = localhost
pop3-port = %d
pop3-tls = none
advice = ask the porter for a key
"""
ACCOUNT = "[account me]\nuser = %s\npassword-from = file:%s\n"


def smtp(talk):
    words = talk.greet("PLAIN", "STARTTLS")
    right = words[1:] == ["PLAIN", encoded(RIGHT)]
    talk.say("235 2.7.0 welcome" if right else "535 5.7.8 no")
    talk.rest()


class Account(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        certificates = self.enterContext(Certificates())
        self.smtp = self.enterContext(Server(smtp, certificates=certificates.path))
        self.imap = self.enterContext(Server(imap()))
        self.pop3 = self.enterContext(Server(pop3()))
        for name in ("etc/providers.d", "home"):
            os.makedirs(os.path.join(self.folder, name))
        self.write("etc/providers.d/here.conf",
                   PROVIDER % (self.smtp.port, certificates.path, self.imap.port, self.pop3.port))
        self.write("etc/latchkey.conf", ACCOUNT % (USER, os.path.join(self.folder, "secret")))
        self.write("secret", PASSWORD + "\n")

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(os.path.join(self.folder, name), 0o600)

    def run_it(self, *words):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
        environment.update(HOME=os.path.join(self.folder, "home"), LATCHKEY_CONFIG_DIR=os.path.join(self.folder, "etc"))
        done = subprocess.run(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                              check=False, text=True)
        return done.returncode, done.stdout, done.stderr

    def imap_at(self, host, port):
        """What the example says of another server."""
        self.write("etc/latchkey.conf", "[account other]\nhost = %s\nimap-host = %s\nimap-port = %d\nimap-tls = none\n"
                   "user = %s\npassword-from = file:%s\n" % (host, host, port, USER, os.path.join(self.folder, "secret")))
        return self.run_it(IMAP, "other")

    def test_one_provider_three_services(self):
        for name in ("me", USER):
            code, out, err = self.run_it(SMTP, name)
            self.assertEqual((0, ""), (code, err), err)
            self.assertRegex(out, r"^logged in with plain, over TLSv1\.[23]\n$")
            for program in (IMAP, POP3):
                self.assertEqual((0, "logged in with scram-sha-256\n", ""), self.run_it(program, name))

    def test_news_before_the_outcome(self):
        between = ("* 3 EXISTS", "* OK B OK", "C NO not yours")
        for capabilities in ("AUTH=PLAIN", "SASL-IR AUTH=PLAIN", "SASL-IR AUTH=SCRAM-SHA-256"):
            with Server(imap(capabilities, between=between)) as server:
                code, out, err = self.imap_at("localhost", server.port)
                self.assertEqual((0, ""), (code, err))
                self.assertIn("logged in with ", out)

    def test_no_server(self):
        with Server(imap(bye=True)) as server:
            code, _, err = self.imap_at("localhost", server.port)
            self.assertEqual(76, code)
            self.assertIn("the server hung up: BYE too busy", err)
        for host in ("localhost", "imap.example"):
            code, _, err = self.imap_at(host, server.port)
            self.assertEqual(75, code)
            self.assertIn("no connection to %s:%d" % (host, server.port), err)
        self.assertEqual(69, self.empty(lambda talk: talk.say("* OK hello")))
        self.assertEqual(69, self.empty(lambda talk: None))

    def empty(self, script):
        """Nothing is offered: that is an end, too."""
        with Server(script) as server:
            return self.imap_at("localhost", server.port)[0]

    def test_no_state_unless_it_is_asked_for(self):
        for program in (SMTP, IMAP, POP3):
            self.assertEqual(0, self.run_it(program, "me")[0])
        self.assertEqual([], os.listdir(os.path.join(self.folder, "home")))

    def test_refused(self):
        self.write("secret", "stale\n")
        code, out, err = self.run_it(SMTP, "me")
        self.assertEqual((77, ""), (code, out))
        self.assertIn("authentication failed", err)
        self.assertIn("ask the porter for a key", err)
        for program in (IMAP, POP3):
            self.assertEqual(77, self.run_it(program, "me")[0])

    def test_no_such_account(self):
        code, _, err = self.run_it(SMTP, "mee")
        self.assertEqual(78, code)
        self.assertIn("nearest: me", err)


if __name__ == "__main__":
    unittest.main()
