#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Many messages over one connection, and results as JSON."""
import json
import os
import pty
import re
import subprocess
import tempfile
import unittest

import server
from test_command import PROGRAM, run


def message(to, text="Hello."):
    return "From: ann@example.org\nTo: %s\nDate: d\nMessage-ID: <m>\n\n%s\n" % (to, text)


def crlf(text):
    return text.replace("\n", "\r\n").encode()


class Fixture(unittest.TestCase):
    def setUp(self):
        self.server = server.Server()
        self.addCleanup(self.server.close)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.secret = self.put("secret", server.PASSWORD.decode() + "\n", 0o600)
        self.left = os.path.join(self.folder, "left")
        self.box = os.path.join(self.folder, "box")
        os.mkdir(self.box)
        self.words = ["-s", "smtp://ann@example.org@127.0.0.1:%d?tls=none" % self.server.port,
                      "--password-from", "file:" + self.secret]

    def put(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, mode), "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def each(self, *words):
        return run("send", *self.words, "--each", *words)

    def list_left(self):
        with open(self.left, encoding="utf-8") as text:
            lines = text.read().splitlines()
        self.assertEqual("# latchkey: what was not sent", lines[0])
        return [(line[0], os.path.basename(line)) for line in lines[1:]]


class Each(Fixture):
    def test_files_and_directories(self):
        for name in "cab":
            self.put("box/" + name, message("b@x", name))
        self.put("box/.hidden", message("b@x", "hidden"))
        last = self.put("last", message("b@x", "last"))
        result = self.each("--to", "q@x", "--unsent", self.left, self.box, last)
        self.assertEqual((0, "", ""), (result.code, result.out, result.err), str(result))
        self.assertEqual([crlf(message("b@x", name)) for name in ("a", "b", "c", "last")], self.server.messages)
        self.assertEqual(["RCPT TO:<q@x>"] * 4, [line for line in self.server.lines if line.startswith("RCPT")])
        self.assertEqual(1, self.server.connections)
        self.assertFalse(os.path.exists(self.left))

    def test_a_maildir(self):
        for name in ("new", "cur", "tmp"):
            os.mkdir(os.path.join(self.box, name))
            self.put("box/%s/1" % name, message("b@x", name))
        self.assertEqual(0, self.each("-t", self.box).code)
        self.assertEqual([crlf(message("b@x", name)) for name in ("new", "cur")], self.server.messages)

    def test_a_mailbox(self):
        texts = ["one\n\nFrom here on", "two\nFrom within", "three"]
        # what looks like a separator is quoted by whoever wrote the mailbox
        texts[0] = texts[0].replace("\nFrom", "\n>From")
        path = self.put("mbox", "".join("From ann d\n%s\n" % message("b@x", text) for text in texts))
        result = self.each("-t", path)
        self.assertEqual((0, ""), (result.code, result.err), str(result))
        self.assertEqual([crlf(message("b@x", text)) for text in texts], self.server.messages)
        self.server.messages.clear()
        path = self.put("mbox", "From x\nTo: b@x\nFrom: a@x\nDate: d\nMessage-ID: <m>\n\n\nFrom x\n" + message("c@x"))
        self.assertEqual(0, self.each("-t", path).code)
        self.assertEqual([b"To: b@x\r\nFrom: a@x\r\nDate: d\r\nMessage-ID: <m>\r\n\r\n", crlf(message("c@x"))],
                         self.server.messages)

    def test_what_is_not_sent_is_tried_again(self):
        for name, to in (("1", "b@x"), ("2", "no@x"), ("3", "later@x"), ("4", "c@x")):
            self.put("box/" + name, message(to, name))
        result = self.each("-t", "--unsent", self.left, self.box)
        self.assertEqual(67, result.code, str(result))
        self.assertEqual(2, len(self.server.messages))
        lines = result.err.splitlines()
        self.assertEqual(3, len(lines), result.err)
        self.assertRegex(lines[0], "^latchkey: /.*/2: .*no@x.*User unknown$")
        self.assertRegex(lines[1], "^latchkey: /.*/3: .*later@x.*Mailbox is busy$")
        self.assertEqual("latchkey: 2 of 4 messages sent; the rest is in " + self.left, lines[2])
        self.assertEqual([(".", "2"), (".", "3")], self.list_left())
        self.assertEqual(0o600, os.stat(self.left).st_mode & 0o777)
        # now they are taken
        for name in "23":
            self.put("box/" + name, message("d@x", name))
        result = self.each("-t", "--unsent", self.left, self.left)
        self.assertEqual((0, ""), (result.code, result.err), str(result))
        self.assertEqual([crlf(message("d@x", name)) for name in "23"], self.server.messages[2:])
        self.assertFalse(os.path.exists(self.left))

    def test_a_list_of_parts_of_a_mailbox(self):
        path = self.put("mbox", "".join("From x\n%s\n" % message(to) for to in ("b@x", "no@x", "c@x")))
        self.assertEqual(67, self.each("-t", "--unsent", self.left, path).code)
        self.assertEqual([(".", "mbox")], self.list_left())
        self.server.forget()
        self.assertEqual(67, self.each("-t", self.left).code)
        self.assertEqual(["RCPT TO:<no@x>"], [line for line in self.server.lines if line.startswith("RCPT")])

    def test_what_is_unknown_is_kept_apart(self):
        for name, to in (("1", "lost@x"), ("2", "b@x")):
            self.put("box/" + name, message(to, name))
        result = self.each("-t", "--unsent", self.left, self.box)
        self.assertEqual(74, result.code, str(result))
        self.assertIn("outcome unknown", result.err)
        self.assertEqual([crlf(message("b@x", "2"))], self.server.messages)
        self.assertEqual([("?", "1")], self.list_left())
        self.server.forget()
        self.each("-t", "--unsent", self.left, self.left)
        self.assertEqual([("?", "1")], self.list_left())
        self.assertFalse([line for line in self.server.lines if line.startswith("RCPT")])

    def test_a_server_that_closes(self):
        for name, to in (("1", "b@x"), ("2", "bye@x"), ("3", "c@x")):
            self.put("box/" + name, message(to, name))
        result = self.each("-t", "--unsent", self.left, self.box)
        self.assertEqual(75, result.code, str(result))
        self.assertEqual(2, self.server.connections)
        self.assertEqual([(".", "2"), (".", "3")], self.list_left())

    def test_a_list_is_not_overwritten(self):
        path = self.put("box/1", message("b@x"))
        self.put("left", "# latchkey: what was not sent\n. 0 0 /x\n")
        result = self.each("-t", "--unsent", self.left, path)
        self.assertEqual(64, result.code, str(result))
        self.assertIn("is there already", result.err)
        self.assertEqual([(".", "x")], self.list_left())
        self.assertEqual([], self.server.messages)

    def test_mistakes(self):
        path = self.put("box/1", message("b@x"))
        bad = self.put("bad", "# latchkey: what was not sent\n. 1 x\n")
        empty = os.path.join(self.folder, "empty")
        os.mkdir(empty)
        for words, code, said in (([path], 64, "no recipient is named"), (["-t"], 64, "--each takes files"),
                                  (["-t", "/nonexistent"], 65, "/nonexistent"), (["-t", "/dev/null"], 64, "neither a file"),
                                  (["-t", bad], 64, "is no line of such a list"), (["-t", empty], 64, "no message"),
                                  (["--to", "a b@x", path], 65, "TO: ")):
            with self.subTest(words=words):
                result = self.each(*words)
                self.assertEqual(code, result.code, str(result))
                self.assertIn(said, result.err)
        self.assertEqual(64, run("send", *self.words, "--unsent", self.left, "b@x").code)
        self.assertEqual([], self.server.messages)

    def test_a_message_that_cannot_be_sent(self):
        for name, text in (("1", "a\0b\n"), ("2", message("b@x"))):
            self.put("box/" + name, text)
        result = self.each("--to", "b@x", self.box)
        self.assertEqual(65, result.code, str(result))
        self.assertRegex(result.err, "/1: .*line 1")
        self.assertEqual(1, len(self.server.messages))

    def test_a_wrong_password_stops_it(self):
        for name in "123":
            self.put("box/" + name, message("b@x"))
        self.put("secret", "wrong\n", 0o600)
        result = self.each("-t", "--unsent", self.left, self.box)
        self.assertEqual(77, result.code, str(result))
        self.assertEqual(1, len([line for line in self.server.lines if line.startswith("AUTH")]))
        self.assertEqual([(".", name) for name in "123"], self.list_left())

    def test_progress(self):
        for name, to in (("1", "b@x"), ("2", "no@x"), ("3", "c@x")):
            self.put("box/" + name, message(to))
        ours, theirs = pty.openpty()
        environment = {k: v for k, v in os.environ.items() if k == "LATCHKEY_PLUGIN_PATH" or k.endswith("SAN_OPTIONS")}
        done = subprocess.run([PROGRAM, "send", *self.words, "-t", "--each", self.box], env=environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs, timeout=60)
        os.close(theirs)
        text = b""
        try:
            while True:
                piece = os.read(ours, 4096)
                if not piece:
                    break
                text += piece
        except OSError:
            pass
        os.close(ours)
        self.assertEqual(67, done.returncode)
        self.assertRegex(text, rb"\r\[ {24}\] 0/3")
        self.assertRegex(text, rb"\r\[#{24}\] 3/3.*, 1 not sent")
        self.assertRegex(text, rb"\r\x1b\[Klatchkey: /.*/2: ")


