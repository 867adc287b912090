# SPDX-License-Identifier: MIT
"""latchkey.login() and poplib."""

import poplib
import unittest

import latchkey
from imap_server import pop3
from test_smtp import PASSWORD, USER, WRONG, Case


class Pop3(Case):
    def open(self, script, host="localhost", **options):
        self.server = self.serve(script, **options)
        connection = poplib.POP3(host, self.server.port, timeout=20)
        self.addCleanup(connection.close)
        return connection

    def test_in(self):
        for auth in ("PLAIN", "SCRAM-SHA-256"):
            with self.subTest(auth=auth):
                connection = self.open(pop3())
                self.assertEqual(auth, self.login(connection, auth=auth).wire)
                self.assertEqual((0, 0), connection.stat())

    def test_refused(self):
        connection = self.open(pop3())
        error = self.fails(latchkey.Refused, connection, password=WRONG)
        self.assertIn("[AUTH] no", error.text)
        connection.noop()

    def test_nothing_in_the_clear(self):
        self.fails(latchkey.EncryptionNeeded, self.open(pop3("PLAIN"), "127.0.0.2", address="127.0.0.2"))
        self.assertEqual([], self.server.logins())

    def test_no_authobject(self):
        connection = self.open(pop3())
        self.assertRaises(TypeError, latchkey.authobject, connection, "PLAIN", user=USER, password=PASSWORD)


if __name__ == "__main__":
    unittest.main()
