#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Names without a domain: files of aliases, good, bad and hostile."""
import os
import unittest

import fixture

GOOD = """# a comment
postmaster: root
  # another one, which ends nothing

Root : ann@x.example, "Bee, Bob" <bob@x.example>,
\tcee,
   dee
cee: cee@x.example,,
dee: dee
"two words": two@x.example
self: self, other@x.example
both: root, cee, \\root, "\\root"
ESCAPED: \\root
empty:
crlf: crlf@x.example\r
pipe: ann@x.example, "|/bin/sh -c 'touch %(folder)s/executed'"
bare-pipe: |touch %(folder)s/executed
file: %(folder)s/written
quoted-file: "%(folder)s/written"
include: :include:%(folder)s/list
quoted-include: ":INCLUDE:%(folder)s/list"
to-pipe: cee, pipe
garbage: a b c, d
loop: loop-b
loop-b: cee, loop-c
loop-c: loop
"""


class Aliases(fixture.Case):
    def setUp(self):
        super().setUp()
        self.write("list", "listed@x.example\n")
        self.use(GOOD % {"folder": self.folder})

    def use(self, text, domain=True, mode=0o600):
        self.write("aliases", text, mode)
        self.configure("aliases = " + self.path("aliases"), *(["domain = d.example"] if domain else []))

    def test_good(self):
        root = ["ann@x.example", "bob@x.example", "cee@x.example", "dee@d.example"]
        for words, to in (
                (["root"], root), (["ROOT"], root), (["postmaster"], root), (["root", "postmaster", "Root"], root),
                (["Me <root>"], root), (["cee"], ["cee@x.example"]), (["dee"], ["dee@d.example"]),
                (["self"], ["self@d.example", "other@x.example"]), (["escaped"], ["root@d.example"]),
                (["nobody"], ["nobody@d.example"]), (["root@y.example"], ["root@y.example"]),
                (["crlf"], ["crlf@x.example"]), (["both"], root + ["root@d.example"]),
                (["empty", "z@x.example"], ["z@x.example"]), (["\"two words\""], ["two@x.example"]),
                (["\"ro\\ot\""], root), (["cee,cee", "cee@x.example"], ["cee@x.example"])):
            with self.subTest(words=words):
                self.sends(*words)
                self.assertEqual(["<%s>" % address for address in to], self.rcpt_to())

    def test_of_the_header(self):
        self.sends("-t", "cee", given=(fixture.FIELDS + "To: self\nBcc: escaped\n\nb\n").encode())
        self.assertEqual(["<cee@x.example>", "<self@d.example>", "<other@x.example>", "<root@d.example>"],
            self.rcpt_to())

    def test_nothing_is_executed_written_or_read(self):
        for name, said in (("pipe", "is a command: nothing is executed here"), ("bare-pipe", "is a command"),
                           ("to-pipe", "the alias \"pipe\" is a command"), ("file",
                            "is a file: nothing is delivered here"),
                           ("quoted-file", "is a file"), ("include", "is a list in a file"), ("quoted-include",
                            "is a list"),
                           ("garbage", "is not a list of addresses"), ("empty", "names nobody")):
            with self.subTest(name=name):
                self.refuses(64 if name == "empty" else 78, said, name)
        self.assertFalse(os.path.exists(self.path("executed")) or os.path.exists(self.path("written")))
        # what looks like one and comes from a message is a name, or none
        self.sends("|touch")
        self.assertEqual(["<|touch@d.example>"], self.rcpt_to())
        self.refuses(65, "not a list of addresses", ":include:" + self.path("list"))

    def test_loops(self):
        for name in ("loop", "loop-b", "loop-c"):
            said = self.refuses(78, "leads back to itself", name)
            self.assertRegex(said, r"aliases:\d+: the alias \"%s\"" % name)
        for depth, code in ((50, 0), (51, 78)):
            chain = "".join("a%d: a%d\n" % (i, i + 1) for i in range(depth - 1)) + "a%d: end@x.example\n" % (depth - 1)
            self.use(chain)
            self.assertEqual(code, self.run_it("a0")[0])
        # each name is followed once, however often it is named
        self.use("".join("a%d: %s\n" % (i,
            ", ".join(["a%d" % (i + 1)] * 9)) for i in range(40)) + "a40: end@x.example\n")
        self.sends("a0")
        self.assertEqual(["<end@x.example>"], self.rcpt_to())

    def test_without_a_domain(self):
        self.use("root: ann@x.example\n", domain=False)
        self.sends("root", "postmaster", "x@y.example")
        self.assertEqual(["<ann@x.example>", "<postmaster>", "<x@y.example>"], self.rcpt_to())
        said = self.refuses(67, "\"bob\" has no @domain, it is not in %s" % self.path("aliases"), "root", "bob")
        self.assertIn("hint: domain = DOMAIN in the account", said)
        self.configure()
        self.assertIn("or aliases = /etc/aliases", self.refuses(67, "\"bob\" has no @domain", "bob"))

    def test_bad_lines(self):
        for text, said in (("root ann@x.example\n", ":1: it is no `name: target"), ("# c\n\n: x\n",
            ":3: no name stands"),
                           ("\"root: x\n", ":1: a quote is not closed"), ("\"root\" x: y\n", ":1: it is no"),
                           ("  root: x\n", ":1: nothing is there to go on"), ("a: b@c\nb: c@d\nA: d@e\n",
                            ":3: this name"),
                           ("a: b@c\0\n", "holds a NUL"), ("a: b@c\n" * 200000, "has more than 1 MiB")):
            with self.subTest(text=text[:40]):
                self.use(text)
                self.refuses(78, said, "root")
                self.sends("x@y.example")       # who does not ask does not see it

    def test_whose_file(self):
        for mode in (0o620, 0o602, 0o666):
            self.use("root: a@x.example\n", mode=mode)
            self.refuses(78, "others may write to it", "root")
        self.use("root: a@x.example\n", mode=0o444)
        self.sends("root")
        os.unlink(self.path("aliases"))
        self.refuses(78, "No such file", "root")
        for make in (os.mkfifo, os.mkdir):
            make(self.path("aliases"))
            self.refuses(78, "no regular file", "root")
            (os.rmdir if make is os.mkdir else os.unlink)(self.path("aliases"))

    def test_hostile(self):
        for text in ("root:" + "," * 100000, "root: " + "(" * 5000 + "\n", "root: \"" + "x" * 5000,
            "root: " + "x" * 5000,
                     "root: \\", "root: \"\\\n", "root:\\,\\,\\\n", "root: \xff\xfe\x80@x\n", "root: a@x\x1b[2J\n",
                         "\"\": x\n",
                     "root: " + "\n ".join("u%d@x.example," % i for i in range(10001))):
            with self.subTest(text=text[:30]):
                self.use(text.encode("latin-1"))
                code, said = self.run_it("root")
                self.assertIn(code, (64, 65, 78), said)
                self.assertNotIn("\x1b", said)
        # many continuation lines and names take no time
        self.use("root:\n" + " a@x.example,\n" * 70000)
        self.sends("root")
        self.use("".join("a%d:\n" % i for i in range(90000)) + "root: a@x.example\n")
        self.sends("root")

    def test_lmtp_takes_names(self):
        self.configure("protocol = lmtp")
        code, said = self.run_it("bob")     # the server knows no LHLO
        self.assertNotEqual(67, code, said)
        self.assertGreater(self.server.connections, 0)


if __name__ == "__main__":
    unittest.main()
