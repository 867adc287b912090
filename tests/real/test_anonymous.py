# SPDX-License-Identifier: MIT
"""test_anonymous.py postfix-open: a login of nobody, which only happens to who asks for it."""

import rig
import servers
from trial import ALICE, BOB, LISTENERS, SERVER, WRONG, Trial, auth_lines, url

NOBODY = rig.address("anonymous")  # what the server calls whoever that is
ONCE = (1, 1)


def setUpModule():
    SERVER.start()


def tearDownModule():
    SERVER.stop()


class Anonymous(Trial):
    def setUp(self):
        super().setUp()
        self.names_before |= {NOBODY}

    def send_as_nobody(self, *words, listener="starttls"):
        """Without any source of a secret."""
        return self.home.run("send", "-s", url(listener), "-o", "ca=" + SERVER.ca, *words, "-f", ALICE, BOB,
                             pieces=[self.message])

    def test_if_it_is_named(self):
        for listener in LISTENERS:
            for choice in ("ANONYMOUS", "sasl-anonymous", "external ANONYMOUS"):
                with self.subTest(listener=listener, choice=choice):
                    SERVER.empty()
                    SERVER.mark()
                    result = self.send_as_nobody("-o", "auth=" + choice, listener=listener)
                    self.check(0, result)
                    line, = auth_lines(result)
                    self.assertIn("AUTH ANONYMOUS ", line)
                    self.assertEqual([self.message], SERVER.wait_inbox("bob"))
                    self.assertEqual([ONCE], [session.get("auth") for session in SERVER.sessions()])
                    self.assertIn(NOBODY, SERVER.names())

    def refused(self, *words):
        result = self.login(url("starttls"), *words, password=WRONG)
        self.check(77, result)
        self.assertNotIn("AUTH ANONYMOUS", "".join(auth_lines(result)))

    def test_never_by_itself(self):
        self.refused()

    def test_not_behind_a_list_that_is_open(self):
        self.refused("-o", "auth=plain *")

    def test_the_reason_is_told(self):
        result = self.login(url("starttls"), "-o", "auth=sasl-otp *", password=WRONG)
        self.check(77, result)
        self.assertIn("sasl-anonymous: anonymous and not named by auth", result.err)

    def test_nothing_else_to_log_in_with(self):
        result = self.send_as_nobody()
        self.check(78, result)
        self.assertEqual([], auth_lines(result))


if __name__ == "__main__":
    servers.main(SERVER)
