#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""One line a message, whatever comes of it."""
import os
import re
import stat
import unittest

import fixture

LINE = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000) account=(\S+) from=<(\S*)> to=(\S+) id=(\S+) code=(\d+) "
                  r"exit=(\d+)(?: error=\"([^\"]*)\")?$")
SECRET = "Correct-horse-41"


class Log(fixture.Case):
    def setUp(self):
        super().setUp()
        self.log = self.path("log")
        self.use()

    def use(self, *lines, **more):
        self.configure("log = " + self.log, *lines, **more)

    def lines(self):
        with open(self.log, encoding="ascii") as log:
            text = log.read()
        self.assertTrue(text.endswith("\n"))
        found = [LINE.match(line) for line in text.splitlines()]
        self.assertNotIn(None, found, text)
        return [line.groups()[1:] for line in found]

    def test_lines(self):
        self.use("domain = d.example", more="[account work]\nHOSTfrom = ann@w.example\nlog = %s\n" % self.log)
        rest = "Message-ID: <m@x>\n\nb\n"
        expected = []
        for words, head, line in (
                (["b@x.example", "c@x.example"], "From: a@x.example\n",
                 ("default", "a@x.example", "<b@x.example>,<c@x.example>", "<m@x>", "250", "0", None)),
                (["-f", "", "b@x.example"], "From: a@x.example\n", ("default", "", "<b@x.example>", "<m@x>", "250",
                 "0", None)),
                (["b"], "From: ann@w.example\n", ("work", "ann@w.example", "<b@d.example>", "<m@x>", "250", "0", None)),
                (["-a", "work", "b@x"], "From: a@x.example\n", ("work", "a@x.example", "<b@x>", "<m@x>", "250", "0",
                 None)),
                (["no@x.example"], "From: a@x.example\n",
                 ("default", "a@x.example", "<no@x.example>", "<m@x>", "550", "67", "recipient refused")),
                (["later@x.example"], "From: a@x.example\n",
                 ("default", "a@x.example", "<later@x.example>", "<m@x>", "450", "75", "try again later")),
                (["lost@x.example"], "From: a@x.example\n",
                 ("default", "a@x.example", "<lost@x.example>", "<m@x>", "0", "74", "outcome unknown")),
                (["b@"], "From: a@x.example\n", ("default", "a@x.example", "-", "<m@x>", "0", "65",
                 "the message cannot be sent"))):
            if words == ["b"]:
                self.use("domain = d.example",
                    more="[account work]\nHOSTfrom = ann@w.example\nlog = %s\ndomain = d.example\n"
                         % self.log)
            self.run_it(*words, given=(head + rest).encode())
            expected.append(line)
            self.assertEqual(expected, self.lines())
        self.assertEqual(0o600, stat.S_IMODE(os.stat(self.log).st_mode))

    def test_an_id_of_our_own(self):
        said = self.sends("b@x.example", given=b"From: a@x.example\n\nb\n")
        self.assertIn("Message-ID: %s\n" % self.lines()[0][3], said)

    def test_offline(self):
        self.use(port=1)
        self.assertEqual(75, self.run_it("b@x.example")[0])
        self.assertEqual(("0", "75", "no connection"), self.lines()[0][4:])

    def test_no_secret(self):
        self.server.offered = "AUTH PLAIN"
        for secret, code in ((SECRET, "0"), ("wrong-Horse-77", "77")):
            self.use("user = ann", "password-from = file:" + self.write("secret", secret))
            self.run_it("b@x.example")
            self.assertEqual(code, self.lines()[-1][5])
        with open(self.log, encoding="ascii") as log:
            self.assertNotRegex(log.read(), "orse")

    def test_which_account(self):
        given = b"From: ann@w.example\n\nb\n"
        for default, others, name in (("", "az", None), ("", "z", "z"), ("", "a", "a"), ("from = ann@w.example", "az",
            "default"),
                                      ("from = x@x.example", "", "default")):
            more = "".join("[account %s]\nHOSTfrom = ann@w.example\nlog = %s\n" % (other, self.log) for other in others)
            self.use(default, more=more)
            with self.subTest(default=default, others=others):
                if name:
                    self.sends("b@x.example", given=given)
                    self.assertEqual(name, self.lines()[-1][0])
                else:
                    self.refuses(78, "both have from", "b@x.example", given=given)

    def test_values_stay_within_their_line(self):
        self.use("domain = d.example")
        given = ("From: a@x.example\nMessage-ID:\n\t<m\x1b[2J x\\y\u00e4@x>\n exit=0\n\nb\n").encode()
        self.refuses(65, "blanks", "\"a b\"", given=given)
        line = self.lines()[0]
        self.assertEqual("<\"a\\x20b\"@d.example>", line[2])
        self.assertRegex(line[3], r"^<m\?\[2J\\x20x\\x5cy\\xc3\\xa4@x>")
        self.assertEqual("65", line[5])

    def test_many_recipients(self):
        self.sends(*("r%d@x.example" % i for i in range(1000)))
        match = re.search(r"^(?:<r\d+@x.example>,)+\+(\d+)$", self.lines()[0][2])
        self.assertEqual(1000, self.lines()[0][2].count("<") + int(match.group(1)))
        self.assertLess(os.path.getsize(self.log), 4096)

    def test_it_is_appended_to(self):
        self.write("log", "before\n", 0o640)
        self.sends("b@x.example")
        with open(self.log, encoding="ascii") as log:
            self.assertRegex(log.read(), r"\Abefore\n2[^\n]*\n\Z")
        self.assertEqual(0o640, stat.S_IMODE(os.stat(self.log).st_mode))

    def test_it_holds_up_no_mail(self):
        os.mkfifo(self.path("fifo"))
        for path, said in ((self.folder, "Is a directory"), (self.path("none/log"), "No such file"),
                           (self.path("fifo"), "No such device"), ("/dev/full", "no regular file")):
            with self.subTest(path=path):
                self.configure("log = " + path)
                code, words = self.run_it("b@x.example")
                self.assertEqual((0, 1), (code, len(self.server.messages)), words)
                self.assertIn("latchkey: warning: log: %s: " % path, words)
                self.assertIn(said, words)


if __name__ == "__main__":
    unittest.main()
