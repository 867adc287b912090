#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""alone.py COMMAND...: the command runs as if nobody else were here, and leaves nothing behind.

It gets an empty TMPDIR and an empty HOME, no terminal, nothing to read, and of the environment only what is KEPT. When it has
ended, or was told to by a signal, the processes and files that it left are named and removed; that some were is a failure.
"""
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

KEPT = {"PATH", "USER", "LOGNAME", "CTEST_OUTPUT_ON_FAILURE", "CTEST_PARALLEL_LEVEL"}
PATIENCE = 5  # seconds, for what is about to end by itself
PR_SET_CHILD_SUBREAPER = 36


class Told(Exception):
    """By a signal, to end."""


def tell(number, _):
    raise Told(number)


def environment(place):
    kept = {name: text for name, text in os.environ.items() if name in KEPT or name.endswith("SAN_OPTIONS")}
    return {**kept, "TMPDIR": place, "HOME": os.path.join(place, "home")}


def children():
    """Of each process that has some: who, and their state and name."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % pid, encoding="utf-8", errors="replace") as stat:
                text = stat.read()
        except OSError:
            continue
        state, parent = text.rpartition(")")[2].split()[:2]
        if state not in "ZX":
            found.setdefault(int(parent), []).append((int(pid), text[text.index("("):text.rindex(")") + 1]))
    return found


def descendants():
    """Who loses its parent becomes our child: none gets away."""
    found, tree = [], children()
    todo = list(tree.get(os.getpid(), ()))
    while todo:
        found.append(todo.pop())
        todo += tree.get(found[-1][0], ())
    return found


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def wait_for_all(seconds):
    """Until all have ended. Returns those that have not."""
    deadline = time.monotonic() + seconds
    while True:
        reap()
        left = descendants()
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.05)


def end_all():
    for how in (signal.SIGTERM, signal.SIGKILL):
        for pid, _ in descendants():
            try:
                os.kill(pid, how)
            except (ProcessLookupError, PermissionError):
                pass
        if not wait_for_all(3):
            return


def run(command, place):
    """The exit status as a shell would have it, and whether the command ended by itself."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, tell)
    try:
        process = subprocess.Popen(command, env=environment(place), stdin=subprocess.DEVNULL, start_new_session=True)
        # not wait(): it would leave the orphans that end meanwhile
        while True:
            pid, status = os.wait()
            if pid == process.pid:
                process.returncode = os.waitstatus_to_exitcode(status)
                break
        status = process.returncode
        return (status, True) if status >= 0 else (128 - status, False)
    except Told as told:
        return 128 + told.args[0], False
    finally:
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)


def files_in(place):
    found = ["home/" + name for name in os.listdir(os.path.join(place, "home"))]
    return sorted(found + [name for name in os.listdir(place) if name != "home"])


def main(command):
    sys.stdout.reconfigure(line_buffering=True)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    # short, as sockets are made there; without our name, which some texts must not have; who becomes another user passes
    place = tempfile.mkdtemp(prefix="tests.", dir="/tmp")
    os.chmod(place, 0o711)
    os.mkdir(os.path.join(place, "home"), 0o700)
    status, is_whole = run(command, place)
    left = ["process %d %s" % one for one in wait_for_all(PATIENCE)] if is_whole else []
    end_all()
    left += files_in(place) if is_whole else []
    shutil.rmtree(place, ignore_errors=True)
    for one in left[:40]:
        print("left behind: " + one)
    if is_whole:
        print("left behind: %d files and processes" % len(left) if left else "nothing is left behind")
    return status or bool(left)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
