#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""exports.py ROOT LIBLATCHKEY LIBSMTP PLUGIN...: what each file exports is
what the headers declare, and what it needs is what it may need."""
import glob
import os
import re
import subprocess
import sys

import tree

ENTRY = "latchkey_plugin_v0"
FOREIGN = ("libssl", "libcrypto", "libcurl", "libsecret")
# A Cyrus plugin, not one of ours: its entry is libsasl2's.
OTHER_ENTRY = {"liblatchkey-bridge": {"sasl_client_plug_init"}}


def run(*args):
    return subprocess.run(args, check=True, stdout=subprocess.PIPE,
                          universal_newlines=True).stdout


def exported(path):
    rows = [r.split() for r in run("nm", "-D", "--defined-only",
                                   path).splitlines()]
    return {r[-1].split("@")[0] for r in rows if r and r[-2] != "A"}


def needed(path):
    return re.findall(r"\(NEEDED\).*\[(.+?)\]", run("readelf", "-dW", path))


def declared(root):
    """Names of everything marked LK_API in include/latchkey."""
    names = set()
    for path in glob.glob(os.path.join(root, "include/latchkey/*.h")):
        with open(path) as f:
            text = tree.code(f.read())
        text = re.sub(r"^\s*#(?:.*\\\n)*.*$", "", text, flags=re.M)
        for decl in re.findall(r"\bLK_API\b([^;{]*)", text):
            m = re.search(r"\b(lk_\w+)\s*(\(|\[|$)", decl.strip())
            if m:
                names.add(m.group(1))
    return names


def check_libraries(api, core, smtp):
    both = [exported(core), exported(smtp)]
    for path, names in zip((core, smtp), both):
        lib = os.path.basename(path)
        for name in sorted(names - api):
            yield f"{lib}: exports {name}, which no header declares"
    for name in sorted(api - both[0] - both[1]):
        yield f"{name}: is declared LK_API, no library exports it"
    for name in sorted(both[0] & both[1]):
        yield f"{name}: is exported by both libraries"
    for lib in needed(core):
        if lib.startswith(FOREIGN):
            yield f"{os.path.basename(core)}: needs {lib}"


def check_plugin(path):
    base = os.path.basename(path)
    other = OTHER_ENTRY.get(base.split(".")[0])
    want = other or {ENTRY}
    names = exported(path)
    if names != want:
        yield f"{base}: exports {sorted(names)}, not {sorted(want)}"
    for lib in needed(path):
        if lib.startswith("liblatchkey") and not other:
            yield f"{base}: needs {lib}; a plugin links nothing of ours"
        if lib.startswith("libsasl2") and other:
            yield f"{base}: needs {lib}; its functions come in a table"


def check(root, core, smtp, plugins):
    out = list(check_libraries(declared(root), core, smtp))
    for path in plugins:
        out += check_plugin(path)
    return out


if __name__ == "__main__":
    tree.report(check(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]))
