# SPDX-License-Identifier: MIT
"""test_openid.py dovecot-openid: tokens of a real OpenID provider, for a server that asks it what they are worth."""

import base64
import json
import os
import re
import shlex
import subprocess
import sys
import time
import urllib.parse
import urllib.request

import command
import introspection
import openid
import servers
from trial import ALICE, BOB, LISTENERS, SERVER, Trial, auth_lines, url

OAUTH = os.environ.get("LATCHKEY_OAUTH") or sys.exit("LATCHKEY_OAUTH must name the program that has the tokens")
MECHANISMS = {"xoauth2": "XOAUTH2", "oauthbearer": "OAUTHBEARER"}
SHOWN = re.compile(r"open\n\n +(\S+)\n\nin a browser")
TOLD = re.compile(r"open\n\n +(\S+)\n\nand enter the code\n\n +(\S+)\n")


def setUpModule():
    SERVER.start()


def tearDownModule():
    SERVER.stop()


class Openid(Trial):
    shared = None  # tokens of alice, as the last test has left them

    def setUp(self):
        super().setUp()
        self.set_up()

    def set_up(self, scope="openid " + introspection.SCOPE):
        """Of this home."""
        self.provider = SERVER.provider
        self.client_secret = self.provider.secret[openid.CLIENT]
        self.options = ["--name", "work", "--token-endpoint", self.provider.url["token"], "--device-endpoint",
                        self.provider.url["device"], "--client-id", openid.CLIENT, "--scope", scope,
                        "--client-secret-from", self.home.password_file(self.client_secret), "--ca", SERVER.ca]
        self.file = os.path.join(self.home.path, ".local/share/latchkey/tokens/work.json")

    # -- the program

    def start(self, verb, *words):
        environment = {name: os.environ[name] for name in command.PASSED_ON if name in os.environ}
        who = {"user": self.home.uid, "group": self.home.gid, "extra_groups": []}
        who = who if self.home.uid != os.geteuid() else {}
        return subprocess.Popen([OAUTH, verb, *words, *self.options], cwd=self.home.path, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env={**environment, "PATH": "/usr/bin:/bin", "HOME": self.home.path}, **who)

    def end(self, child, code):
        """What it printed; a token is never told elsewhere."""
        with child:
            out, err = child.communicate(timeout=120)
        self.assertEqual(code, child.returncode, err)
        self.tells_nothing(err)
        return out, err

    def oauth(self, verb, *words, code=0):
        return self.end(self.start(verb, *words), code)

    def tells_nothing(self, text):
        for secret in [self.client_secret, *self.secrets()]:
            self.assertNotIn(secret, text)

    def kept(self):
        with open(self.file, encoding="utf-8") as one:
            return json.load(one)

    def keep(self, **more):
        kept = {**self.kept(), **more}
        with open(self.file, "w", encoding="utf-8") as out:
            json.dump(kept, out)

    def secrets(self):
        return [self.kept()[name] for name in ("access_token", "refresh_token")] if os.path.exists(self.file) else []

    def begin(self):
        """It waits for a person: what it tells."""
        child, told = self.start("authorize"), ""
        while "Waiting" not in told:
            line = child.stderr.readline()
            self.assertTrue(line, told)
            told += line
        return child, told

    def authorize(self, user=ALICE, code=0):
        """A person reads page and code, and lets us in, or does not."""
        child, told = self.begin()
        browser = openid.Browser(SERVER.ca)
        if user:
            browser.let_in(*TOLD.search(told).groups(), user)
        else:
            browser.refuse(*TOLD.search(told).groups())
        return self.end(child, code)[1]

    def authorized(self):
        """As after authorize(), which takes five seconds, the first time only."""
        if Openid.shared:
            for folder in (".local", ".local/share", ".local/share/latchkey", ".local/share/latchkey/tokens"):
                os.mkdir(os.path.join(self.home.path, folder), 0o700)
                os.chown(os.path.join(self.home.path, folder), self.home.uid, self.home.gid)
            self.home.file(self.file, json.dumps(Openid.shared))
        else:
            self.authorize()
        self.addCleanup(self.share)

    def share(self):
        Openid.shared = self.kept()

    # -- the provider

    def ask(self, url, token):
        """What it says of a token to who may ask: on the port for Dovecot, and as it does."""
        scheme, _, rest = url.partition("://")
        who, _, where = rest.rpartition("@")
        request = urllib.request.Request(scheme + "://" + where, urllib.parse.urlencode({"token": token}).encode())
        request.add_header("Authorization", "Basic " + base64.b64encode(who.encode()).decode())
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            return json.load(answer)

    def worth(self, token):
        return self.ask(self.provider.url["introspection"], token)

    # -- the command

    def source(self):
        """What is run to get a token: renewed, where it was asked before."""
        script = "#!/bin/sh\n[ -e asked ] && set -- --renew\n: > asked\nexec %s token \"$@\" %s\n" % (
            shlex.quote(OAUTH), shlex.join(self.options))
        return "cmd:" + self.home.file(command.SOURCES[1], script, 0o700)

    def send_with(self, mechanism, listener="starttls"):
        return self.home.run("send", "-s", url(listener), "-o", "ca=" + SERVER.ca, "-o", "token-from=" + self.source(),
                             "-o", "auth=" + mechanism, "-f", ALICE, BOB, pieces=[self.message])

    def forget(self):
        """What arrived, and that there was a run before."""
        SERVER.empty()
        if self.home.asked():
            os.unlink(os.path.join(self.home.path, "asked"))

    def arrived(self, result, tries=1):
        self.assertEqual(0, result.code, str(result))
        self.tells_nothing(result.out + result.err + result.trace)
        self.assertEqual([self.message], SERVER.wait_inbox("bob"))
        self.assertEqual(tries, len(auth_lines(result)))


