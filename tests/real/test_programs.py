# SPDX-License-Identifier: MIT
"""test_programs.py dovecot-imap: what programs of libsasl2 get from the bridge: mbsync, imtest, smtptest, nmh, libetpan.

None is changed, and none knows of Latchkey: SASL_PATH stands for libsasl2's directory.
"""

import base64
import glob
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest

import bridge
import cyrus_programs as clients
import messages
import none_programs as others
import rig
import servers

SERVER = servers.chosen()
ALICE = rig.address("alice")
WRONG = "Wrong-horse-battery-staple-41"
ALL = "mechs = *\n[host localhost]\ntls = trusted\n"
ABSENT_IN_DEBIAN = ("XOAUTH2", "OAUTHBEARER")


def setUpModule():
    SERVER.start()


def tearDownModule():
    SERVER.stop()


class Programs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bridge = bridge.Bridge(SERVER.path("latchkey-" + cls.__name__))
        os.mkdir(SERVER.path("nothing-" + cls.__name__))
        cls.with_it = {**cls.bridge.environment, "SASL_PATH": cls.bridge.directory + "/sasl2"}
        cls.nothing = {**cls.with_it, "SASL_PATH": SERVER.path("nothing-" + cls.__name__)}
        system, = glob.glob("/usr/lib/*/sasl2")
        cls.system = {**cls.with_it, "SASL_PATH": system}
        cls.beside = {**cls.with_it, "SASL_PATH": cls.with_it["SASL_PATH"] + ":" + system}

    def setUp(self):
        self.bridge.write("bridge.conf", ALL)
        self.bridge.write("latchkey.conf", "")

    def programs(self):
        for kind in clients.KINDS:
            program = kind(SERVER, SERVER.programs)
            self.addCleanup(program.remove)
            yield program

    def program(self, kind):
        one = kind(SERVER, SERVER.programs)
        self.addCleanup(one.remove)
        return one

    @staticmethod
    def secrets(mechanism):
        """What opens, and what does not."""
        if mechanism in clients.TOKENS:
            return SERVER.endpoint.issue(ALICE), SERVER.endpoint.issue(ALICE, active=False)
        return SERVER.password["alice"], WRONG

    def log_in(self, program, mechanism, secret, environment, **more):
        """How it ended, and what the server was asked for meanwhile."""
        since = len(SERVER.log())
        done = program.log_in(mechanism, ALICE, secret, environment, **more)
        return done, self.asked(since)

    @staticmethod
    def asked(since):
        return re.findall(r"client in: AUTH\t\d+\t(\S+)\t", SERVER.log()[since:])

    def ends(self, how, done):
        code, words = how
        self.assertEqual(code, done.code, done.text)
        self.assertIn(words, done.text)

    def both(self, program, mechanism, environment):
        good, bad = self.secrets(mechanism)
        for secret, how in ((good, program.good), (bad, program.bad)):
            with self.subTest(program=program.name, mechanism=mechanism, good=secret == good):
                since = len(SERVER.log())
                done, asked = self.log_in(program, mechanism, secret, environment)
                self.ends(how, done)
                deadline = time.monotonic() + 10
                while not asked and time.monotonic() < deadline:  # another process writes the log
                    time.sleep(0.05)
                    asked = self.asked(since)
                self.assertEqual([mechanism], asked)


