#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What a person reads when it does not work, against a provider that is played here."""
import os
import re
import signal
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["LATCHKEY"]


class Played(unittest.TestCase):
    """The account me at a provider of latchkey rehearse, as if it were far away."""
    provider = "strict-login"

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": self.folder, "LC_ALL": "C.UTF-8", "TZ": "UTC",
                            "LATCHKEY_CONFIG_DIR": self.path("etc")}
        self.environment.update((k, v) for k, v in os.environ.items() if k.endswith("SAN_OPTIONS") or
                                k in ("LATCHKEY_PLUGIN_PATH", "LATCHKEY_REHEARSE_PATH"))
        os.mkdir(self.path("etc"))
        self.facts, self.port = self.play("--address", "127.0.0.2", self.provider)
        self.write("good", self.facts["password"] + "\n")
        self.write("bad", "wrong-one-Ux82\n")
        self.lines = {"host": "127.0.0.2", "port": self.port, "user": self.facts["user"], "ca": self.facts["ca"],
                      "password-from": "file:" + self.path("good")}

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text, mode=0o600):
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(self.path(name), mode)
        return self.path(name)

    def play(self, *words):
        process = subprocess.Popen([PROGRAM, "rehearse", *words], stdout=subprocess.PIPE, text=True, cwd=self.folder,
                                   env=self.environment)

        def stop():
            process.send_signal(signal.SIGTERM)
            process.stdout.close()
            process.wait(30)
        self.addCleanup(stop)
        line = process.stdout.readline()
        return dict(re.findall(r"(\w+) = ([^,\n]+)", line)), re.search(r":(\d+), tls", line).group(1)

    def account(self, more="", **lines):
        """Its lines, those with a value None left out."""
        lines = {**self.lines, **{key.replace("_", "-"): value for key, value in lines.items()}}
        self.conf = self.write("etc/latchkey.conf", "[account me]\n%s%s" % ("".join(
            "%s = %s\n" % line for line in lines.items() if line[1] is not None), more), 0o644)

    def run_it(self, *words, code=0, given=""):
        """Both outputs; no terminal."""
        done = subprocess.run([PROGRAM, *words], input=given, env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60, start_new_session=True, text=True, check=False,
                              cwd=self.folder)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        for secret in (self.facts["password"], "wrong-one-Ux82"):
            self.assertNotIn(secret, done.stdout + done.stderr)
        return done.stdout + done.stderr


class Rehearsals(Played):
    def test_paths_are_absolute(self):
        os.mkdir(self.path("deep"))
        facts, _ = self.play("--mail", "deep/mail", self.provider)
        self.assertEqual(os.path.realpath(self.path("deep/mail")), facts["mail"])
        self.assertEqual(facts["mail"], os.path.dirname(facts["ca"]))
        self.assertTrue(os.path.exists(facts["ca"]))

    def test_a_file_is_no_directory(self):
        said = self.run_it("rehearse", "--mail", self.path("good") + "/x", self.provider, code=78)
        self.assertIn("good/x cannot be made: Not a directory", said)


if __name__ == "__main__":
    unittest.main()
