# SPDX-License-Identifier: MIT
"""Access tokens: from the file, refreshed, rotated, by many at once."""

import json
import os
import resource
import signal
import stat
import time
import unittest

from endpoint import CLIENT, CLIENT_SECRET, answers
from program import NAME, Trial


class Cache(Trial):
    def test_a_good_one_is_printed(self):
        kept = self.keep(good_for=120)
        self.assertEqual(kept["access_token"], self.token())
        self.assertEqual([], self.server.requests)

    def test_one_that_ends_within_a_minute_is_refreshed(self):
        for good_for in (50, 0, -5000):
            kept = self.keep(good_for=good_for)
            self.assertNotEqual(kept["access_token"], self.token())

    def test_one_of_the_future_is_refreshed(self):
        """The clock was wrong, then or now."""
        kept = self.keep(good_for=99999, age=-5000)
        self.assertNotEqual(kept["access_token"], self.token())

    def test_what_a_refresh_says_and_keeps(self):
        kept = self.keep()
        before = int(time.time())
        token = self.token()
        (path, form, _, headers), = self.server.requests
        self.assertEqual("/token", path)
        self.assertEqual({"grant_type": "refresh_token", "refresh_token": kept["refresh_token"], "client_id": CLIENT,
                          "client_secret": CLIENT_SECRET}, form)
        self.assertEqual("application/json", headers["Accept"])
        self.assertEqual("application/x-www-form-urlencoded", headers["Content-Type"])
        self.assertNotIn("Cookie", headers)
        new = self.kept()
        self.assertEqual(token, new["access_token"])
        self.assertNotEqual(kept["refresh_token"], new["refresh_token"])
        self.assertTrue(before <= new["obtained_at"] <= new["expires_at"] - 3600 <= time.time())
        self.assertEqual(token, self.token())
        self.assertEqual(1, len(self.server.requests))

    def test_a_server_that_does_not_rotate(self):
        self.server.rotates = False
        kept = self.keep()
        self.token()
        self.assertEqual(kept["refresh_token"], self.kept()["refresh_token"])

    def test_how_long_it_is_good_for(self):
        for said, seconds in ((None, 3600), ("120", 120), (99.9, 99), ("soon", 3600), (-4, 3600),
                              (10 ** 15, 366 * 86400)):
            with self.subTest(said=said):
                self.server.life = said
                self.keep()
                self.token()
                kept = self.kept()
                self.assertEqual(seconds, kept["expires_at"] - kept["obtained_at"])

    def test_a_public_client(self):
        self.options["client-secret-from"] = None
        self.keep()
        self.token()
        self.assertNotIn("client_secret", self.server.requests[0][1])

    def test_the_clients_secret_from_a_program(self):
        source = os.path.join(self.home, "source")
        self.write(source, "#!/bin/sh\nsleep 0.1\necho '%s'\n" % CLIENT_SECRET, 0o700)
        self.options["client-secret-from"] = "cmd:" + source
        self.keep()
        self.token()
        self.assertEqual(CLIENT_SECRET, self.server.requests[0][1]["client_secret"])

    def test_a_secret_that_is_not_to_be_had(self):
        self.options["client-secret-from"] = "file:%s/none" % self.home
        self.keep()
        self.run_it("token", 78, "none cannot be read")
        self.assertEqual([], self.server.requests)

    def test_no_proxy_for_what_stays_here(self):
        self.environment.update(http_proxy="http://127.0.0.1:9", all_proxy="http://127.0.0.1:9")
        self.keep()
        self.token()


class Renew(Trial):
    def test_one_that_was_refused(self):
        kept = self.keep(good_for=3000)
        token = self.token("--renew")
        self.assertNotEqual(kept["access_token"], token)
        self.assertEqual(["refresh_token"], self.server.asked())

    def test_another_process_has_already(self):
        kept = self.keep(good_for=3000, age=5)
        self.assertEqual(kept["access_token"], self.token("--renew"))
        self.assertEqual([], self.server.requests)


class Refresh(Trial):
    def test_prints_nothing(self):
        self.keep(good_for=500)
        self.assertEqual("", self.run_it("refresh", 0))
        self.assertEqual(["refresh_token"], self.server.asked())

    def test_not_before_it_is_time(self):
        self.keep(good_for=700)
        self.run_it("refresh", 0)
        self.run_it("refresh", 0, words=("--within", "60"))
        self.assertEqual([], self.server.requests)
        self.run_it("refresh", 0, words=("--within", "800"))
        self.assertEqual(["refresh_token"], self.server.asked())


