# SPDX-License-Identifier: MIT
"""test_thousand.py postfix-throttled: a thousand messages to a provider that turns many of them away.

Growing past one machine is an MTA's work: its queue, and the bridge's logins.
"""

import collections
import re
import smtplib
import ssl
import time
import unittest

import rig
import servers
import throttled

SERVER = servers.chosen()
SECRET = "Pw-thousand-7be1c09d"
COUNT, SENDERS = 1000, 4
SECONDS = 180


def setUpModule():
    SERVER.start()


def tearDownModule():
    SERVER.stop()


class Thousand(unittest.TestCase):
    def submit(self, numbers):
        with smtplib.SMTP("localhost", SERVER.port["starttls"], timeout=60) as client:
            client.starttls(context=ssl.create_default_context(cafile=SERVER.ca))
            client.login(rig.address("alice"), SERVER.password["alice"])
            for number in numbers:
                client.sendmail(rig.address("alice"), "friend%d@elsewhere.example" % number,
                                "Subject: %d\n\nThis is number %d.\n" % (number, number))

    def wait(self):
        deadline = time.monotonic() + SECONDS
        while len(SERVER.provider.taken) < COUNT and time.monotonic() < deadline:
            time.sleep(0.2)
        while SERVER.queue() and time.monotonic() < deadline:
            time.sleep(0.2)

    def test_all_arrive_and_none_twice(self):
        SERVER.follow("in the AUTH command", SECRET)
        provider = SERVER.provider
        provider.knows = {"login-ir": SECRET}
        for first in range(SENDERS):
            self.submit(range(first, COUNT, SENDERS))
        self.assertIn('"queue_name": ', SERVER.queue())
        self.wait()

        arrived = collections.Counter(re.search(rb"^Subject: (\d+)\r\n", one, re.M).group(1).decode()
                                      for one in provider.taken)
        log = SERVER.log()
        self.assertEqual({str(number): 1 for number in range(COUNT)}, dict(arrived))
        for one in provider.taken:
            number = re.search(rb"^Subject: (\d+)\r\n", one, re.M).group(1)
            self.assertTrue(one.endswith(b"\r\n\r\nThis is number %s.\r\n" % number), one)
        self.assertEqual("", SERVER.queue())
        self.assertEqual(COUNT, log.count("status=sent"))
        self.assertNotIn("status=bounced", log)
        self.assertNotIn(SECRET, log)
        # and it was not easy
        for why in throttled.EVERY:
            self.assertGreater(provider.turned_away[why], 0, why)
        self.assertGreater(provider.turned_away["421 full"] + provider.turned_away["421 rate"], 0)
        self.assertEqual({"LOGIN"}, set(provider.asked))
        print("%d deferrals; turned away: %s" % (log.count("status=deferred"), dict(provider.turned_away)), flush=True)


if __name__ == "__main__":
    servers.main(SERVER)
