#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""latchkey sasl, line by line: services, what a script may say wrong, and what a server may."""
import base64
import os
import tempfile
import unittest

from script import HOST, PASSWORD, USER, Helper

PLAIN = base64.b64encode(("\0%s\0%s" % (USER, PASSWORD)).encode()).decode()


def helper(*words, **more):
    return Helper(*HOST, *words, **more)


class Services(unittest.TestCase):
    def play(self, words, replies, sent, last="DONE plain PLAIN"):
        done = helper(*words).play(*replies)
        self.assertEqual((sent, last), (done.sent(), done.said[-1]), str(done))
        self.assertEqual(0 if last.startswith("DONE") else int(last.split()[1]), done.code)

    def test_smtp(self):
        self.play(["PLAIN"], ["235 2.7.0 ok"], ["AUTH PLAIN " + PLAIN])
        self.play(["-o", "plain.ir=never", "PLAIN"], ["334 ", "235 ok"], ["AUTH PLAIN", PLAIN])
        self.play(["plain"], [["235-2.7.0 a", "235-2.7.0 b", "235 2.7.0 c"]], ["AUTH PLAIN " + PLAIN])

    def test_imap(self):
        words = ["--service", "imap", "--offered"]
        self.play(words + ["IMAP4rev1 AUTH=PLAIN SASL-IR", "auto"],
                  [["* OK hurry", "lk1 OK [CAPABILITY IMAP4rev1] in"]],
                  ["lk1 AUTHENTICATE PLAIN " + PLAIN])
        self.play(words + ["IMAP4rev1 AUTH=PLAIN", "auto"], ["+ ", "lk1 OK in"], ["lk1 AUTHENTICATE PLAIN", PLAIN])
        done = helper(*words, "AUTH=PLAIN SASL-IR", "auto").play("lk1 NO [AUTHENTICATIONFAILED] no")
        self.assertEqual(77, done.code, str(done))

    def test_imap_says_bye(self):
        done = helper("--service", "imap", "PLAIN").play("* BYE too many")
        self.assertNotEqual(0, done.code, str(done))
        self.assertEqual(1, len(done.sent()), str(done))

    def test_pop3(self):
        self.play(["--service", "pop3", "PLAIN"], ["+OK in"], ["AUTH PLAIN " + PLAIN])

    def test_sieve(self):
        words = ["--service", "sieve", "--offered", '"PLAIN"']
        self.play(words + ["auto"], ["OK \"in\""], ['AUTHENTICATE "PLAIN" "%s"' % PLAIN])
        self.play(words + ["-o", "plain.ir=never", "auto"], [["{0}", ""], "OK"],
                  ['AUTHENTICATE "PLAIN"', '"%s"' % PLAIN])

    def test_sieve_with_a_literal(self):
        done = Helper(*HOST, "--service", "sieve", "PLAIN", secret="x" * 2000).play([], ["OK"])
        response = base64.b64encode(("\0%s\0%s" % (USER, "x" * 2000)).encode()).decode()
        self.assertEqual(['AUTHENTICATE "PLAIN" {%d+}' % len(response), response], done.sent())

    def test_ldap(self):
        self.play(["--service", "ldap", "PLAIN"], ["0 - in"], ["PLAIN " + PLAIN])
        done = helper("--service", "ldap", "PLAIN").play("49 - Invalid credentials")
        self.assertEqual(77, done.code, str(done))
        done = helper("--service", "ldap", "CRAM-MD5").play("14 PDEyM0Bob3N0Pg==", "0 -")
        self.assertEqual("CRAM-MD5 -", done.sent()[0], str(done))
        self.assertEqual(0, done.code, str(done))
        done = helper("--service", "ldap", "CRAM-MD5").play("14 not*base64", "0 -")
        self.assertNotEqual(0, done.code, str(done))