class Json(Fixture):
    """The same server, and what a program reads."""

    def test_send(self):
        done = run("send", *self.words, "--json", "b@x", given=message("b@x").encode())
        self.assertEqual((0, ""), (done.code, done.err))
        found = json.loads(done.out)
        self.assertEqual("sent", found["status"])
        self.assertEqual([("b@x", "sent", 250)],
                         [(r["address"], r["status"], r["code"]) for r in found["recipients"]])
        done = run("send", *self.words, "--json", "b@x", "no@x", given=message("b@x").encode())
        found = json.loads(done.out)
        self.assertEqual((67, "", "failed"), (done.code, done.err, found["status"]))
        self.assertEqual(["dropped", "refused"], [r["status"] for r in found["recipients"]])
        self.assertEqual((67, 550, "5.1.1", "envelope"), tuple(found["error"][k] for k in
                                                               ("exit", "code", "enhanced", "stage")))
        self.assertIn("--partial", found["error"]["advice"])
        done = run("send", "-s", "smtp://127.0.0.1:1", "--json", "-f", "a@x", "b@x", given=b"")
        self.assertEqual((65, ""), (done.code, done.err))
        self.assertEqual("failed", json.loads(done.out)["status"])

    def test_each(self):
        self.put("box/1", message("b@x"))
        self.put("box/2", "From x\n" + message("no@x") + "\nFrom x\n" + message("c@x"))
        done = self.each("-t", "--json", self.box)
        self.assertEqual((67, ""), (done.code, done.err))
        found = [json.loads(line) for line in done.out.splitlines()]
        self.assertEqual(["sent", "failed", "sent"], [f["status"] for f in found])
        self.assertEqual(["1", "2", "2"], [os.path.basename(f["path"]) for f in found])
        self.assertEqual([7, 7 + len(message("no@x")) + 8], [f["offset"] for f in found[1:]])
        self.assertNotIn("offset", found[0])

    def test_login(self):
        done = run("login", *self.words, "--json")
        self.assertEqual((0, ""), (done.code, done.err), str(done))
        found = json.loads(done.out)
        self.assertEqual(("logged in", "plain", 1, self.server.port, "ann@example.org"),
                         tuple(found[k] for k in ("status", "mechanism", "attempts", "port", "user")))
        self.put("secret", "wrong\n", 0o600)
        done = run("login", *self.words, "--json")
        found = json.loads(done.out)
        self.assertEqual((77, "failed", "login", 77), (done.code, found["status"], found["error"]["stage"],
                                                       found["error"]["exit"]))

    def test_mechs(self):
        found = {m["id"]: m for m in map(json.loads, run("mechs", "list", "--json").out.splitlines())}
        self.assertEqual("PLAIN", found["plain"]["wire"])
        self.assertIn("authid", found["plain"]["needs"])
        self.assertEqual(found["plain"], json.loads(run("mechs", "info", "plain", "--json").out))
        done = run("mechs", "why", "smtp://ann@mail.example", "--offered", "PLAIN", "--json")
        found = {m["id"]: m for m in map(json.loads, done.out.splitlines())}
        self.assertTrue(found["plain"]["usable"])
        self.assertFalse(found["login"]["usable"])
        self.assertIn("not offered", found["login"]["reason"])
        self.assertTrue(re.match("{", run("mechs", "info", "nothing", "--json").out))


if __name__ == "__main__":
    unittest.main()
