#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""check.py ROOT: a stranger's compiler takes every public header.

mech.h compiles by itself, in a folder where nothing else is, in every
language that a plugin may be written in; the others compile one by one.
"""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

FLAGS = ["-pedantic", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]
COMPILERS = {"c": ("gcc", "clang"), "c++": ("g++", "clang++")}
failed = []


def compiles(source, language, std, include_dir):
    for cc in COMPILERS[language]:
        if not shutil.which(cc):
            failed.append(f"{cc}: is not installed")
            continue
        done = subprocess.run(
            [cc, f"-x{language}", f"-std={std}", *FLAGS, "-I", include_dir,
             "-"], input=source, stderr=subprocess.PIPE,
            universal_newlines=True)
        if done.returncode:
            failed.append(f"{cc} -std={std}: {source}{done.stderr}")


def selftest(folder):
    """A header that is wrong in each language must be refused four times."""
    bad = "static int unused(int a) { return 0; }\n"
    compiles(bad, "c", "c99", folder)
    compiles(bad, "c++", "c++11", folder)
    refused = len(failed)
    failed.clear()
    if refused != 4:
        failed.append(f"selftest: {refused} of 4 compilers refused: {bad}")


def main(root):
    include = os.path.join(root, "include")
    headers = sorted(glob.glob(os.path.join(include, "latchkey", "*.h")))
    with tempfile.TemporaryDirectory() as alone:
        selftest(alone)
        shutil.copy(os.path.join(include, "latchkey", "mech.h"), alone)
        for language, std in (("c", "c99"), ("c", "c11"), ("c", "c17"),
                              ("c++", "c++11"), ("c++", "c++17")):
            # Twice, for the include guard; a line, as no file is empty.
            compiles('#include "mech.h"\n#include "mech.h"\n'
                     'extern int nothing;\n', language, std, alone)
    for header in headers:
        source = (f"#include <latchkey/{os.path.basename(header)}>\n"
                  "extern int nothing;\n")
        compiles(source, "c", "c99", include)
        compiles(source, "c++", "c++11", include)
    for line in failed:
        print(line)
    sys.exit(1 if failed else 0)


main(sys.argv[1])
