# SPDX-License-Identifier: MIT
"""keyring: gnome-keyring on a bus of its own, and logins with what secret-tool stored; locked, absent, silent."""

import base64
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import session

KEYRING = os.environ.get("LATCHKEY_KEYRING") or sys.exit("LATCHKEY_KEYRING must name the program")
LATCHKEY = os.environ.get("LATCHKEY") or sys.exit("LATCHKEY must name the command")
KEPT = ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "LATCHKEY_PLUGIN_PATH")
SECRET = "Mauve-anteater-2217-on-the-roof"
USER = "ann@example.org"
FIRST = ("service", "smtp", "host", "127.0.0.1", "user", USER)
ACCOUNT = "[account work]\nhost = 127.0.0.1\nport = %s\ntls = none\nuser = %s\npassword-from = %s\n"
SCRIPT = """# Knows one user.
tls none
user %s
password %s
state connected
S: 220 mx.example
next hello
state hello
on EHLO *
S: 250-mx.example
S: 250 AUTH PLAIN
on AUTH PLAIN {b64:\\0{user}\\0{password}}
S: 235 2.7.0 welcome
on AUTH *
S: 535 5.7.8 no
on QUIT
S: 221 bye
DROP
"""


class Trial(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="latchkey-keyring.")
        self.addCleanup(shutil.rmtree, self.home)
        self.session = session.Session(self.home)
        self.addCleanup(self.session.stop)
        self.session.environment.update((name, os.environ[name]) for name in KEPT if name in os.environ)
        self.session.environment.update(LATCHKEY_CONFIG_DIR=self.home, LATCHKEY_LIBEXEC_DIR=os.path.dirname(KEYRING))
        self.session.start()
        self.port = self.serve()

    def serve(self, user=USER):
        """The port of a server that takes the secret."""
        script = os.path.join(self.home, "server.smtp")
        with open(script, "w", encoding="utf-8") as out:
            out.write(SCRIPT % (user, SECRET))
        server = subprocess.Popen([LATCHKEY, "rehearse", script], env=self.session.environment, text=True,
                                  stdout=subprocess.PIPE, cwd=self.home)

        def stop():
            server.send_signal(signal.SIGTERM)
            server.stdout.close()
            server.wait(30)
        self.addCleanup(stop)
        return re.search(r" on 127\.0\.0\.1:(\d+)", server.stdout.readline()).group(1)

    def login(self, code, *said, source="keyring", port=None, user=USER):
        """What it said; the secret is not among it."""
        with open(os.path.join(self.home, "latchkey.conf"), "w", encoding="utf-8") as out:
            out.write(ACCOUNT % (port or self.port, user, source))
        done = subprocess.run([LATCHKEY, "login", "work"], env=self.session.environment, cwd=self.home, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=100, check=False)
        words = done.stdout + done.stderr
        self.assertEqual(code, done.returncode, words)
        for word in said:
            self.assertIn(word, words)
        for form in (SECRET, base64.b64encode(SECRET.encode()).decode()[:-4]):
            self.assertNotIn(form, words)
        return words

    def run_it(self, *words):
        done = subprocess.run([KEYRING, *words], env=self.session.environment, cwd=self.home, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=100, check=False)
        return done.returncode, done.stdout, done.stderr


class Found(Trial):
    def setUp(self):
        super().setUp()
        self.session.unlocked()

    def test_as_msmtp_stores_it(self):
        self.session.store(SECRET, "host", "127.0.0.1", "service", "smtp", "user", USER)
        self.login(0, "logged in")

    def test_with_a_line_end(self):
        """Whoever stores it by `echo` stores that, too."""
        self.session.store(SECRET + "\n", *FIRST)
        self.login(0)

    def test_by_other_attributes(self):
        self.session.store("Another-one", *FIRST)
        self.session.store(SECRET, "application", "mail of ann", "id", "7")
        self.login(0, source="keyring:application=mail of ann,id=7")

    def test_another_user(self):
        self.session.store("Another-one", "service", "smtp", "host", "127.0.0.1", "user", "bob@example.org")
        self.session.store("Another-one", "service", "imap", "host", "127.0.0.1", "user", USER)
        self.login(78, "no item has service=smtp host=127.0.0.1 user=" + USER)

    def test_the_advice_helps(self):
        user = "ann o'hara \"$HOME\" `id`;"
        port = self.serve(user)
        words = self.login(78, port=port, user=user)
        line = re.search(r"secret-tool store .*", words).group(0)
        self.assertEqual(["user", user], shlex.split(line)[-2:])
        subprocess.run(["sh", "-c", line], env=self.session.environment, input=SECRET, text=True, check=True,
                       timeout=60)
        self.login(0, port=port, user=user)

    def test_what_is_no_secret(self):
        for secret, words in ((SECRET + "\nurl: x\n", "several lines"), ("", "printed nothing")):
            self.session.store(secret, *FIRST)
            self.login(78, "keyring", words)

    def test_by_itself(self):
        self.session.store(SECRET, *FIRST)
        self.assertEqual((0, SECRET, ""), self.run_it("service=smtp", "host=127.0.0.1", "user=" + USER))
        for words in ((), ("x",), ("=x",), ("a=b", "c")):
            code, out, err = self.run_it(*words)
            self.assertEqual((64, ""), (code, out))
            self.assertNotEqual("", err)
        code, out, err = self.run_it("a=x\ny\x1b[1m")
        self.assertEqual((78, ""), (code, out))
        self.assertRegex(err, r"\Akeyring: [^\n]*\n  hint: [^\n]*\n\Z")
        self.assertNotIn("\x1b", err)

    def test_locked(self):
        self.session.store(SECRET, *FIRST)
        self.session.lock()
        self.login(75, "the keyring is locked, and was not unlocked", "unlock it")
        self.session.stop(self.session.keyring)
        self.session.unlocked()
        self.login(0)


class Absent(Trial):
    def test_no_service(self):
        self.login(78, "there is no Secret Service here", "gnome-keyring")

    def test_no_bus(self):
        self.session.environment["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=%s/none" % self.home
        self.login(78, "there is no Secret Service here")
        del self.session.environment["DBUS_SESSION_BUS_ADDRESS"]
        self.login(78, "there is no Secret Service here")

    def test_no_program(self):
        self.session.environment["LATCHKEY_LIBEXEC_DIR"] = self.home
        self.login(78, "%s/keyring cannot be run" % self.home, "built with libsecret")


if __name__ == "__main__":
    unittest.main()
