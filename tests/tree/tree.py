# SPDX-License-Identifier: MIT
"""What the tests of the tree share: which files, and C without its prose."""
import os
import re
import subprocess
import sys

TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
    re.S)


def files(root):
    """Paths below root, relative: git's, else all but builds and dotfiles."""
    if os.path.exists(os.path.join(root, ".git")):
        git = subprocess.run(
            ["git", "-c", "safe.directory=*", "-C", root, "ls-files", "-z",
             "--cached", "--others", "--exclude-standard"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if git.returncode == 0:
            names = git.stdout.decode().split("\0")
            return sorted(n for n in names
                          if n and os.path.exists(os.path.join(root, n)))
    found = []
    for here, dirs, names in os.walk(root):
        below = os.path.relpath(here, root)
        dirs[:] = [d for d in dirs if d not in (".git", "__pycache__")
                   and not (below == "." and d.startswith("build"))]
        found += [os.path.normpath(os.path.join(below, n)) for n in names]
    return sorted(found)


def sources(root, *tops):
    """The .c and .h files below the folders named."""
    return [f for f in files(root)
            if f.endswith((".c", ".h")) and f.split("/")[0] in tops]


def read(root, name):
    with open(os.path.join(root, name), encoding="utf-8") as f:
        return f.read()


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def code(text):
    """Comments and string contents blanked, line numbers kept."""
    return TOKEN.sub(lambda m: _blank(m.group()), text)


def strings(text):
    """(line, contents) of every string literal outside comments."""
    for m in TOKEN.finditer(text):
        if m.group().startswith('"'):
            yield text.count("\n", 0, m.start()) + 1, m.group()[1:-1]


def includes(text):
    """(line, bracket, name) of every #include outside comments."""
    bare = TOKEN.sub(lambda m: _blank(m.group()) if m.group()[0] == "/"
                     else m.group(), text)
    for n, line in enumerate(bare.split("\n"), 1):
        m = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if m:
            yield n, m.group(1), m.group(2)


def report(complaints):
    for c in complaints:
        print(c)
    sys.exit(1 if complaints else 0)