class Together(Trial):
    def together(self, count, *words):
        """They start while the first request waits for its answer."""
        self.server.faults.append(self.server.holds())
        children = [self.start("token", *words) for _ in range(count)]
        self.assertTrue(self.server.arrived.wait(20))
        time.sleep(0.3)
        self.server.release.set()
        printed = [child.communicate(timeout=60) for child in children]
        self.assertEqual([0] * count, [child.returncode for child in children], printed)
        tokens = {out for out, _ in printed}
        self.assertEqual(["refresh_token"], self.server.asked())
        self.assertEqual({self.kept()["access_token"] + "\n"}, tokens)
        self.assertEqual(set(), self.server.revoked)
        self.assertEqual([NAME + ".json", NAME + ".lock"], sorted(os.listdir(self.folder)))

    def test_two(self):
        self.keep()
        self.together(2)

    def test_ten(self):
        self.keep()
        self.together(10)

    def test_ten_were_refused(self):
        self.keep(good_for=3000)
        self.together(10, "--renew")

    def test_the_first_is_killed(self):
        """While it waits for an answer that never came: the next one tries for itself."""
        self.keep()
        self.server.faults.append(self.server.holds(then=answers(500, b"")))
        first = self.start("token")
        self.assertTrue(self.server.arrived.wait(20))
        second = self.start("token")
        first.kill()
        with first:
            first.wait()
        self.end(second, 0, out=self.after(second))

    def after(self, child):
        """What it will have printed."""
        child.wait(60)
        return self.kept()["access_token"] + "\n"

    def test_each_account_has_a_lock_of_its_own(self):
        self.keep()
        self.server.faults.append(self.server.holds())
        first = self.start("token")
        self.assertTrue(self.server.arrived.wait(20))
        kept = self.kept()
        self.options["name"] = "other"
        self.write(os.path.join(self.folder, "other.json"), json.dumps({**kept, "refresh_token": self.server.grant()}))
        self.token()
        self.server.release.set()
        self.end(first, 0, out=self.after(first))


class Place(Trial):
    def test_modes(self):
        self.keep()
        os.unlink(self.file)
        os.rmdir(self.folder)
        self.environment["XDG_DATA_HOME"] = os.path.join(self.home, "new", "data")
        self.run_it("authorize", 0)
        for path, _, names in os.walk(os.path.join(self.home, "new")):
            self.assertEqual(0o700, stat.S_IMODE(os.stat(path).st_mode))
            for name in names:
                self.assertEqual(0o600, stat.S_IMODE(os.stat(os.path.join(path, name)).st_mode), name)

    def test_without_xdg_below_home(self):
        for data in (None, "relative"):
            self.environment.pop("XDG_DATA_HOME", None)
            if data:
                self.environment["XDG_DATA_HOME"] = data
            self.run_it("authorize", 0)
            self.assertTrue(os.path.exists(os.path.join(self.home, ".local/share/latchkey/tokens", NAME + ".json")))
        self.environment["HOME"] = ""
        self.run_it("token", 78, "no place for tokens")

    def test_nothing_there_yet(self):
        self.run_it("token", 78, "no token of work yet\n  hint: latchkey accounts authorize work")
        self.assertFalse(os.path.exists(self.folder))
        os.makedirs(self.folder, 0o700)
        self.run_it("token", 78, "no token of work yet\n  hint: latchkey accounts authorize work")
        self.assertEqual([], os.listdir(self.folder))

    def test_others_may_read(self):
        self.keep(good_for=3000)
        os.chmod(self.file, 0o640)
        self.run_it("token", 78, "has mode 0640", "chmod 600 " + self.file)
        os.chmod(self.file, 0o600)
        os.chmod(self.folder, 0o755)
        self.run_it("token", 78, "has mode 0755", "chmod 700 " + self.folder)

    @unittest.skipUnless(os.geteuid() == 0, "another owner takes root")
    def test_of_another_user(self):
        self.keep(good_for=3000)
        os.chown(self.file, 1, -1)
        self.run_it("token", 78, "belongs to the user 1")
        os.chown(self.file, 0, -1)
        os.chown(self.folder, 1, -1)
        self.run_it("token", 78, "belongs to the user 1")

    def test_no_link_and_no_pipe(self):
        self.keep(good_for=3000)
        os.rename(self.file, self.file + ".real")
        os.symlink(self.file + ".real", self.file)
        self.run_it("token", 78, "cannot be read")
        os.unlink(self.file)
        os.mkfifo(self.file, 0o600)
        self.run_it("token", 78, "no regular file")
        os.rename(self.folder, self.folder + ".real")
        os.symlink(self.folder + ".real", self.folder)
        self.run_it("token", 78, "the directory")

    def test_damaged(self):
        for text in ("", "{", "[]", "{}", '{"token_endpoint": 1}', "null", "\0" * 100, "x" * (1 << 20)):
            self.keep()
            self.write(self.file, text)
            self.run_it("token", 78)
        self.assertEqual([], self.server.requests)

    def test_the_refresh_token_goes_to_who_gave_it(self):
        other = self.new_server()
        self.keep()
        self.options["token-endpoint"] = other.base + "/token"
        self.run_it("token", 78, "of another endpoint", "accounts authorize work")
        self.assertEqual([], other.requests)
        self.keep(client_id="somebody else")
        self.run_it("token", 78, "of another client", "accounts authorize work")

    def test_no_refresh_token(self):
        self.keep(refresh_token=None)
        self.run_it("token", 77, "gave no refresh token", "accounts authorize work")
        kept = self.keep(refresh_token=None, good_for=3000)
        self.assertEqual(kept["access_token"], self.token())

    def test_a_full_disk_costs_no_token(self):
        """The room is found before the refresh token is used up."""
        kept = self.keep()

        def no_room():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))
        child = self.start("token", preexec_fn=no_room, restore_signals=False)
        self.end(child, 78, "cannot be written: File too large")
        self.assertEqual([], self.server.requests)
        self.assertEqual(kept, self.kept())
        self.assertEqual([NAME + ".json", NAME + ".lock"], sorted(os.listdir(self.folder)))
        self.token()

    def test_what_was_left_by_one_that_was_killed(self):
        self.keep()
        self.write(os.path.join(self.folder, ".work.new"), "half")
        self.token()
        self.assertEqual([NAME + ".json", NAME + ".lock"], sorted(os.listdir(self.folder)))


if __name__ == "__main__":
    unittest.main()
