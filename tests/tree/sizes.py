#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""sizes.py ROOT: files of at most 400 lines, functions of at most 80.

A function's name opens a line, its type stands on the line before, its
braces stand in column 0.  So everything else is a complaint too: it would
not be measured.
"""
import re
import sys

import tree

FILE_MAX = 400
FUNCTION_MAX = 80


def functions(text):
    """(line, name or None, length) of every block with { in column 0."""
    lines = tree.code(text).split("\n")
    for i, line in enumerate(lines):
        if not line.startswith("{"):
            continue
        start = i
        while start > 0 and re.match(r"[A-Za-z_\s*()]", lines[start - 1]) \
                and lines[start - 1].strip() \
                and not lines[start - 1].rstrip().endswith((";", "}")):
            start -= 1
        end = i
        while end < len(lines) - 1 and not lines[end].startswith("}"):
            end += 1
        name = None
        for head in lines[start:i]:
            m = re.match(r"([A-Za-z_]\w*)\s*\(", head)
            if m:
                name = m.group(1)
        yield start + 1, name, end - start + 1


def check(root):
    out = []
    for name in tree.sources(root, "core", "plugins", "include", "tests"):
        text = tree.read(root, name)
        count = text.count("\n")
        if count > FILE_MAX:
            out.append(f"{name}: {count} lines, at most {FILE_MAX}")
        for line, func, length in functions(text):
            if func is None:
                out.append(f"{name}:{line}: the function's name must open "
                           "a line, its type stands above")
            if length > FUNCTION_MAX:
                out.append(f"{name}:{line}: {func}() has {length} lines, "
                           f"at most {FUNCTION_MAX}")
        for n, line in enumerate(tree.code(text).split("\n"), 1):
            if re.match(r"[A-Za-z_].*\)\s*\{", line):
                out.append(f"{name}:{n}: a function's {{ stands alone")
    return out


if __name__ == "__main__":
    tree.report(check(sys.argv[1]))
