# SPDX-License-Identifier: MIT
"""test_mechs.py SERVER: each installed mechanism that a password is enough for, against a server that offers it."""

import re

import servers
from trial import ALICE, LISTENERS, SERVER, WRONG, Trial, auth_lines, password_ids, url

ONCE, REFUSED = (1, 1), (0, 1)  # successes, tries
# What is chosen of what the server offers, if nothing else says what: mutual, digests, a password in one line, in two.
# What only a list tells that is made when it runs comes after all of them.
BEST_FIRST = ("scram-sha-512", "scram-sha-256", "scram-sha-1", "cram-md5", "plain", "login")


def setUpModule():
    SERVER.start()


def tearDownModule():
    SERVER.stop()


class Mechanisms(Trial):
    @classmethod
    def setUpClass(cls):
        cls.ids = password_ids()

    def each(self, trial):
        for listener in LISTENERS:
            for mechanism, wire in self.ids.items():
                with self.subTest(listener=listener, mechanism=mechanism):
                    self.new_home()
                    SERVER.mark()
                    trial(url(listener), mechanism, wire)

    def one_line(self, result, wire, counts):
        """One AUTH line, and the server says the same."""
        line, = auth_lines(result)
        self.assertRegex(line, r"\bAUTH %s(\s|$)" % re.escape(wire))
        session, = SERVER.sessions()
        self.assertEqual(counts, session.get("auth"), str(result))
        return session

    def test_none_is_missing(self):
        self.assertEqual(SERVER.mechanisms, set(self.ids.values()))

    def right(self, where, mechanism, wire):
        SERVER.empty()
        result = self.send(where, "-o", "auth=" + mechanism)
        self.check(0, result)
        self.one_line(result, wire, ONCE)
        self.assertEqual([self.message], SERVER.wait_inbox("bob"))

    def wrong(self, where, mechanism, wire):
        result = self.send(where, "-o", "auth=" + mechanism, source=self.home.password_file(WRONG))
        self.check(77, result)
        self.assertIn("authentication failed", result.err)
        self.assertIn(SERVER.refusal, result.err)
        self.assertIsNone(self.one_line(result, wire, REFUSED).get("mail"))

    def two_steps(self, where, mechanism, wire):
        if mechanism == "login-ir":  # has no such form
            return
        result = self.login(where, "-o", "auth=" + mechanism, "-o", mechanism + ".ir=never")
        self.check(0, result)
        self.one_line(result, wire, ONCE)
        self.assertRegex(auth_lines(result)[0], r"\bAUTH %s\s*(\(|$)" % re.escape(wire))

    def test_with_the_password_the_mail_arrives(self):
        self.each(self.right)

    def test_with_another_nothing_does(self):
        self.each(self.wrong)
        self.nothing_arrived("bob")

    def test_in_two_steps(self):
        """What the client says first is said to a challenge of the server's, which is empty."""
        self.each(self.two_steps)

    def test_a_wire_name_means_the_first_that_says_it(self):
        for wire in sorted(SERVER.mechanisms):
            with self.subTest(wire=wire):
                self.new_home()
                SERVER.mark()
                result = self.login(url("starttls"), "-o", "auth=" + wire)
                self.check(0, result)
                self.one_line(result, wire, ONCE)
                self.assertIn(" as %s with %s (%s)" % (ALICE, self.first(wire), wire), result.out)

    def first(self, wire):
        return next((name for name in BEST_FIRST if self.ids.get(name) == wire), "sasl-" + wire.lower())

    def test_without_a_choice_the_best_one_logs_in(self):
        best = next(name for name in BEST_FIRST if name in self.ids)
        for listener in LISTENERS:
            for run in (self.login, self.send):
                with self.subTest(listener=listener, run=run.__name__):
                    self.new_home()
                    SERVER.mark()
                    result = run(url(listener))
                    self.check(0, result)
                    self.one_line(result, self.ids[best], ONCE)
                    if run == self.login:
                        self.assertIn(" with %s (%s)" % (best, self.ids[best]), result.out)


if __name__ == "__main__":
    servers.main(SERVER)
