# SPDX-License-Identifier: MIT
"""test_bridge.py postfix-relay: Postfix's smtp(8) logs in by what libsasl2 has not got, or not in this form."""

import json
import os
import re
import shlex
import subprocess
import sys
import time
import unittest

import daemon
import page
import postfix
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
    "both": "[program smtp]\nmechs = login login-ir xoauth2\n[host localhost]\ntls = trusted\naccount = there\n",
    "broken": "[program smtp]\nmech = login\n",
    "no-tls": "[program smtp]\nmechs = xoauth2\n",
}
ACCOUNT = "[account there]\nhost = localhost\nauth = xoauth2 login-ir\n"
LOGIN, XOAUTH2 = "in the AUTH command", "wants XOAUTH2"


def setUpModule():
    SERVER.start()


def tearDownModule():
    SERVER.stop()


class Trial(unittest.TestCase):
    def prepare(self, title, knows, secret, file=None):
        SERVER.follow(title, secret)
        if file:
            SERVER.bridge.write("bridge.conf", FILES[file])
            SERVER.bridge.write("latchkey.conf", ACCOUNT if file == "both" else "")
        SERVER.provider.knows = knows
        SERVER.provider.asked.clear()
        SERVER.provider.taken.clear()
        SERVER.new_processes()

    def begin(self, *words):
        self.prepare(*words)
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

    def test_in_its_chroot(self):
        """It logged in without the files of the bridge in sight, and without the rights of root."""
        self.sent(self.begin(LOGIN, {"login-ir": SECRET}, SECRET))
        self.assertEqual({(SERVER.path("queue"), daemon.ids(postfix.OWNER)[0])}, SERVER.places())

    def test_wrong_password(self):
        log = self.deferred(self.begin(LOGIN, {"login-ir": SECRET}, "wrong"))
        self.assertIn("no such luck", log)  # the server's words

    def test_the_line_that_helps(self):
        log = self.deferred(self.begin(LOGIN, {"login-ir": SECRET}, SECRET, "strict"))
        self.assertIn("in bridge.conf: [host localhost] auth = login-ir", log)

    def test_token_in_the_map(self):
        self.sent(self.begin(XOAUTH2, {"xoauth2": TOKEN}, TOKEN, "map"))

    def test_a_token_here_and_a_password_there(self):
        """By what the page says of a Postfix that has both: a transport for each."""
        text = page.section("bridge.conf")
        for filters in ("-o smtp_sasl_mechanism_filter=xoauth2`", "and `=login`", "`mechs = login login-ir xoauth2`"):
            self.assertIn(filters, text)
        self.prepare(LOGIN, {"login-ir": SECRET, "xoauth2": SECRET}, SECRET, "both")
        for domain, mechanism in (("token.example", "XOAUTH2"), ("password.example", "LOGIN")) * 2:
            SERVER.provider.asked.clear()
            SERVER.provider.taken.clear()
            self.sent(SERVER.mail(domain, "friend@" + domain))
            self.assertEqual([mechanism], SERVER.provider.asked)

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
        self.install()
        self.file = SERVER.path("data", "latchkey", "tokens", "relay.json")
        os.makedirs(os.path.dirname(self.file), 0o700, exist_ok=True)

    def keep(self, token, good_for):
        now = int(time.time())
        kept = {"access_token": token, "refresh_token": self.endpoint.grant(), "obtained_at": now - 3000,
                "expires_at": now + good_for, "token_endpoint": self.endpoint.base + "/token",
                "client_id": endpoint.CLIENT}
        with open(self.file, "w", encoding="ascii", opener=lambda file, flags: os.open(file, flags, 0o600)) as out:
            json.dump(kept, out)

    def install(self):
        """The command, as if it were in /usr/local/bin: it knows where everything is."""
        self.bin = SERVER.path("bin")
        os.makedirs(self.bin, exist_ok=True)
        words = ["env", *("%s=%s" % one for one in SERVER.bridge.environment.items()), os.environ["LATCHKEY"]]
        with open(self.bin + "/latchkey", "w", encoding="ascii", opener=lambda *a: os.open(*a, 0o755)) as out:
            out.write('#!/bin/sh\nexec %s "$@"\n' % " ".join(map(shlex.quote, words)))

    def sh(self, line, path):
        """What it writes; in the environment that cron gives."""
        for there, here in (("/usr/local/bin", self.bin), ("/var/lib", SERVER.path("data"))):
            line = line.replace(there, here)
        done = subprocess.run(["/bin/sh", "-c", line], cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
                              env={"HOME": "/nonexistent", "LOGNAME": "root", "SHELL": "/bin/sh", "PATH": path})
        self.assertEqual(0, done.returncode, done.stdout)
        self.quiet(done.stdout)
        return done.stdout

    def token(self):
        with open(self.file, encoding="ascii") as one:
            return json.load(one)["access_token"]

    def cron(self):
        """The line of the page; cron would mail what it writes."""
        line = page.files(XOAUTH2)["latchkey"].strip()
        when = re.fullmatch(r"\*/5 \* \* \* \* root ([^%]*)", line)
        self.assertTrue(when, line)
        self.assertEqual("", self.sh(when.group(1), "/usr/bin:/bin"))

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
        self.cron()
        self.assertNotEqual(OLD, self.token())
        SERVER.provider.knows = {"xoauth2": self.token()}
        self.sent(since)

    def test_from_the_first_step(self):
        """Somebody allows it once."""
        SERVER.follow(XOAUTH2, "unused")
        said = self.sh(page.command(XOAUTH2, "accounts authorize"), self.bin + ":/usr/bin:/bin")
        self.assertIn(endpoint.USER_CODE, said)
        self.assertNotIn(self.token(), said)
        self.sent(self.begin(XOAUTH2, {"xoauth2": self.token()}, "unused"))
        self.cron()  # it is good for long: nothing is asked
        self.assertEqual(["/device", endpoint.DEVICE], self.endpoint.asked())


if __name__ == "__main__":
    servers.main(SERVER)
