# SPDX-License-Identifier: MIT
"""test_epoll.py PROGRAM: the example of an event loop sends a hundred messages at once, whatever one of them waits for."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "python"))

from server import Server, encoded  # noqa: E402

PROGRAM = sys.argv.pop(1)
COUNT = 100
PASSWORD = "Wombat-at-noon-77"
CONF = """\
[provider here]
host = localhost
port = {port}
tls = none

[account quick]
provider = here
user = quick
password-from = file:{folder}/secret

[account slow]
provider = here
user = slow
password-from = cmd:sh -c "while [ ! -e {folder}/go ]; do sleep 0.05; done; cat {folder}/secret"

[account wrong]
provider = here
user = wrong
password-from = cmd:echo no

[account nowhere]
host = localhost
port = {nowhere}
tls = none
user = nobody
password-from = file:{folder}/secret
"""
MESSAGE = "Subject: hello\n\n.dot\nWombats are " + "very " * 60 + "round.\n"


class Epoll(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="latchkey-examples.")
        self.addCleanup(shutil.rmtree, self.folder)
        self.lock, self.got, self.all_here = threading.Lock(), [], threading.Event()
        self.connections = 0
        server = self.enterContext(Server(self.session))
        with Server(self.session) as gone:
            nowhere = gone.port
        self.write("secret", PASSWORD + "\n")
        self.write("latchkey.conf", CONF.format(port=server.port, folder=self.folder, nowhere=nowhere))
        self.write("message", MESSAGE)

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="ascii") as out:
            out.write(text)
        os.chmod(os.path.join(self.folder, name), 0o600)

    def session(self, talk):
        with self.lock:
            self.connections += 1
        talk.say("220 mx.example ready")
        user = None
        while True:
            line = talk.hear()
            verb = line[:4].upper()
            if verb == "EHLO":
                talk.say("250-mx.example", "250-PIPELINING", "250 AUTH PLAIN")
            elif verb == "AUTH":
                users = {encoded("\0%s\0%s" % (name, PASSWORD)): name for name in ("quick", "slow")}
                user = users.get(line.split(" ")[2])
                talk.say("235 ok" if user else "535 5.7.8 no")
            elif verb == "DATA":
                talk.say("354 go on")
                lines = []
                while not lines or lines[-1] != ".":
                    lines.append(talk.hear())
                self.keep(user, lines)
                talk.say("250 kept")
            else:
                talk.say("221 bye" if verb == "QUIT" else "250 ok")
                if verb == "QUIT":
                    return

    def keep(self, user, lines):
        with self.lock:
            self.got.append((user, "".join(line[line.startswith("."):] + "\n" for line in lines[:-1])))
            if len(self.got) == COUNT - 1:
                self.all_here.set()

    def start(self, *accounts):
        environment = {**os.environ, "LATCHKEY_CONFIG_DIR": self.folder, "HOME": self.folder}
        child = subprocess.Popen([PROGRAM, os.path.join(self.folder, "message"), "me@example.org", "you@example.org",
                                  *accounts], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: child.poll() is None and child.kill())
        return child

    def test_nobody_waits_for_one(self):
        """The slow one has its secret when all others are sent, and not before."""
        child = self.start(*["quick"] * 60, "slow", *["quick"] * (COUNT - 61))
        self.assertTrue(self.all_here.wait(30), len(self.got))
        self.assertNotIn("slow", [user for user, _ in self.got])
        threads = len(os.listdir("/proc/%d/task" % child.pid))
        time.sleep(0.2)
        self.assertIsNone(child.poll())
        self.write("go", "")
        out, err = child.communicate(timeout=30)
        self.assertEqual(("%d of %d sent\n" % (COUNT, COUNT), "", 0), (out, err, child.returncode))
        self.assertEqual("slow", self.got[-1][0])
        self.assertEqual({MESSAGE}, {text for _, text in self.got})
        self.assertEqual((1, COUNT), (threads, self.connections))

    def test_all_at_the_same_time(self):
        self.write("go", "")
        child = self.start(*["slow"] * COUNT)
        out, err = child.communicate(timeout=60)
        self.assertEqual(("%d of %d sent\n" % (COUNT, COUNT), "", 0), (out, err, child.returncode))

    def test_refused(self):
        child = self.start("quick", "wrong", "nowhere", "quick")
        out, err = child.communicate(timeout=30)
        self.assertEqual(("2 of 4 sent\n", 75), (out, child.returncode))
        self.assertIn("authentication failed", err)
        self.assertIn("Connection refused", err)


if __name__ == "__main__":
    unittest.main()
