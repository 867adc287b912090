#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The command line: each option, each refusal, each exit status."""
import os
import socket
import stat
import unittest

import fixture

TO = "bob@example.net"
OTHER = "[account other]\nHOSTfrom = other@example.org\n"


class Options(fixture.Case):
    def test_what_they_do(self):
        self.configure(more=OTHER)
        for words, sender, recipient in (
                ([], "<ann@example.org>", "<%s>" % TO),
                (["--"], "<ann@example.org>", "<%s>" % TO),
                (["-bm"], "<ann@example.org>", "<%s>" % TO),
                (["-b", "m"], "<ann@example.org>", "<%s>" % TO),
                (["-oem", "-odb", "-o", "7", "-oQ/x", "-om"], "<ann@example.org>", "<%s>" % TO),
                (["-G", "-m", "-n", "-U", "-O", "X=y", "-OX=y"], "<ann@example.org>", "<%s>" % TO),
                (["-B8BITMIME"], "<ann@example.org>", "<%s>" % TO),
                (["-B", "7bit"], "<ann@example.org>", "<%s>" % TO),
                (["-f", "me@x.example"], "<me@x.example>", "<%s>" % TO),
                (["-fme@x.example"], "<me@x.example>", "<%s>" % TO),
                (["-r", "me@x.example"], "<me@x.example>", "<%s>" % TO),
                (["-r", "no@x.example", "-f", "Me <me@x.example>"], "<me@x.example>", "<%s>" % TO),
                (["-f", ""], "<>", "<%s>" % TO),
                (["-f", "<>"], "<>", "<%s>" % TO),
                (["-a", "other"], "<ann@example.org>", "<%s>" % TO),
                (["-aother", "-i", "-F", "Any One"], "<ann@example.org>", "<%s>" % TO),
                (["-R", "hdrs"], "<ann@example.org> RET=HDRS", "<%s>" % TO),
                (["-RFULL", "-V", "a+b=c"], "<ann@example.org> RET=FULL ENVID=a+2Bb+3Dc", "<%s>" % TO),
                (["-N", "never"], "<ann@example.org>", "<%s> NOTIFY=NEVER" % TO),
                (["-Nsuccess,FAILURE,delay"], "<ann@example.org>", "<%s> NOTIFY=SUCCESS,FAILURE,DELAY" % TO)):
            with self.subTest(words=words):
                self.assertEqual(fixture.MESSAGE.decode(), self.sends(*words, TO))
                self.assertEqual((sender, [recipient]), (self.mail_from(), self.rcpt_to()))

    def test_its_other_name(self):
        self.sends("sendmail", "-i", TO, name=fixture.PROGRAM)
        self.assertEqual(["<%s>" % TO], self.rcpt_to())

    def test_recipients(self):
        given = (fixture.FIELDS + "To: bob@x.example, Cee <cee@x.example>\nCc: d@x.example\n"
                 "Bcc: e@x.example\n\nb\n").encode()
        self.sends("b@y.example,c@y.example", "d@y.example", given=given)
        self.assertEqual(["<b@y.example>", "<c@y.example>", "<d@y.example>"], self.rcpt_to())
        for words in (["-t"], ["-ti"], ["-it"], ["-tiF", "x"], ["-t", "--"]):
            self.sends(*words, given=given)
            self.assertEqual(["<bob@x.example>", "<cee@x.example>", "<d@x.example>", "<e@x.example>"], self.rcpt_to())
        self.sends("-t", "f@x.example", "d@x.example", given=given)
        self.assertEqual(["<f@x.example>", "<d@x.example>", "<bob@x.example>", "<cee@x.example>", "<e@x.example>"],
                         self.rcpt_to())

    def test_a_dash_is_no_recipient_by_accident(self):
        self.configure("domain = example.org")
        self.refuses(64, "options stand before the recipients", TO, "-f", "x@y")
        self.sends("--", "-f")
        self.assertEqual(["<-f@example.org>"], self.rcpt_to())

    def test_refused(self):
        for words, said in (
                (["-bs"], "-b: \"s\" speaks SMTP"), (["-bp"], "lists the queue: there is none"), (["-bi"],
                 "-b: \"i\" makes"),
                (["-bd"], "is a server"), (["-b", "s"], "-b: \"s\" speaks SMTP"), (["-bv", TO], "is no mode"),
                (["-q"], "-q works on the queue"), (["-q30m"], "-q works on the queue"), (["-qf"],
                 "-q works on the queue"),
                (["-tq", TO], "-q works on the queue"), (["-x", TO], "unknown option -x\n  hint: latchkey-sendmail(8)"),
                (["--frm=x", TO], "unknown option --frm\n"), (["-f"], "-f takes a value"), (["-tN"],
                 "-N takes a value"),
                (["-B", "9BIT", TO], "-B: \"9BIT\" is not 7BIT or 8BITMIME"),
                (["-N", "sometimes", TO], "-N: \"sometimes\" is not never, or some of success,failure,delay"),
                (["-R", "half", TO], "-R: \"half\" is not full or hdrs"),
                (["-V", "a b", TO], "-V: \"a b\" is not 1-100"), (["-V", "x" * 101, TO], "is not 1-100"),
                (["-V", "", TO], "is not 1-100"), (["-F", "a\nBcc: b", TO], "-F: "), (["-F", "x" * 201, TO], "-F: "),
                ([], "names nobody"), (["-i"], "names nobody"), (["-t"], "names nobody")):
            with self.subTest(words=words):
                self.refuses(64, said, *words)

    def test_help(self):
        self.assertEqual((0, ""), self.run_it("-t", "--help"))
        self.assertIn("usage: latchkey sendmail [OPTION]...", self.out)

    def test_trace(self):
        for words in (["-v"], ["--trace"], ["-iv"], ["-v", "-v"]):
            code, said = self.run_it(*words, TO)
            self.assertEqual(0, code, said)
            self.assertEqual(1, said.count("-> RCPT TO:<%s>" % TO))
        self.sends("--trace=" + self.path("trace"), TO)
        self.assertEqual(0o600, stat.S_IMODE(os.stat(self.path("trace")).st_mode))

    def test_which_account(self):
        self.configure("from = default@example.org", more=OTHER + "[account last]\nHOSTfrom = last@example.org\n")
        bare = b"Subject: s\n\nb\n"
        for words, sender in (([], "default"), (["-a", "last"], "last"), (["-a", "other@example.org"], "other")):
            self.sends(*words, TO, given=bare)
            self.assertEqual("<%s@example.org>" % sender, self.mail_from())
        self.refuses(78, "account", "-a", "lst", TO)

    def test_without_any_account(self):
        self.write("etc/latchkey.conf", "")
        self.refuses(78, "no account", "-f", "ann@nowhere.example", TO)


