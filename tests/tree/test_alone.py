#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""alone.py sees what a test leaves behind, and takes it away."""
import os
import signal
import subprocess
import sys
import unittest

ALONE = [sys.executable, "-B", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../alone.py"), "sh", "-c"]


def is_alive(pid):
    try:
        with open("/proc/%s/stat" % pid, encoding="utf-8", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


class Alone(unittest.TestCase):
    def run_it(self, script, **more):
        return subprocess.run(ALONE + [script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
                              check=False, **more)

    def test_nothing(self):
        done = self.run_it("exit 3")
        self.assertEqual((3, "nothing is left behind\n"), (done.returncode, done.stdout))

    def test_files(self):
        done = self.run_it("echo $TMPDIR; mkdir -p $TMPDIR/a/b $HOME/c; : >$HOME/d")
        place, *told = done.stdout.splitlines()
        self.assertEqual(["left behind: a", "left behind: home/c", "left behind: home/d",
                          "left behind: 3 files and processes"], told)
        self.assertEqual(1, done.returncode)
        self.assertFalse(os.path.exists(place))

    def test_a_process(self):
        done = self.run_it("setsid sh -c 'echo $$; trap \"\" TERM; sleep 60 & exec >/dev/null; wait; sleep 60' & sleep 0.5")
        pid, *told = done.stdout.splitlines()
        self.assertEqual(1, done.returncode)
        self.assertIn("left behind: process %s (sh)" % pid, told)
        self.assertFalse(is_alive(pid))

    def test_one_that_ends_by_itself(self):
        done = self.run_it("setsid sleep 1 &")
        self.assertEqual((0, "nothing is left behind\n"), (done.returncode, done.stdout))

    def test_told_to_end(self):
        for number, whom in ((signal.SIGTERM, "alone"), (signal.SIGINT, "alone"), (signal.SIGKILL, "command")):
            with self.subTest(number=number), subprocess.Popen(
                    ALONE + ["setsid sleep 60 & echo $! $$ $TMPDIR; : >$TMPDIR/x; wait"], stdout=subprocess.PIPE,
                    text=True) as process:
                orphan, command, place = process.stdout.readline().split()
                os.kill(process.pid if whom == "alone" else int(command), number)
                self.assertEqual("", process.stdout.read())
                self.assertEqual(128 + number, process.wait(timeout=30))
                self.assertFalse(is_alive(orphan))
                self.assertFalse(os.path.exists(place))

    def test_what_it_is_given(self):
        environment = {**os.environ, "LC_ALL": "xx", "PYTHONPATH": "/x", "UBSAN_OPTIONS": "a=1"}
        done = self.run_it("env; tty; wc -c", env=environment, stdin=subprocess.PIPE)
        lines = done.stdout.splitlines()
        names = {line.partition("=")[0] for line in lines if "=" in line}
        self.assertLessEqual({"PATH", "HOME", "TMPDIR", "UBSAN_OPTIONS"}, names)
        self.assertFalse({"LC_ALL", "PYTHONPATH"} & names)
        self.assertEqual(["not a tty", "0", "nothing is left behind"], lines[-3:])


if __name__ == "__main__":
    unittest.main()
