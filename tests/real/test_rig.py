# SPDX-License-Identifier: MIT
"""test_rig.py SERVER: proves a server that other tests rely on, with Python's smtplib as the client: no Latchkey in it."""

import base64
import os
import signal
import smtplib
import ssl
import subprocess
import sys
import unittest

import messages
import reference
import rig
import servers

SERVER = servers.chosen()
ALICE, BOB = rig.address("alice"), rig.address("bob")
MECHANISMS = sorted(SERVER.mechanisms & reference.MECHANISMS)


def setUpModule():
    SERVER.start()


def tearDownModule():
    SERVER.stop()


def load_tests(_loader, tests, _pattern):
    return servers.only(SERVER, tests)


def log_in(client, mechanism, password=None):
    return reference.log_in(client, "alice", mechanism, password or SERVER.password["alice"])


class Rig(unittest.TestCase):
    def setUp(self):
        SERVER.empty()
        SERVER.mark()

    def test_every_port_delivers_byte_for_byte(self):
        message = messages.awkward(ALICE, BOB, SERVER.longest_line)
        count = 0
        for listener in ("starttls", "implicit", "clear"):
            for mechanism in MECHANISMS:
                with self.subTest(listener=listener, mechanism=mechanism), reference.dial(SERVER, listener) as client:
                    self.assertEqual(235, log_in(client, mechanism)[0])
                    client.sendmail(ALICE, [BOB], message.replace(b"\n", b"\r\n"), mail_options=["BODY=8BITMIME"])
                    count += 1
                    self.assertEqual(message, SERVER.wait_inbox("bob", count)[-1])

    def test_login_with_an_initial_response(self):
        with reference.dial(SERVER, "starttls") as client:
            code, prompt = client.docmd("AUTH", "LOGIN " + base64.b64encode(ALICE.encode()).decode())
            self.assertEqual(334, code)
            self.assertIn(b"Password", base64.b64decode(prompt))
            self.assertEqual(235, client.docmd(base64.b64encode(SERVER.password["alice"].encode()).decode())[0])

    def test_large(self):
        for size in (1 << 20, 25 << 20):
            with self.subTest(size=size), reference.dial(SERVER, "implicit") as client:
                SERVER.empty()
                message = b"".join(messages.large(ALICE, BOB, size))
                log_in(client, "PLAIN")
                client.sendmail(ALICE, [BOB], message.replace(b"\n", b"\r\n"))
                self.assertTrue(SERVER.wait_inbox("bob")[0] == message)

    def refused_message(self, text):
        with reference.dial(SERVER, "starttls") as client:
            log_in(client, "PLAIN")
            client.mail(ALICE)
            client.rcpt(BOB)
            client.docmd("DATA")
            client.send(text + b".\r\n")
            return client.getreply()

    @servers.needs("refuse-bare-lf")
    def test_bare_line_feed_is_refused(self):
        self.assertEqual(550, self.refused_message(b"Subject: x\r\n\r\none\ntwo\r\n")[0])

    @servers.needs("keep-bare-lf")
    def test_bare_line_feed_is_told(self):
        self.assertEqual(250, self.refused_message(b"Subject: x\r\n\r\none\ntwo\r\n")[0])
        with self.assertRaisesRegex(RuntimeError, "does not end in CR LF"):
            SERVER.wait_inbox("bob")

    @servers.needs("refuse-long-lines")
    def test_long_line_is_refused(self):
        code, words = self.refused_message(b"Subject: x\r\n\r\n" + b"x" * (SERVER.longest_line + 2) + b"\r\n")
        self.assertEqual(500, code)
        self.assertIn(b"too long", words)

    def test_mechanisms_and_where_they_are_usable(self):
        with reference.dial(SERVER, "starttls", tls=False) as client:
            # smtplib takes 503 for a success, too.
            try:
                code = log_in(client, "PLAIN")[0]
            except smtplib.SMTPAuthenticationError as refused:
                code = refused.smtp_code
            self.assertEqual("trust-loopback" in SERVER.can, code == 235)
        for listener in ("starttls", "implicit", "clear"):
            with reference.dial(SERVER, listener) as client:
                self.assertEqual(SERVER.mechanisms | SERVER.others, set(client.esmtp_features["auth"].split()))

    def test_wrong_password_is_refused_and_counted(self):
        with reference.dial(SERVER, "starttls") as client:
            for mechanism in MECHANISMS:
                with self.assertRaises(smtplib.SMTPAuthenticationError) as refused:
                    log_in(client, mechanism, "wrong")
                self.assertEqual(535, refused.exception.smtp_code)
                self.assertIn(SERVER.refusal.encode(), refused.exception.smtp_error)
        self.assertEqual((0, len(MECHANISMS)), SERVER.sessions()[0]["auth"])

    def test_recipients(self):
        with reference.dial(SERVER, "starttls") as client:
            codes = [client.mail(ALICE)[0], client.rcpt(BOB)[0]]
            self.assertGreaterEqual(max(codes), 500, "without a login nothing is relayed")
            client.rset()
            log_in(client, "PLAIN")
            client.mail(ALICE)
            replies = [client.rcpt(to) for to in (BOB, rig.REFUSED, rig.DEFERRED)]
            self.assertEqual([250, 550, 450], [code for code, _ in replies])
            self.assertIn(rig.REFUSED_WORDS.encode(), replies[1][1])
            self.assertIn(rig.DEFERRED_WORDS.encode(), replies[2][1])

    def test_certificates(self):
        for listener in ("other-starttls", "other-implicit"):
            with self.subTest(listener=listener), self.assertRaises(ssl.SSLCertVerificationError) as refused:
                reference.dial(SERVER, listener)
            self.assertIn("mismatch", str(refused.exception))
        with self.assertRaises(ssl.SSLCertVerificationError):
            smtplib.SMTP_SSL("localhost", SERVER.port["implicit"], timeout=60, context=ssl.create_default_context())
        # A handshake that failed is not left open, and is a session only where a command came before it.
        self.assertEqual([{"ehlo", "starttls"}], [set(session) for session in SERVER.sessions()])