class Logins(Programs):
    def test_good_and_bad_secrets(self):
        for program in self.programs():
            for mechanism in program.mechanisms:
                self.both(program, mechanism, self.with_it)

    def test_there_is_nothing_else(self):
        """So it was the bridge that logged in."""
        for program in self.programs():
            for mechanism in program.mechanisms:
                with self.subTest(program=program.name, mechanism=mechanism):
                    done, asked = self.log_in(program, mechanism, self.secrets(mechanism)[0], self.nothing)
                    self.ends(program.absent, done)
                    self.assertEqual([], asked)

    def test_beside_what_the_system_has(self):
        for program in self.programs():
            for mechanism in set(ABSENT_IN_DEBIAN) & set(program.mechanisms):
                self.both(program, mechanism, self.beside)
                with self.subTest(program=program.name, mechanism=mechanism, bridge=False):
                    done, _ = self.log_in(program, mechanism, self.secrets(mechanism)[0], self.system)
                    self.ends(program.absent, done)
            self.both(program, "PLAIN", self.beside)

    def test_as_installed(self):
        """Everything is there; for a token somebody has to vouch for TLS, as imtest does."""
        shutil.copy(rig.HERE + "/../../plugins/cyrus-bridge/bridge.conf", self.bridge.directory + "/etc")
        for program in self.programs():
            for mechanism in clients.PASSWORDS:
                self.both(program, mechanism, self.with_it)
            self.both(program, "PLAIN", self.beside)
        for mechanism in clients.TOKENS:
            self.both(self.program(clients.Imtest), mechanism, self.with_it)
        program = self.program(clients.Mbsync)
        done, asked = self.log_in(program, "XOAUTH2", self.secrets("XOAUTH2")[0], self.with_it)
        self.ends((1, "no mechanism available: xoauth2 is for TLS alone"), done)
        self.assertEqual([], asked)

    def test_as_installed_a_password_is_no_token(self):
        """Whatever the server offers, and the program leaves to libsasl2."""
        shutil.copy(rig.HERE + "/../../plugins/cyrus-bridge/bridge.conf", self.bridge.directory + "/etc")
        program = self.program(clients.Mbsync)
        for environment in (self.with_it, self.beside):
            done, asked = self.log_in(program, "*", SERVER.password["alice"], environment)
            self.ends(program.good, done)
            self.assertEqual(["SCRAM-SHA-256"], asked)


class Configured(Programs):
    def test_the_form_of_a_host(self):
        program = self.program(clients.Smtptest)
        name = base64.b64encode(ALICE.encode()).decode()
        for auth, command in (("login", "C: AUTH LOGIN\n"), ("login-ir", "C: AUTH LOGIN %s\n" % name)):
            with self.subTest(auth=auth):
                self.bridge.write("bridge.conf", ALL + "auth = %s\n" % auth)
                done, _ = self.log_in(program, "LOGIN", SERVER.password["alice"], self.with_it)
                self.ends(program.good, done)
                self.assertIn(command, done.text)

    def test_of_one_program_only(self):
        self.bridge.write("bridge.conf", "mechs =\n[program mbsync]\nmechs = xoauth2\ntls = trusted\n")
        self.both(self.program(clients.Mbsync), "XOAUTH2", self.with_it)
        other = self.program(clients.Imtest)
        self.ends(other.absent, self.log_in(other, "XOAUTH2", self.secrets("XOAUTH2")[0], self.with_it)[0])

    def test_token_of_an_account(self):
        """mbsync is told nothing of it: there is no PassCmd."""
        program = self.program(clients.Mbsync)
        self.bridge.write("bridge.conf", ALL + "account = mail\n")
        good, bad = self.secrets("XOAUTH2")
        for token, how in ((good, program.good), (bad, program.bad)):
            path = self.bridge.write("token", token + "\n", 0o600)
            self.bridge.write("latchkey.conf", "[account mail]\nhost = localhost\nuser = %s\ntoken-from = file:%s\n"
                              % (ALICE, path))
            done, asked = self.log_in(program, "XOAUTH2", None, self.with_it)
            self.ends(how, done)
            self.assertEqual(["XOAUTH2"], asked)

    def test_nobody_vouches_for_tls(self):
        """imtest and libetpan tell libsasl2 how strong it is; mbsync does not, and names the way out."""
        self.bridge.write("bridge.conf", "mechs = *\n")
        program = self.program(clients.Mbsync)
        done, asked = self.log_in(program, "XOAUTH2", self.secrets("XOAUTH2")[0], self.with_it)
        self.ends((1, "in bridge.conf: [host localhost] tls = trusted"), done)
        self.assertEqual([], asked)
        self.both(self.program(clients.Imtest), "XOAUTH2", self.with_it)

    def test_broken_file(self):
        """The program goes on with what else there is."""
        self.bridge.write("bridge.conf", "mech = plain\n")
        for program in self.programs():
            self.both(program, "PLAIN", self.beside)
            done, _ = self.log_in(program, "PLAIN", SERVER.password["alice"], self.with_it)
            self.ends(program.absent, done)


# What it has in place of libsasl2, of which no plugin is ever opened.
WITHOUT = {"msmtp": "libgsasl.so.18", "mutt": "libgsasl.so.18", "neomutt": "libgsasl.so.18", "mail.mailutils": "libgsasl.so.18",
           "curl": "libcurl.so.4", "alpine": "libcrypto.so.3", "fetchmail": "libssl.so.3"}


