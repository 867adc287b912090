# SPDX-License-Identifier: MIT
"""`latchkey send` and `latchkey login` against a real Postfix with Cyrus SASL."""

import re
import signal
import socket
import sys
import unittest

import command
import messages
import postfix
import reference

SERVER = postfix.Postfix()
ALICE, BOB, CAROL = (user + "@" + postfix.DOMAIN for user in postfix.USERS)
WRONG = "Wrong-horse-battery-staple-41"
MECHANISMS = ("login", "login-ir", "plain")
MAX_RSS = 16 * 1024


def setUpModule():
    SERVER.start()


def tearDownModule():
    SERVER.stop()


def url(listener, host="localhost"):
    scheme = "smtps" if listener.endswith("implicit") else "smtp"
    return "%s://%s@%s:%d" % (scheme, ALICE, host, SERVER.port[listener])


class Trial(unittest.TestCase):
    """One home and empty mailboxes for each test."""

    def setUp(self):
        self.new_home()
        SERVER.empty()
        SERVER.mark()
        self.password = SERVER.password["alice"]
        self.message = messages.header(ALICE, BOB, self.id().rpartition(".")[2]) + b"\nHello.\n"

    def new_home(self):
        self.home = command.Home(SERVER.base)
        self.addCleanup(self.home.remove)

    def send(self, where, *words, to=(BOB,), source=None, pieces=None, measure=False):
        source = source or self.home.password_file(self.password)
        return self.home.run("send", "-s", where, "-o", "ca=" + SERVER.ca, "-f", ALICE, "--password-from", source, *words, *to,
                             pieces=[self.message] if pieces is None else pieces, measure=measure)

    def check(self, code, result):
        """The exit code, and that no secret was written."""
        self.assertEqual(code, result.code, str(result))
        self.assertFalse(result.tells(self.password), "the password is in the output:\n%s" % result)

    def nothing_arrived(self, user):
        """A message that another client sends afterwards is all there is."""
        later = messages.header(CAROL, ALICE, "later") + b"\nlater\n"
        reference.submit(SERVER, "carol", user, later)
        self.assertEqual([later], SERVER.wait_inbox(user))


class Mechanisms(Trial):
    def arrives(self, pieces, measure=False):
        for listener in ("starttls", "implicit"):
            for mechanism in MECHANISMS:
                with self.subTest(listener=listener, mechanism=mechanism):
                    SERVER.empty()
                    SERVER.mark()
                    result = self.send(url(listener), "-o", "auth=" + mechanism, pieces=pieces, measure=measure)
                    self.check(0, result)
                    self.assertEqual(["1"], [session.get("auth") for session in SERVER.sessions()], str(result))
                    arrived = SERVER.wait_inbox("bob")
                    self.assertEqual(1, len(arrived))
                    # Not assertEqual: a difference of megabytes is no message for a person.
                    self.assertTrue(arrived[0] == b"".join(pieces), "not what was sent:\n%s" % result)
                    if measure:
                        self.assertLessEqual(result.peak, MAX_RSS, "peak resident KiB")

    def test_awkward_bytes(self):
        self.arrives([messages.awkward(ALICE, BOB)])

    def test_a_mebibyte(self):
        self.arrives(list(messages.large(ALICE, BOB, 1 << 20)))

    def test_25_mebibytes_from_a_pipe(self):
        self.arrives(list(messages.large(ALICE, BOB, 25 << 20)), measure=self.home.measurable())

    def test_crlf_arrives_as_it_is(self):
        message = messages.awkward(ALICE, BOB)
        self.check(0, self.send(url("implicit"), pieces=[message.replace(b"\n", b"\r\n")]))
        self.assertEqual([message], SERVER.wait_inbox("bob"))

    def test_login_says_how(self):
        for listener in ("starttls", "implicit"):
            for mechanism in MECHANISMS:
                with self.subTest(listener=listener, mechanism=mechanism):
                    SERVER.mark()
                    result = self.home.run("login", "-o", "ca=" + SERVER.ca, "-o", "auth=" + mechanism, "--password-from",
                                           self.home.password_file(self.password), url(listener))
                    self.check(0, result)
                    self.assertRegex(result.out + result.err, r"(?i)\b%s\b" % mechanism)
                    session = SERVER.sessions()[0]
                    self.assertEqual(("1", "1", None), (session.get("auth"), session.get("quit"), session.get("mail")))


class WrongPassword(Trial):
    def test_each_mechanism_once_and_the_servers_words(self):
        for listener in ("starttls", "implicit"):
            with self.subTest(listener=listener):
                self.new_home()  # nothing learnt from the one before
                SERVER.mark()
                result = self.send(url(listener), source=self.home.password_file(WRONG))
                self.check(77, result)
                self.assertIn("authentication failed", result.err)
                self.assertFalse(result.tells(WRONG), str(result))
                lines = [line for line in result.trace.splitlines()
                         if re.search(r"(?<!250[- ])\bAUTH (PLAIN|LOGIN)\b", line)]
                self.assertEqual(2, len(lines), str(result))
                self.assertEqual(["0/2"], [session.get("auth") for session in SERVER.sessions()])
        self.nothing_arrived("bob")


