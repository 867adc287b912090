#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every mechanism by a script that knows none of them."""
import unittest

import peers
from script import HOST, PASSWORD, Helper

TOKENS = ("XOAUTH2", "OAUTHBEARER")


def helper(offered, secret=None, **more):
    is_token = offered in TOKENS
    return Helper(*HOST, "--offered", offered, "auto", **more, source="--token-from" if is_token else "--password-from",
                  secret=secret or (peers.TOKEN if is_token else PASSWORD))


class Mechanisms(unittest.TestCase):
    def test_each_by_auto(self):
        for name in peers.MECHS:
            with self.subTest(name=name):
                done = helper(name).relay(peers.Server().answer)
                self.assertEqual(0, done.code, str(done))
                self.assertRegex(done.said[-1], "^DONE [a-z0-9-]+ %s$" % name)

    def test_each_refused(self):
        for name in peers.MECHS:
            with self.subTest(name=name):
                done = helper(name, secret="not-this-one-41").relay(peers.Server().answer)
                self.assertEqual(77, done.code, str(done))
                self.assertRegex(done.said[-1], "^FAIL 77 authentication failed")
                self.assertNotIn("not-this-one-41", done.err + done.said[-1])

    def test_the_best_of_all(self):
        done = helper(" ".join(n for n in peers.MECHS if n not in TOKENS)).relay(peers.Server().answer)
        self.assertEqual((0, "DONE scram-sha-256 SCRAM-SHA-256"), (done.code, done.said[-1]), str(done))

    def test_those_that_are_named(self):
        for names, last in (("login-ir", "login-ir LOGIN"), ("cram-md5,LOGIN", "cram-md5 CRAM-MD5"),
                            ("PLAIN", "plain PLAIN"), ("scram-sha-1", "scram-sha-1 SCRAM-SHA-1")):
            with self.subTest(names=names):
                done = Helper(*HOST, names).relay(peers.Server().answer)
                self.assertEqual((0, "DONE " + last), (done.code, done.said[-1]), str(done))

    def test_the_server_has_to_prove_itself(self):
        liar = peers.Server(**{"SCRAM-SHA-256": peers.scram("sha256", is_liar=True)})
        done = helper("SCRAM-SHA-256").relay(liar.answer)
        self.assertNotEqual(0, done.code, str(done))
        self.assertTrue(done.said[-1].startswith("FAIL "), str(done))

    def test_a_success_that_is_too_early(self):
        for name in ("SCRAM-SHA-256", "CRAM-MD5", "LOGIN"):
            with self.subTest(name=name):
                done = helper(name).play("235 2.7.0 come in")
                self.assertNotEqual(0, done.code, str(done))
                self.assertTrue(done.said[-1].startswith("FAIL "), str(done))

    def test_another_after_one_that_is_not_there(self):
        server = peers.Server()
        del server.mechs["SCRAM-SHA-256"]
        done = helper("SCRAM-SHA-256 PLAIN").relay(
            lambda line: ["504 5.5.4 not here"] if line.startswith("AUTH SCRAM") else server.answer(line))
        self.assertEqual((0, "DONE plain PLAIN"), (done.code, done.said[-1]), str(done))

    def test_the_server_of_the_name_in_the_command(self):
        def answer(line):
            return {"AUTH LOGIN": ["334 UGFzc3dvcmQ6"], "*": ["501 5.7.0 cancelled"]}.get(line) or server.answer(line)
        server = peers.Server()
        done = helper("LOGIN").relay(answer)
        self.assertEqual((0, "DONE login-ir LOGIN"), (done.code, done.said[-1]), str(done))

    def test_nothing_plaintext_without_tls(self):
        done = Helper("--host", "mx.example", "--user", "ann", "--offered", "PLAIN LOGIN", "auto").play()
        self.assertEqual((69, []), (done.code, done.sent()), str(done))
        self.assertIn("unencrypted connection", done.said[-1])
        self.assertIn("--tls verified", done.err)


if __name__ == "__main__":
    unittest.main()
