# SPDX-License-Identifier: MIT
"""Servers that are programs of Debian's packages, as child processes of the test.

Nothing of the machine's own mail system is used: configuration, logs, mailboxes and users are in the server's temporary
directory. The programs come from `unpack`; they are never installed. They need root, because they give it up.
"""

import os
import socket
import subprocess
import time

import rig

# Waits until the test is gone, however it died; the test itself ends this first. (PR_SET_PDEATHSIG would not do:
# the kernel forgets it when master changes its effective user.)
WATCH = """
read -r _
if grep -q "$2" "/proc/$1/cmdline"; then
    kill -TERM "$1"
    sleep 1
    kill -s KILL -- "-$1"  # dash takes no -KILL before --
fi
rm -rf "$2"
"""


def watch(leader, base):
    """Ends the group of this process, and removes the directory, once the test is gone; the test ends it first."""
    return subprocess.Popen(["sh", "-c", WATCH, "watch", str(leader), base], stdin=subprocess.PIPE,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def free_ports(addresses):
    """One free port for each address; all are held until the last is found."""
    held = []
    try:
        for address in addresses:
            one = socket.socket()
            held.append(one)
            one.bind((address, 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


def ids(user):
    done = subprocess.run(["id", "-u", user], capture_output=True, text=True, check=True).stdout
    return int(done), int(subprocess.run(["id", "-g", user], capture_output=True, text=True, check=True).stdout)


def relocated(source, target, old, new):
    """A copy of a program in which a constant of its build stands for something shorter."""
    with open(source, "rb") as one:
        program = one.read()
    constant = b"\0" + old.encode() + b"\0"
    if constant not in program:
        raise RuntimeError("%s says nothing of %s" % (source, old))
    with open(target, "wb") as out:
        out.write(program.replace(constant, b"\0" + new.encode().ljust(len(old), b"\0") + b"\0"))
    os.chmod(target, 0o755)


class Daemon(rig.Server):
    """A kind of server says how it is set up and called by _prepare and _command; its errors go to log/out."""

    needs_root = True
    environment = {}

    def __init__(self):
        super().__init__()
        self.programs = self.watch = None

    # -- start

    def _launch(self):
        self.programs = self.program("unpack", "programs")
        self._prepare()
        for attempt in range(3):  # a port may be taken between choice and use
            self.port = dict(zip(self.address, free_ports(self.address.values())))
            if self._run(self._command()):
                return
        raise RuntimeError("%s does not start:\n%s" % (self.name, self.log()))

    def _run(self, command):
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C", **self.environment}
        with open(self.path("log", "out"), "ab") as out:
            self.process = subprocess.Popen(command, env=environment, cwd="/", stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                            start_new_session=True)
        self.watch = watch(self.process.pid, self.base)
        if all(map(self._wait_port, self.port)):
            return True
        self._end_processes()
        return False

    def _wait_port(self, name, seconds=20):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection((self.address[name], self.port[name]), timeout=seconds).close()
                return True
            except OSError:
                time.sleep(0.05)
        return False

    # -- stop

    def _end_processes(self):
        if self.watch:
            self.watch.kill()
            self.watch.wait()
            self.watch.stdin.close()
            self.watch = None
        if not self.process:
            return
        self.process.terminate()  # and master ends its children
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        group, self.process = self.process.pid, None
        rig.end_group(group)