class ExitStatus(fixture.Case):
    def test_of_the_server(self):
        for to, code, said in (("no@x.example", 67, "550 5.1.1 User unknown"), ("later@x.example", 75,
            "nothing is queued"),
                               ("bye@x.example", 75, "nothing is queued"), ("lost@x.example", 74, "outcome unknown")):
            with self.subTest(to=to):
                result = self.run_it(to)
                self.assertEqual(code, result[0], result)
                self.assertIn(said, result[1])

    def test_all_or_nothing(self):
        self.assertEqual(67, self.run_it("a@x.example", "no@x.example")[0])
        self.assertEqual([], self.server.messages)

    def test_offline(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            self.configure(port=closed.getsockname()[1])
            said = self.refuses(75, "nothing is queued: send it again later", TO)
        # a line of its own, behind whatever else may be advised
        self.assertRegex(said, r"\n  (hint: )?nothing is queued: [^\n;]*, or let a mail system such as Postfix keep it, "
                         r"see latchkey-sendmail\(8\)\n\Z")
        for where, _, names in os.walk(self.folder):
            for name in names:
                if os.path.isfile(os.path.join(where, name)) and not os.path.islink(os.path.join(where, name)):
                    with open(os.path.join(where, name), "rb") as kept:
                        self.assertNotIn(b"Hello.", kept.read(), name)

    def test_login(self):
        self.server.offered = "AUTH PLAIN"
        secret = self.write("secret", "wrong-Horse-77\n")
        self.configure("user = ann", "password-from = file:" + secret)
        code, said = self.run_it(TO)
        self.assertEqual(77, code, said)
        self.assertNotIn("wrong-Horse-77", said)

    def test_of_the_message(self):
        for given, said in ((b"", "empty"), (b"From: a@x\ngarbage\n\nb", "no `Name: value`"), (b"From: a@x\n\n\0",
            "NUL"),
                            (b"From: \"a\n\nb", "is not a list of addresses"), (b".\n", "empty")):
            with self.subTest(given=given):
                self.refuses(65, said, TO, given=given)
        self.refuses(65, "is not a list of addresses", "-t", given=b"From: a@x\nTo: a b c\n\nb")
        self.refuses(65, "is not a list of addresses", "bob@")
        self.refuses(65, "is not a list of addresses", "-f", "a b", TO)


if __name__ == "__main__":
    unittest.main()
