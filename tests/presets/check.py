#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""check.py ROOT: the shipped presets, and that each rule would notice a broken one."""
import glob
import os
import sys
import unittest

import rules

ROOT = os.path.abspath(sys.argv.pop(1))
GOOD = """\
# Example: https://example.org/help
[provider example]
match = example.org example.net
host = smtp.example.org
port = 465
tls = implicit
auth = XOAUTH2 login-ir *
login.ir = never
imap-host = imap.example.org
imap-port = 143
imap-tls = starttls
oauth-token-endpoint = https://example.org/token
secret-kind = app-password
advice = an app password; see https://example.org/passwords
"""

# what to replace in GOOD, by what, a word of the complaint
BROKEN = (
    ("[provider example]", "[provider other]", "sections"),
    ("auth = X", "[provider more]\nauth = X", "sections"),
    ("[provider example]", "[account example]", "neither"),
    ("https://example.org/help", "somewhere", "source"),
    ("# Example: https", "host = smtp.example.org\n# https", "neither"),
    ("login.ir = never\n", "\n", "neither"),
    ("tls = implicit\n", "tls=implicit\n", "neither"),
    ("tls = implicit\n", "tls = implicit \n", "neither"),
    ("tls = implicit\n", "tls = implicit\ntls = implicit\n", "second time"),
    ("secret-kind = app-password", "secret-kind = secret", "none of"),
    ("secret-kind = app-password\n", "", "missing"),
    ("advice = ", "adivce = ", "no key"),
    ("login.ir = never", "login.ir = no", "auto or never"),
    ("login.ir = never", "login.prompts = never", "no key"),
    ("login.ir = never", "password = hunter2", "no key"),
    ("login.ir = never", "tls-ca = no\nfacts = f\nuser = u" + "\n# more" * 5, "lines"),
    ("XOAUTH2 login-ir *", "XOAUTH3 *", "no mechanism"),
    ("XOAUTH2 login-ir *", "*", "no mechanism"),
    ("XOAUTH2 login-ir *", "PLAIN PLAIN", "twice"),
    ("smtp.example.org", "smtp_example.org", "no host name"),
    ("smtp.example.org", "smtp.example.org:465", "no host name"),
    ("smtp.example.org", "https://smtp.example.org", "no host name"),
    ("smtp.example.org", "-smtp.example.org", "no host name"),
    ("host = smtp.example.org\n", "", "without a host"),
    ("port = 465", "port = 0465", "1-65535"),
    ("port = 465", "port = 65536", "1-65535"),
    ("port = 465", "port = 25", "with tls"),
    ("port = 465", "port = 587", "with tls"),
    ("tls = implicit", "tls = none", "starttls or implicit"),
    ("imap-port = 143", "imap-port = 993", "with imap-tls"),
    ("imap-tls = starttls\n", "", "belong together"),
    ("example.net", "net", "no domain"),
    ("example.net", "*.example.net", "no domain"),
    ("example.net", "example.org", "twice"),
    ("= https://example.org/token", "= http://example.org/token", "https"),
    ("an app password", "ein Paßwort", "ASCII"),
    ("an app password", "an app password" * 12, "160"),
    ("passwords\n", "passwords", "no end"),
)


class Rules(unittest.TestCase):
    def test_a_good_preset(self):
        self.assertEqual(rules.complaints("example", GOOD), [])

    def test_loopback_may_have_any_port(self):
        bridge = GOOD.replace("smtp.example.org", "127.0.0.1").replace("port = 465", "port = 1025")
        self.assertEqual(rules.complaints("example", bridge), [])

    def test_broken_presets(self):
        for old, new, word in BROKEN:
            with self.subTest(old=old, new=new):
                self.assertIn(old, GOOD)
                found = rules.complaints("example", GOOD.replace(old, new, 1))
                self.assertTrue(any(word in line for line in found), found)

    def test_too_few_lines(self):
        few = "\n".join(line for line in GOOD.split("\n") if not line.startswith(("imap", "login.", "oauth", "auth")))
        self.assertEqual(rules.complaints("example", few), [])
        self.assertIn("lines", rules.complaints("example", few.replace("match", "#", 1).replace("# Ex", "#\n# Ex")
                                                .replace("tls = implicit\n", "").replace("port = 465\n", ""))[0])

    def test_a_domain_of_two(self):
        two = {"a": GOOD, "b": GOOD.replace("example.org example.net", "example.com example.net")}
        self.assertEqual(rules.shared(two), ["example.net: matched by a and b"])


class Shipped(unittest.TestCase):
    presets = {}

    @classmethod
    def setUpClass(cls):
        for path in glob.glob(os.path.join(ROOT, "core", "providers.d", "*")):
            with open(path, encoding="utf-8", newline="") as file:
                cls.presets[os.path.basename(path)] = file.read()

    def test_each(self):
        for name, text in sorted(self.presets.items()):
            with self.subTest(name=name):
                self.assertTrue(name.endswith(".conf"))
                self.assertEqual(rules.complaints(name[:-len(".conf")], text), [])

    def test_no_domain_has_two(self):
        self.assertEqual(rules.shared(self.presets), [])

    def test_there_are_enough(self):
        self.assertGreaterEqual(len(self.presets), 40)

    def test_the_addresses_that_people_have(self):
        matched = {d for text in self.presets.values() for d in rules.read(text.split("\n")[:-1])[0]
                   .get("match", "").split()}
        for domain in ("gmail.com", "outlook.com", "yahoo.com", "icloud.com", "gmx.net", "web.de", "qq.com",
                       "163.com", "yandex.ru", "fastmail.com"):
            self.assertIn(domain, matched)


if __name__ == "__main__":
    unittest.main()
