# SPDX-License-Identifier: MIT
"""test_bridge.py postfix-relay: Postfix's smtp(8) logs in by mechanisms that libsasl2 has not got, or not in this form."""

import unittest

import provider
import servers

SERVER = servers.chosen()
SECRET, TOKEN, OLD = "Pw-login-3f1c77a0", "ya29.token-91be52", "ya29.token-of-yesterday"

FILES = {
    "login": "[program smtp]\nmechs = login login-ir\n[host localhost]\nauth = login-ir\n",
    "strict": "[program smtp]\nmechs = login login-ir\n",
    "token": "[program smtp]\nmechs = xoauth2\naccounts = relay\n[host localhost]\naccount = relay\ntls = trusted\n",
    "map": "[program smtp]\nmechs = xoauth2\ntls = trusted\n",
    "broken": "[program smtp]\nmech = login\n",
    "no-tls": "[program smtp]\nmechs = xoauth2\n",
}


def setUpModule():
    SERVER.start()


def tearDownModule():
    SERVER.stop()


class Relay(unittest.TestCase):
    def begin(self, file, knows, secret, account=""):
        SERVER.bridge.write("bridge.conf", FILES[file])
        SERVER.bridge.write("latchkey.conf", account)
        SERVER.secret(secret)
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

    def test_name_in_the_command(self):
        self.sent(self.begin("login", {"login-ir": SECRET}, SECRET))
        self.assertEqual(["LOGIN"], SERVER.provider.asked)

    def test_wrong_password(self):
        log = self.deferred(self.begin("login", {"login-ir": SECRET}, "wrong"))
        self.assertIn("no such luck", log)  # the server's words

    def test_the_line_that_helps(self):
        log = self.deferred(self.begin("strict", {"login-ir": SECRET}, SECRET))
        self.assertIn("in bridge.conf: [host localhost] auth = login-ir", log)

    def with_token(self, token):
        path = SERVER.bridge.write("token", token + "\n", 0o600)
        return self.begin("token", {"xoauth2": TOKEN}, "unused", "[account relay]\nhost = localhost\nuser = %s\n"
                          "token-from = file:%s\n" % (provider.NAME, path))

    def test_token_of_an_account(self):
        self.sent(self.with_token(TOKEN))
        self.assertEqual(["XOAUTH2"], SERVER.provider.asked)

    def test_old_token(self):
        """A refusal for now; what refreshes tokens writes a new one; the mail goes out."""
        since = self.with_token(OLD)
        self.assertIn("no such luck", self.deferred(since))
        SERVER.bridge.write("token", TOKEN + "\n", 0o600)
        self.sent(since)

    def test_token_in_the_map(self):
        self.sent(self.begin("map", {"xoauth2": TOKEN}, TOKEN))

    def test_wrong_token_in_the_map(self):
        self.assertIn("no such luck", self.deferred(self.begin("map", {"xoauth2": TOKEN}, OLD)))

    def test_nobody_vouches_for_tls(self):
        log = self.deferred(self.begin("no-tls", {"xoauth2": TOKEN}, TOKEN))
        self.assertIn("in bridge.conf: [host localhost] tls = trusted", log)

    def test_broken_file(self):
        """Postfix goes on, and says that it has nothing to log in with."""
        self.assertIn("status=deferred", self.deferred(self.begin("broken", {"login-ir": SECRET}, SECRET)))


if __name__ == "__main__":
    servers.main(SERVER)