@servers.needs("record")
class Record(unittest.TestCase):
    """What the server tells of a login is what was sent."""

    def setUp(self):
        SERVER.mark()

    def test_slots(self):
        password = SERVER.password["alice"]
        for mechanism in MECHANISMS:
            for listener, given in (("starttls", password), ("implicit", "wrong")):
                with self.subTest(mechanism=mechanism, given=given):
                    SERVER.mark()
                    with reference.dial(SERVER, listener) as client:
                        try:
                            log_in(client, mechanism, given)
                        except smtplib.SMTPAuthenticationError:
                            pass
                    session, = SERVER.ended(1)
                    shown = None if mechanism == "CRAM-MD5" else given
                    self.assertEqual([(mechanism, ALICE, shown, given == password)], session.checks)
                    self.assertEqual({ALICE}, set(session.names))
                    self.assertEqual(1, len(session.auth_lines()))
                    self.assertTrue(session.auth_lines()[0].startswith("AUTH " + mechanism))

    def test_a_password_for_a_name_is_told(self):
        """As a client does that counts prompts, or sends both parts swapped: the trap that the trials look for."""
        name, password = ("".join(base64.b64encode(text.encode()).decode()) for text in ("a-name", "a-password"))
        swapped = base64.b64encode(b"\0a-password\0a-name").decode()
        for lines, names in (([" LOGIN " + password, name], {"a-password"}), ([" LOGIN", password, name], {"a-password"}),
                             ([" LOGIN", password, "*"], {"a-password"}), ([" PLAIN", swapped], {"a-password"}),
                             ([" PLAIN " + swapped], {"a-password"})):
            with self.subTest(lines=lines):
                SERVER.mark()
                with reference.dial(SERVER, "implicit") as client:
                    for line in lines:
                        code = client.docmd(("AUTH" if line.startswith(" ") else "") + line)[0]
                self.assertGreaterEqual(code, 500)
                session, = SERVER.ended(1)
                self.assertEqual(names, set(session.names))

    def test_a_login_that_is_called_off(self):
        with reference.dial(SERVER, "implicit") as client:
            client.docmd("AUTH LOGIN")
            self.assertEqual(SERVER.called_off, client.docmd("*")[0])
        session, = SERVER.ended(1)
        self.assertEqual([], session.names)

    @servers.needs("one-command-a-flight")
    def test_commands_ahead_of_their_replies_are_told(self):
        with reference.dial(SERVER, "implicit") as client:
            self.assertFalse(client.has_extn("pipelining"))
            log_in(client, "PLAIN")
            client.send("MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n" % (ALICE, BOB))
            self.assertEqual([250, 250, 354], [client.getreply()[0] for _ in range(3)])
            client.send(b"Subject: x\r\n\r\nx\r\n.\r\nNOOP\r\n")
            self.assertEqual([250, 250], [client.getreply()[0] for _ in range(2)])
        session, = SERVER.ended(1)
        self.assertEqual(3, len(session.early))
        SERVER.mark()
        reference.submit(SERVER, "alice", "bob", b"Subject: x\n\nx\n")
        session, = SERVER.ended(1)
        self.assertEqual([], session.early)


CHILD = """
import sys
sys.argv[1:] = [%r]
import servers
server = servers.chosen().start()
print(server.process.pid, server.base, flush=True)
sys.stdin.read()
raise SystemExit(3)
""" % SERVER.name


class NothingLeft(unittest.TestCase):
    def end(self, how):
        child = subprocess.Popen([sys.executable, "-B", "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                 cwd=os.path.dirname(os.path.abspath(__file__)))
        try:
            pid, base = child.stdout.readline().split()
            self.assertTrue(rig.alive_in_group(int(pid)))
        finally:
            how(child)
            child.stdin.close()
            child.stdout.close()
            child.wait()
        return int(pid), base

    def test_after_an_exit_without_stop(self):
        group, base = self.end(lambda child: None)
        self.assertEqual([], rig.alive_in_group(group))
        self.assertFalse(os.path.exists(base))

    def test_after_a_kill(self):
        group, base = self.end(lambda child: child.send_signal(signal.SIGKILL))
        self.assertTrue(messages.soon(lambda: not os.path.exists(base) and not rig.alive_in_group(group)))


if __name__ == "__main__":
    servers.main(SERVER)
