# SPDX-License-Identifier: MIT
"""The flow of native programs (RFC 8252): what is shown, who may come back to the port, how it ends."""

import os
import re
import signal
import socket
import unittest
import urllib.parse

from browser import Browser
from endpoint import CLIENT, CLIENT_SECRET, answers, refuses
from program import NAME


class Shown(Browser):
    def test_let_in(self):
        self.options["scope"] = "https://mail.example/ offline_access"
        child = self.begin()
        redirect = "http://127.0.0.1:%d" % self.port
        self.assertTrue(self.url.startswith(self.options["authorization-endpoint"] + "&response_type=code&"), self.url)
        self.assertEqual({"prompt": "consent", "a": " b", "response_type": "code", "client_id": CLIENT,
                          "redirect_uri": redirect, "scope": self.options["scope"], "state": self.state,
                          "code_challenge": self.query["code_challenge"], "code_challenge_method": "S256"}, self.query)
        self.assertRegex(self.state, r"\A[A-Za-z0-9_-]{22}\Z")
        self.assertEqual("10", self.minutes)
        status, fields, page = self.read(self.open(self.head(self.right())))
        self.assertEqual((200, "<!DOCTYPE html><title>Latchkey</title><p>You may close this window.\n"), (status, page))
        self.assertEqual({"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(page)),
                          "Content-Security-Policy": "default-src 'none'", "Referrer-Policy": "no-referrer",
                          "Cache-Control": "no-store", "Connection": "close"}, fields)
        self.assertNotIn("no refresh token", self.end(child, 0, "work is authorized.\n"))
        (path, form, _, _), = self.server.requests
        self.assertRegex(form["code_verifier"], r"\A[A-Za-z0-9_-]{43}\Z")
        self.assertEqual({"client_id": CLIENT, "client_secret": CLIENT_SECRET, "grant_type": "authorization_code",
                          "code": self.code, "redirect_uri": redirect, "code_verifier": form["code_verifier"]}, form)
        self.assertEqual("/token", path)
        self.assertEqual(self.kept()["access_token"], self.token())
        self.assertEqual([NAME + ".json", NAME + ".lock"], sorted(os.listdir(self.folder)))
        with self.assertRaises(ConnectionRefusedError):
            self.open()

    def test_an_endpoint_without_a_query(self):
        self.options["authorization-endpoint"] = self.server.base + "/authorize"
        self.options["scope"] = None
        child = self.begin()
        self.assertTrue(self.url.startswith(self.server.base + "/authorize?response_type=code&client_id="), self.url)
        self.assertNotIn("scope", self.query)
        self.come_back()
        self.end(child, 0)

    def test_a_client_without_a_secret(self):
        self.options["client-secret-from"] = None
        child = self.begin()
        self.come_back()
        self.end(child, 0)
        self.assertNotIn("client_secret", self.server.requests[0][1])

    def test_nothing_is_used_twice(self):
        seen = []
        for _ in range(2):
            child = self.begin()
            self.come_back()
            self.end(child, 0)
            seen += [self.state, self.query["code_challenge"], self.server.requests[-1][1]["code_verifier"]]
        self.assertEqual(6, len(set(seen)))

    def test_a_device_endpoint_comes_first(self):
        self.options["device-endpoint"] = self.server.base + "/device"
        self.run_it("authorize", 0)
        self.assertEqual("/device", self.server.requests[0][0])

    def test_what_the_endpoint_must_be(self):
        for url in ("http://id.example/authorize", "https://u@id.example/", "javascript:alert(1)", "id.example"):
            self.options["authorization-endpoint"] = url
            self.run_it("authorize", 78, "oauth-authorization-endpoint")
        self.options["authorization-endpoint"] = None
        self.run_it("authorize", 78, "neither oauth-device-endpoint nor oauth-authorization-endpoint is set")

    def test_no_place_for_it(self):
        """A person is not asked in vain."""
        self.write(os.path.join(self.home, "latchkey"), "a file")
        self.assertNotIn("open", self.run_it("authorize", 78, "Not a directory"))

    def test_it_holds_no_lock_meanwhile(self):
        self.keep()
        child = self.begin()
        self.token()
        self.come_back()
        self.end(child, 0)


