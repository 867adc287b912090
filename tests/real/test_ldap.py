# SPDX-License-Identifier: MIT
"""test_ldap.py slapd: Debian's ldapsearch and ldapwhoami log in by the bridge."""

import os
import subprocess
import unittest

import bridge
import servers
import slapd

SERVER = servers.chosen()
WRONG = "Wrong-horse-battery-staple-41"
MECHANISMS = ("SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5")


def setUpModule():
    SERVER.start()


def tearDownModule():
    SERVER.stop()


class Ldap(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bridge = bridge.Bridge(SERVER.path("latchkey"))
        os.mkdir(SERVER.path("nothing"))

    def setUp(self):
        self.bridge.write("bridge.conf", "mechs = *\n")

    def run_it(self, program, *words, user="alice", secret=None, sasl_path=None):
        environment = {"PATH": "/usr/bin:/bin", "HOME": SERVER.path("nothing"), "LANG": "C", "LDAPNOINIT": "1",
                       **self.bridge.environment, "SASL_PATH": sasl_path or self.bridge.directory + "/sasl2"}
        command = [SERVER.programs + "/usr/bin/" + program, "-H", "ldap://localhost:%d" % SERVER.port["ldap"], "-U", user,
                   *(["-w", secret] if secret else []), *words]
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        return done.returncode, done.stdout

    def fails(self, code, words, done):
        self.assertEqual(code, done[0], done[1])
        self.assertIn(words, done[1])

    def test_search(self):
        for mechanism in MECHANISMS:
            with self.subTest(mechanism=mechanism):
                code, text = self.run_it("ldapsearch", "-LLL", "-b", slapd.SUFFIX, "-Y", mechanism, "(uid=bob)", "uid",
                                         secret=SERVER.password["alice"])
                self.assertEqual(0, code, text)
                self.assertIn("SASL/%s authentication started\n" % mechanism, text)
                self.assertIn("\ndn: uid=bob,%s\n" % slapd.SUFFIX, text)

    def test_who_am_i(self):
        for user in ("alice", "bob"):
            code, text = self.run_it("ldapwhoami", "-Y", "SCRAM-SHA-256", user=user, secret=SERVER.password[user])
            self.assertEqual(0, code, text)
            self.assertIn("dn:uid=%s,%s\n" % (user, slapd.SUFFIX), text)

    def test_wrong_password(self):
        """Its own exit code, with the server's words."""
        for mechanism in MECHANISMS:
            with self.subTest(mechanism=mechanism):
                done = self.run_it("ldapsearch", "-Y", mechanism, secret=WRONG)
                self.fails(49, "Invalid credentials (49)\n\tadditional info: SASL(-13): ", done)
                self.assertNotIn(WRONG, done[1])

    def test_unknown_user(self):
        done = self.run_it("ldapsearch", "-Y", "SCRAM-SHA-256", user="mallory", secret=WRONG)
        self.fails(80, "unable to canonify user and get auxprops", done)  # slapd has no better word

    def test_there_is_nothing_else(self):
        """So it was the bridge that logged in."""
        for mechanism in MECHANISMS:
            with self.subTest(mechanism=mechanism):
                done = self.run_it("ldapsearch", "-Y", mechanism, secret=SERVER.password["alice"],
                                   sasl_path=SERVER.path("nothing"))
                self.fails(250, "no mechanism available", done)

    def test_no_password(self):
        """The program asks for it, and nobody answers."""
        done = self.run_it("ldapsearch", "-Y", "SCRAM-SHA-256")
        self.assertNotEqual(0, done[0], done[1])
        self.assertNotIn("SASL username", done[1])

    def test_what_the_program_forbids(self):
        """libldap wants none that gives the password away, unless it is told otherwise (-O none)."""
        done = self.run_it("ldapsearch", "-Y", "PLAIN", secret=SERVER.password["alice"])
        self.fails(250, "no mechanism available", done)
        code, text = self.run_it("ldapsearch", "-Y", "PLAIN", "-O", "none", secret=SERVER.password["alice"])
        self.assertEqual(48, code, text)  # slapd's own refusal, without TLS
        self.assertIn("SASL/PLAIN authentication started\n", text)

    def test_another_form_by_the_file(self):
        self.bridge.write("bridge.conf", "mechs = *\n[program ldapwhoami]\nmechs = cram-md5\n")
        self.fails(250, "no mechanism available",
                   self.run_it("ldapwhoami", "-Y", "SCRAM-SHA-256", secret=SERVER.password["alice"]))
        code, text = self.run_it("ldapwhoami", "-Y", "CRAM-MD5", secret=SERVER.password["alice"])
        self.assertEqual(0, code, text)


if __name__ == "__main__":
    servers.main(SERVER)
