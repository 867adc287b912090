#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What bash and zsh offer is what the command says there is."""
import os
import re
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["LATCHKEY"]
COMPLETION = os.path.join(os.environ["LATCHKEY_MAN"], "../completion")
CONFIG = """[account default]
user = ann@example.org
host = mail.example.org
[account work]
from = ann@work.example
host = mail.work.example
[provider mine]
host = mine.example
"""

BASH = """
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_latchkey
printf '%s\\n' "${COMPREPLY[@]}"
"""

# compadd leaves out what does not begin with the word, and only works within zle.
ZSH = """
compadd() {
    local -a all
    [[ $1 == -a ]] && all=(${(P)2}) || all=($@)
    print -lr -- ${(M)all:#${words[CURRENT]}*}
}
_files() { : }
file=$1
shift
words=("$@")
CURRENT=$#
set --
source $file
"""


def run(*words):
    done = subprocess.run([PROGRAM, *words], stdout=subprocess.PIPE, check=True, universal_newlines=True)
    return done.stdout


class Completion:
    """Of both shells."""

    def offered(self, *words):
        done = subprocess.run([*self.shell, os.path.join(COMPLETION, self.file), PROGRAM, *words], check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
        self.assertEqual("", done.stderr)
        return sorted(set(done.stdout.split()))

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with open(os.path.join(folder.name, "latchkey.conf"), "w", encoding="ascii") as out:
            out.write(CONFIG)
        os.environ["LATCHKEY_CONFIG_DIR"] = folder.name

    def test_commands(self):
        names = re.findall(r"(?m)^  ([a-z]+)", run("--help"))
        self.assertGreater(len(names), 5)
        self.assertEqual(sorted(names + ["--help", "--version"]), self.offered(""))
        self.assertEqual(["rehearse"], self.offered("reh"))
        self.assertEqual([], self.offered("xyz"))

    def test_every_option_of_the_help_is_offered(self):
        for name in re.findall(r"(?m)^  ([a-z]+)", run("--help")):
            options = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", run(name, "--help")))
            self.assertEqual(sorted(options | {"--help"}), self.offered(name, "-"), name)
        self.assertIn("--password-from", self.offered("send", "-a", "work", "--pass"))

    def test_verbs(self):
        self.assertEqual(["info", "list", "why"], self.offered("mechs", ""))
        self.assertLessEqual({"check", "forget", "list", "refresh", "show"}, set(self.offered("accounts", "")))
        self.assertEqual(["show"], self.offered("providers", "s"))

    def test_names(self):
        for words in (["accounts", "show", ""], ["accounts", "forget", ""], ["send", "-a", ""], ["login", ""],
                      ["mechs", "why", ""], ["send", "--account", ""]):
            self.assertEqual(["default", "work"], self.offered(*words), words)
        self.assertEqual(["mine"], self.offered("providers", "show", ""))
        self.assertEqual(["plain"], self.offered("mechs", "info", "pla"))
        self.assertEqual(["none", "verified"], self.offered("mechs", "why", "--tls", ""))


class Bash(Completion, unittest.TestCase):
    shell, file = ["bash", "--norc", "-uc", BASH, "bash"], "latchkey.bash"


class Zsh(Completion, unittest.TestCase):
    shell, file = ["zsh", "-fc", ZSH, "zsh"], "_latchkey"


if __name__ == "__main__":
    unittest.main()
