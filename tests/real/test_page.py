# SPDX-License-Identifier: MIT
"""test_page.py dovecot-imap: what the bridge's README says to users of mbsync, done as it says."""

import os
import subprocess
import tempfile
import unittest

import bridge
import page
import rig
import servers

SERVER = servers.chosen()
STORES = """
Port {port}
SystemCertificates no
CertificateFile {ca}

IMAPStore far
Account work

MaildirStore near
Path {home}/mail/
Inbox {home}/inbox

Channel work
Far :far:
Near :near:
Create Near
"""


def setUpModule():
    SERVER.start()


def tearDownModule():
    SERVER.stop()


class Mbsync(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.mkdtemp(dir=SERVER.base)
        self.bridge = bridge.Bridge(self.home + "/installed")
        os.mkdir(self.home + "/mail")

    def put(self, name, text):
        path = os.path.join(self.home, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as out:
            out.write(text.replace("imap.example.net", "localhost").replace("you@example.net", rig.address("alice")))

    def sync(self, token):
        files = page.files("mbsync")
        self.put(".config/latchkey/bridge.conf", files["bridge.conf"])
        more = STORES.format(port=SERVER.port["imap"], ca=SERVER.ca, home=self.home)
        self.put(".mbsyncrc", files[".mbsyncrc"].rstrip() + more)
        self.put("token", token + "\n")
        environment = {**self.bridge.environment, "HOME": self.home, "PATH": "/usr/bin:/bin"}
        del environment["LATCHKEY_CONFIG_DIR"]
        done = subprocess.run([SERVER.programs + "/usr/bin/mbsync", "work"], env=environment, cwd=self.home,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=60, check=False)
        self.assertNotIn(token, done.stdout)
        return done

    def test_good(self):
        done = self.sync(SERVER.endpoint.issue(rig.address("alice")))
        self.assertEqual(0, done.returncode, done.stdout)
        self.assertTrue(os.path.isdir(self.home + "/inbox/cur"))

    def test_bad(self):
        done = self.sync(SERVER.endpoint.issue(rig.address("alice"), active=False))
        self.assertNotEqual(0, done.returncode)
        self.assertIn("AUTHENTICATIONFAILED", done.stdout)


if __name__ == "__main__":
    servers.main(SERVER)
