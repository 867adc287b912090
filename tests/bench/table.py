# SPDX-License-Identifier: MIT
"""The table of all figures, and where it is kept."""

import os
import platform
import subprocess
import time

BEGIN, END = "<!-- figures -->\n", "<!-- end -->\n"
HEAD = ("figure", "latchkey", "peer", "goal", "")


class Row:
    """One figure: ours, the peer it is compared with, what the goal is, and whether it is met (None: no goal)."""

    def __init__(self, figure, ours, peer, goal, met):
        self.cells = (figure, ours, peer, goal, {True: "met", False: "**missed**", None: ""}[met])


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        for line in info:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def versions():
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n", "curl", "golang-1.19-go", "libesmtp6", "msmtp",
                           "libssl3", "gcc-12"], capture_output=True, text=True, check=False)
    return ", ".join(line.partition("-")[0] if line.startswith("curl") else line for line in done.stdout.splitlines())


def text(rows):
    when = time.strftime("%Y-%m-%d", time.gmtime())
    lines = ["%s, %d processors, Linux %s, %s; load %.1f at the end. %s." %
             (processor(), os.cpu_count(), platform.release(), when, os.getloadavg()[0], versions()), ""]
    cells = [HEAD] + [row.cells for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEAD))]
    for number, row in enumerate(cells):
        lines.append("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
        if number == 0:
            lines.append("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines) + "\n"


def write(path, new):
    """Replaces what stands between the marks."""
    with open(path, encoding="utf-8") as one:
        before, _, rest = one.read().partition(BEGIN)
    after = rest.partition(END)[2]
    with open(path, "w", encoding="utf-8") as one:
        one.write(before + BEGIN + new + END + after)
