# SPDX-License-Identifier: MIT
"""latchkey.login() and smtplib: the way in, refusals, secrets, what servers do to it."""

import base64
import concurrent.futures
import contextlib
import gc
import io
import logging
import smtplib
import tempfile
import unittest

import latchkey
from server import Server, encoded

USER, PASSWORD, WRONG = "wombat@example.org", "Wombät-at-noon-77", "Wrong-horse-battery-41"


def plain(talk):
    words = talk.greet("PLAIN")
    right = words == ["AUTH", "PLAIN", encoded("\0%s\0%s" % (USER, PASSWORD))]
    talk.say("235 2.7.0 welcome" if right else "535 5.7.8 not %s" % words[-1])
    talk.rest()


def field_report(talk):
    """Asks for the password first; takes the name with the command only."""
    words = talk.greet("LOGIN")
    while True:
        if len(words) == 3:
            right = base64.b64decode(words[2]).decode() == USER and talk.ask("Password:").decode() == PASSWORD
            talk.say("235 ok" if right else "535 no")
            return talk.rest()
        talk.say("334 " + encoded("Password:"))
        assert talk.hear() == "*"
        talk.say("501 cancelled")
        words = talk.ehlo("LOGIN")


def takes_star_for_a_name(talk):
    """The same, and no cancel."""
    talk.greet("LOGIN")
    talk.say("334 " + encoded("Password:"))
    talk.hear()
    talk.say("334 " + encoded("Password:"))
    talk.hear()


class Case(unittest.TestCase):
    """Each test has a host of its own: what failed in one is no matter of the next."""

    def setUp(self):
        self.host = latchkey.Host()
        self.seen = io.StringIO()
        handler = logging.StreamHandler(self.seen)
        logging.getLogger("latchkey").addHandler(handler)
        logging.getLogger("latchkey").setLevel(logging.DEBUG)
        self.addCleanup(logging.getLogger("latchkey").removeHandler, handler)

    def tearDown(self):
        self.untold(self.seen.getvalue())

    def untold(self, text):
        for secret in (PASSWORD, WRONG):
            for form in (secret, encoded(secret), encoded("\0%s\0%s" % (USER, secret))):
                self.assertNotIn(form, text)

    def serve(self, *scripts, **options):
        server = Server(*scripts, **options)
        self.enterContext(server)
        return server

    def dial(self, server, host="localhost", timeout=20):
        connection = smtplib.SMTP(host, server.port, "me.example", timeout=timeout)
        self.addCleanup(connection.close)
        return connection

    def login(self, connection, **who):
        who.setdefault("user", USER)
        if not who.keys() & {"secret", "token", "account"}:
            who.setdefault("password", PASSWORD)
        return latchkey.login(connection, using=self.host, **who)

    def fails(self, kind, connection, **who):
        with self.assertRaises(kind) as caught:
            self.login(connection, **who)
        self.assertIs(kind, type(caught.exception))
        self.untold(str(caught.exception) + repr(caught.exception) + repr(vars(caught.exception)))
        return caught.exception


class Ways(Case):
    def test_in(self):
        connection = self.dial(self.serve(plain))
        result = self.login(connection)
        self.assertEqual(("plain", "PLAIN", True, 1, ""), (result.mech, result.wire, result.initial_response,
                                                           result.attempts, result.warning))
        self.assertIs(connection, result.connection)
        self.assertEqual(250, connection.noop()[0])
        self.assertIn("C: AUTH PLAIN <", self.seen.getvalue())

    def test_refused(self):
        connection = self.dial(self.serve(plain))
        error = self.fails(latchkey.Refused, connection, password=WRONG)
        self.assertEqual(("authentication failed", 535, "5.7.8", "plain", "login"),
                         (error.class_, error.code, error.enhanced, error.mech, error.stage))
        self.assertIn("****", error.text)
        self.assertEqual(250, connection.noop()[0])

    def test_refused_once_is_not_sent_again(self):
        server = self.serve(plain)
        for _ in range(4):
            self.fails(latchkey.Refused, self.dial(server), password=WRONG)
        self.assertEqual(2, len(server.logins()))
        self.login(self.dial(server))

    def test_debuglevel(self):
        connection = self.dial(self.serve(plain))
        connection.set_debuglevel(1)
        with contextlib.redirect_stderr(io.StringIO()) as shown:
            self.login(connection)
        self.assertIn("octets of a login", shown.getvalue())
        self.untold(shown.getvalue())

    def test_unix_socket(self):
        with tempfile.TemporaryDirectory(prefix="latchkey-python.") as folder:
            server = self.serve(plain, path=folder + "/lmtp")
            with smtplib.LMTP(folder + "/lmtp") as connection:
                self.login(connection)
            self.assertEqual("lhlo", server.heard[0].split()[0].lower())

    def test_host_unknown(self):
        server = self.serve(plain)
        connection = smtplib.SMTP(local_hostname="me.example", timeout=20)
        self.addCleanup(connection.close)
        connection.connect("localhost", server.port)
        self.fails(ValueError, connection)
        self.login(connection, host="localhost")

    def test_threads(self):
        """On one host: who comes while the secret is not proven waits for who came first."""
        server = self.serve(plain)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            done = list(pool.map(lambda _: self.login(self.dial(server)).mech, range(40)))
        self.assertEqual(["plain"] * 40, done)

    def test_field_report(self):
        server = self.serve(field_report)
        result = self.login(self.dial(server))
        self.assertEqual(("login-ir", 2), (result.mech, result.attempts))
        self.assertEqual("*", server.heard[2])

    def test_no_cancel(self):
        server = self.serve(takes_star_for_a_name, takes_star_for_a_name, field_report)
        error = self.fails(latchkey.ProtocolError, self.dial(server))
        self.assertIn("reconnect=", error.advice)
        dialled = []
        first = self.dial(server)
        result = self.login(first, reconnect=lambda: dialled.append(self.dial(server)) or dialled[-1])
        self.assertEqual([result.connection], dialled)
        self.assertIsNot(first, result.connection)
        self.assertIsNone(first.sock)
        self.assertEqual(250, result.connection.noop()[0])

    def test_nothing_in_common(self):
        error = self.fails(latchkey.NoMechanism, self.dial(self.serve(lambda talk: talk.greet("X-NONE"))))
        self.assertIn("it offers X-NONE", error.sentence)

    def test_parameters(self):
        server = self.serve(lambda talk: (talk.greet("PLAIN"), talk.ask(""), talk.say("235 ok"), talk.rest()))
        result = self.login(self.dial(server), params={"plain.ir": "never"})
        self.assertFalse(result.initial_response)
        error = self.fails(latchkey.ConfigError, self.dial(server), params={"plain.colour": "blue"})
        self.assertIn("colour", error.sentence)
        self.assertRaises(TypeError, self.login, self.dial(server), pasword=WRONG)
        self.assertRaises(ValueError, self.login, self.dial(server), user="a\0b")
        self.assertRaises(TypeError, latchkey.login, object(), user=USER)


