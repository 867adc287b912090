# SPDX-License-Identifier: MIT
"""Runs of programs, beside each other: each round runs all of them once, and what counts is the median of the rounds."""

import os
import statistics
import subprocess
import sys


class Failed(Exception):
    """A program did not do what it was started for."""


class Run:
    """What one run took: wall and cpu in seconds, peak in MiB, and what it printed."""

    def __init__(self, wall, cpu, peak, out):
        self.wall, self.cpu, self.peak, self.out = wall, cpu, peak, out


class Launcher:
    """Starts programs with the environment of nobody in particular."""

    def __init__(self, programs, home, **environment):
        self.programs = programs
        self.launch = self.program("launch")
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": home, "LANG": "C.UTF-8", **environment}

    def program(self, name):
        return os.path.join(self.programs, name)

    def run(self, words, stdin=None, seconds=120, **environment):
        line = [self.launch, str(seconds), *words]
        with open(stdin or os.devnull, "rb") as given:
            done = subprocess.run(line, env={**self.environment, **environment}, stdin=given, capture_output=True, check=False)
        said, _, numbers = done.stderr.decode("utf-8", "replace").rstrip("\n").rpartition("\n")
        if done.returncode != 0:
            raise Failed("%s cannot be started" % words[0])
        wall, cpu, peak, status = map(int, numbers.split())
        if status != 0:
            raise Failed("%s: status %d: %s" % (" ".join(words), status, said.strip()[-2000:]))
        return Run(wall / 1e6, cpu / 1e6, peak / 1024, done.stdout.decode())


def rounds(count, **programs):
    """Runs each of the programs `count` times, in turns, after one round that only warms up: {name: [Run]}.

    A program is a function; one that fails once (a peer may hang) is passed over in that round.
    """
    found = {name: [] for name in programs}
    for number in range(count + 1):
        for name, program in programs.items():
            try:
                one = program()
            except Failed as why:
                if name == "latchkey":
                    raise
                print(why, file=sys.stderr)
                continue
            if number:
                found[name].append(one)
    return found


def median(runs, what):
    """The median of wall, cpu, peak or what else a run has, or None without a run."""
    return statistics.median(getattr(run, what) for run in runs) if runs else None
