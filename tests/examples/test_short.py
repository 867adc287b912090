# SPDX-License-Identifier: MIT
"""test_short.py FOLDER: the examples are as short as they are said to be, and need nothing that they do not say."""

import os
import re
import sys
import unittest

FOLDER = sys.argv.pop(1)
SHORT = {"imap.c": 79, "pop3.c": 79}


def read(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return file.read()


class Short(unittest.TestCase):
    def test_lines(self):
        for name, most in SHORT.items():
            self.assertLessEqual(len(read(name).splitlines()), most, name)

    def test_not_by_dense_code(self):
        for name in SHORT:
            text = read(name)
            self.assertEqual([], [line for line in text.splitlines() if len(line.expandtabs(8)) > 81], name)
            self.assertEqual([], re.findall(r"^(?!.*\bfor \().*;[^/\n]*;.*$", text, re.M), name)
            self.assertGreater(text.count("\n\n"), 5, name)

    def test_alone(self):
        """No file beside them, and of ours no other library and no other header."""
        self.assertEqual([], [name for name in os.listdir(FOLDER) if name.endswith(".h")])
        for name in SHORT:
            text = read(name)
            self.assertEqual([], re.findall(r'#include ".*"', text), name)
            self.assertEqual(["provider.h"], re.findall(r"#include <latchkey/(.*)>", text), name)
            self.assertEqual(["latchkey"], re.findall(r"pkg-config --cflags --libs (.*)\)", text), name)
            self.assertRegex(read("CMakeLists.txt"), r"foreach\(name imap pop3\)\n.*\n.*PRIVATE latchkey::latchkey\)")


if __name__ == "__main__":
    unittest.main()
