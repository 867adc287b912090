# SPDX-License-Identifier: MIT
"""Proves the server that the other tests rely on, with Python's smtplib as the client: no Latchkey in it."""

import base64
import os
import signal
import smtplib
import ssl
import subprocess
import sys
import unittest

import messages
import postfix
import reference

SERVER = postfix.Postfix()
ALICE, BOB = "alice@" + postfix.DOMAIN, "bob@" + postfix.DOMAIN


def setUpModule():
    SERVER.start()


def tearDownModule():
    SERVER.stop()


def log_in(client, mechanism, password):
    return reference.log_in(client, "alice", mechanism, password)


class Rig(unittest.TestCase):
    def setUp(self):
        SERVER.empty()

    def test_every_port_delivers_byte_for_byte(self):
        message = messages.awkward(ALICE, BOB)
        count = 0
        for listener in ("starttls", "implicit", "clear"):
            for mechanism in ("PLAIN", "LOGIN"):
                with self.subTest(listener=listener, mechanism=mechanism), reference.dial(SERVER, listener) as client:
                    self.assertEqual(235, log_in(client, mechanism, SERVER.password["alice"])[0])
                    client.sendmail(ALICE, [BOB], message.replace(b"\n", b"\r\n"), mail_options=["BODY=8BITMIME"])
                    count += 1
                    self.assertEqual(message, SERVER.wait_inbox("bob", count)[-1])

    def test_login_with_an_initial_response(self):
        with reference.dial(SERVER, "starttls") as client:
            self.assertEqual((334, b"UGFzc3dvcmQ6"),
                             client.docmd("AUTH", "LOGIN " + base64.b64encode(ALICE.encode()).decode()))
            self.assertEqual(235, client.docmd(base64.b64encode(SERVER.password["alice"].encode()).decode())[0])

    def test_large(self):
        for size in (1 << 20, 25 << 20):
            with self.subTest(size=size), reference.dial(SERVER, "implicit") as client:
                SERVER.empty()
                message = b"".join(messages.large(ALICE, BOB, size))
                log_in(client, "PLAIN", SERVER.password["alice"])
                client.sendmail(ALICE, [BOB], message.replace(b"\n", b"\r\n"))
                self.assertTrue(SERVER.wait_inbox("bob")[0] == message)

    def test_bare_line_feed_is_refused(self):
        with reference.dial(SERVER, "starttls") as client:
            log_in(client, "PLAIN", SERVER.password["alice"])
            client.mail(ALICE)
            client.rcpt(BOB)
            client.docmd("DATA")
            client.send(b"Subject: x\r\n\r\none\ntwo\r\n.\r\n")
            self.assertEqual(550, client.getreply()[0])

    def test_mechanisms_and_where_they_are_offered(self):
        with reference.dial(SERVER, "starttls", tls=False) as client:
            self.assertFalse(client.has_extn("auth"))
        for listener in ("starttls", "implicit", "clear"):
            with reference.dial(SERVER, listener) as client:
                self.assertEqual({"PLAIN", "LOGIN"}, set(client.esmtp_features["auth"].split()))

    def test_wrong_password_is_refused_and_counted(self):
        SERVER.mark()
        with reference.dial(SERVER, "starttls") as client:
            for mechanism in ("PLAIN", "LOGIN"):
                with self.assertRaises(smtplib.SMTPAuthenticationError) as refused:
                    log_in(client, mechanism, "wrong")
                self.assertEqual(535, refused.exception.smtp_code)
                self.assertIn(b"authentication failed", refused.exception.smtp_error)
        self.assertEqual("0/2", SERVER.sessions()[0]["auth"])

    def test_recipients(self):
        with reference.dial(SERVER, "starttls") as client:
            client.mail(ALICE)
            self.assertEqual(554, client.rcpt(BOB)[0], "without a login nothing is relayed")
            client.rset()
            log_in(client, "PLAIN", SERVER.password["alice"])
            client.mail(ALICE)
            self.assertEqual([250, 550, 450], [client.rcpt(to)[0] for to in (BOB, postfix.REFUSED, postfix.DEFERRED)])

    def test_certificates(self):
        for listener in ("other-starttls", "other-implicit"):
            with self.subTest(listener=listener), self.assertRaises(ssl.SSLCertVerificationError) as refused:
                reference.dial(SERVER, listener)
            self.assertIn("mismatch", str(refused.exception))
        with self.assertRaises(ssl.SSLCertVerificationError):
            smtplib.SMTP_SSL("localhost", SERVER.port["implicit"], timeout=60, context=ssl.create_default_context())


CHILD = """
import os, postfix, sys
server = postfix.Postfix().start()
print(server.master.pid, server.base, flush=True)
sys.stdin.read()
raise SystemExit(3)
"""


class NothingLeft(unittest.TestCase):
    def end(self, how):
        child = subprocess.Popen([sys.executable, "-B", "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                 cwd=os.path.dirname(os.path.abspath(__file__)))
        try:
            pid, base = child.stdout.readline().split()
            self.assertTrue(postfix.alive_in_group(int(pid)))
        finally:
            how(child)
            child.stdin.close()
            child.stdout.close()
            child.wait()
        return int(pid), base

    def test_after_an_exit_without_stop(self):
        group, base = self.end(lambda child: None)
        self.assertEqual([], postfix.alive_in_group(group))
        self.assertFalse(os.path.exists(base))

    def test_after_a_kill(self):
        group, base = self.end(lambda child: child.send_signal(signal.SIGKILL))
        self.assertTrue(messages.soon(lambda: not os.path.exists(base) and not postfix.alive_in_group(group)))


if __name__ == "__main__":
    postfix.become_root()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    unittest.main(verbosity=2)
