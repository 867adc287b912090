#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""cron's own call, and programs that nobody here wrote, with their mail."""
import email
import email.policy
import os
import shlex
import subprocess
import unittest

import fixture

TEXT = "Gr\u00fc\u00dfe\n.\n..\nFrom here on\n  indented \n"


class Clients(fixture.Case):
    def setUp(self):
        super().setUp()
        self.configure("domain = example.org", "aliases = " + self.write("aliases", "root: admin@x.example\n"))

    def run_client(self, *words, given=b"", **more):
        """Exit status 0; what was sent, parsed."""
        self.server.forget()
        done = subprocess.run(words, input=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=self.folder,
                              timeout=60, start_new_session=True, check=False, env=dict(self.environment, **more))
        self.assertEqual(0, done.returncode, done.stdout.decode())
        return [email.message_from_bytes(message.replace(b"\r\n", b"\n"), policy=email.policy.default)
                for message in self.server.messages]

    def test_cron(self):
        given = ("From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@host> /usr/bin/job \u00e4\n"
                 "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n"
                 "X-Cron-Env: <SHELL=/bin/sh>\n\n"
                 + TEXT).encode()
        for words in (["-FCronDaemon", "-i", "-B8BITMIME", "-oem", "root"],
                      ["-i", "-FCronDaemon", "-B8BITMIME", "-oem", "root"],     # Debian's
                      ["-FCronDaemon", "-i", "-odi", "-oem", "-oi", "-t", "-f", "root"]):
            with self.subTest(words=words):
                said, = self.run_client(self.sendmail, *words, given=given)
                self.assertEqual(["<admin@x.example>"], self.rcpt_to())
                self.assertTrue(self.mail_from().startswith("<root@example.org>"))
                self.assertEqual("root@example.org", said["From"].addresses[0].addr_spec)
                self.assertEqual("root@example.org", said["To"])
                self.assertEqual("<SHELL=/bin/sh>", said["X-Cron-Env"])
                self.assertEqual(TEXT, said.get_content())
                self.assertIsNotNone(said["Date"])
                self.assertIsNotNone(said["Message-ID"])

    def test_git(self):
        def git(*words):
            return self.run_client("git", "-c", "user.name=Ann \u00c4", "-c", "user.email=ann@example.org", *words)

        os.mkdir(self.path("tree"))
        git("-C", "tree", "init", "-q")
        self.write("tree/file", TEXT)
        git("-C", "tree", "add", "file")
        git("-C", "tree", "commit", "-q", "-m", "First: \u00e4\n\nCc: Cee <cee@x.example>",
            "--date=2026-11-24T16:00:00+0000")
        git("-C", "tree", "format-patch", "-q", "--root", "-o", self.path("out"))
        patch, = os.listdir(self.path("out"))
        for option in ("--sendmail-cmd=" + self.sendmail, "--smtp-server=" + self.sendmail,
                       "--sendmail-cmd=%s sendmail -i" % shlex.quote(fixture.PROGRAM)):
            with self.subTest(option=option):
                said, = git("-C", "tree", "send-email", "--quiet", "--confirm=never", "--suppress-cc=author", option,
                            "--to=bob@x.example", "--bcc=dee@x.example", "--envelope-sender=bounces@x.example",
                            self.path("out/" + patch))
                self.assertEqual(["<bob@x.example>", "<cee@x.example>", "<dee@x.example>"], sorted(self.rcpt_to()))
                self.assertEqual("<bounces@x.example>", self.mail_from().split()[0])
                self.assertEqual("[PATCH] First: \u00e4", said["Subject"])
                self.assertIn("+Gr\u00fc\u00dfe\n+.\n+..\n+From here on\n", said.get_content())
                self.assertNotIn("dee", said.as_string())
                self.write("mbox", b"From git Mon Sep 17 00:00:00 2001\n" + self.server.messages[0]
                           .replace(b"\r\n", b"\n"))
                os.mkdir(self.path("again"))
                git("-C", "again", "init", "-q")
                git("-C", "again", "am", "-q", self.path("mbox"))
                with open(self.path("again/file"), encoding="utf-8") as file:
                    self.assertEqual(TEXT, file.read())
                subprocess.run(["rm", "-r", self.path("again")], check=True)

    def test_mutt(self):
        self.write("muttrc", "set sendmail='%s -oem -oi'\nset from=ann@example.org\nset use_from\nset copy=no\n"
                   "set charset=utf-8\nset use_envelope_from\n" % self.sendmail)
        self.write("file.bin", bytes(range(256)))
        said, = self.run_client("mutt", "-nF", self.path("muttrc"), "-s", "Hi \u00e4", "-c", "cee@x.example", "-b",
                                "dee@x.example", "-a", self.path("file.bin"), "--", "bob@x.example",
                                    given=TEXT.encode())
        self.assertEqual(["<bob@x.example>", "<cee@x.example>", "<dee@x.example>"], sorted(self.rcpt_to()))
        self.assertEqual("<ann@example.org>", self.mail_from().split()[0])
        self.assertEqual("Hi \u00e4", said["Subject"])
        text, file = said.iter_parts()
        self.assertEqual(TEXT, text.get_content())
        self.assertEqual(bytes(range(256)), file.get_content())
        self.assertNotIn("dee", said.as_string())

    def test_s_nail(self):
        for mta in (self.sendmail, "file://" + self.sendmail):
            said, = self.run_client("s-nail", "-:/", "-Smta=" + mta, "-Sttycharset=utf-8", "-Sv15-compat", "-s",
                "Hi \u00e4", "-r",
                                    "ann@example.org", "-c", "cee@x.example", "-b", "dee@x.example", "root",
                                    given=TEXT.replace("\n.\n", "\n").encode())
            self.assertEqual(["<admin@x.example>", "<cee@x.example>", "<dee@x.example>"], sorted(self.rcpt_to()))
            self.assertEqual("<ann@example.org>", self.mail_from().split()[0])
            self.assertEqual("Hi \u00e4", said["Subject"])
            self.assertEqual("root@example.org", said["To"])
            self.assertEqual(TEXT.replace("\n.\n", "\n"), said.get_content())
            self.assertNotIn("dee", said.as_string())


if __name__ == "__main__":
    unittest.main()
