#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The command with a stale password: again and again, and many at once."""
import os
import pty
import re
import subprocess
import sys
import tempfile
import time
import unittest

from server import PASSWORD, STALE, Server

PROGRAM, THREADS = sys.argv.pop(1), sys.argv.pop(1)
TEN = 10


class Fixture(unittest.TestCase):
    slow = 0.0

    def setUp(self):
        self.server = Server(self.slow)
        self.addCleanup(self.server.close)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = folder.name
        self.state = os.path.join(self.home, ".local/state/latchkey")
        kept = {k: v for k, v in os.environ.items() if k == "LATCHKEY_PLUGIN_PATH" or k.endswith("SAN_OPTIONS")}
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": self.home, "LC_ALL": "C.UTF-8", **kept}

    def start(self, password, *words, **more):
        """No terminal, as of a cron job."""
        url = "smtp://ann@example.org@127.0.0.1:%d?tls=none" % self.server.port
        given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
        return subprocess.Popen([PROGRAM, "login", url, "--password-from", "env:GIVEN", *words], text=True,
                                env={**self.environment, "GIVEN": password}, start_new_session=True, **given)

    def finish(self, process):
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def run_it(self, password, *words, **more):
        return self.finish(self.start(password, *words, **more))

    def log_in(self):
        self.assertEqual((0, ""), self.run_it(PASSWORD)[::2])

    def text(self):
        with open(os.path.join(self.state, "127.0.0.1:%d" % self.server.port), encoding="utf-8") as text:
            return text.read()

    def change(self, pattern, to):
        path = os.path.join(self.state, "127.0.0.1:%d" % self.server.port)
        changed = re.sub(pattern, to, self.text())
        with open(path, "w", encoding="utf-8") as out:
            out.write(changed)


class Alone(Fixture):
    def test_a_hundred_runs(self):
        for i in range(100):
            code, out, err = self.run_it(STALE)
            self.assertEqual((77, ""), (code, out), err)
            self.assertEqual(i >= 2, "it gets none before" in err, err)
        self.assertEqual(2, self.server.refused)
        self.assertIn("--retry", err)

    def test_a_hundred_runs_of_somebody_known(self):
        self.log_in()
        for i in range(100):
            self.assertEqual(77, self.run_it(STALE)[0])
        self.assertEqual(1, self.server.refused)

    def test_the_wait_is_over(self):
        self.log_in()
        self.assertEqual(77, self.run_it(STALE)[0])
        # a quarter of an hour later
        self.change(r" 1 (\d+) (\d+) 0 0 0\n", lambda m: " 1 %d %d 0 0 0\n" % (int(m[1]) - 900, int(m[2]) - 900))
        self.log_in()
        self.assertRegex(self.text(), r"\nuser =ann@example\.org \d+ 0 0 0 0 0 0\n$")

    def test_retry(self):
        self.log_in()
        self.assertEqual(77, self.run_it(STALE)[0])
        self.assertEqual(77, self.run_it(PASSWORD)[0])
        self.assertEqual(0, self.run_it(PASSWORD, "--retry")[0])
        self.log_in()

    def test_a_terminal(self):
        self.log_in()
        for _ in range(2):
            self.assertEqual(77, self.run_it(STALE)[0])
        ours, theirs = pty.openpty()
        code, _, _ = self.run_it(PASSWORD, stdin=theirs)
        os.close(ours)
        os.close(theirs)
        self.assertEqual(0, code)

    def test_what_is_on_disk(self):
        self.log_in()
        self.run_it(STALE)
        self.assertRegex(self.text(), r"^latchkey-state 1\nuser =ann@example\.org \d+ 1 \d+ \d+ 0 0 0\n$")
        for path, _, names in os.walk(self.state):
            self.assertEqual(0o700, os.stat(path).st_mode & 0o7777)
            for name in names:
                with open(os.path.join(path, name), "rb") as one:
                    self.assertEqual(0o600, os.fstat(one.fileno()).st_mode & 0o7777)
                    text = one.read()
                for secret in (PASSWORD, STALE):
                    self.assertNotIn(secret.encode(), text)

    def test_where(self):
        other = os.path.join(self.home, "other")
        for value, place in ((other, other + "/latchkey"), ("relative", self.state)):
            self.environment["XDG_STATE_HOME"] = value
            self.log_in()
            self.assertTrue(os.path.isdir(place), place)
        self.environment.update(XDG_STATE_HOME="", HOME="/nonexistent")
        self.log_in()
        self.assertFalse(os.path.exists("/nonexistent"))

    def test_a_broken_place(self):
        os.mkdir(os.path.join(self.home, ".local"))
        with open(os.path.join(self.home, ".local/state"), "w", encoding="utf-8"):
            pass
        self.log_in()


class AtOnce(Fixture):
    slow = 0.1

    def together(self, password, n=TEN):
        return [self.finish(process) for process in [self.start(password) for _ in range(n)]]

    def test_processes(self):
        results = self.together(STALE)
        self.assertEqual([77] * TEN, [code for code, _, _ in results], results)
        self.assertEqual(2, self.server.refused)

    def test_processes_of_somebody_known(self):
        self.log_in()
        self.assertEqual([77] * TEN, [code for code, _, _ in self.together(STALE)])
        self.assertEqual(1, self.server.refused)

    def test_a_crowd_with_the_right_password(self):
        self.log_in()
        self.server.slow = 1
        start = time.monotonic()
        self.assertEqual([0] * TEN, [code for code, _, _ in self.together(PASSWORD)])
        # the first alone, then all: not one after the other
        self.assertLess(time.monotonic() - start, 8)

    def test_processes_with_the_right_password(self):
        results = self.together(PASSWORD)
        self.assertEqual([0] * TEN, [code for code, _, _ in results], results)
        self.assertEqual((TEN, 0), (self.server.accepted, self.server.refused))

    def test_who_dies_lets_go(self):
        self.server.patient = True
        first = self.start(PASSWORD)
        self.assertTrue(self.server.asked.acquire(timeout=30))
        self.server.patient = False
        second = self.start(PASSWORD)
        with self.assertRaises(subprocess.TimeoutExpired):
            second.wait(1)
        first.kill()
        self.finish(first)
        self.assertEqual(0, self.finish(second)[0])

    def threads(self, how, password):
        done = subprocess.run([THREADS, how, str(self.server.port), os.path.join(self.home, "state")], text=True,
                              env={**self.environment, "GIVEN": password}, stdout=subprocess.PIPE, timeout=60, check=True)
        return done.stdout.split()

    def test_threads(self):
        for how in ("shared", "own"):
            with self.subTest(hosts=how):
                self.setUp()
                results = self.threads(how, STALE)
                self.assertEqual(["77"] * TEN, results)
                self.assertIn(self.server.refused, (1, 2))

    def test_threads_of_somebody_known(self):
        for how in ("shared", "own"):
            with self.subTest(hosts=how):
                self.setUp()
                self.assertEqual(["0"] * TEN, self.threads(how, PASSWORD))
                self.assertEqual(["77"] * TEN, self.threads(how, STALE))
                self.assertEqual(1, self.server.refused)


if __name__ == "__main__":
    unittest.main()
