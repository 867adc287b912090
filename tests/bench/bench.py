# SPDX-License-Identifier: MIT
"""bench.py BUILD [--list] [--write] [FIGURE...]: measures, and prints one table; --write keeps it in README.md.

BUILD holds what `run` built: programs/ and the installed prefix/.
"""

import os
import shutil
import signal
import sys
import tempfile

import figures
import mta
import rig
import table
from clients import Clients
from measure import Launcher

HERE = os.path.dirname(os.path.abspath(__file__))


def main(build, wanted, write):
    base = tempfile.mkdtemp(prefix="latchkey-bench.", dir="/tmp")
    os.chmod(base, 0o711)
    try:
        launcher = Launcher(os.path.join(build, "programs"), base, LATCHKEY_CONFIG_DIR=base)
        clients = Clients(build, launcher)
        with mta.Postfix() as postfix, mta.Sink(postfix.programs, base) as sink:
            clients.password = postfix.password["alice"]
            rows = figures.Figures(build, base, clients, postfix, sink).all(wanted)
    finally:
        shutil.rmtree(base)
    text = table.text(rows)
    print(text)
    if write:
        table.write(os.path.join(HERE, "README.md"), text)


if __name__ == "__main__":
    words = sys.argv[2:]
    unknown = [word for word in words if word not in figures.NAMES and word not in ("--write", "--list")]
    if unknown:
        sys.exit("no such figure: %s; there are %s" % (unknown[0], " ".join(figures.NAMES)))
    if "--list" in words:
        print("\n".join(figures.NAMES))
    else:
        rig.become_root("tests/bench/run")
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        main(os.path.abspath(sys.argv[1]), [word for word in words if word != "--write"], "--write" in words)