class Device(Openid):
    def test_let_in(self):
        self.assertIn("work is authorized.\n", self.authorize())
        token = self.oauth("token")[0][:-1]
        self.assertEqual(self.kept()["access_token"], token)
        worth = self.worth(token)
        self.assertEqual((True, ALICE, openid.CLIENT, "openid " + introspection.SCOPE),
                         (worth["active"], worth["sub"], worth["client_id"], worth["scope"]))
        self.assertEqual(worth["exp"] - worth["iat"], self.kept()["expires_at"] - self.kept()["obtained_at"])

    def test_not_let_in(self):
        err = self.authorize(user=None, code=77)
        self.assertIn("access was denied (access_denied: End-User aborted interaction)", err)
        self.assertFalse(os.path.exists(self.file))

    def test_the_provider_does_not_know_us(self):
        self.options[self.options.index(openid.CLIENT)] = "somebody-else"
        self.assertIn("the client was refused (invalid_client", self.oauth("authorize", code=78)[1])


class ByBrowser(Openid):
    """The flow of native programs; the provider demands PKCE."""

    def set_up(self, **more):
        super().set_up(**more)
        at = self.options.index("--device-endpoint")
        self.options[at:at + 2] = ["--authorization-endpoint", self.provider.url["authorization"] + "?prompt=consent"]

    def browse(self, change=lambda url: url):
        """The program that waits, and a browser at the address that was shown."""
        child, told = self.begin()
        browser = openid.Browser(SERVER.ca)
        browser.open(change(SHOWN.search(told).group(1)))
        return child, browser

    def came_back(self, browser):
        self.assertRegex(browser.at, r"\Ahttp://127\.0\.0\.1:\d+/?\?")
        self.assertIn("You may close this window.", browser.page)

    def authorize(self, user=ALICE, code=0):
        child, browser = self.browse()
        browser.log_in(user)
        self.came_back(browser)
        return self.end(child, code)[1]

    def test_from_the_first_page_to_the_mail(self):
        self.assertIn("work is authorized.\n", self.authorize())
        kept = self.kept()
        worth = self.worth(self.oauth("token")[0][:-1])
        self.assertEqual((True, ALICE, openid.CLIENT, "openid " + introspection.SCOPE),
                         (worth["active"], worth["sub"], worth["client_id"], worth["scope"]))
        self.oauth("refresh", "--within", "4000")
        self.assertNotEqual(kept["refresh_token"], self.kept()["refresh_token"])
        for mechanism in MECHANISMS:
            with self.subTest(mechanism=mechanism):
                self.forget()
                self.arrived(self.send_with(mechanism))

    def test_not_let_in(self):
        child, browser = self.browse()
        browser.abort()
        self.came_back(browser)
        self.assertIn("access was denied (access_denied: End-User aborted interaction)", self.end(child, 77)[1])
        self.assertFalse(os.path.exists(self.file))

    def test_a_verifier_of_another_challenge(self):
        child, browser = self.browse(lambda url: re.sub("code_challenge=[^&]*", "code_challenge=" + "A" * 43, url))
        browser.log_in(ALICE)
        self.came_back(browser)
        self.assertIn("what was granted is not valid any more (invalid_grant", self.end(child, 77)[1])
        self.assertFalse(os.path.exists(self.file))

    def test_without_a_challenge(self):
        child, browser = self.browse(lambda url: re.sub("&code_challenge=.*", "", url))
        self.came_back(browser)
        self.assertIn("(invalid_request: Authorization Server policy requires PKCE", self.end(child, 78)[1])