class Guests(Browser):
    """None of them ends the wait, nor keeps the right one out."""

    def test_wrong_requests(self):
        child = self.begin()
        right, state, host = self.right(), "state=" + self.state, "127.0.0.1:%d" % self.port
        for status, data in (
                (404, self.head("/favicon.ico")), (404, self.head("/")), (404, self.head("/x" + right)),
                (404, self.head("/" + right)), (404, self.head("/callback" + right[1:])), (400, self.head("/?")),
                (400, self.head("/?code=x")), (400, self.head("/?code=x&state=")), (400, self.head("/?" + state)),
                (400, self.head("/?%s&code=" % state)), (400, self.head("/?code=x&" + state[:-1])),
                (400, self.head("/?code=x&%sA" % state)), (400, self.head("/?code=x&state=" + "A" * 22)),
                (400, self.head(right + "&" + state)), (400, self.head(right + "&code=x")),
                (400, self.head("/?code=%zz&" + state)), (400, self.head("/?code=%4&" + state)),
                (400, self.head("/?code=%&" + state)), (400, self.head("/?code=%00&" + state)),
                (400, self.head("/?code=a%0d%0ab&" + state)), (400, self.head("/?error=%1b&" + state)),
                (400, self.head("/?error=access_denied&state=" + "A" * 22)), (400, self.head("/?error=access_denied")),
                (400, self.head(right, "POST")), (400, self.head(right, "HEAD")), (400, self.head(right, "get")),
                (400, self.head(right, "POST", **{"Content-Length": "8000000"}) + b"x" * 8000000),
                (400, self.head(right, Host=None)), (400, self.head(right, Host="evil.example:%d" % self.port)),
                (400, self.head(right, Host="127.0.0.1")), (400, self.head(right, Host="127.0.0.1:1")),
                (400, self.head(right, Host=host + "0")), (400, self.head(right, Host=host + ".evil.example")),
                (400, self.head(right, **{"host": host})), (400, self.head("http://%s%s" % (host, right))),
                (400, self.head(right).replace(b" HTTP/1.1", b"")), (400, self.head(right).replace(b"/1.1", b"/2")),
                (400, self.head(right).replace(b"GET ", b"GET  ")), (400, self.head(right, X="a\0b")),
                (400, b"\0" + self.head(right)), (400, b"\r\n\r\n"), (400, b"\x16\x03\x01\x02\0\x01\0" + b"\r\n\r\n"),
                (400, self.head(right, X="x" * 8192)), (400, b"x" * 300000)):
            with self.subTest(data=data[:200].replace(self.state.encode(), b"STATE")):
                self.assertEqual(status, self.ask(data))
        self.assertEqual([], self.server.requests)
        self.come_back()
        self.end(child, 0)

    def test_the_right_one_in_other_words(self):
        for fields in ({"Host": "LOCALHOST:%d"}, {"Host": "localhost:%d"}, {"Host": " \t127.0.0.1:%d \t"},
                       {"Host": None, "hOST": "127.0.0.1:%d"}, {"X-Long": "x" * 7000}):
            with self.subTest(fields=fields):
                child = self.begin()
                fields = {name: value and value.replace("%d", str(self.port)) for name, value in fields.items()}
                self.assertEqual(200, self.ask(self.head(self.right(), **fields)))
                self.end(child, 0)

    def test_a_code_that_must_be_encoded(self):
        child = self.begin()
        self.code = "4/0A %+&=?#\u00e9"
        self.server.allow(self.url, self.code)
        self.come_back()
        self.end(child, 0)
        self.assertEqual(self.code, self.server.requests[0][1]["code"])

    def test_those_who_say_nothing(self):
        """The oldest make room; the others go unanswered when it ends."""
        child = self.begin()
        silent = [self.open() for _ in range(20)]
        half = [self.open(self.head(self.right())[:n]) for n in (1, 20, 60, -1)]
        for one in silent[:15]:
            self.assertEqual((0, {}, ""), self.read(one))
        self.come_back()
        self.end(child, 0)
        for one in silent[17:] + half:
            with self.subTest(), one:
                try:
                    self.assertEqual(b"", one.recv(1))
                except ConnectionResetError:
                    pass

    def test_a_browser_that_opened_before_it_asked(self):
        child = self.begin()
        early, other = self.open(), self.open()
        self.assertEqual(404, self.ask(self.head("/favicon.ico")))
        other.close()
        early.sendall(self.head(self.right()))
        self.assertEqual(200, self.read(early)[0])
        self.end(child, 0)

    def test_octet_by_octet(self):
        child = self.begin()
        one = self.open()
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in self.head(self.right()):
            one.sendall(bytes([octet]))
        self.assertEqual(200, self.read(one)[0])
        self.end(child, 0)

    def test_who_does_not_read(self):
        child = self.begin()
        for _ in range(30):
            self.open(self.head("/favicon.ico"))
        self.come_back()
        self.end(child, 0)

    def test_this_machine_only(self):
        child = self.begin()
        with self.assertRaises(ConnectionRefusedError):
            self.open(host="127.0.0.2")
        self.come_back()
        self.end(child, 0)


