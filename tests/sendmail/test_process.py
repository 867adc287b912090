#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What whoever runs it may have left: closed descriptors, limits."""
import unittest

import fixture


class Process(fixture.Case):
    def run_after(self, *before):
        """By a shell that has done this before."""
        script = "; ".join((*before[:-1], 'exec "$0" "$@" ' + before[-1]))
        return self.run_it("-c", script, self.sendmail, "b@x.example", name="/bin/sh")

    def test_closed(self):
        """No warning stands in the message, or goes to the server."""
        self.configure("log = " + self.path("no/log"))
        expected = [self.run_after("")[0], list(self.server.messages), list(self.server.lines)]
        self.assertEqual(1, len(expected[1]))
        for closed in ("2>&-", ">&- 2>&-"):
            self.assertEqual(expected, [self.run_after(closed)[0], self.server.messages, self.server.lines], closed)
        self.assertEqual(65, self.run_after("<&- >&- 2>&-")[0])

    def test_file_size(self):
        """A log that may not grow is no reason to say that a mail was not sent."""
        full = b"x" * 65536
        self.configure("log = " + self.write("log", full))
        status, said = self.run_after("ulimit -f 16", "")
        self.assertEqual(0, status, said)
        self.assertIn("warning: log: ", said)
        self.assertIn("File too large", said)
        self.assertEqual(1, len(self.server.messages))


if __name__ == "__main__":
    unittest.main()