class Accounts(unittest.TestCase):
    def test_an_account(self):
        with tempfile.TemporaryDirectory() as home:
            with open(home + "/latchkey.conf", "w", encoding="ascii") as file:
                file.write("[account work]\nhost = smtp.example\nimap-host = imap.example\nuser = %s\n"
                           "auth = plain\n" % USER)
            os.chmod(home, 0o700)
            for words in (["-a", "work"], ["-a", "work", "--service", "imap", "-o", "plain.ir=auto"]):
                done = Helper(*words, "--tls", "verified", "--offered", "LOGIN PLAIN SASL-IR", "auto",
                              LATCHKEY_CONFIG_DIR=home).play("235 ok" if len(words) < 3 else "lk1 OK in")
                self.assertEqual((0, "DONE plain PLAIN"), (done.code, done.said[-1]), str(done))
            done = Helper("-a", "work", "--offered", "PLAIN", "auto", LATCHKEY_CONFIG_DIR=home).play("235 ok")
            self.assertEqual((69, []), (done.code, done.sent()), str(done))
            done = Helper("-a", "wrok", "PLAIN", LATCHKEY_CONFIG_DIR=home).end()
            self.assertEqual(78, done.code, str(done))


class Mistakes(unittest.TestCase):
    def test_words(self):
        for words, said in (([], "takes one mechanism"), (["PLAIN", "LOGIN"], "takes one mechanism"),
                            (["auto"], "auto chooses among"), (["--service", "nntp", "PLAIN"], "is not smtp, imap"),
                            (["--tls", "yes", "PLAIN"], "not verified or none"), (["-a", "x", "PLAIN"], "named twice"),
                            (["--password-from", "fd:1", "PLAIN"], "carries the login"),
                            (["--token-from", "fd:1", "PLAIN"], "carries the login"),
                            (["--trase", "PLAIN"], "nearest: --trace"), (["--offered"], "takes a value")):
            with self.subTest(words=words):
                done = helper(*words).end()
                self.assertEqual((64, []), (done.code, done.sent()), str(done))
                self.assertIn(said, done.err)
                self.assertRegex(done.said[-1], "^FAIL 64 ")

    def test_hosts(self):
        for host, code in (("a/b", 78), ("x?insecure-plaintext=yes", 78), ("a@b", 78), ("", 78), ("2001:db8::1", 0),
                           ("mx.example", 0)):
            with self.subTest(host=host):
                self.assertEqual(code, helper("--host", host, "PLAIN").play("235 ok").code)

    def test_a_mechanism_that_is_not_there(self):
        done = helper("X-NOBODY").end()
        self.assertIn(done.code, (69, 78), str(done))
        self.assertEqual([], done.sent())

    def test_garbage(self):
        for line in ("", "hello", "23", "235ok", "999 2.7.0 ok", "\x00", b"\xff\xfe\n", "235\x00ok", "READY", "DONE",
                     "lost"):
            with self.subTest(line=line):
                done = helper("PLAIN").play(line)
                self.assertNotEqual(0, done.code, str(done))
                self.assertRegex(done.said[-1], "^FAIL [67][0-9] ")
                self.assertEqual(1, len([n for n in done.sent() if PLAIN in n]), str(done))

    def test_codes_that_differ(self):
        done = helper("PLAIN").play(["235-2.7.0 ok", "535 5.7.8 no"])
        self.assertNotEqual(0, done.code, str(done))

    def test_an_end(self):
        for replies in ((), ([],), (["235-2.7.0 it goes on"],)):
            with self.subTest(replies=replies):
                done = helper("PLAIN").play(*replies)
                self.assertEqual(76, done.code, str(done))
                self.assertIn("standard input ended", done.said[-1])

    def test_an_end_within_a_line(self):
        done = helper("PLAIN")
        done.tell(b"235 2.7.0 ok")
        done.end()
        self.assertEqual(76, done.code, str(done))

    def test_too_much(self):
        for reply in (b"235 " + b"x" * (1 << 20) + b"\n", [b"235-2.7.0 " + b"x" * 1000 + b"\r\n"] * 200):
            done = helper("PLAIN").play(reply)
            self.assertEqual(76, done.code, str(done)[:2000])
            self.assertIn("longer than", done.said[-1])

    def test_what_is_told_is_printable(self):
        done = helper("PLAIN").play("535 5.7.8 \x1b[31mno\x07 %s" % PLAIN)
        self.assertEqual(77, done.code, str(done))
        for text in (done.said[-1], done.err):
            self.assertNotRegex(text, "[\x00-\x09\x0b-\x1f\x7f]")
            self.assertNotIn(PLAIN, text)

    def test_a_trace_has_no_secret(self):
        done = helper("--trace", "LOGIN").play("334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 ok " + PASSWORD)
        self.assertEqual(0, done.code, str(done))
        self.assertIn("-> AUTH LOGIN", done.err)
        for secret in (PASSWORD, base64.b64encode(PASSWORD.encode()).decode()):
            self.assertNotIn(secret, done.err)


