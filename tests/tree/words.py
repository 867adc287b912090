#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""words.py ROOT: no unbounded, ambiguous or locale-bound string functions."""
import re
import sys

import tree

BANNED = re.compile(
    r"\b(strcpy|stpcpy|strcat|strncat|strncpy|sprintf|vsprintf|strtok(?:_r)?"
    r"|ato[ifl]|atoll|gets|toupper|tolower|strn?casecmp"
    r"|is(?:alpha|alnum|digit|xdigit|space|blank|upper|lower|print|punct"
    r"|cntrl|graph))\s*\(")


def check(root):
    out = []
    for name in tree.sources(root, "core", "plugins"):
        for n, line in enumerate(
                tree.code(tree.read(root, name)).split("\n"), 1):
            out += [f"{name}:{n}: {word}()" for word in BANNED.findall(line)]
    return out


if __name__ == "__main__":
    tree.report(check(sys.argv[1]))