class Certificates(Trial):
    def test_another_name_gets_no_secret(self):
        for listener in ("other-starttls", "other-implicit"):
            with self.subTest(listener=listener):
                SERVER.mark()
                result = self.send(url(listener), source=self.home.password_command(self.password))
                self.check(69, result)
                self.assertIn("localhost", result.err)
                self.assertFalse(self.home.asked(), "the secret was read")
                # A failed handshake of implicit TLS is a session without commands, and not in the list.
                sessions = SERVER.sessions(1 if listener == "other-starttls" else 0)
                self.assertTrue(all("auth" not in session and "mail" not in session for session in sessions))

    def test_an_unknown_authority_gets_no_secret(self):
        for listener in ("starttls", "implicit"):
            with self.subTest(listener=listener):
                result = self.home.run("send", "-s", url(listener), "-f", ALICE, "--password-from",
                                       self.home.password_command(self.password), BOB, pieces=[self.message])
                self.check(69, result)
                self.assertFalse(self.home.asked(), "the secret was read")


class Clear(Trial):
    def test_plaintext_mechanisms_are_refused(self):
        for mechanism in MECHANISMS:
            with self.subTest(mechanism=mechanism):
                SERVER.mark()
                result = self.send(url("clear", "127.0.0.2"), "-o", "tls=none", "-o", "auth=" + mechanism,
                                   source=self.home.password_command(self.password))
                self.check(69, result)
                self.assertIn("unencrypted connection", result.err)
                self.assertFalse(self.home.asked(), "the secret was read")
                self.assertTrue(all("auth" not in session and "mail" not in session for session in SERVER.sessions()))

    def test_unless_the_user_says_so(self):
        for count, mechanism in enumerate(MECHANISMS, 1):
            with self.subTest(mechanism=mechanism):
                result = self.send(url("clear", "127.0.0.2"), "-o", "tls=none", "-o", "auth=" + mechanism, "-o",
                                   "insecure-plaintext=yes", source=self.home.password_command(self.password))
                self.check(0, result)
                self.assertTrue(self.home.asked())
                self.assertEqual(self.message, SERVER.wait_inbox("bob", count)[-1])


class ExitCodes(Trial):
    def test_connection_refused(self):
        with socket.socket() as held:  # bound and not listening: nobody else can take it
            held.bind(("127.0.0.1", 0))
            where = "smtp://%s@127.0.0.1:%d" % (ALICE, held.getsockname()[1])
            self.check(75, self.send(where, source=self.home.password_command(self.password)))
        self.assertFalse(self.home.asked())

    def test_no_such_host(self):
        try:
            socket.getaddrinfo("host.invalid", 25)
            self.fail("this machine's resolver answers for host.invalid")
        except socket.gaierror as error:
            # A machine without a name server cannot know that there is no such host.
            expected = 75 if error.errno == socket.EAI_AGAIN else 68
        result = self.send("smtp://%s@host.invalid:587" % ALICE, source=self.home.password_command(self.password))
        self.check(expected, result)
        self.assertIn("host.invalid", result.err)
        self.assertFalse(self.home.asked())

    def test_unknown_recipient(self):
        result = self.send(url("starttls"), to=[postfix.REFUSED])
        self.check(67, result)
        self.assertIn(postfix.REFUSED, result.err)
        self.assertIn("User unknown", result.err)

    def test_recipient_refused_for_now(self):
        result = self.send(url("starttls"), to=[postfix.DEFERRED])
        self.check(75, result)
        self.assertIn("Mailbox is busy", result.err)

    def test_one_refused_recipient_stops_all(self):
        for refused, code in ((postfix.REFUSED, 67), (postfix.DEFERRED, 75)):
            with self.subTest(refused=refused):
                SERVER.empty()
                result = self.send(url("implicit"), to=[BOB, refused, CAROL])
                self.check(code, result)
                self.assertIn(refused, result.err)
                self.nothing_arrived("bob")
                self.assertEqual([], SERVER.inbox("carol"))

    def test_partial_sends_to_the_others(self):
        result = self.send(url("implicit"), "--partial", to=[BOB, postfix.REFUSED, CAROL])
        self.check(67, result)
        self.assertIn(postfix.REFUSED, result.err)
        for user in ("bob", "carol"):
            self.assertEqual([self.message], SERVER.wait_inbox(user))


if __name__ == "__main__":
    postfix.become_root()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    unittest.main(verbosity=2)
