# SPDX-License-Identifier: MIT
"""test_gssapi.py SERVER: logins with a ticket of a real KDC, and what is said without a good one."""

import base64
import os
import re
import time

import kerberos
import servers
from trial import ALICE, BOB, LISTENERS, SERVER, Trial, auth_lines, url

ONCE = (1, 1)
IDS = {"GSSAPI": "sasl-gssapi", "GS2-KRB5": "sasl-gs2-krb5", "GSS-SPNEGO": "sasl-gss-spnego"}
OFFERED = [name for name in IDS if name in SERVER.tickets]
PRINCIPAL = "alice@" + kerberos.HOME_REALM
# The server's last challenge and our answer: a header of RFC 4121, 4.2.6.2, then four octets of RFC 4752, 3.1.
WRAPPED, HEADER = b"\x05\x04", 16


def setUpModule():
    SERVER.start()


def tearDownModule():
    SERVER.stop()


def offers_of_layers(result):
    """What the trace has of the layers: the server's offer and our choice, four octets each."""
    found = []
    for word in re.findall(r"(?:<- 334|->) ([A-Za-z0-9+/]+=*)(?=\s|$)", result.trace):
        token = base64.b64decode(word)
        if token.startswith(WRAPPED):
            found.append(token[HEADER:HEADER + 4])
    return found


class Tickets(Trial):
    def setUp(self):
        super().setUp()
        self.cache = self.home.file("tickets", "")
        os.unlink(self.cache)
        self.home.environment = {"KRB5_CONFIG": SERVER.kdc.config, "KRB5CCNAME": "FILE:" + self.cache}

    def tearDown(self):
        """A ticket's name is the principal's."""
        self.assertLessEqual(SERVER.names() - self.names_before, {ALICE, PRINCIPAL, "alice"})

    def kinit(self, *words, realm=kerberos.HOME_REALM):
        SERVER.kdc.kinit("alice", self.cache, *words, realm=realm)
        os.chown(self.cache, self.home.uid, self.home.gid)

    def without_secret(self, *words):
        """A login of an account that has no source of a secret."""
        SERVER.mark()
        return self.home.run("login", "-o", "ca=" + SERVER.ca, *words, url("starttls"))

    def auth(self):
        return [session.get("auth") for session in SERVER.sessions()]

    # -- with a ticket

    def test_it_logs_in_and_mail_arrives(self):
        self.kinit()
        for listener in LISTENERS:
            for name in OFFERED:
                with self.subTest(listener=listener, name=name):
                    SERVER.empty()
                    SERVER.mark()
                    result = self.send(url(listener), "-o", "auth=" + IDS[name],
                                       source=self.home.password_command(self.password))
                    self.check(0, result)
                    self.assertEqual([ONCE], self.auth(), str(result))
                    self.assertRegex(auth_lines(result)[0], r"\bAUTH %s\b" % name)
                    self.assertEqual([self.message], SERVER.wait_inbox("bob"))
                    self.assertFalse(self.home.asked(), "a password was read for a login without one")
        self.assertIn("smtp/localhost@" + kerberos.HOME_REALM, SERVER.kdc.klist(self.cache))

    def test_no_security_layer(self):
        self.kinit()
        result = self.without_secret("-o", "auth=sasl-gssapi")
        self.check(0, result)
        theirs, ours = offers_of_layers(result)
        self.assertTrue(theirs[0] & 1, "the server insists on a layer")
        self.assertEqual(b"\1\0\0\0", ours)

    def test_an_account_without_a_secret_uses_it_first(self):
        self.kinit()
        result = self.without_secret()
        self.check(0, result)
        self.assertEqual([ONCE], self.auth(), str(result))
        self.assertRegex(auth_lines(result)[0], r"\bAUTH (%s)\b" % "|".join(OFFERED))

    def test_an_account_with_a_secret_uses_the_secret(self):
        self.kinit()
        result = self.login(url("starttls"))
        self.check(0, result)
        self.assertRegex(auth_lines(result)[0], r"\bAUTH PLAIN\b")
        self.assertEqual([ONCE], self.auth(), str(result))

    def test_not_as_somebody_else(self):
        """The ticket is good; whom it may log in as is for the server to say."""
        self.kinit()
        result = self.without_secret("-o", "auth=sasl-gssapi", "-o", "authzid=" + BOB)
        self.check(77, result)
        self.assertEqual([(0, 1)], self.auth(), str(result))
        self.names_before |= {BOB}

    def test_never_as_oneself_instead(self):
        """These cannot say as whom."""
        self.kinit()
        for name in set(OFFERED) - {"GSSAPI"}:
            with self.subTest(name=name):
                result = self.without_secret("-o", "auth=" + IDS[name], "-o", "authzid=" + BOB)
                self.check(69, result)
                self.assertIn("it cannot act for another", result.err)
                self.assertEqual([None], self.auth(), str(result))

    # -- without

    def passed_over(self, code, pattern):
        """Each of them says why, before anything is sent; and a password is next where there is one."""
        for name in OFFERED:
            with self.subTest(name=name):
                result = self.without_secret("-o", "auth=" + IDS[name])
                self.assertEqual(code, result.code, str(result))
                self.assertEqual([None], self.auth(), "AUTH was sent\n%s" % result)
                reason, = re.findall(r"^  %s: (.*)" % IDS[name], result.err, re.MULTILINE)
                self.assertRegex(reason, pattern)
                SERVER.mark()
                result = self.login(url("starttls"), "-o", "auth=%s plain" % IDS[name])
                self.check(0, result)
                self.assertEqual([ONCE], self.auth(), str(result))
                self.assertRegex(auth_lines(result)[0], r"\bAUTH PLAIN\b")
                self.assertRegex(result.trace, r"-- %s: .*%s" % (IDS[name], pattern))

    def test_no_ticket(self):
        self.passed_over(78, "no Kerberos ticket: run kinit")

    def test_an_expired_ticket(self):
        self.kinit("-l", "1s")
        time.sleep(1 + kerberos.SKEW + 1)
        self.passed_over(69, "expired")

    def test_a_ticket_of_another_realm(self):
        self.kinit(realm=kerberos.OTHER_REALM)
        self.passed_over(69, kerberos.OTHER_REALM)

    def test_nothing_is_left_to_try(self):
        """Neither a ticket nor a secret: each says what it lacks, and nothing is sent."""
        result = self.without_secret()
        self.assertEqual(78, result.code, str(result))
        self.assertEqual([None], self.auth(), str(result))
        for name in (*OFFERED, "plain"):
            self.assertRegex(result.err, r"(?m)^  (.*, )?%s(, .*)?: " % IDS.get(name, name))


if __name__ == "__main__":
    servers.main(SERVER)
