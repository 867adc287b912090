# SPDX-License-Identifier: MIT
"""latchkey.login() and imaplib."""

import imaplib
import unittest

import latchkey
from imap_server import imap
from server import Certificates
from test_smtp import WRONG, Case


class Imap(Case):
    def open(self, script, host="localhost", **options):
        self.server = self.serve(script, **options)
        connection = imaplib.IMAP4(host, self.server.port, timeout=20)
        self.addCleanup(lambda: connection.sock.fileno() < 0 or connection.shutdown())
        return connection

    def test_in(self):
        for capabilities, one_step in (("SASL-IR AUTH=PLAIN", True), ("AUTH=PLAIN", False)):
            with self.subTest(capabilities=capabilities):
                connection = self.open(imap(capabilities))
                result = self.login(connection)
                self.assertEqual(("plain", one_step), (result.mech, result.initial_response))
                self.assertEqual("AUTH", connection.state)
                self.assertEqual("OK", connection.select()[0])

    def test_the_best(self):
        self.assertEqual("scram-sha-256", self.login(self.open(imap())).mech)

    def test_refused(self):
        connection = self.open(imap())
        error = self.fails(latchkey.Refused, connection, password=WRONG, auth="PLAIN")
        self.assertIn("[AUTHENTICATIONFAILED] no", error.text)
        self.assertEqual("NONAUTH", connection.state)
        self.assertEqual("OK", connection.noop()[0])

    def test_without_proof(self):
        self.fails(latchkey.NotProven, self.open(imap(proves=False)))

    def test_between_the_lines(self):
        """What is not for the login: a literal may hold what looks like the end of it."""
        between = ("* OK [ALERT] {37}", "LATCHKEY1 NO [AUTHENTICATIONFAILED] x!", "* CAPABILITY IMAP4rev1")
        self.assertEqual("OK", self.login(self.open(imap("SASL-IR AUTH=PLAIN", between=between))).connection.select()[0])

    def test_between_the_lines_without_end(self):
        self.fails(latchkey.ProtocolError, self.open(imap("SASL-IR AUTH=PLAIN", between=("* OK {9999999}",))))

    def test_bye(self):
        self.fails(latchkey.ProtocolError, self.open(imap("SASL-IR AUTH=PLAIN", bye=True)))

    def test_nothing_in_the_clear(self):
        connection = self.open(imap("SASL-IR AUTH=PLAIN"), "127.0.0.2", address="127.0.0.2")
        self.fails(latchkey.EncryptionNeeded, connection)
        self.assertEqual([], self.server.logins("AUTHENTICATE"))

    def test_tls_first(self):
        with Certificates() as certificates:
            connection = self.open(imap("SASL-IR AUTH=PLAIN", tls=True), certificates=certificates.path)
            connection.starttls(certificates.context())
            self.login(connection)
            self.assertEqual("OK", connection.select()[0])


if __name__ == "__main__":
    unittest.main()
