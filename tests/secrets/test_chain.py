# SPDX-License-Identifier: MIT
"""From the lines of an account to the login: latchkey, the program of tokens, an endpoint and a mail server."""

import base64
import json
import os
import shlex
import signal
import socketserver
import ssl
import subprocess
import sys
import threading
import unittest

import endpoint
import program
from browser import Browser
from endpoint import CLIENT, CLIENT_SECRET, refuses

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "real"))
import certs  # pylint: disable=wrong-import-position

LATCHKEY = os.environ.get("LATCHKEY") or sys.exit("LATCHKEY must name the command")
KEPT = program.KEPT + ("LATCHKEY_PLUGIN_PATH",)
ACCOUNT = """\
[account %s]
host = localhost
port = %d
tls = implicit
ca = %s
user = ann@example.org
from = %s@example.org
token-from = oauth
oauth-token-endpoint = %s/token
oauth-device-endpoint = %s/device
oauth-client-id = %s
oauth-client-secret-from = file:%s
"""


class Mail(socketserver.StreamRequestHandler):
    """Takes tokens that the test has not called bad."""

    def handle(self):
        self.wfile.write(b"220 mx.example\r\n")
        for line in self.rfile:
            words = line.split()
            if words[0] == b"EHLO":
                self.wfile.write(b"250-mx.example\r\n250 AUTH XOAUTH2\r\n")
            elif words[0] == b"AUTH":
                token = base64.b64decode(words[2]).split(b"\1")[1].split()[-1].decode()
                self.server.asked.append(token)
                if token in self.server.bad:
                    self.wfile.write(b"334 " + base64.b64encode(b'{"status":"401"}') + b"\r\n")
                    self.rfile.readline()
                self.wfile.write(b"535 5.7.8 no\r\n" if token in self.server.bad else b"235 2.7.0 welcome\r\n")
            else:
                self.wfile.write(b"221 bye\r\n" if words[0] == b"QUIT" else b"502 no\r\n")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, certificate):
        super().__init__(("127.0.0.1", 0), Mail)
        self.asked, self.bad = [], set()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate + ".pem", certificate + ".key")
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def get_request(self):
        connection, address = super().get_request()
        return self.context.wrap_socket(connection, server_side=True), address


