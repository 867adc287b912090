#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What becomes of a message: nothing, but for a few fields."""
import unittest

import fixture

TO = "bob@example.net"
HEAD = fixture.FIELDS


class Body(fixture.Case):
    def test_dots(self):
        for body, short in (("a\n.\nb\n", "a\n"), ("a\n.\r\nb\n", "a\n"), ("a\n.", "a\n"), ("a\n..\n.b\n. \n.\rx\n",
            None),
                            ("a.\n\n.\n", "a.\n\n"), (".a\n", None)):
            with self.subTest(body=body):
                given = (HEAD + "\n" + body).encode()
                if "\rx" in body:       # no message holds that, but the dot before it was no end
                    self.refuses(65, "CR", TO, given=given)
                    continue
                self.assertEqual(HEAD + "\n" + (short or body), self.sends(TO, given=given))
                whole = body.replace("\r\n", "\n") + ("" if body.endswith("\n") else "\n")
                for option in ("-i", "-oi"):
                    self.assertEqual(HEAD + "\n" + whole, self.sends(option, TO, given=given))

    def test_line_of_an_mbox(self):
        given = "From ann Tue Nov 24 16:00:00 2026\n" + HEAD + "\nb\n"
        self.assertEqual(HEAD + "\nb\n", self.sends(TO, given=given.encode()))
        for text in ("From", "F", "Fr\n", "From\n"):    # bodies
            said = self.sends("-f", "a@x.example", TO, given=text.encode())
            self.assertTrue(said.endswith("\n\n" + text.strip() + "\n"), said)

    def test_intact(self):
        text = HEAD + "Subject: =?UTF-8?B?w6Q=?=\nX-Odd:   a\n\tb \n\n" + "long " * 150 + "\n\n\n  \u00e4\u00f6\n"
        self.assertEqual(text, self.sends("-i", TO, given=text.encode()))
        self.assertEqual(text, self.sends("-i", TO, given=text.replace("\n", "\r\n").encode()))

    def test_large(self):
        text = HEAD + "\n" + "0123456789 .\n" * 200000
        self.assertEqual(text, self.sends(TO, given=text.encode()))