class Rotation(Openid):
    def test_refreshed(self):
        self.authorized()
        before = self.kept()
        self.assertEqual(("", ""), self.oauth("refresh"))
        self.assertEqual(before, self.kept())
        self.assertEqual(("", ""), self.oauth("refresh", "--within", "4000"))
        after = self.kept()
        self.assertNotEqual(before["access_token"], after["access_token"])
        self.assertNotEqual(before["refresh_token"], after["refresh_token"])
        self.assertTrue(self.worth(after["access_token"])["active"])

    def test_ten_at_once(self):
        """A second trade of one refresh token would have revoked everything."""
        self.authorized()
        self.keep(expires_at=int(time.time()))
        printed = {self.end(child, 0)[0] for child in [self.start("token") for _ in range(10)]}
        self.assertEqual({self.kept()["access_token"] + "\n"}, printed)
        self.oauth("refresh", "--within", "4000")
        self.assertTrue(self.worth(self.kept()["access_token"])["active"])

    def test_one_that_was_traded_in(self):
        self.authorized()
        old = self.kept()
        self.oauth("refresh", "--within", "4000")
        self.keep(refresh_token=old["refresh_token"])
        err = self.oauth("refresh", "--within", "4000", code=77)[1]
        self.assertIn("(invalid_grant", err)
        self.assertIn("\n  hint: latchkey accounts authorize work\n", err)
        self.assertFalse(self.worth(self.kept()["access_token"])["active"])
        self.authorize()
        self.assertTrue(self.worth(self.kept()["access_token"])["active"])


class Mail(Openid):
    def test_the_mail_arrives(self):
        self.authorized()
        for listener in LISTENERS:
            for mechanism, wire in MECHANISMS.items():
                with self.subTest(listener=listener, mechanism=mechanism):
                    self.forget()
                    result = self.send_with(mechanism, listener)
                    self.arrived(result)
                    self.assertIn("AUTH %s " % wire, auth_lines(result)[0])

    def test_the_token_has_ended(self):
        """Nobody notices."""
        self.authorized()
        self.keep(expires_at=int(time.time()))
        self.arrived(self.send_with("oauthbearer"))

    def test_the_provider_has_revoked_it(self):
        """It is refused, so it is renewed, once, though it should have been good for long."""
        self.authorized()
        for mechanism in MECHANISMS:
            with self.subTest(mechanism=mechanism):
                self.forget()
                old = self.kept()["access_token"]
                self.revoke(old)
                self.keep(obtained_at=int(time.time()) - 600)
                self.arrived(self.send_with(mechanism), tries=2)
                self.assertNotEqual(old, self.kept()["access_token"])

    def revoke(self, token):
        form = {"token": token, "client_id": openid.CLIENT, "client_secret": self.client_secret}
        opener = openid.Browser(SERVER.ca).opener
        with opener.open(self.provider.url["revocation"], urllib.parse.urlencode(form).encode(), timeout=30) as answer:
            self.assertEqual(200, answer.status)
        self.assertFalse(self.worth(token)["active"])

    def test_of_another_user(self):
        self.authorize(user=BOB)
        result = self.send_with("oauthbearer")
        self.assertEqual(77, result.code, str(result))
        self.tells_nothing(result.out + result.err + result.trace)

    def test_authorized_for_something_else(self):
        self.set_up(scope="openid")
        self.authorize()
        result = self.send_with("xoauth2")
        self.assertEqual(77, result.code, str(result))
        self.assertIn("its scope: mail", result.err)


if __name__ == "__main__":
    servers.main(SERVER)
