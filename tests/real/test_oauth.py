# SPDX-License-Identifier: MIT
"""test_oauth.py dovecot: tokens, against a server that asks an endpoint of this test what each is worth."""

import base64
import contextlib

import command
import dovecot
import servers
from trial import ALICE, BOB, LISTENERS, SERVER, Trial, auth_lines, url

MECHANISMS = {"xoauth2": "XOAUTH2", "oauthbearer": "OAUTHBEARER"}


def setUpModule():
    SERVER.start()


def tearDownModule():
    SERVER.stop()


def responses(result):
    """What the trace has of the client behind its AUTH commands, up to the next command."""
    lines = [line.split(None, 2) for line in result.trace.splitlines()]
    return [line[2] if len(line) > 2 else "" for before, line in zip(lines, lines[1:])
            if line[1] == "->" and before[1] == "<-" and before[2].startswith("334")]


class Tokens(Trial):
    def setUp(self):
        super().setUp()
        self.endpoint = SERVER.endpoint
        self.endpoint.asked.clear()

    @contextlib.contextmanager
    def case(self, mechanism, listener="starttls"):
        with self.subTest(listener=listener, mechanism=mechanism):
            self.new_home()
            self.endpoint.asked.clear()
            SERVER.empty()
            SERVER.mark()
            yield url(listener)

    def source(self, *tokens):
        """A program that gives one token after the other, each time that it is run."""
        lines = ["#!/bin/sh", "n=$(cat turn 2>/dev/null || echo 1)", "echo $((n + 1)) > turn", "case $n in"]
        lines += ["%d) echo '%s' ;;" % (n, token) for n, token in enumerate(tokens, 1)] + ["esac"]
        return "cmd:" + self.home.file(command.SOURCES[1], "\n".join(lines) + "\n", 0o700)

    def send_with(self, where, *words, source=None, token=None):
        source = source or self.home.password_file(token)
        trust = () if "tls=none" in words else ("-o", "ca=" + SERVER.ca)
        return self.home.run("send", "-s", where, *trust, "-o", "token-from=" + source, "-f", ALICE, *words, BOB,
                             pieces=[self.message])

    def check(self, code, result):
        super().check(code, result)
        for token in self.endpoint.known:
            self.assertFalse(result.tells(token), "a token is in the output:\n%s" % result)
            self.assertEqual([], self.home.keeps(token))

    def refused(self, result, *asked):
        self.check(77, result)
        self.assertIn("authentication failed", result.err)
        self.assertIn("535 5.7.8 " + SERVER.refusal, result.err)
        self.assertEqual(list(asked), self.endpoint.asked)
        self.assertEqual(len(asked), len(auth_lines(result)))
        session, = SERVER.sessions()
        self.assertEqual(((0, len(asked)), None), (session["auth"], session.get("mail")))

    def arrived(self, result, *asked):
        self.check(0, result)
        self.assertEqual(list(asked), self.endpoint.asked)
        self.assertEqual([self.message], SERVER.wait_inbox("bob"))
        session, = SERVER.sessions()
        self.assertEqual((1, len(asked)), session["auth"])


class Good(Tokens):
    def test_the_mail_arrives(self):
        for listener in LISTENERS:
            for mechanism, wire in MECHANISMS.items():
                with self.case(mechanism, listener) as where:
                    token = self.endpoint.issue(ALICE)
                    result = self.send_with(where, "-o", "auth=" + mechanism, token=token)
                    self.arrived(result, token)
                    self.assertRegex(auth_lines(result)[0], r"\bAUTH %s <\d+ octets>" % wire)

    def test_what_the_message_says(self):
        for mechanism, wire in MECHANISMS.items():
            with self.case(mechanism) as where:
                token, (host, _, port) = self.endpoint.issue(ALICE), where.rpartition("@")[2].partition(":")
                self.arrived(self.send_with(where, "-o", "auth=" + mechanism, token=token), token)
                session, = SERVER.ended(1)
                said = {"XOAUTH2": "user=%s\1auth=Bearer %s\1\1" % (ALICE, token),
                        "OAUTHBEARER": "n,a=%s,\1host=%s\1port=%s\1auth=Bearer %s\1\1" % (ALICE, host, port, token)}
                expected = "AUTH %s %s" % (wire, base64.b64encode(said[wire].encode()).decode())
                self.assertEqual([expected], session.auth_lines())
                self.assertEqual([(wire, ALICE, None, True)], session.checks)

    def test_without_a_choice_the_standard_one(self):
        token = self.endpoint.issue(ALICE)
        result = self.send_with(url("starttls"), token=token)
        self.arrived(result, token)
        self.assertIn("AUTH OAUTHBEARER ", auth_lines(result)[0])

    def test_of_four_kibibytes_in_two_steps(self):
        """The line of the command would be too long; that of a response is not."""
        for mechanism, wire in MECHANISMS.items():
            with self.case(mechanism) as where:
                token = self.endpoint.issue(ALICE, octets=4096)
                result = self.send_with(where, "-o", "auth=" + mechanism, token=token)
                self.arrived(result, token)
                self.assertRegex(auth_lines(result)[0], r"\bAUTH %s\s*(\(|$)" % wire)
                self.assertEqual(1, len(responses(result)))

    def test_of_another_user(self):
        for mechanism in MECHANISMS:
            with self.case(mechanism) as where:
                token = self.endpoint.issue(BOB)
                self.refused(self.send_with(where, "-o", "auth=" + mechanism, token=token), token)


