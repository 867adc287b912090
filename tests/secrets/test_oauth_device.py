# SPDX-License-Identifier: MIT
"""The device flow (RFC 8628): what a person is told, how it asks, how it ends."""

import os
import unittest

import endpoint
from endpoint import CLIENT, CLIENT_SECRET, DEVICE as GRANT, PAGE, USER_CODE, answers, refuses
from program import NAME, Trial


def passes(handler):
    handler.answer(*handler.server.judge(handler.path, handler.server.requests[-1][1]))


class Device(Trial):
    def authorize(self, code, *said, faults=()):
        """The faults are those of the token endpoint."""
        self.server.faults[:] = [passes, *faults]
        return self.run_it("authorize", code, *said)

    def test_let_in(self):
        self.options["scope"] = "https://mail.example/ offline_access"
        err = self.authorize(0, PAGE, USER_CODE, "within 1 minutes", "work is authorized.\n")
        self.assertNotIn("no refresh token", err)
        (path, first, _, _), (_, second, _, _) = self.server.requests
        who = {"client_id": CLIENT, "client_secret": CLIENT_SECRET}
        self.assertEqual(("/device", {**who, "scope": self.options["scope"]}), (path, first))
        self.assertEqual({**who, "grant_type": GRANT, "device_code": second["device_code"]}, second)
        kept = self.kept()
        self.assertEqual(kept["access_token"], self.token())
        self.assertEqual((self.options["token-endpoint"], CLIENT), (kept["token_endpoint"], kept["client_id"]))
        self.assertEqual([NAME + ".json", NAME + ".lock"], sorted(os.listdir(self.folder)))

    def test_pending(self):
        self.authorize(0, faults=[refuses("authorization_pending")] * 2)
        self.assertEqual(["/device", GRANT, GRANT, GRANT], self.server.asked())

    def test_denied(self):
        self.authorize(77, "access was denied (access_denied)", "accounts authorize work",
                       faults=[refuses("access_denied")])
        self.assertFalse(os.path.exists(self.file))

    def test_expired(self):
        self.authorize(77, "nobody let it in in time (expired_token)", faults=[refuses("expired_token")])

    def test_expired_by_our_own_clock(self):
        self.server.device_life = 2
        self.authorize(77, "nobody let work in within 2 seconds", faults=[refuses("authorization_pending")] * 9)
        self.assertLess(len(self.server.requests), 5)

    def test_other_refusals(self):
        for fault, code, words in ((refuses("invalid_client", status=401), 78, "check oauth-client-id"),
                                   (refuses("invalid_grant"), 77, "accounts authorize"),
                                   (answers(200, b"x"), 76, "no JSON"),
                                   (answers(302, b"", Location="/"), 78, "a redirect")):
            with self.subTest(words=words):
                self.authorize(code, words, faults=[fault])
                self.assertFalse(os.path.exists(self.file))

    def test_the_device_endpoint_refuses(self):
        for fault, code, words in ((refuses("invalid_scope"), 78, "check oauth-scope"), (answers(500, b""), 75, "500"),
                                   (refuses("unauthorized_client"), 78, "registration"),
                                   (answers(200, b"x"), 76, "no JSON"),
                                   (endpoint.hangs_up, 75, "it hung up")):
            with self.subTest(words=words):
                self.server.faults[:] = [fault]
                self.run_it("authorize", code, words, self.server.base + "/device")
        self.options["device-endpoint"] = None
        self.run_it("authorize", 78, "neither oauth-device-endpoint nor oauth-authorization-endpoint is set")

    def test_what_it_tells(self):
        whole, other = "https://id.example/device?c=1", "https://id.example/url"
        for answer, words in (({"verification_uri_complete": whole}, "or open\n\n    " + whole),
                              ({"verification_uri": None, "verification_url": other}, other),
                              ({"user_code": "AB\x1b[2J-\nCD"}, "AB?[2J-?CD")):
            with self.subTest(words=words):
                self.server.device = answer
                self.authorize(0, words)
        for answer in ({"verification_uri": None}, {"verification_uri": "javascript:alert(1)"}, {"user_code": None},
                       {"device_code": None}, {"verification_uri": "http://id.example/"}):
            with self.subTest(answer=answer):
                self.server.device = answer
                self.authorize(76, "tells no code and no page")

    def test_the_device_code_is_a_secret(self):
        def repeats(handler):
            refuses("access_denied", "no, not " + handler.server.requests[-1][1]["device_code"])(handler)
        self.authorize(77, "(access_denied: no, not ***", faults=[repeats])

    def test_no_refresh_token(self):
        granted = answers(200, {"access_token": "abc", "token_type": "bearer"})
        self.authorize(0, "There is no refresh token", faults=[granted])
        self.assertNotIn("refresh_token", self.kept())

    def test_anew_for_another_client(self):
        self.keep(client_id="somebody else")
        self.authorize(0)
        self.assertEqual(CLIENT, self.kept()["client_id"])

    def test_no_place_for_it(self):
        """A person is not asked in vain."""
        self.write(os.path.join(self.home, "latchkey"), "a file")
        self.run_it("authorize", 78, "Not a directory")
        self.assertEqual([], self.server.requests)

    def test_it_holds_no_lock_meanwhile(self):
        self.keep()
        self.server.faults[:] = [self.server.holds()]
        child = self.start("authorize")
        self.assertTrue(self.server.arrived.wait(20))
        self.token()
        self.server.release.set()
        self.end(child, 0)


if __name__ == "__main__":
    unittest.main()