class Ends(Browser):
    def test_denied(self):
        child = self.begin()
        self.come_back(code=None, error="access_denied")
        self.end(child, 77, self.options["authorization-endpoint"] + ": access was denied (access_denied)\n",
                 "  hint: latchkey accounts authorize work\n")
        self.assertEqual([], self.server.requests)
        self.assertFalse(os.path.exists(self.file))

    def test_other_errors(self):
        for error, code, words in (("invalid_scope", 78, "check oauth-scope"), ("server_error", 75, "try again later"),
                                   ("unauthorized_client", 78, "registration"), ("no_such", 69, "it refuses (no_such)"),
                                   ("unsupported_response_type", 78, "oauth-authorization-endpoint"),
                                   ("x" * 6000, 69, "it refuses (x"), (b"\xff", 76, "an error that is no text")):
            with self.subTest(error=error[:30]):
                child = self.begin()
                self.come_back(error=error)  # and a code, which is not taken
                self.assertLess(len(self.end(child, code, words)), 700)
                self.assertEqual([], self.server.requests)

    def test_the_words_of_an_error(self):
        child = self.begin()
        self.come_back(code=None, error="access_denied", error_description="no, %s \u202e \u009b %s" % (
            CLIENT_SECRET, "y" * 5000))
        err = self.end(child, 77, "(access_denied: no, ***", "yyyy")
        self.assertLess(len(err), 700)
        self.assertNotRegex(err, "[\x1b\x7f-\x9f]")

    def test_nobody(self):
        child = self.begin("--within", "1")
        self.open(self.head(self.right())[:-2])
        self.end(child, 77, "nobody let work in within 1 seconds\n  hint: latchkey accounts authorize work\n")

    def test_interrupted(self):
        child = self.begin()
        child.send_signal(signal.SIGINT)
        self.end(child, -signal.SIGINT)
        self.assertEqual([NAME + ".lock"], os.listdir(self.folder))

    def test_stopped_for_a_while(self):
        child = self.begin()
        child.send_signal(signal.SIGSTOP)
        one = self.open(self.head(self.right()))
        child.send_signal(signal.SIGCONT)
        self.assertEqual(200, self.read(one)[0])
        self.end(child, 0)

    def test_no_refresh_token(self):
        child = self.begin()
        self.server.faults[:] = [answers(200, {"access_token": "abc", "token_type": "bearer"})]
        self.come_back()
        self.end(child, 0, "There is no refresh token", "access_type=offline")
        self.assertNotIn("refresh_token", self.kept())

    def test_the_token_endpoint_refuses(self):
        def repeats(name):
            def fault(handler):
                form = handler.server.requests[-1][1]
                handler.server.issued.append(form["code_verifier"])
                refuses("invalid_grant", "not " + form[name])(handler)
            return fault
        for fault, code, words in ((refuses("invalid_grant"), 77, "is not valid any more"),
                                   (refuses("invalid_client", status=401), 78, "check oauth-client-id"),
                                   (answers(200, b"x"), 76, "no JSON"), (answers(503, b""), 75, "503"),
                                   (repeats("code"), 77, "(invalid_grant: not ***"),
                                   (repeats("code_verifier"), 77, "(invalid_grant: not ***")):
            with self.subTest(words=words):
                self.server.requests.clear()
                child = self.begin()
                self.server.faults[:] = [fault]
                self.come_back()
                self.end(child, code, words)
                self.assertEqual(1, len(self.server.requests))
                self.assertFalse(os.path.exists(self.file))

    def test_a_code_of_another_trip(self):
        """Of somebody who knows the state, and not the verifier."""
        child = self.begin()
        other = re.sub("code_challenge=[^&]*", "code_challenge=" + "A" * 43, self.url)
        self.code = self.server.allow(other)[1]
        self.come_back()
        self.end(child, 77, "(invalid_grant: another verifier)")

    def test_no_secret_is_in_what_others_see(self):
        child = self.begin()
        with open("/proc/%d/cmdline" % child.pid, "rb") as words:
            self.tells_nothing(urllib.parse.unquote(words.read().decode()))
        self.come_back()
        self.end(child, 0)


if __name__ == "__main__":
    unittest.main()