class Servers(Case):
    def test_hangs_up(self):
        self.fails(latchkey.ProtocolError, self.dial(self.serve(lambda talk: talk.greet("PLAIN"))))

    def test_says_nothing(self):
        server = self.serve(lambda talk: (talk.greet("PLAIN"), talk.hear()))
        connection = self.dial(server, timeout=0.3)
        self.fails(latchkey.Temporary, connection)
        self.assertIsNone(connection.sock)

    def test_later(self):
        error = self.fails(latchkey.Temporary, self.dial(self.serve(
            lambda talk: (talk.greet("PLAIN"), talk.say("454 4.7.0 later"), talk.rest()))))
        self.assertEqual((454, "4.7.0"), (error.code, error.enhanced))

    def test_garbage(self):
        for line in ("HTTP/1.1 400 Bad", "2", "334 " + "A" * 9000):
            with self.subTest(line=line[:20]):
                server = self.serve(lambda talk, line=line: (talk.greet("PLAIN"), talk.say(line), talk.rest()))
                with self.assertRaises(latchkey.LatchkeyError):
                    self.login(self.dial(server))


class Secrets(Case):
    def test_callback(self):
        asked = []
        secret = bytearray(PASSWORD.encode())
        self.login(self.dial(self.serve(plain)), secret=lambda *words: asked.append(words) or secret)
        self.assertEqual([("password", False)], [(key, renew) for key, _, renew in asked])
        self.assertEqual(bytes(len(secret)), bytes(secret))

    def test_none(self):
        error = self.fails(latchkey.Missing, self.dial(self.serve(plain)), secret=lambda *_: None)
        self.assertIn("there is no password", error.sentence)

    def test_raises(self):
        class Mine(Exception):
            pass

        def secret(*_):
            raise Mine()

        server = self.serve(plain)
        connection = self.dial(server)
        self.fails(Mine, connection, secret=secret)
        self.assertEqual(250, connection.noop()[0])
        self.assertEqual([], server.logins())

    def test_both(self):
        self.fails(TypeError, self.dial(self.serve(plain)), secret=lambda *_: "x", password=WRONG)

    def test_too_long(self):
        with self.assertRaises(latchkey.LatchkeyError):
            self.login(self.dial(self.serve(plain)), password="x" * 70000)

    def test_nothing_is_kept(self):
        """Of a login that is over; without a collection, as its secret would wait for that."""
        class Secret(str):
            pass

        gc.disable()
        self.addCleanup(gc.enable)
        server = self.serve(plain)
        before = sum(type(one).__name__ in ("Credentials", "Attempt") for one in gc.get_objects())
        for password in (PASSWORD, WRONG):
            try:
                self.login(self.dial(server), password=Secret(password))
            except latchkey.Refused:
                pass
        after = sum(type(one).__name__ in ("Credentials", "Attempt") for one in gc.get_objects())
        self.assertEqual(before, after)

    def test_nul_in_a_secret_parameter(self):
        connection = self.dial(self.serve(plain))
        with self.assertRaisesRegex(ValueError, "NUL in a parameter") as caught:
            self.login(connection, params={"plain.x": "hunter2\0"})
        self.assertNotIn("hunter2", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
