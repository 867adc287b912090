# SPDX-License-Identifier: MIT
"""test_imap.py dovecot-imap: one login over IMAP by each mechanism, with what opens and with what does not.

The client is imap_login.c: a program of the library's, none of ours.
"""

import os
import subprocess
import unittest

import certs
import messages
import rig
import servers

SERVER = servers.chosen()
ALICE = rig.address("alice")
WRONG = "Wrong-horse-battery-staple-41"
BY_PASSWORD = ("plain", "login", "login-ir", "cram-md5", "scram-sha-1", "scram-sha-256", "sasl-plain",
               "sasl-digest-md5")


def setUpModule():
    SERVER.start()
    for name, authority in (("alice", "ca"), ("forged", "stranger")):
        certs.client(SERVER.path("tls"), name, ALICE, authority)


def tearDownModule():
    SERVER.stop()


class Imap(unittest.TestCase):
    def log_in(self, auth, kind="-", secret="", certificate=None):
        words = [SERVER.path("tls", certificate + end) for end in (".pem", ".key")] if certificate else []
        program = [os.environ["LATCHKEY_IMAP"], str(SERVER.port["imap"]), SERVER.ca, ALICE, kind, auth]
        done = subprocess.run(program + words, input=secret, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual("", done.stderr)
        if secret:
            self.assertFalse(any(form in done.stdout.encode() for form in messages.forms(secret)), done.stdout)
        return done

    def logged_in(self, done, mechanism, attempts=1):
        self.assertEqual(0, done.returncode, done.stdout)
        self.assertIn("logged in with %s (" % mechanism, done.stdout)
        self.assertEqual(attempts, done.stdout.count(" AUTHENTICATE "), done.stdout)
        self.assertTrue(done.stdout.splitlines()[-1].startswith("N OK"), done.stdout)

    def refused(self, done, words="NO [AUTHENTICATIONFAILED]"):
        self.assertEqual(77, done.returncode, done.stdout)
        self.assertIn(words, done.stdout)
        self.assertEqual(1, done.stdout.count(" AUTHENTICATE "), done.stdout)

    def test_passwords(self):
        for mechanism in BY_PASSWORD:
            with self.subTest(mechanism=mechanism):
                self.logged_in(self.log_in(mechanism, "password", SERVER.password["alice"]), mechanism)
                self.refused(self.log_in(mechanism, "password", WRONG))

    def test_tokens(self):
        for mechanism in ("xoauth2", "oauthbearer"):
            for octets in (43, 4096):
                with self.subTest(mechanism=mechanism, octets=octets):
                    good = SERVER.endpoint.issue(ALICE, octets=octets)
                    self.logged_in(self.log_in(mechanism, "oauth.token", good), mechanism)
                    expired = SERVER.endpoint.issue(ALICE, active=False, octets=octets)
                    self.refused(self.log_in(mechanism, "oauth.token", expired))

    def test_certificates(self):
        self.logged_in(self.log_in("external", certificate="alice"), "external")
        self.refused(self.log_in("external", certificate="forged"))
        done = self.log_in("external plain", "password", SERVER.password["alice"])
        self.logged_in(done, "plain")

    def test_nobody(self):
        self.logged_in(self.log_in("ANONYMOUS"), "sasl-anonymous")

    def test_the_best_by_itself(self):
        self.logged_in(self.log_in("", "password", SERVER.password["alice"]), "scram-sha-256")


if __name__ == "__main__":
    servers.main(SERVER)
