# SPDX-License-Identifier: MIT
"""test_examples.py dovecot-imap|slapd: the installed examples log in over IMAP, POP3 and LDAP.

By each mechanism that the server offers and that may be used where there is no TLS, with what opens and with what does
not; the others are refused before a word of them goes out.
"""

import os
import re
import subprocess
import unittest

import messages
import rig
import servers

SERVER = servers.chosen()
ALICE = rig.address("alice") if SERVER.name != "slapd" else "alice"
WRONG = "Wrong-horse-battery-staple-41"
# Offered, and without a ticket, or a list of passwords at the server, nothing to log in with.
NOT_HERE = frozenset("GSSAPI GSS-SPNEGO GS2-KRB5 GS2-IAKERB OTP".split())
NEEDS_TLS = {"XOAUTH2": "oauth.token", "OAUTHBEARER": "oauth.token", "EXTERNAL": None}
SERVICES = ("ldap",) if SERVER.name == "slapd" else ("imap", "pop3")
CONF = """\
[account test]
host = localhost
user = {user}
{service}-host = localhost
{service}-port = {port}
{service}-tls = none
{service}-auth = {auth}
{source}
"""


def setUpModule():
    SERVER.start()


def tearDownModule():
    SERVER.stop()


class Examples(unittest.TestCase):
    def log_in(self, service, auth, secret=None, key="password-from"):
        folder = os.path.join(SERVER.base, "conf")
        os.makedirs(folder, mode=0o700, exist_ok=True)
        port = SERVER.port[service if service == "ldap" else service + "-clear"]
        source = "%s = file:%s/secret" % (key, folder) if secret else ""
        self.write(folder, "latchkey.conf", CONF.format(user=ALICE, service=service, port=port, auth=auth, source=source))
        self.write(folder, "secret", (secret or "") + "\n")
        environment = {**os.environ, "LATCHKEY_CONFIG_DIR": folder, "HOME": folder, "LDAPNOINIT": "1"}
        done = subprocess.run([os.environ["LATCHKEY_EXAMPLES"] + "/" + service, "test"], env=environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
        if secret:
            said = (done.stdout + done.stderr).encode()
            self.assertFalse(any(form in said for form in messages.forms(secret)), done)
        return done

    @staticmethod
    def write(folder, name, text):
        with open(os.path.join(folder, name), "w", encoding="utf-8",
                  opener=lambda *words: os.open(*words, 0o600)) as out:
            out.write(text)

    def offered(self, service):
        """As the library tells where none of them is allowed."""
        done = self.log_in(service, "X-NONE", WRONG)
        self.assertEqual(69, done.returncode, done)
        return re.search(r"it offers ([A-Z0-9 -]+)", done.stderr)[1].split()

    def test_each_mechanism(self):
        for service in SERVICES:
            offered = self.offered(service)
            self.assertGreater(len(offered), 3, offered)
            for mechanism in offered:
                with self.subTest(service=service, mechanism=mechanism):
                    self.check(service, mechanism)

    def check(self, service, mechanism):
        if mechanism in NEEDS_TLS or mechanism in NOT_HERE:
            key = "token-from" if NEEDS_TLS.get(mechanism) else "password-from"
            done = self.log_in(service, mechanism, WRONG, key)
            self.assertIn(done.returncode, (69, 77, 78), done)
            self.assertNotIn("logged in", done.stdout)
            if NEEDS_TLS.get(mechanism):
                self.assertIn("it needs TLS", done.stderr)
            return
        if mechanism == "ANONYMOUS":
            done = self.log_in(service, mechanism)
            self.assertEqual((0, "logged in with sasl-anonymous"), (done.returncode, done.stdout.splitlines()[0]), done)
            return
        done = self.log_in(service, mechanism, SERVER.password["alice"])
        self.assertEqual(0, done.returncode, done)
        self.assertIn("logged in with ", done.stdout)
        if service == "ldap":
            self.assertIn("as dn:uid=alice,", done.stdout)
        done = self.log_in(service, mechanism, WRONG)
        self.assertEqual(77, done.returncode, done)
        self.assertIn("authentication failed", done.stderr)

    def test_the_best_by_itself(self):
        for service in SERVICES:
            done = self.log_in(service, "*", SERVER.password["alice"])
            self.assertEqual(0, done.returncode, done)
            self.assertIn("logged in with scram-sha-", done.stdout)


if __name__ == "__main__":
    servers.main(SERVER)
