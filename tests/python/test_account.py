# SPDX-License-Identifier: MIT
"""Accounts of latchkey.conf, and what a Host remembers."""

import gc
import imaplib
import logging
import os
import shutil
import tempfile
import threading
import unittest

import latchkey
from imap_server import imap
from test_smtp import PASSWORD, USER, Case, plain

CONF = """\
[provider here]
host = localhost
port = %d
tls = none
imap-host = localhost
imap-port = %d
imap-tls = none

[account work]
provider = here
from = %s
user = %s
password-from = cmd:cat %s
"""


class Accounts(Case):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(prefix="latchkey-python.")
        self.addCleanup(shutil.rmtree, self.folder)
        self.smtp, self.imap = self.serve(plain), self.serve(imap())
        with open(os.path.join(self.folder, "secret"), "w", encoding="utf-8") as out:
            out.write(PASSWORD + "\n")
        self.write(CONF % (self.smtp.port, self.imap.port, USER, USER, os.path.join(self.folder, "secret")))
        old = os.environ.get("LATCHKEY_CONFIG_DIR")
        os.environ["LATCHKEY_CONFIG_DIR"] = self.folder
        self.addCleanup(lambda: os.environ.pop("LATCHKEY_CONFIG_DIR") if old is None else
                        os.environ.__setitem__("LATCHKEY_CONFIG_DIR", old))

    def write(self, text):
        with open(os.path.join(self.folder, "latchkey.conf"), "w", encoding="utf-8") as out:
            out.write(text)

    def test_by_name(self):
        self.login(self.dial(self.smtp), account="work", user=None)
        self.login(self.dial(self.smtp), account=USER, user=None)

    def test_where_to(self):
        account = latchkey.Account("work", service="imap")
        self.assertEqual(("localhost", self.imap.port, "none", USER),
                         (account.host, account.port, account.tls, account.get("user")))
        connection = imaplib.IMAP4(account.host, account.port, timeout=20)
        self.addCleanup(connection.shutdown)
        self.login(connection, account=account, user=None)
        self.assertEqual("OK", connection.select()[0])

    def test_what_is_said_here_counts_more(self):
        error = self.fails(latchkey.Refused, self.dial(self.smtp), account="work", user="somebody.else")
        self.assertIn("somebody.else", error.sentence)

    def test_no_such_account(self):
        with self.assertRaises(latchkey.ConfigError) as caught:
            latchkey.Account("wrok")
        self.assertIn("work", str(caught.exception))
        self.assertEqual("configuration", caught.exception.stage)

    def test_bad_line(self):
        self.write("[account work]\nhots = x\n")
        with self.assertRaises(latchkey.ConfigError) as caught:
            latchkey.Account("work")
        self.assertIn("latchkey.conf:2", str(caught.exception))

    def test_what_is_remembered(self):
        state = os.path.join(self.folder, "state")
        for _ in range(2):
            host = latchkey.Host(state_dir=state)
            latchkey.login(self.dial(self.smtp), user=USER, password=PASSWORD, using=host)
        text = ""
        for name in os.listdir(state):
            with open(os.path.join(state, name), encoding="utf-8") as one:
                text += one.read()
        self.assertIn("plain", text)
        self.untold(text)

    def test_what_the_library_says(self):
        state = os.path.join(self.folder, "state")
        os.mkdir(state, 0o700)
        with open(os.path.join(state, "localhost:%d" % self.smtp.port), "w", encoding="utf-8") as out:
            out.write("no state\n")
        os.chmod(out.name, 0o600)
        connection, host, raised = self.dial(self.smtp), latchkey.Host(state_dir=state), []
        gc.collect()

        def run():
            try:
                latchkey.login(connection, user=USER, password=PASSWORD, using=host)
            except BaseException as why:  # told by the thread that waits
                raised.append(why)

        with self.assertLogs("latchkey", logging.WARNING) as caught:
            thread = threading.Thread(target=run)
            thread.start()
            thread.join()
        self.assertEqual([], raised)
        self.assertEqual({logging.WARNING}, {one.levelno for one in caught.records})
        self.assertIn("is ignored", caught.output[0])
        self.untold("".join(caught.output))

    def test_after_fork(self):
        latchkey.login(self.dial(self.smtp), user=USER, password=PASSWORD)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                latchkey.login(self.dial(self.smtp), user=USER, password=PASSWORD)
                status = 0
            finally:
                os._exit(status)
        self.assertEqual(0, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


if __name__ == "__main__":
    unittest.main()
