# SPDX-License-Identifier: MIT
"""test_send.py SERVER: `latchkey send` and `latchkey login` against a real server."""

import socket

import messages
import rig
import servers
from heard import verb
from trial import ALICE, ALL_MECHANISMS, BOB, CAROL, LISTENERS, MECHANISMS, SERVER, WRONG, Trial, auth_lines, url

MAX_RSS = 16 * 1024
ONCE = (1, 1)  # one success of one try


def setUpModule():
    SERVER.start()


def tearDownModule():
    SERVER.stop()


def load_tests(_loader, tests, _pattern):
    return servers.only(SERVER, tests)


class Mechanisms(Trial):
    def arrives(self, pieces, measure=False):
        for listener in LISTENERS:
            for mechanism in MECHANISMS:
                with self.subTest(listener=listener, mechanism=mechanism):
                    SERVER.empty()
                    SERVER.mark()
                    result = self.send(url(listener), "-o", "auth=" + mechanism, pieces=pieces, measure=measure)
                    self.check(0, result)
                    self.assertEqual([ONCE], [session.get("auth") for session in SERVER.sessions()], str(result))
                    arrived = SERVER.wait_inbox("bob")
                    self.assertEqual(1, len(arrived))
                    # Not assertEqual: a difference of megabytes is no message for a person.
                    self.assertTrue(arrived[0] == b"".join(pieces), "not what was sent:\n%s" % result)
                    if measure:
                        self.assertLessEqual(result.peak, MAX_RSS, "peak resident KiB")

    def test_awkward_bytes(self):
        self.arrives([messages.awkward(ALICE, BOB, SERVER.longest_line)])

    def test_a_mebibyte(self):
        self.arrives(list(messages.large(ALICE, BOB, 1 << 20)))

    def test_25_mebibytes_from_a_pipe(self):
        self.arrives(list(messages.large(ALICE, BOB, 25 << 20)), measure=self.home.measurable())

    def test_crlf_arrives_as_it_is(self):
        message = messages.awkward(ALICE, BOB, SERVER.longest_line)
        self.check(0, self.send(url("implicit"), pieces=[message.replace(b"\n", b"\r\n")]))
        self.assertEqual([message], SERVER.wait_inbox("bob"))

    def test_login_says_how(self):
        for listener in LISTENERS:
            for mechanism in ALL_MECHANISMS:
                with self.subTest(listener=listener, mechanism=mechanism):
                    SERVER.mark()
                    result = self.login(url(listener), "-o", "auth=" + mechanism)
                    self.check(0, result)
                    self.assertRegex(result.out + result.err, r"(?i)\b%s\b" % mechanism)
                    session = SERVER.sessions()[0]
                    self.assertEqual((ONCE, ONCE, None), tuple(map(session.get, ("auth", "quit", "mail"))))

    def test_without_a_choice_it_chooses_right_at_once(self):
        for listener in LISTENERS:
            for run in (self.login, self.send):
                with self.subTest(listener=listener, run=run.__name__):
                    self.new_home()
                    SERVER.mark()
                    result = run(url(listener))
                    self.check(0, result)
                    self.assertEqual([ONCE], [session.get("auth") for session in SERVER.sessions()], str(result))
        self.assertEqual([self.message] * len(LISTENERS), SERVER.wait_inbox("bob", len(LISTENERS)))

    def test_in_two_steps(self):
        """The server's empty challenge comes first, however it writes that."""
        SERVER.mark()
        result = self.send(url("starttls"), "-o", "auth=plain", "-o", "plain.ir=never")
        self.check(0, result)
        self.assertEqual([ONCE], [session.get("auth") for session in SERVER.sessions()], str(result))
        self.assertRegex(auth_lines(result)[0], r"\bAUTH PLAIN\s*(\(|$)")
        self.assertEqual([self.message], SERVER.wait_inbox("bob"))

    def test_a_wire_name_means_all_of_its_forms(self):
        for name in sorted(set(MECHANISMS.values())):
            with self.subTest(name=name):
                SERVER.mark()
                result = self.login(url("starttls"), "-o", "auth=" + name)
                self.check(0, result)
                self.assertEqual([ONCE], [session.get("auth") for session in SERVER.sessions()], str(result))
                self.assertRegex(auth_lines(result)[0], r"\bAUTH %s\b" % name)


