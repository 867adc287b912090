# SPDX-License-Identifier: MIT
"""The tables, and where they are kept."""

import os
import platform
import subprocess
import time

BEGIN, END = "<!-- %s -->\n", "<!-- end -->\n"
HEAD = ("figure", "latchkey", "peer", "goal", "")


def row(figure, ours, peer, goal, met):
    """One figure: ours, the peer it is compared with, what the goal is, and whether it is met (None: no goal)."""
    return figure, ours, peer, goal, {True: "met", False: "**missed**", None: ""}[met]


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        for line in info:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def versions():
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n", "curl", "golang-1.19-go", "libesmtp6", "msmtp",
                           "libssl3", "libsasl2-2", "gcc-12"], capture_output=True, text=True, check=False)
    return ", ".join(line.partition("-")[0] if line.startswith("curl") else line for line in done.stdout.splitlines())


def text(head, rows):
    """Rows are tuples of cells; above them, on what and when it was measured."""
    when = time.strftime("%Y-%m-%d", time.gmtime())
    lines = ["%s, %d processors, Linux %s, %s; load %.1f at the end. %s." %
             (processor(), os.cpu_count(), platform.release(), when, os.getloadavg()[0], versions()), ""]
    cells = [head] + rows
    widths = [max(len(one[column]) for one in cells) for column in range(len(head))]
    for number, one in enumerate(cells):
        lines.append("| " + " | ".join(cell.ljust(width) for cell, width in zip(one, widths)) + " |")
        if number == 0:
            lines.append("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines) + "\n"


def write(path, name, new):
    """Replaces what stands between the marks of the table of this name."""
    begin = BEGIN % name
    with open(path, encoding="utf-8") as one:
        before, _, rest = one.read().partition(begin)
    after = rest.partition(END)[2]
    with open(path, "w", encoding="utf-8") as one:
        one.write(before + begin + new + END + after)
