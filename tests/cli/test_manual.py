#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The manual says what the command and the tables of keys say."""
import glob
import os
import re
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["LATCHKEY"]
MAN = os.environ["LATCHKEY_MAN"]
KEYS = os.path.join(MAN, "../conf/keys.c")
COMMANDS = re.findall(r"(?m)^  (\w+)", subprocess.run([PROGRAM, "--help"], stdout=subprocess.PIPE, check=True,
                                                      universal_newlines=True).stdout)


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def page_of(command):
    """The page that has this command, and what each of its lines begins with there."""
    own = glob.glob(os.path.join(MAN, "latchkey-%s.[0-9]" % command))
    return own[0] if own else os.path.join(MAN, "latchkey.1")


def help_of(command):
    done = subprocess.run([PROGRAM, command, "--help"], stdout=subprocess.PIPE, check=True, universal_newlines=True)
    return done.stdout


def plain(roff):
    """Without fonts and escapes."""
    roff = re.sub(r"\\f[A-Z]|\\&", "", roff)
    for escape, text in (("\\-", "-"), ("\\(dq", '"'), ("\\e", "\\")):
        roff = roff.replace(escape, text)
    return roff


def usage_lines(text):
    """A line that begins with a blank goes on with the one before."""
    return [re.sub(r"\s+", " ", line).strip() for line in re.split(r"\n(?=\S)", text.strip("\n"))]


class Manual(unittest.TestCase):
    def test_the_synopsis_is_the_usage(self):
        pages = {}
        for command in COMMANDS:
            usage = help_of(command).split("\n\n")[0]
            self.assertTrue(usage.startswith("usage: "), usage)
            usage = re.sub(r"(?m)^.{7}", "", usage)
            pages.setdefault(page_of(command), []).extend(usage_lines(usage))
        for page, usages in pages.items():
            synopsis = re.search(r"\.SH SYNOPSIS\n\.nf\n(.*?)\.fi", read(page), re.DOTALL).group(1)
            synopsis = [line for line in usage_lines(plain(synopsis)) if line != "latchkey --version"]
            self.assertEqual(usages, synopsis, page)

    def synopsis(self, page):
        return plain(re.search(r"\.SH SYNOPSIS\n\.nf\n(.*?)\.SH", read(MAN, page), re.DOTALL).group(1))

    def test_the_synopsis_of_a_mechanism_is_the_header(self):
        header = read(MAN, "../../include/latchkey/mech.h")
        text = self.synopsis("latchkey-mech.7")
        self.assertIn("#include <latchkey/mech.h>", text)
        for macro in ("LK_MECH_NOTE", "LK_PLUGIN"):
            ours, theirs = (re.split(r",[\s\\]+", re.search(begin + macro + r"\(([^()]*)\)", where).group(1))
                            for begin, where in (("#define ", header), ("", text)))
            self.assertEqual(["note" if name == "var" else name for name in ours], theirs, macro)

    def test_the_synopsis_of_the_files_is_the_table(self):
        rows = re.findall(r'\[LK_FORM_\w+\] = \{ (NULL|"[^"]+"), (NULL|"[^"]+"),', read(MAN, "../conf/load.c"))
        names = [(directory if file == "NULL" else file).strip('"') for directory, file in rows]
        text = self.synopsis("latchkey.conf.5")
        self.assertEqual(names, re.findall(r"(?m)^(latchkey\.conf|[\w.]+(?=/\w+\.conf))", text))
        for layer in ("/etc/latchkey", "$XDG_CONFIG_HOME/latchkey"):
            self.assertIn("\n" + layer, text)

    def test_where_to_go_for_a_queue(self):
        text = plain(read(MAN, "latchkey-sendmail.8"))
        self.assertRegex(text, r"Nothing is queued\.(?s:.*)exit\s+status is 75(?s:.*)Postfix")

    def test_every_option_has_its_words(self):
        for command in COMMANDS:
            text = plain(read(page_of(command)))
            for word in sorted(set(re.findall(r"(?<![\w-])--?[a-zA-Z][a-z-]*", help_of(command)))):
                self.assertRegex(text, r"(?<![\w-])%s(?![\w-])" % re.escape(word), command)

    def keys(self):
        """Of keys.c: name, default or None, who may say it."""
        text = read(KEYS)
        found = re.findall(r'\] = \{ "([a-z-]+)",\s+\w+,\s*(NULL|"\w+"),\s*([A-Z_ |]+)\}', text)
        for name, tls in re.findall(r'SERVICE\(\w+, "(\w+)", ("\w+")\)', text):
            found += [(name + end, tls if end == "-tls" else "NULL", "BOTH")
                      for end in ("-host", "-port", "-tls", "-auth")]
        self.assertGreater(len(found), 45)
        who = (("BOTH", "Of accounts and providers"), ("OWN", "Of an account only"),
               ("LK_KEY_ACCOUNT", "Of an account only"), ("LK_KEY_PROVIDER", "Of a provider only"),
               ("LK_KEY_PLUGIN", "Of a plugin only"))
        for name, default, flags in found:
            place = [text for word, text in who if word in re.split(r"[ |]+", flags)]
            self.assertEqual(1, len(place), name)
            yield name, default.strip('"'), place[0]

    def test_every_key_has_its_line(self):
        text = read(MAN, "latchkey.conf.5").split(".SH KEYS")[1].split(".SH SECURITY")[0]
        told = {}
        for section in re.split(r"\n\.SS ", text)[1:]:
            rows = section.split("lB lx.\n")[1].split("\n.TE")[0]
            rows = re.sub(r"(?s)T\{\n(.*?)\nT\}", lambda cell: cell.group(1).replace("\n", " "), rows)
            for row in plain(rows).splitlines():
                names, meaning = row.split("\t")
                for name in names.split(", "):
                    told[name] = section.split("\n")[0].split(":")[0], meaning
        del told["ID.PARAM"]
        keys = {name: (default, place) for name, default, place in self.keys()}
        self.assertEqual(sorted(keys), sorted(told))
        for name, (default, place) in keys.items():
            self.assertEqual(place, told[name][0], name)
            if default != "NULL":
                self.assertIn(default + " (default)", told[name][1], name)

    def test_pages_are_sound(self):
        for page in glob.glob(os.path.join(MAN, "*.[0-9]")):
            done = subprocess.run(["groff", "-t", "-man", "-Tutf8", "-ww", "-K", "utf8", page], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, check=False)
            self.assertEqual((0, b""), (done.returncode, done.stderr), page)
            for line in done.stdout.decode().splitlines():
                self.assertLess(len(re.sub(r"\x1b\[[0-9;]*m|.\x08", "", line)), 100, page)