@servers.needs("record")
class Record(Trial):
    """What the server itself says that it received."""

    def session(self, code, password, *words):
        self.new_home()
        SERVER.mark()
        self.check(code, self.login(url("starttls"), *words, password=password))
        session, = SERVER.ended(1)
        self.assertEqual({ALICE}, set(session.names))
        return session

    def test_name_and_password_in_their_slots(self):
        for mechanism, wire in MECHANISMS.items():
            for code, password in ((0, self.password), (77, WRONG)):
                with self.subTest(mechanism=mechanism, code=code):
                    session = self.session(code, password, "-o", "auth=" + mechanism)
                    self.assertEqual([(wire, ALICE, password, code == 0)], session.checks)
                    line, = session.auth_lines()
                    self.assertEqual(wire if mechanism == "login" else wire + " ", line[len("AUTH "):][:len(wire) + 1])

    def test_a_wrong_password_is_shown_to_at_most_two_mechanisms(self):
        session = self.session(77, WRONG)
        self.assertLessEqual(len(session.checks), 2)
        mechanisms = [check[0] for check in session.checks]
        self.assertEqual(sorted(set(mechanisms)), sorted(mechanisms), "each mechanism once")
        self.assertEqual(len(mechanisms), len(session.auth_lines()))

    def test_tls_comes_first(self):
        """Also where the server would take a login without it."""
        session = self.session(0, self.password)
        self.assertEqual(["EHLO", "STARTTLS", "EHLO", "AUTH", "QUIT"], [verb(line) for line, _ in session.commands])

    @servers.needs("one-command-a-flight")
    def test_one_command_a_flight(self):
        SERVER.mark()
        self.check(0, self.send(url("starttls"), to=[BOB, CAROL]))
        session, = SERVER.ended(1)
        self.assertEqual([], session.early)
        self.assertEqual(["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "RCPT", "DATA", "QUIT"],
                         [verb(line) for line, _ in session.commands])


class WrongPassword(Trial):
    def refused(self, listener, *words, count):
        self.new_home()
        SERVER.mark()
        result = self.send(url(listener), *words, source=self.home.password_file(WRONG))
        self.check(77, result)
        self.assertIn("authentication failed", result.err)
        self.assertIn(SERVER.refusal, result.err)
        self.assertEqual(count, len(auth_lines(result)), str(result))
        session, = SERVER.sessions()
        self.assertEqual(((0, count), None), (session.get("auth"), session.get("mail")))

    def test_each_mechanism_once_and_the_servers_words(self):
        for listener in LISTENERS:
            with self.subTest(listener=listener):
                self.refused(listener, count=2)
        self.nothing_arrived("bob")

    def test_one_mechanism_once(self):
        for listener in LISTENERS:
            for mechanism in MECHANISMS:
                with self.subTest(listener=listener, mechanism=mechanism):
                    self.refused(listener, "-o", "auth=" + mechanism, count=1)
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
        for listener in LISTENERS:
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
                result = self.send(url("clear"), "-o", "tls=none", "-o", "auth=" + mechanism,
                                   source=self.home.password_command(self.password))
                self.check(69, result)
                self.assertIn("unencrypted connection", result.err)
                self.assertFalse(self.home.asked(), "the secret was read")
                self.assertTrue(all("auth" not in session and "mail" not in session for session in SERVER.sessions()))

    @servers.needs("trust-loopback")
    def test_a_private_connection_needs_no_tls(self):
        SERVER.mark()
        self.check(0, self.send(url("starttls"), "-o", "tls=none"))
        session, = SERVER.sessions()
        self.assertEqual((ONCE, None), (session.get("auth"), session.get("starttls")))
        self.assertEqual([self.message], SERVER.wait_inbox("bob"))

    def test_unless_the_user_says_so(self):
        for count, mechanism in enumerate(MECHANISMS, 1):
            with self.subTest(mechanism=mechanism):
                result = self.send(url("clear"), "-o", "tls=none", "-o", "auth=" + mechanism, "-o",
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

    @servers.needs("refuse-long-lines")
    def test_a_line_that_the_server_finds_too_long(self):
        message = self.message + b"x" * (SERVER.longest_line + 2) + b"\n"
        result = self.send(url("starttls"), pieces=[message])
        self.check(69, result)
        self.assertIn("too long", result.err)
        self.nothing_arrived("bob")


class Recipients(Trial):
    REFUSALS = ((rig.REFUSED, 67, rig.REFUSED_WORDS), (rig.DEFERRED, 75, rig.DEFERRED_WORDS))

    def test_refused(self):
        for listener in LISTENERS:
            for refused, code, words in self.REFUSALS:
                with self.subTest(listener=listener, refused=refused):
                    result = self.send(url(listener), to=[refused])
                    self.check(code, result)
                    self.assertIn(refused, result.err)
                    self.assertIn(words, result.err)

    def test_one_refused_stops_all(self):
        for refused, code, _ in self.REFUSALS:
            with self.subTest(refused=refused):
                SERVER.empty()
                result = self.send(url("implicit"), to=[BOB, refused, CAROL])
                self.check(code, result)
                self.assertIn(refused, result.err)
                self.nothing_arrived("bob", "carol")

    def test_partial_sends_to_the_others(self):
        for listener in LISTENERS:
            with self.subTest(listener=listener):
                SERVER.empty()
                result = self.send(url(listener), "--partial", to=[BOB, rig.REFUSED, CAROL])
                self.check(67, result)
                self.assertIn(rig.REFUSED, result.err)
                for user in ("bob", "carol"):
                    self.assertEqual([self.message], SERVER.wait_inbox(user))

    def test_partial_with_nobody_left(self):
        result = self.send(url("starttls"), "--partial", to=[rig.DEFERRED, rig.REFUSED])
        self.check(67, result)
        for refused in (rig.DEFERRED, rig.REFUSED):
            self.assertIn(refused, result.err)


if __name__ == "__main__":
    servers.main(SERVER)