class Secrets(unittest.TestCase):
    """fd:0: the script is asked, over the lines of the login."""

    def test_one(self):
        done = helper("--password-from", "fd:0", "PLAIN").play("235 ok")
        self.assertEqual(["SECRET password", "SEND AUTH PLAIN " + PLAIN, "READ", "DONE plain PLAIN"], done.said)
        done = helper("--token-from", "fd:0", "XOAUTH2").play("235 ok")
        self.assertEqual((0, "SECRET token"), (done.code, done.said[0]), str(done))

    def test_it_is_what_was_written(self):
        for secret in (" two words ", "=", "LOST", "p\u00e4sswort", "x" * 1000):
            with self.subTest(secret=secret):
                done = helper("--password-from", "fd:0", "-o", "plain.ir=never", "PLAIN", secret=secret).play(
                    "334 ", "235 ok")
                response = ("\0%s\0%s" % (USER, secret)).encode()
                self.assertEqual(response, base64.b64decode(done.sent()[-1]), str(done))

    def test_each_mechanism_asks(self):
        done = helper("--password-from", "fd:0", "--offered", "PLAIN LOGIN", "auto").play(
            "504 5.5.4 not here", "334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 ok")
        self.assertEqual((0, "DONE login LOGIN"), (done.code, done.said[-1]), str(done))

    def test_nothing_is_asked_for_that_is_not_needed(self):
        for words in (["--tls", "none", "PLAIN"], ["X-NOBODY"], ["PLAIN", "LOGIN"], ["CRAM-MD5"]):
            done = helper("--password-from", "fd:0", *words).play("454 4.7.0 later")
            self.assertNotEqual(0, done.code, str(done))
            self.assertEqual(words[-1] == "CRAM-MD5", "SECRET password" in done.said, str(done))

    def test_what_is_none(self):
        for secret in ("", b"\n", b"no\x00ne\n", b"x" * 70000 + b"\n"):
            done = helper("--password-from", "fd:0", "PLAIN")
            self.assertEqual("SECRET password", done.line())
            if secret:
                done.tell(secret)
            done.end()
            self.assertEqual((78, []), (done.code, done.sent()), str(done))
            self.assertIn("fd:0, the script, ", done.said[-1])


class Reconnect(unittest.TestCase):
    def test_the_server_hung_up(self):
        words = ["--offered", "PLAIN LOGIN", "auto"]
        done = helper(*words).play("LOST")
        self.assertEqual(76, done.code, str(done))
        self.assertIn("RECONNECT", done.said)
        self.assertIn("over a new connection only", done.said[-1])
        done = helper(*words).play("LOST", "334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 ok", ready=["READY"])
        self.assertEqual((0, "DONE login LOGIN"), (done.code, done.said[-1]), str(done))

    def test_what_is_offered_now(self):
        done = helper("--offered", "PLAIN LOGIN", "auto").play("LOST", "235 ok", ready=["READY PLAIN"])
        self.assertNotIn("AUTH LOGIN", done.sent(), str(done))

    def test_no_answer_to_it(self):
        done = helper("--offered", "PLAIN LOGIN", "auto").play("LOST", ready=["235 ok"])
        self.assertEqual(76, done.code, str(done))
        self.assertIn("READY [NAME...]", done.said[-1])


if __name__ == "__main__":
    unittest.main()
