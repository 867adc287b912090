# SPDX-License-Identifier: MIT
"""test_bridge.py postfix-relay: Postfix's smtp(8) logs in by what libsasl2 has not got, or not in this form."""

import json
import os
import shlex
import subprocess
import sys
import time
import unittest

import provider
import servers

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../secrets"))
import endpoint  # noqa: E402

SERVER = servers.chosen()
SECRET, TOKEN, OLD = "Pw-login-3f1c77a0", "ya29.token-91be52", "ya29.token-of-yesterday"

# What the page of the bridge does not say.
FILES = {
    "strict": "[program smtp]\nmechs = login login-ir\n",
    "map": "[program smtp]\nmechs = xoauth2\ntls = trusted\n",
    "broken": "[program smtp]\nmech = login\n",
    "no-tls": "[program smtp]\nmechs = xoauth2\n",
}
LOGIN, XOAUTH2 = "in the AUTH command", "wants XOAUTH2"


def setUpModule():
    SERVER.start()


def tearDownModule():
    SERVER.stop()


class Trial(unittest.TestCase):
    def begin(self, title, knows, secret, file=None):
        SERVER.follow(title, secret)
        if file:
            SERVER.bridge.write("bridge.conf", FILES[file])
            SERVER.bridge.write("latchkey.conf", "")
        SERVER.provider.knows = knows
        SERVER.provider.asked.clear()
        SERVER.provider.taken.clear()
        SERVER.new_processes()
        return SERVER.mail(self.id().rpartition(".")[2])

    def sent(self, since):
        log = SERVER.wait("status=sent", since)
        self.assertEqual(1, len(SERVER.provider.taken))
        self.quiet(log)
        return log

    def deferred(self, since):
        log = SERVER.wait("status=deferred", since)
        self.assertEqual([], SERVER.provider.taken)
        self.quiet(log)
        return log

    def quiet(self, log):
        for secret in (SECRET, TOKEN, OLD):
            self.assertNotIn(secret, log)

    def tearDown(self):
        SERVER.drop()


class Logins(Trial):
    def test_name_in_the_command(self):
        self.sent(self.begin(LOGIN, {"login-ir": SECRET}, SECRET))
        self.assertEqual(["LOGIN"], SERVER.provider.asked)

    def test_wrong_password(self):
        log = self.deferred(self.begin(LOGIN, {"login-ir": SECRET}, "wrong"))
        self.assertIn("no such luck", log)  # the server's words

    def test_the_line_that_helps(self):
        log = self.deferred(self.begin(LOGIN, {"login-ir": SECRET}, SECRET, "strict"))
        self.assertIn("in bridge.conf: [host localhost] auth = login-ir", log)

    def test_token_in_the_map(self):
        self.sent(self.begin(XOAUTH2, {"xoauth2": TOKEN}, TOKEN, "map"))

    def test_wrong_token_in_the_map(self):
        self.assertIn("no such luck", self.deferred(self.begin(XOAUTH2, {"xoauth2": TOKEN}, OLD, "map")))

    def test_nobody_vouches_for_tls(self):
        log = self.deferred(self.begin(XOAUTH2, {"xoauth2": TOKEN}, TOKEN, "no-tls"))
        self.assertIn("in bridge.conf: [host localhost] tls = trusted", log)

    def test_broken_file(self):
        """Postfix goes on, with what libsasl2 has."""
        self.assertIn("status=deferred", self.deferred(self.begin(LOGIN, {"login-ir": SECRET}, SECRET, "broken")))


class Tokens(Trial):
    """Those of an account, which somebody else refreshes."""

    def setUp(self):
        self.endpoint = endpoint.Endpoint(SERVER.path("tls", "localhost"))
        self.addCleanup(self.endpoint.__exit__)
        # As installed, but that it knows the CA of the test.
        SERVER.bridge.program("oauth", '#!/bin/sh\nexec %s "$@" --ca %s\n' %
                              (shlex.quote(os.environ["LATCHKEY_OAUTH"]), shlex.quote(SERVER.ca)))
        SERVER.more = {"https://id.example.net": self.endpoint.base, "CLIENT": endpoint.CLIENT}
        self.file = SERVER.path("data", "latchkey", "tokens", "relay.json")
        os.makedirs(os.path.dirname(self.file), 0o700, exist_ok=True)

    def keep(self, token, good_for):
        now = int(time.time())
        kept = {"access_token": token, "refresh_token": self.endpoint.grant(), "obtained_at": now - 3000,
                "expires_at": now + good_for, "token_endpoint": self.endpoint.base + "/token",
                "client_id": endpoint.CLIENT}
        with open(self.file, "w", encoding="ascii", opener=lambda file, flags: os.open(file, flags, 0o600)) as out:
            json.dump(kept, out)

    def refresh(self):
        """As the timer does."""
        environment = {**SERVER.bridge.environment, "XDG_DATA_HOME": SERVER.path("data"), "HOME": "/nonexistent"}
        done = subprocess.run([os.environ["LATCHKEY"], "accounts", "refresh", "relay"], env=environment,
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        with open(self.file, encoding="ascii") as one:
            return json.load(one)["access_token"]

    def test_token_of_an_account(self):
        self.keep(TOKEN, 3000)
        self.sent(self.begin(XOAUTH2, {"xoauth2": TOKEN}, "unused"))
        self.assertEqual(["XOAUTH2"], SERVER.provider.asked)
        self.assertEqual([], self.endpoint.requests)

    def test_old_token(self):
        """A refusal for now, and the mail goes out after the refresh."""
        self.keep(OLD, 300)
        since = self.begin(XOAUTH2, {"xoauth2": "another"}, "unused")
        self.assertIn("no such luck", self.deferred(since))
        token = self.refresh()
        self.assertNotEqual(OLD, token)
        SERVER.provider.knows = {"xoauth2": token}
        self.sent(since)


if __name__ == "__main__":
    servers.main(SERVER)
