# SPDX-License-Identifier: MIT
"""Runs libexec/oauth the way a source does, with a place of its own for tokens, and an eye on secrets."""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

import endpoint

OAUTH = os.environ.get("LATCHKEY_OAUTH") or sys.exit("LATCHKEY_OAUTH must name the program")
KEPT = ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS")
NAME = "work"


class Trial(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="latchkey-oauth.")
        self.addCleanup(shutil.rmtree, self.home)
        self.folder = os.path.join(self.home, "latchkey", "tokens")
        self.file = os.path.join(self.folder, NAME + ".json")
        self.environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        self.environment.update(PATH="/usr/bin:/bin", HOME=self.home, XDG_DATA_HOME=self.home)
        self.server = self.new_server()
        secret = os.path.join(self.home, "client-secret")
        self.write(secret, endpoint.CLIENT_SECRET + "\n")
        self.options = {"name": NAME, "token-endpoint": self.server.base + "/token", "client-id": endpoint.CLIENT,
                        "device-endpoint": self.server.base + "/device", "client-secret-from": "file:" + secret}

    def new_server(self, **how):
        server = endpoint.Endpoint(**how)
        self.addCleanup(server.__exit__)
        return server

    @staticmethod
    def write(path, text, mode=0o600):
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(path, mode)

    # -- what is kept

    def keep(self, good_for=-1, age=7200, **more):
        """Tokens as they are kept, had `age` seconds ago; their refresh token is the server's."""
        os.makedirs(self.folder, 0o700, exist_ok=True)
        now = int(time.time())
        tokens = {"access_token": self.server.secret(), "refresh_token": self.server.grant(), "obtained_at": now - age,
                  "expires_at": now + good_for, "token_endpoint": self.options["token-endpoint"],
                  "client_id": self.options["client-id"], **more}
        tokens = {name: value for name, value in tokens.items() if value is not None}
        self.write(self.file, json.dumps(tokens))
        return tokens

    def kept(self):
        with open(self.file, encoding="utf-8") as one:
            return json.load(one)

    # -- running

    def start(self, verb, *words, **more):
        options = [word for name, value in self.options.items() if value is not None for word in ("--" + name, value)]
        return subprocess.Popen([OAUTH, verb, *words, *options], env=self.environment, cwd="/",
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, **more)

    def end(self, child, code, *said, out=""):
        """It ends so, says this, prints `out`, and no secret stands elsewhere. Its standard error."""
        with child:
            try:
                printed, err = child.communicate(timeout=100)
            finally:
                child.kill()
        self.assertEqual((code, out), (child.returncode, printed), err)
        for words in said:
            self.assertIn(words, err)
        self.tells_nothing(err)
        return err

    def run_it(self, verb, code, *said, words=(), out=""):
        err = self.end(self.start(verb, *words), code, *said, out=out)
        if code and verb != "authorize":
            self.assertRegex(err, r"\A[^\n]*\n(  hint: [^\n]*\n)?\Z")
        return err

    def token(self, *words):
        """What is printed for a program."""
        child = self.start("token", *words)
        with child:
            printed, err = child.communicate(timeout=100)
        self.assertEqual((0, ""), (child.returncode, err))
        self.assertTrue(printed.endswith("\n"))
        return printed[:-1]

    def tells_nothing(self, text):
        for secret in self.server.issued + [endpoint.CLIENT_SECRET]:
            for form in (secret, urllib.parse.quote(secret), base64.b64encode(secret.encode()).decode()[:-4]):
                self.assertNotIn(form, text)