class Without(Programs):
    def test_no_program_of_libsasl2(self):
        for name, instead in WITHOUT.items():
            with self.subTest(name=name):
                text = subprocess.run(["readelf", "-d", SERVER.programs + "/usr/bin/" + name], capture_output=True, text=True,
                                      check=True).stdout
                needed = re.findall(r"\(NEEDED\).*\[(.*)\]", text)
                self.assertIn(instead, needed)
                self.assertNotIn("libsasl2.so.2", needed)

    def test_swaks(self):
        done = subprocess.run(["perl", SERVER.programs + "/usr/bin/swaks", "--server", "localhost", "--port",
                               str(SERVER.port["starttls"]), "--to", ALICE, "--auth", "XOAUTH2", "--auth-user", ALICE,
                               "--auth-password", "x"], env={**self.with_it, "PATH": "/usr/bin:/bin", "HOME": SERVER.base},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
        self.assertIn("XOAUTH2 is not a recognized auth type", done.stdout + done.stderr)

    def tried(self, way, **more):
        """In the environment in which programs of libsasl2 have a mechanism of Latchkey's that nobody has heard of."""
        shutil.copy(os.environ["LATCHKEY_MADE_UP"], self.bridge.directory + "/v0")
        with tempfile.TemporaryDirectory(dir=SERVER.base) as folder:
            return way.tried(SERVER.programs, folder, self.with_it, **more)

    def goes(self, way):
        ended = self.tried(way)
        self.ends((way.code, way.words), ended)
        self.assertEqual(way.heard, ended.heard)

    def test_one_that_has_it(self):
        self.goes(others.REACHES)

    def test_they_would_log_in(self):
        """What each has of its own it does use there. (alpine would ask for a password first.)"""
        ways = [way for way in others.WAYS if way.run is others.piped]
        used = {way.name for way in ways if others.LOGINS & set(self.tried(way, mechanism="CRAM-MD5").heard)}
        self.assertEqual({way.name for way in ways}, used)

    def test_those_that_have_not(self):
        """Named or not, no command to log in leaves them, and each says why."""
        self.assertEqual(set(WITHOUT), {os.path.basename(way.name) for way in others.WAYS})
        for way in others.WAYS:
            with self.subTest(name=way.name, words=way.words):
                self.assertFalse(others.LOGINS & set(way.heard))
                self.goes(way)


class Listed(unittest.TestCase):
    """The short list of README.md and the long one of core/programs.md are one."""

    @staticmethod
    def rows(path, width):
        """[(route, text)]"""
        with open(rig.HERE + "/../../" + path, encoding="utf-8") as one:
            rows = [re.findall(r"[^|]+", line.strip()) for line in one if line.startswith("| ")]
        return [[cell.strip() for cell in row] for row in rows if len(row) == width]

    def test_same_programs(self):
        long = [(route.split(",")[0], name) for name, route, *_ in self.rows("core/programs.md", 4)[1:]]
        routes = {route for route, _ in long}
        short = [(route, name) for route, names in self.rows("README.md", 2) if route in routes
                 for name in names.split(", ")]
        self.assertEqual(routes, {route for route, _ in short})
        for route, name in short:
            self.assertTrue([row for row in long if row[0] == route and name in row[1]], (route, name))
        for route, row in long:
            self.assertTrue([name for there, name in short if there == route and name in row], (route, row))

    def test_each_has_its_test(self):
        for program, _, _, by in self.rows("core/programs.md", 4)[1:]:
            files = re.findall(r"`(\S+\.py)`", by)
            self.assertTrue(files, program)
            for name in files:
                self.assertTrue(os.path.exists(rig.HERE + "/../" + name), name)


class Mail(Programs):
    def test_it_goes_there_and_comes_back(self):
        """Put into one box, and found in another."""
        program, token = self.program(clients.Mbsync), self.secrets("XOAUTH2")[0]
        for name in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(program.folder, "one", "inbox", name))
        message = messages.header(ALICE, ALICE, "there and back") + b"\nHello.\n"
        with open(os.path.join(program.folder, "one", "inbox", "new", "1.1.here"), "wb") as out:
            out.write(message)
        for box in ("one", "two"):
            done, _ = self.log_in(program, "XOAUTH2", token, self.with_it, box=box)
            self.ends(program.good, done)
        there, = glob.glob(os.path.join(program.folder, "two", "inbox", "[cn]*", "*"))
        with open(there, "rb") as one:  # with a line by which mbsync knows it
            self.assertEqual(message, b"".join(line for line in one if not line.startswith(b"X-TUID: ")))


if __name__ == "__main__":
    servers.main(SERVER)
