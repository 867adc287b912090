# SPDX-License-Identifier: MIT
"""What goes over which connection: TLS that was verified, that was not, that is still to come."""

import base64
import smtplib
import ssl
import unittest
import unittest.mock

import latchkey
from server import Certificates
from test_smtp import USER, WRONG, Case, plain

ELSEWHERE = "127.0.0.2"  # loopback, and nobody takes it for a private connection


def setUpModule():
    global CERTIFICATES
    CERTIFICATES = unittest.enterModuleContext(Certificates())


def with_starttls(script):
    """The script, which offers STARTTLS."""
    def wrapped(talk):
        ehlo = talk.ehlo
        talk.ehlo = lambda auth, *more: ehlo(auth, "STARTTLS", *more)
        script(talk)
    return wrapped


class Tls(Case):
    def open(self, script, **options):
        return self.serve(with_starttls(script), certificates=CERTIFICATES.path, **options)

    def started(self, server, context, host="localhost"):
        connection = self.dial(server, host)
        connection.starttls(context=context)
        return connection

    def test_verified_for_no_name(self):
        server = self.open(plain, address=ELSEWHERE)
        context = CERTIFICATES.context()
        context.check_hostname = False
        self.fails(latchkey.NotTrusted, self.started(server, context, ELSEWHERE))
        self.assertEqual([], server.logins())

    def test_smtplib_verifies_nothing_by_itself(self):
        server = self.open(plain, address=ELSEWHERE)
        connection = self.dial(server, ELSEWHERE)
        connection.starttls()
        error = self.fails(latchkey.NotTrusted, connection)
        self.assertIn("create_default_context", error.advice)
        self.assertEqual([], server.logins())

    def test_started_here(self):
        """Where the connection is in the clear and the server has TLS, that comes first."""
        server = self.open(plain)
        connection = self.dial(server)
        with unittest.mock.patch.object(latchkey.smtp.Smtp, "is_private", return_value=False):
            result = self.login(connection, tls=CERTIFICATES.context())
        self.assertIs(connection, result.connection)
        self.assertIn("STARTTLS", server.heard)
        self.assertIsInstance(connection.sock, ssl.SSLSocket)
        self.assertEqual(250, connection.noop()[0])

    def test_not_in_the_clear(self):
        server = self.serve(plain, address=ELSEWHERE)
        error = self.fails(latchkey.EncryptionNeeded, self.dial(server, ELSEWHERE))
        self.assertEqual("unencrypted connection", error.class_)
        self.assertEqual([], server.logins())
        self.login(self.dial(server, ELSEWHERE), insecure_plaintext=True)

    def test_not_trusted(self):
        server = self.open(plain, address=ELSEWHERE)
        connection = self.dial(server, ELSEWHERE)
        with self.assertRaises(ssl.SSLError):
            self.login(connection)  # starts TLS with the authorities of this machine
        self.assertEqual([], server.logins())
        self.assertIsNone(connection.sock)

    def test_wrong_host_name(self):
        server = self.open(plain)
        connection = self.started(server, CERTIFICATES.context())
        error = self.fails(latchkey.WrongHostName, connection, host="mail.example.org", password=WRONG)
        self.assertEqual("wrong host name", error.class_)
        self.assertEqual([], server.logins())
        self.login(connection)

    def test_implicit(self):
        server = self.serve(plain, certificates=CERTIFICATES.path, implicit=True)
        connection = smtplib.SMTP_SSL("localhost", server.port, "me.example", context=CERTIFICATES.context())
        self.addCleanup(connection.close)
        self.login(connection)

    def test_token_renewed(self):
        def bearer(talk):
            talk.greet("XOAUTH2")
            talk.ask('{"status":"401"}')
            talk.say("535 5.7.8 expired")
            words = talk.ehlo("XOAUTH2")
            assert b"Bearer fresh" in base64.b64decode(words[2]), words
            talk.say("235 ok")
            talk.rest()

        asked = []

        def secret(key, _prompt, renew):
            asked.append((key, renew))
            return "fresh" if renew else "stale"

        result = self.login(self.started(self.open(bearer), CERTIFICATES.context()), secret=secret, secrets="oauth.token")
        self.assertEqual(("XOAUTH2", 2), (result.wire, result.attempts))
        self.assertEqual([("oauth.token", False), ("oauth.token", True)], asked)

    def test_tls_unique(self):
        """Not of TLS 1.3, where it would prove nothing."""
        server = self.open(plain)
        for version, told in ((ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, False)):
            context = CERTIFICATES.context()
            context.minimum_version = context.maximum_version = version
            wire = latchkey.smtp.Smtp(self.started(server, context))
            self.assertEqual(told, wire.binding("tls-unique") is not None)
            self.assertIsNone(wire.binding("tls-exporter"))

    def test_binding_that_fails(self):
        """A callback that raises has not found one; what it raised comes out."""
        def bound(talk):
            talk.greet("SCRAM-SHA-256-PLUS")
            talk.rest()

        server = self.open(bound)
        connection = self.started(server, CERTIFICATES.context())
        with unittest.mock.patch.object(latchkey.smtp.Smtp, "binding", side_effect=KeyError("no such thing")):
            with self.assertRaisesRegex(KeyError, "no such thing"):
                self.login(connection, auth="SCRAM-SHA-256-PLUS")
        self.assertEqual([], server.logins())


if __name__ == "__main__":
    unittest.main()
