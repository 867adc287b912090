#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""join-ctest.py OUT TREE...: one ctest for several build trees.

OUT/../TREE are build trees. OUT/CTestTestfile.cmake runs their tests as
TREE/NAME. Tests labelled real, install or slow come from the tree `release` only.
A test may not be skipped: what skips elsewhere fails here.
"""
import json
import os
import subprocess
import sys

RELEASE_ONLY = {"real", "install", "slow"}
SKIPS = {"SKIP_RETURN_CODE", "SKIP_REGULAR_EXPRESSION", "DISABLED"}
NAMES = {"DEPENDS", "FIXTURES_SETUP", "FIXTURES_REQUIRED", "FIXTURES_CLEANUP"}


def quote(word):
    return "[==[" + word + "]==]"


def value(prop, val, tree):
    """A property as one word of CMake; names of tests get their tree."""
    if isinstance(val, bool):
        return "TRUE" if val else "FALSE"
    if prop == "REQUIRED_FILES" and isinstance(val, str):
        val = [val]
    if isinstance(val, list):
        if val and isinstance(val[0], dict):    # regular expressions
            val = [v["regexp"] for v in val]
        if prop in NAMES:
            val = [f"{tree}/{v}" for v in val]
        return ";".join(str(v).replace(";", "\\;") for v in val)
    return str(val)


def tests_of(path):
    done = subprocess.run(["ctest", "--show-only=json-v1"], cwd=path,
                          check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)["tests"]


def lines_for(tree, path):
    for test in tests_of(path):
        props = {p["name"]: p["value"] for p in test.get("properties", [])}
        labels = set(props.get("LABELS", []))
        if tree != "release" and labels & RELEASE_ONLY:
            continue
        name = quote(f"{tree}/{test['name']}")
        # A program that was not built has no command: let it fail by name.
        command = test.get("command") or ["not-built/" + test["name"]]
        yield f"add_test({name} {' '.join(map(quote, command))})"
        props.setdefault("WORKING_DIRECTORY", path)
        props["LABELS"] = sorted(labels | {tree})
        words = [f"{p} {quote(value(p, v, tree))}"
                 for p, v in props.items() if p not in SKIPS]
        yield f"set_tests_properties({name} PROPERTIES {' '.join(words)})"


def main(out, trees):
    os.makedirs(out, exist_ok=True)
    lines = []
    for tree in trees:
        path = os.path.abspath(os.path.join(out, os.pardir, tree))
        lines += lines_for(tree, path)
    with open(os.path.join(out, "CTestTestfile.cmake"), "w") as f:
        f.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
