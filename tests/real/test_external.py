# SPDX-License-Identifier: MIT
"""test_external.py SERVER: logins by a client's certificate, to a server that takes the name in it for the user's."""

import os

import certs
import rig
import servers
from trial import ALICE, BOB, LISTENERS, SERVER, Trial, WRONG, auth_lines, url

IDS = ("external", "sasl-external")
STRANGER = "stranger"  # an authority that no server knows
NOBODY = "dave@" + rig.DOMAIN
REFUSED = (0, 1)
# name: whom the certificate is for, and who signed it
CERTIFICATES = {"alice": (ALICE, "ca"), "bob": (BOB, "ca"), "nobody": (NOBODY, "ca"), "forged": (ALICE, STRANGER)}


def setUpModule():
    SERVER.start()
    for name, (user, authority) in CERTIFICATES.items():
        certs.client(SERVER.path("tls"), name, user, authority)


def tearDownModule():
    SERVER.stop()


class Certificates(Trial):
    def setUp(self):
        super().setUp()
        # What the server takes for a user's name comes from the certificates, too; "?" is what it calls nobody.
        self.names_before |= {user for user, _ in CERTIFICATES.values()} | {"?"}

    def file(self, name):
        with open(os.path.join(SERVER.path("tls"), name), encoding="ascii") as one:
            return self.home.file(name, one.read())

    def shown(self, certificate, key=None):
        return "-o", "cert=" + self.file(certificate + ".pem"), "-o", "key=" + self.file((key or certificate) + ".key")

    def send_as(self, certificate, *words, key=None, listener="starttls"):
        """Without any source of a secret."""
        return self.home.run("send", "-s", url(listener), "-o", "ca=" + SERVER.ca, *self.shown(certificate, key),
                             "-f", ALICE, *words, BOB, pieces=[self.message])

    def session(self):
        session, = SERVER.ended(1)
        return session


class External(Certificates):
    def test_the_mail_arrives(self):
        for listener in LISTENERS:
            for mechanism in IDS:
                with self.subTest(listener=listener, mechanism=mechanism):
                    SERVER.empty()
                    SERVER.mark()
                    result = self.send_as("alice", "-o", "auth=" + mechanism, listener=listener)
                    self.check(0, result)
                    self.assertEqual([self.message], SERVER.wait_inbox("bob"))
                    session = self.session()
                    self.assertEqual(["AUTH EXTERNAL ="], session.auth_lines())
                    self.assertEqual([("EXTERNAL", ALICE, None, True)], session.checks)

    def test_in_two_steps(self):
        for mechanism in IDS:
            with self.subTest(mechanism=mechanism):
                SERVER.mark()
                self.check(0, self.send_as("alice", "-o", "auth=" + mechanism, "-o", mechanism + ".ir=never"))
                self.assertEqual(["AUTH EXTERNAL"], self.session().auth_lines())

    def test_on_behalf_of(self):
        for authzid, right in ((ALICE, True), (BOB, False)):
            with self.subTest(authzid=authzid):
                SERVER.mark()
                self.check(0 if right else 77, self.send_as("alice", "-o", "auth=external", "-o", "authzid=" + authzid))
                self.assertEqual([("EXTERNAL", ALICE, None, right)], self.session().checks)

    def test_nothing_else_is_needed(self):
        """No choice, no secret, nobody who is asked for one."""
        result = self.send_as("alice")
        self.check(0, result)
        self.assertEqual(["AUTH EXTERNAL ="], self.session().auth_lines())

    def refused(self, certificate):
        SERVER.mark()
        result = self.send_as(certificate, "-o", "auth=external")
        self.check(77, result)
        self.assertIn("the server refused the certificate: 535", result.err)
        self.assertIn("signed by an authority that the server trusts", result.err)
        self.assertNotIn("password", result.err)
        session = self.session()
        self.assertEqual((REFUSED, None), (session.counts()["auth"], session.counts().get("mail")))
        return session

    def test_one_of_another_authority(self):
        self.assertEqual([("EXTERNAL", "?", None, False)], self.refused("forged").checks)

    def test_one_of_nobody_whom_the_server_knows(self):
        self.assertEqual([("EXTERNAL", NOBODY, None, False)], self.refused("nobody").checks)

    def test_a_key_that_is_another_ones(self):
        result = self.send_as("alice", key="bob")
        self.check(78, result)
        self.assertIn("bob.key", result.err)
        self.assertEqual("", result.trace)


class Choice(Certificates):
    def login_with(self, password, *words):
        result = self.login(url("starttls"), *words, password=password)
        return result, self.session().auth_lines()

    def test_a_password_comes_first(self):
        result, lines = self.login_with(self.password, *self.shown("alice"))
        self.check(0, result)
        self.assertEqual(1, len(lines))
        self.assertNotIn("EXTERNAL", lines[0])

    def test_it_helps_where_the_password_is_wrong(self):
        result, lines = self.login_with(WRONG, *self.shown("alice"))
        self.check(0, result)
        self.assertEqual("AUTH EXTERNAL =", lines[-1])
        self.assertRegex(result.out, r":\d+ with external ")  # as whom is the certificate's matter

    def test_without_one_it_is_passed_over(self):
        result, lines = self.login_with(self.password, "-o", "auth=external plain")
        self.check(0, result)
        self.assertEqual(["AUTH PLAIN"], [line.rpartition(" ")[0] for line in lines])
        self.assertIn("no client certificate", result.trace)

    def test_without_one_and_with_nothing_else(self):
        source = self.home.password_command(self.password)
        result = self.home.run("login", "-o", "ca=" + SERVER.ca, "-o", "auth=external", "--password-from", source,
                               url("starttls"))
        self.check(78, result)
        self.assertIn("external: no client certificate (cert=, key=)", result.err)
        self.assertIn("-o cert=FILE -o key=FILE", result.err)
        self.assertFalse(self.home.asked())
        self.assertEqual([], self.session().auth_lines())


if __name__ == "__main__":
    servers.main(SERVER)