class Fields(fixture.Case):
    def test_added(self):
        said = self.sends("-f", "ann@example.org", TO, given=b"Subject: s\n\nb\n")
        self.assertRegex(said,
            r"\ASubject: s\nFrom: ann@example.org\nDate: [^\n]+\nMessage-ID: <[^\n]+@example.org>\n\nb\n\Z")
        said = self.sends("-f", "ann@example.org", TO, "cee@example.net", given=b"only a body\n")
        self.assertIn("\nTo: bob@example.net,\n cee@example.net\n", "\n" + said)
        self.assertTrue(said.endswith("\n\nonly a body\n"))

    def test_full_name(self):
        for name, field in (("Cron Daemon", "Cron Daemon <a@x.example>"), ("A. \"B\" \\C",
            '"A. \\"B\\" \\\\C" <a@x.example>'),
                            ("J\u00f6rg", "=?UTF-8?B?SsO2cmc=?=\n <a@x.example>"), ("", "a@x.example")):
            said = self.sends("-F", name, "-f", "a@x.example", TO, given=b"Subject: s\n\nb\n")
            self.assertIn("\nFrom: %s\nDate" % field, said)
        self.assertNotIn("Nobody", self.sends("-F", "Nobody", TO))

    def test_nobody_sees_bcc(self):
        given = (HEAD + "bcc: x@x.example,\n y@x.example\nTo: z@x.example\nBCC : v@x.example\n"
                 "\nBcc: stays\n").encode()
        for words in ([TO], ["-t"], ["-t", TO]):
            self.assertEqual(HEAD + "To: z@x.example\n\nBcc: stays\n", self.sends(*words, given=given))

    def test_names_get_a_domain(self):
        for keys, before, after in (
                (["domain = example.org"], "From: root (Cron Daemon)\nTo: root",
                 "From: root@example.org (Cron Daemon)\nTo: "
                 "root@example.org"),
                (["domain = example.org"], "From: \"Cron, D.\" <root>\nCc: a@b, g: c, \"d e\";, f",
                 "From: \"Cron, D.\" <root@example.org>\nCc: a@b, g: c@example.org, \"d e\"@example.org;, "
                 "f@example.org"),
                (["from = alerts@x.example", "domain = example.org"],
                 "From: root (Cron)\nReply-To: root\nTo:\n root (me)",
                 "From: alerts@x.example (Cron)\nReply-To: alerts@x.example\nTo:\n root@example.org (me)"),
                (["from = alerts@x.example"], "From: root\nTo: root", "From: alerts@x.example\nTo: root@x.example"),
                (["user = me@x.example", "auth = external"], "From: root\nTo: root",
                 "From: me@x.example\nTo: root@x.example"),
                (["domain = example.org"], "From: a@b\nTo: not [an address\nX-To: root",
                 "From: a@b\nTo: not [an address\n"
                 "X-To: root")):
            with self.subTest(before=before, keys=keys):
                self.configure(*keys)
                rest = "\nDate: d\nMessage-ID: <m>\n\nTo: root\n"
                if "user" in keys[0]:   # it only matters how far it would have got
                    self.assertEqual(69, self.run_it(TO, given=(before + rest).encode())[0])
                    continue
                self.assertEqual(after + rest, self.sends(TO, given=(before + rest).encode()))

    def test_the_sender(self):
        rest = "Date: d\nMessage-ID: <m>\n\nb\n"
        for keys, words, head, sender in (
                ([], [], "From: a@x.example, b@x.example\n", "a@x.example"),
                (["from = f@x.example"], [], "From: a@x.example\n", "a@x.example"),
                (["from = f@x.example"], [], "Subject: s\n", "f@x.example"),
                (["from = f@x.example"], [], "From: root\n", "f@x.example"),
                (["from = f@x.example"], ["-f", "root"], "From: a@x.example\n", "f@x.example"),
                (["domain = d.example"], [], "From: root\n", "root@d.example"),
                (["domain = d.example"], ["-f", "www"], "From: a@x.example\n", "www@d.example")):
            with self.subTest(keys=keys, words=words, head=head):
                self.configure(*keys)
                self.sends(*words, TO, given=(head + rest).encode())
                self.assertEqual("<%s>" % sender, self.mail_from())
        self.configure("domain = d.example")
        self.sends(TO, given=("Subject: s\n" + rest).encode())
        self.assertRegex(self.mail_from(), r"^<[^@<>]+@d\.example>$")
        self.configure()
        self.refuses(78, "the sender \"root\" has no @domain", TO, given=("From: root\n" + rest).encode())


class Resent(fixture.Case):
    NEW = "Resent-From: r@x.example\nResent-To: q@x.example, root\nResent-Cc: c@x.example\n"
    OLD = "Resent-To: old@x.example\nResent-From: old@x.example\n"

    def test_it_takes_the_place(self):
        self.configure("domain = example.org")
        for head, to in (
                (self.NEW + "Resent-Bcc: h@x.example\n", ["q@x.example", "root@example.org", "c@x.example",
                 "h@x.example"]),
                (self.NEW + "Received: x\n" + self.OLD, ["q@x.example", "root@example.org", "c@x.example"]),
                (self.NEW + self.OLD, ["q@x.example", "root@example.org", "c@x.example"]),
                ("Received: y\n" + self.NEW, ["q@x.example", "root@example.org", "c@x.example"])):
            with self.subTest(head=head):
                said = self.sends("-t", given=(head + HEAD + "To: t@x.example\n\nb\n").encode())
                self.assertEqual(["<%s>" % address for address in to], self.rcpt_to())
                self.assertEqual("<r@x.example>", self.mail_from())
                self.assertIn("Resent-To: q@x.example, root@example.org\n", said)
                self.assertNotIn("h@x.example", said)

    def test_without_recipients(self):
        self.refuses(64, "names nobody", "-t",
            given=("Resent-From: r@x.example\n" + HEAD + "To: t@x.example\n\nb\n").encode())

    def test_without_a_sender(self):
        self.assertNotIn("Resent", self.sends("-t", given=("Resent-Bcc: q@x.example\n" + HEAD + "\nb\n").encode()))
        self.assertEqual((["<q@x.example>"], "<ann@example.org>"), (self.rcpt_to(), self.mail_from()))

    def test_without_t(self):
        self.sends(TO, given=(self.NEW + HEAD + "\nb\n").encode())
        self.assertEqual((["<bob@example.net>"], "<r@x.example>"), (self.rcpt_to(), self.mail_from()))


if __name__ == "__main__":
    unittest.main()
