#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""top.py ROOT: the top level holds only what it may."""
import sys

import tree

ALLOWED = {"CMakeLists.txt", "core", "plugins", "include", "tests",
           "README.md", "LICENSE"}


def check(root):
    tops = {f.split("/")[0] for f in tree.files(root)}
    return [f"{t}: has no place at the top level" for t in sorted(tops)
            if t not in ALLOWED and not t.startswith(".")]


if __name__ == "__main__":
    tree.report(check(sys.argv[1]))