class Chain(Browser):
    def setUp(self):
        super().setUp()
        self.mail = Server(self.ca[:-len("ca.pem")] + "localhost")
        self.addCleanup(self.mail.server_close)
        self.addCleanup(self.mail.shutdown)
        config, libexec = os.path.join(self.home, "config"), os.path.join(self.home, "libexec")
        os.mkdir(config, 0o700)
        os.mkdir(libexec, 0o700)
        self.config = os.path.join(config, "latchkey.conf")
        self.write(self.config, self.account("work") + self.account("other") +
                   "[account plain]\nhost = 127.0.0.1\npassword-from = env:NONE\n")
        # as installed, but that it knows the CA of the test
        self.write(os.path.join(libexec, "oauth"), "#!/bin/sh\nexec %s \"$@\" --ca %s\n" % (
            shlex.quote(program.OAUTH), shlex.quote(self.ca)), 0o700)
        self.environment.update((name, os.environ[name]) for name in KEPT if name in os.environ)
        self.environment.update(LATCHKEY_CONFIG_DIR=config, LATCHKEY_LIBEXEC_DIR=libexec)

    def new_server(self, **how):
        folder = os.path.join(self.home, "tls")
        if not os.path.exists(folder):
            os.mkdir(folder)
            certs.make(folder)
        self.ca = os.path.join(folder, "ca.pem")
        return super().new_server(certificate=os.path.join(folder, "localhost"), **how)

    def account(self, name):
        return ACCOUNT % (name, self.mail.server_address[1], self.ca, name, self.server.base, self.server.base, CLIENT,
                          self.options["client-secret-from"][5:])

    def keep_for(self, name, **more):
        """Tokens of that account."""
        self.file = os.path.join(self.folder, name + ".json")
        return self.keep(**more)

    def latchkey(self, code, *words):
        """What it wrote; no secret is in it."""
        done = subprocess.run([LATCHKEY, *words], env=self.environment, cwd=self.home, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=100, check=False)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        self.tells_nothing(done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_from_nothing(self):
        said = self.latchkey(78, "login", "work")
        self.assertIn("latchkey accounts authorize work", said)
        self.assertIn(endpoint.PAGE, self.latchkey(0, "accounts", "authorize", "work"))
        self.assertIn("logged in", self.latchkey(0, "login", "work"))
        with open(os.path.join(self.folder, "work.json"), encoding="utf-8") as one:
            self.assertEqual([json.load(one)["access_token"]], self.mail.asked)

    def start(self, verb, *words, **more):
        """By the command, where a person waits."""
        return subprocess.Popen([LATCHKEY, "accounts", verb, "browser", *words], env=self.environment, cwd=self.home,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                **more)

    def use_browser(self):
        with open(self.config, "a", encoding="utf-8") as out:
            out.write(self.account("browser").replace("oauth-device-endpoint", "oauth-authorization-endpoint"))

    def test_by_browser(self):
        self.use_browser()
        child = self.begin()
        self.come_back()
        self.end(child, 0, "browser is authorized.\n")
        self.assertIn("logged in", self.latchkey(0, "login", "browser"))
        self.file = os.path.join(self.folder, "browser.json")
        self.assertEqual([self.kept()["access_token"]], self.mail.asked)

    def test_a_person_ends_it(self):
        """By ^C, which comes to both programs."""
        self.use_browser()
        child = self.begin(start_new_session=True)
        os.killpg(child.pid, signal.SIGINT)
        self.end(child, -signal.SIGINT)
        with self.assertRaises(ConnectionRefusedError):
            self.open()

    def test_the_command_alone_is_ended(self):
        """The program that it runs waits no longer for a person."""
        self.use_browser()
        for number in (signal.SIGINT, signal.SIGKILL):
            child = self.begin()
            child.send_signal(number)
            self.end(child, -number)
            with self.assertRaises(ConnectionRefusedError):
                self.open()

    def test_by_address(self):
        """Whichever way it is named, the tokens are those of the account."""
        self.latchkey(0, "accounts", "authorize", "work@example.org")
        self.assertEqual(["work.json"], [name for name in os.listdir(self.folder) if name.endswith(".json")])
        for name in ("work", "work@example.org"):
            self.assertIn("logged in", self.latchkey(0, "login", name))
        self.assertEqual(1, len(set(self.mail.asked)))

    def test_a_token_that_has_ended(self):
        old = self.keep_for("work")["access_token"]
        self.latchkey(0, "login", "work")
        self.assertEqual([self.kept()["access_token"]], self.mail.asked)
        self.assertNotEqual([old], self.mail.asked)
        self.assertEqual(CLIENT_SECRET, self.server.requests[0][1]["client_secret"])

    def test_a_token_that_is_refused(self):
        """Another one is had, once."""
        old = self.keep_for("work", good_for=3000)["access_token"]
        self.mail.bad.add(old)
        self.latchkey(0, "login", "work")
        self.assertEqual([old, self.kept()["access_token"]], self.mail.asked)
        self.assertEqual(["refresh_token"], self.server.asked())

    def test_a_refresh_token_that_is_refused(self):
        self.keep_for("work")
        self.server.faults.append(refuses("invalid_grant"))
        said = self.latchkey(78, "login", "work")
        self.assertIn("invalid_grant", said)
        self.assertIn("latchkey accounts authorize work", said)
        self.assertEqual([], self.mail.asked)

    def test_refresh_one(self):
        self.keep_for("work", good_for=500)
        self.assertEqual("", self.latchkey(0, "accounts", "refresh", "work"))
        self.assertEqual(["refresh_token"], self.server.asked())
        self.server.faults.append(refuses("invalid_grant"))
        self.keep_for("work", good_for=500)
        self.latchkey(77, "accounts", "refresh", "work")

    def test_refresh_all(self):
        """The one without tokens does not stop the other, and the one with a password is none of it."""
        old = self.keep_for("work", good_for=500)["access_token"]
        said = self.latchkey(78, "accounts", "refresh", "--all")
        self.assertEqual("oauth: other: there is no token of other yet\n  hint: latchkey accounts authorize other\n", said)
        self.assertNotEqual(old, self.kept()["access_token"])
        self.keep_for("other", good_for=500)
        self.assertEqual("", self.latchkey(0, "accounts", "refresh", "--all"))

    def test_the_worst_is_told(self):
        for name in ("other", "work"):
            self.keep_for(name, good_for=500)
        self.server.faults[:] = [refuses("invalid_grant"), refuses("temporarily_unavailable")]
        self.latchkey(77, "accounts", "refresh", "--all")
        self.assertEqual(2, len(self.server.requests))

    def test_not_installed(self):
        os.unlink(os.path.join(self.environment["LATCHKEY_LIBEXEC_DIR"], "oauth"))
        self.assertIn("libexec/oauth", self.latchkey(78, "accounts", "refresh", "--all"))
        self.latchkey(78, "login", "work")


if __name__ == "__main__":
    unittest.main()
