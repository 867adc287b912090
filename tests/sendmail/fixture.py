# SPDX-License-Identifier: MIT
"""A server, an account at it, and the command under its two names."""
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../cli"))
import server  # noqa: E402

PROGRAM = os.environ["LATCHKEY"]
FIELDS = "From: ann@example.org\nDate: d\nMessage-ID: <m@example.org>\n"
MESSAGE = (FIELDS + "\nHello.\n").encode()


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.server = server.Server()
        self.addCleanup(self.server.close)
        self.server.offered = "DSN"
        self.sendmail = self.path("sendmail")
        os.symlink(PROGRAM, self.sendmail)
        os.mkdir(self.path("etc"))
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": self.folder, "LC_ALL": "C.UTF-8",
                            "LATCHKEY_CONFIG_DIR": self.path("etc"), "TZ": "UTC"}
        self.environment.update((k, v) for k, v in os.environ.items()
                                if k == "LATCHKEY_PLUGIN_PATH" or k.endswith("SAN_OPTIONS"))
        self.configure()

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text, mode=0o600):
        with open(self.path(name), "wb") as out:
            out.write(text if isinstance(text, bytes) else text.encode())
        os.chmod(self.path(name), mode)
        return self.path(name)

    def configure(self, *lines, more="", port=None):
        """[account default] with these lines, and whatever more says."""
        common = "host = 127.0.0.1\nport = %d\ntls = none\n" % (port or self.server.port)
        self.write("etc/latchkey.conf", "[account default]\n" + common + "\n".join(lines) + "\n" +
                   more.replace("HOST", common))

    def run_it(self, *words, given=MESSAGE, name=None):
        """Exit status and standard error; what the server saw is forgotten before."""
        self.server.forget()
        command = [name or self.sendmail, *words]
        done = subprocess.run(command, input=given, env=self.environment, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
                              timeout=60, start_new_session=True, cwd=self.folder, check=False)
        self.out = done.stdout.decode("utf-8", "replace")
        return done.returncode, done.stderr.decode("utf-8", "replace")

    def sends(self, *words, **more):
        """It goes out without a word; the message as the server has it, with LF."""
        self.assertEqual((0, ""), self.run_it(*words, **more))
        self.assertEqual(1, len(self.server.messages))
        return self.server.messages[0].decode().replace("\r\n", "\n")

    def refuses(self, code, said, *words, **more):
        """Before anybody is called."""
        result = self.run_it(*words, **more)
        self.assertEqual(code, result[0], result)
        self.assertIn(said, result[1])
        self.assertEqual(0, self.server.connections)
        return result[1]

    def mail_from(self):
        return [line[10:] for line in self.server.lines if line.startswith("MAIL FROM:")][0]

    def rcpt_to(self):
        return [line[8:] for line in self.server.lines if line.startswith("RCPT TO:")]
