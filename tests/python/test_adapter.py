# SPDX-License-Identifier: MIT
"""latchkey.authobject(): the calls of smtplib and imaplib as they are."""

import base64
import imaplib
import smtplib
import unittest

import latchkey
from imap_server import imap
from scram import Scram
from server import Certificates, encoded
from test_smtp import PASSWORD, USER, WRONG, Case, plain


def scram(proves=True, early=False):
    """A server that proves itself, or says so falsely, or lets in whoever comes."""
    def script(talk):
        words = talk.greet("SCRAM-SHA-256")
        if early:
            talk.say("235 come in")
            return talk.rest()
        server = Scram(PASSWORD)
        first = base64.b64decode(words[2]) if len(words) > 2 else talk.ask("")
        right, proof = server.last(talk.ask(server.first(first)))
        if not right:
            talk.say("535 5.7.8 no")
        elif proves:
            assert talk.ask(proof) == b""
            talk.say("235 ok")
        else:
            talk.say("334 " + encoded("v=" + encoded("x" * 32)))
            talk.say("235 ok" if talk.hear() != "*" else "501 cancelled")
        return talk.rest()
    return script


def nothing_to_say(talk):
    """EXTERNAL, whose response is empty; and anything after a blank would be one, too."""
    line = " ".join(talk.greet("ANONYMOUS EXTERNAL"))
    assert line == "AUTH EXTERNAL", line
    assert talk.ask("") == b""
    talk.say("235 ok")
    talk.rest()


class Smtp(Case):
    def auth(self, connection, mechanism, password=PASSWORD, **more):
        with latchkey.authobject(connection, mechanism, user=USER, password=password, using=self.host, **more) as one:
            return connection.auth(mechanism, one)

    def refuses(self, kind, connection, mechanism, **more):
        with self.assertRaises(kind) as caught:
            self.auth(connection, mechanism, **more)
        self.untold(str(caught.exception))
        return caught.exception

    def test_plain(self):
        connection = self.dial(self.serve(plain))
        self.assertEqual(235, self.auth(connection, "PLAIN")[0])

    def test_refused(self):
        connection = self.dial(self.serve(plain))
        error = self.refuses(latchkey.Refused, connection, "PLAIN", password=WRONG)
        self.assertEqual((535, "authentication failed"), (error.code, error.class_))
        self.assertIsInstance(error.__cause__, smtplib.SMTPAuthenticationError)
        self.assertEqual(250, connection.noop()[0])

    def test_scram(self):
        server = self.serve(scram())
        self.auth(self.dial(server), "SCRAM-SHA-256")
        self.refuses(latchkey.Refused, self.dial(server), "SCRAM-SHA-256", password=WRONG)

    def test_in_two_steps(self):
        connection = self.dial(self.serve(scram()))
        with latchkey.authobject(connection, "SCRAM-SHA-256", user=USER, password=PASSWORD, using=self.host) as one:
            connection.auth("SCRAM-SHA-256", one, initial_response_ok=False)

    def test_server_without_proof(self):
        for options in ({"proves": False}, {"early": True}):
            with self.subTest(**options):
                connection = self.dial(self.serve(scram(**options)))
                self.refuses(latchkey.NotProven, connection, "SCRAM-SHA-256")
                if "early" in options:
                    self.assertIsNone(connection.sock)

    def test_cancelled(self):
        def password_first(talk):
            talk.greet("LOGIN")
            talk.say("334 " + encoded("Password:"))
            assert talk.hear() == "*"
            talk.say("501 cancelled")
            talk.rest()

        connection = self.dial(self.serve(password_first))
        self.refuses(latchkey.LatchkeyError, connection, "login")
        self.assertEqual(250, connection.noop()[0])

    def test_nothing_to_say(self):
        with Certificates() as certificates:
            server = self.serve(nothing_to_say, certificates=certificates.path, implicit=True)
            connection = smtplib.SMTP_SSL("localhost", server.port, context=certificates.context())
            self.addCleanup(connection.close)
            with latchkey.authobject(connection, "EXTERNAL", client_certificate=True, using=self.host) as one:
                connection.auth("EXTERNAL", one)

    def test_not_offered(self):
        server = self.serve(plain)
        self.refuses(latchkey.NoMechanism, self.dial(server), "LOGIN")
        self.assertEqual([], server.logins())

    def test_raises(self):
        def secret(*_):
            raise KeyboardInterrupt()

        server = self.serve(plain)
        connection = self.dial(server)
        with self.assertRaises(KeyboardInterrupt):
            with latchkey.authobject(connection, "PLAIN", user=USER, secret=secret, using=self.host):
                self.fail("it went on")
        self.assertEqual(250, connection.noop()[0])

    def test_outside(self):
        connection = self.dial(self.serve(plain))
        one = latchkey.authobject(connection, "PLAIN", user=USER, password=PASSWORD, using=self.host)
        self.assertRaises(RuntimeError, one)
        with one:
            pass
        self.assertRaises(RuntimeError, one)


class Imap(Case):
    def authenticate(self, mechanism, script, password=PASSWORD):
        connection = imaplib.IMAP4("localhost", self.serve(script).port, timeout=20)
        self.addCleanup(connection.shutdown)
        with latchkey.authobject(connection, mechanism, user=USER, password=password, using=self.host) as one:
            connection.authenticate(mechanism, one)
        return connection

    def test_in(self):
        for mechanism in ("PLAIN", "SCRAM-SHA-256"):
            with self.subTest(mechanism=mechanism):
                self.assertEqual("OK", self.authenticate(mechanism, imap()).select()[0])

    def test_refused(self):
        with self.assertRaises(latchkey.Refused) as caught:
            self.authenticate("PLAIN", imap(), WRONG)
        self.assertIn("[AUTHENTICATIONFAILED]", caught.exception.text)
        self.assertIsInstance(caught.exception.__cause__, imaplib.IMAP4.error)

    def test_server_without_proof(self):
        with self.assertRaises(latchkey.NotProven):
            self.authenticate("SCRAM-SHA-256", imap(proves=False))

    def test_no_such_authobject(self):
        self.assertRaises(TypeError, latchkey.authobject, object(), "PLAIN")


if __name__ == "__main__":
    unittest.main()