class Expired(Tokens):
    def expired(self):
        return self.endpoint.issue(ALICE, active=False)

    def test_the_source_has_no_other(self):
        """The refusal is acknowledged, without which the server would not end it."""
        for mechanism in MECHANISMS:
            with self.case(mechanism) as where:
                token = self.expired()
                result = self.send_with(where, "-o", "auth=" + mechanism, token=token)
                self.refused(result, token)
                self.assertIn("a fresh token of this user is needed", result.err)
                self.assertIn(dovecot.CONFIGURATION, result.err)
                acknowledged, = responses(result)
                self.assertRegex(acknowledged, r"^<1 octets?>" if mechanism == "oauthbearer" else r"^(<0 octets>|\()")

    def test_the_source_has_a_fresh_one(self):
        for mechanism in MECHANISMS:
            with self.case(mechanism) as where:
                old, fresh = self.expired(), self.endpoint.issue(ALICE)
                result = self.send_with(where, "-o", "auth=" + mechanism, source=self.source(old, fresh))
                self.arrived(result, old, fresh)

    def test_the_fresh_one_is_none(self):
        """It is asked for one only, whatever a third would be."""
        for mechanism in MECHANISMS:
            with self.case(mechanism) as where:
                old, older = self.expired(), self.expired()
                source = self.source(old, older, self.endpoint.issue(ALICE))
                self.refused(self.send_with(where, "-o", "auth=" + mechanism, source=source), old, older)

    def test_two_mechanisms_for_one_token(self):
        token = self.expired()
        self.refused(self.send_with(url("starttls"), token=token), token, token)


class Scope(Tokens):
    def test_the_servers_words_are_the_advice(self):
        for mechanism in MECHANISMS:
            with self.case(mechanism) as where:
                token = self.endpoint.issue(ALICE, scope="calendar")
                result = self.send_with(where, "-o", "auth=" + mechanism, token=token)
                self.refused(result, token)
                self.assertIn("how to get one, says the server: " + dovecot.CONFIGURATION, result.err)
                # It tells what it wants by the one only.
                self.assertEqual(mechanism == "xoauth2", "its scope: mail" in result.err)


class Clear(Tokens):
    def test_never_without_tls(self):
        for mechanism in MECHANISMS:
            with self.case(mechanism, "clear") as where:
                source = self.home.password_command(self.endpoint.issue(ALICE))
                result = self.send_with(where, "-o", "tls=none", "-o", "insecure-plaintext=yes",
                                        "-o", "auth=" + mechanism, source=source)
                self.check(69, result)
                self.assertFalse(self.home.asked(), "the token was read")
                self.assertEqual([], auth_lines(result))


class Both(Tokens):
    """An account with a token and a password."""

    def send_both(self, token):
        password = "file:" + self.home.file(command.SOURCES[1], self.password + "\n")
        return self.send_with(url("starttls"), "--password-from", password, token=token)

    def test_the_token_first(self):
        token = self.endpoint.issue(ALICE)
        self.arrived(self.send_both(token), token)

    def test_the_password_where_the_token_is_refused(self):
        token = self.endpoint.issue(ALICE, active=False)
        result = self.send_both(token)
        self.check(0, result)
        self.assertEqual([token, token], self.endpoint.asked)
        self.assertIn("AUTH SCRAM-SHA-256 ", auth_lines(result)[2])
        self.assertEqual([self.message], SERVER.wait_inbox("bob"))


if __name__ == "__main__":
    servers.main(SERVER)
