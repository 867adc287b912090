# SPDX-License-Identifier: MIT
"""bench.py BUILD [--list] [--write] [FIGURE...]: measures, and prints the tables; --write keeps them in README.md.

BUILD holds what `run` built: programs/ and the installed prefix/.
"""

import os
import shutil
import signal
import sys
import tempfile

import figures
import logins
import mta
import rig
import table
from clients import Clients
from measure import Launcher

NAMES = (*figures.NAMES, *logins.TABLES)
HERE = os.path.dirname(os.path.abspath(__file__))


def main(build, wanted, write):
    base = tempfile.mkdtemp(prefix="latchkey-bench.", dir="/tmp")
    os.chmod(base, 0o711)
    try:
        launcher = Launcher(os.path.join(build, "programs"), base, LATCHKEY_CONFIG_DIR=base)
        clients = Clients(build, launcher)
        with mta.Postfix() as postfix, mta.Sink(postfix.programs, base) as sink:
            clients.password = postfix.password["alice"]
            tables = {"figures": (table.HEAD, figures.Figures(build, base, clients, postfix, sink).all(wanted))}
            for name, one in logins.TABLES.items():
                if not wanted or name in wanted:
                    print("... " + name, flush=True)
                    tables[name] = one(launcher, postfix)
    finally:
        shutil.rmtree(base)
    for name, (head, rows) in tables.items():
        if rows:
            text = table.text(head, rows)
            print(text)
            if write:
                table.write(os.path.join(HERE, "README.md"), name, text)


if __name__ == "__main__":
    words = sys.argv[2:]
    unknown = [word for word in words if word not in NAMES and word not in ("--write", "--list")]
    if unknown:
        sys.exit("no such figure: %s; there are %s" % (unknown[0], " ".join(NAMES)))
    if "--list" in words:
        print("\n".join(NAMES))
    else:
        rig.become_root("tests/bench/run")
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        main(os.path.abspath(sys.argv[1]), [word for word in words if word != "--write"], "--write" in words)