class Readme(unittest.TestCase):
    def test_the_lines_to_write(self):
        texts = re.findall(r"(?s)<!-- latchkey.conf -->\n(.*?)<!-- end -->", read(MAN, "../../README.md"))
        self.assertEqual([3, 3], [len(text.splitlines()) for text in texts])
        with tempfile.TemporaryDirectory() as folder:
            shipped = os.path.join(folder, "shipped")  # whatever the checkout's modes are
            os.makedirs(os.path.join(shipped, "providers.d"))
            for path in glob.glob(os.path.join(MAN, "../providers.d/*.conf")):
                with open(os.path.join(shipped, "providers.d", os.path.basename(path)), "w", encoding="utf-8") as out:
                    out.write(read(path))
            store = os.path.join(folder, "pass")  # that the lines name
            with open(store, "w", encoding="utf-8") as out:
                out.write("#!/bin/sh\n")
            os.chmod(store, 0o755)
            for text in texts:
                with open(os.path.join(folder, "latchkey.conf"), "w", encoding="utf-8") as out:
                    out.write(text)
                environment = dict(os.environ, LATCHKEY_CONFIG_DIR=shipped + ":" + folder,
                                   PATH=folder + ":" + os.environ["PATH"])
                done = subprocess.run([PROGRAM, "accounts", "check"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      env=environment, check=False, universal_newlines=True)
                self.assertEqual(0, done.returncode, done.stdout)
                self.assertNotIn("account ", done.stdout)


if __name__ == "__main__":
    unittest.main()
