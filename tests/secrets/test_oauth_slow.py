# SPDX-License-Identifier: MIT
"""What takes its time: a server that does not answer, one that wants to be asked less often."""

import signal
import unittest

import endpoint
from browser import Browser
from endpoint import answers, refuses
from program import Trial


class Slow(Trial):
    def gaps(self):
        times = [when for _, _, when, _ in self.server.requests]
        return [after - before for before, after in zip(times, times[1:])]

    def authorize(self, *faults, least):
        """As RFC 8628 (3.5) has it: not sooner than that many seconds, each time."""
        self.server.faults[:] = [self.begins, *faults]
        self.run_it("authorize", 0)
        self.assertEqual(len(least), len(self.gaps()))
        for gap, seconds in zip(self.gaps(), least):
            self.assertGreaterEqual(gap, seconds - 0.05)

    @staticmethod
    def begins(handler):
        handler.answer(*handler.server.judge(handler.path, handler.server.requests[-1][1]))

    def test_each_slow_down_is_five_seconds_more(self):
        pending, slow_down = refuses("authorization_pending"), refuses("slow_down")
        self.authorize(pending, slow_down, pending, least=(1, 1, 6, 6))

    def test_a_server_that_stumbles_is_asked_half_as_often(self):
        self.authorize(answers(503, b""), endpoint.hangs_up, least=(1, 2, 4))

    def test_five_seconds_where_it_does_not_say(self):
        self.server.interval = None
        self.authorize(least=(5,))

    def test_no_answer(self):
        """A second one waits for the lock, then asks for itself: it is told where the first gave up."""
        self.keep()
        self.server.faults.append(self.server.holds())
        first = self.start("token")
        self.assertTrue(self.server.arrived.wait(20))
        second = self.start("token")
        self.end(first, 75, "no answer within 30 s")
        second.wait(60)
        self.end(second, 0, out=self.kept()["access_token"] + "\n")

    def test_a_lock_that_is_not_given_up(self):
        self.keep()
        self.server.faults.append(self.server.holds())
        first = self.start("token")
        self.assertTrue(self.server.arrived.wait(20))
        second = self.start("token")
        first.send_signal(signal.SIGSTOP)
        self.end(second, 75, "another process holds", "for 45 s now")
        first.kill()
        self.end(first, -9)


class Guests(Browser):
    def test_those_who_never_end(self):
        """Each has ten seconds; the right one need not wait."""
        child = self.begin("--within", "60")
        silent, half, long = self.open(), self.open(b"GET / HTTP/1.1\r\nHost:"), self.open(b"x" * 9000)
        self.assertEqual(404, self.ask(self.head("/")))
        self.assertEqual((0, 400, 400), tuple(self.read(one)[0] for one in (silent, half, long)))
        self.come_back()
        self.end(child, 0)


if __name__ == "__main__":
    unittest.main()
