# SPDX-License-Identifier: MIT
"""test_python.py postfix|dovecot-imap: the Python module logs in by each mechanism that the server offers.

Over smtplib, and where the server has them, imaplib and poplib; with what opens and with what does not.
"""

import contextlib
import imaplib
import os
import poplib
import smtplib
import ssl
import sys
import unittest

import certs
import messages
import rig
import servers

sys.path.insert(0, os.path.join(rig.HERE, os.pardir, os.pardir, "core", "python"))

import latchkey  # noqa: E402

SERVER = servers.chosen()
ALICE = rig.address("alice")
WRONG = "Wrong-horse-battery-staple-41"
TOKENS = ("XOAUTH2", "OAUTHBEARER")
NO_SECRET = ("EXTERNAL", "ANONYMOUS")


def setUpModule():
    SERVER.start()
    certs.client(SERVER.path("tls"), "alice", ALICE)


def tearDownModule():
    SERVER.stop()


def context(certificate=None):
    made = ssl.create_default_context(cafile=SERVER.ca)
    if certificate:
        made.load_cert_chain(*(SERVER.path("tls", certificate + end) for end in (".pem", ".key")))
    return made


def smtp(certificate=None):
    connection = smtplib.SMTP("localhost", SERVER.port["starttls"], "client.example.com", timeout=60)
    connection.starttls(context=context(certificate))
    return connection


def smtp_ssl(certificate=None):
    return smtplib.SMTP_SSL("localhost", SERVER.port["implicit"], "client.example.com", context=context(certificate), timeout=60)


def imap(certificate=None):
    return imaplib.IMAP4_SSL("localhost", SERVER.port["imap"], ssl_context=context(certificate), timeout=60)


def pop3(certificate=None):
    return poplib.POP3_SSL("localhost", SERVER.port["pop3"], context=context(certificate), timeout=60)


# How a connection is made, how it ends, and what only those may ask who are logged in.
KINDS = {
    smtp: (lambda c: c.close(), lambda c: c.mail(ALICE)[0] == 250),
    smtp_ssl: (lambda c: c.close(), lambda c: c.mail(ALICE)[0] == 250),
    imap: (lambda c: c.shutdown(), lambda c: c.select()[0] == "OK"),
    pop3: (lambda c: c.close(), lambda c: c.stat() == (0, 0)),
}
DIALS = [dial for dial in KINDS if dial in (smtp, smtp_ssl) or dial.__name__ in SERVER.address]
CALLS = {smtp: "auth", smtp_ssl: "auth", imap: "authenticate"}
WITH_CALLS = [dial for dial in DIALS if dial in CALLS]


class Python(unittest.TestCase):
    def who(self, mechanism, good):
        if mechanism in NO_SECRET:
            return {}
        if mechanism in TOKENS:
            return {"user": ALICE, "token": SERVER.endpoint.issue(ALICE, active=good)}
        return {"user": ALICE, "password": SERVER.password["alice"] if good else WRONG}

    def untold(self, error, who):
        for secret in (who.get("password"), who.get("token")):
            if secret:
                self.assertFalse(any(form in str(error).encode() for form in messages.forms(secret)), str(error))

    @contextlib.contextmanager
    def dial(self, how, certificate=None):
        connection = how(certificate)
        try:
            yield connection
        finally:
            if connection.sock is not None and connection.sock.fileno() >= 0:
                KINDS[how][0](connection)

    def offered(self, how):
        with self.dial(how) as connection:
            words = latchkey._wire(connection).offered().split()  # pylint: disable=protected-access
        names = {word[5:] for word in words if word.startswith("AUTH=")} or set(words)
        self.assertLessEqual(SERVER.mechanisms, names)
        return sorted(names)

    def each(self, check, but=(), ways=DIALS):
        """Each way to connect, and each mechanism that is offered there; every time with nothing learnt before."""
        for how in ways:
            for mechanism in self.offered(how):
                certificate = "alice" if mechanism == "EXTERNAL" else None
                if mechanism in but:
                    continue
                with self.subTest(how=how.__name__, mechanism=mechanism), self.dial(how, certificate) as connection:
                    check(how, mechanism, connection,
                          {"using": latchkey.Host(), "client_certificate": bool(certificate)})

    def test_in(self):
        def check(how, mechanism, connection, more):
            result = latchkey.login(connection, auth=mechanism, **self.who(mechanism, True), **more)
            self.assertEqual(mechanism, result.wire)
            self.assertTrue(mechanism == "ANONYMOUS" or KINDS[how][1](connection))

        self.each(check)

    def test_refused(self):
        def check(how, mechanism, connection, more):
            who = self.who(mechanism, False)
            with self.assertRaises(latchkey.Refused) as caught:
                latchkey.login(connection, auth=mechanism, **who, **more)
            self.assertTrue(caught.exception.text)
            self.untold(caught.exception, who)
            self.assertTrue(connection.capa() if how is pop3 else connection.noop())

        self.each(check, but=NO_SECRET)

    def test_the_best_by_itself(self):
        for how in DIALS:
            with self.dial(how) as connection:
                result = latchkey.login(connection, user=ALICE, password=SERVER.password["alice"])
                self.assertTrue(result.mech.startswith("scram-sha-"), result)

    def test_adapter(self):
        def check(how, mechanism, connection, more):
            with latchkey.authobject(connection, mechanism, **self.who(mechanism, True), **more) as one:
                getattr(connection, CALLS[how])(mechanism, one)
            self.assertTrue(mechanism == "ANONYMOUS" or KINDS[how][1](connection))

        self.each(check, ways=WITH_CALLS)

    def test_adapter_refused(self):
        def check(how, mechanism, connection, more):
            who = self.who(mechanism, False)
            with self.assertRaises(latchkey.Refused) as caught:
                with latchkey.authobject(connection, mechanism, **who, **more) as one:
                    getattr(connection, CALLS[how])(mechanism, one)
            self.untold(caught.exception, who)

        self.each(check, but=NO_SECRET, ways=WITH_CALLS)


if __name__ == "__main__":
    servers.main(SERVER)
