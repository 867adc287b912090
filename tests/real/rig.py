# SPDX-License-Identifier: MIT
"""What all servers of these tests share.

    with SomeServer() as server:
        server.port["starttls"], server.ca, server.password["alice"], server.inbox("alice"), ...

Certificates, users and mail are in one temporary directory that goes away at the end, as the processes do.
"""

import atexit
import os
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import certs

HERE = os.path.dirname(os.path.abspath(__file__))
DOMAIN = "example.com"
USERS = ("alice", "bob", "carol")
# No mailbox: "nobody-here" is refused for good (550), "later" for now (450).
REFUSED, REFUSED_WORDS = "nobody-here@" + DOMAIN, "User unknown"
DEFERRED, DEFERRED_WORDS = "later@" + DOMAIN, "Mailbox is busy"
SIZE_LIMIT = 40 * 1024 * 1024

# name: address, TLS, certificate. 127.0.0.2 is loopback, and nobody takes it for a private connection.
LISTENERS = {
    "starttls": ("127.0.0.1", "starttls", "localhost"),
    "implicit": ("127.0.0.1", "implicit", "localhost"),
    "clear": ("127.0.0.2", "none", "localhost"),
    "other-starttls": ("127.0.0.1", "starttls", "other"),
    "other-implicit": ("127.0.0.1", "implicit", "other"),
}


def address(user):
    return "%s@%s" % (user, DOMAIN)


def become_root(program):
    """Starts this test again as root if it is not; ends it with the one line needed if that cannot be."""
    if os.geteuid() == 0:
        return
    names = [name for name in os.environ if re.match("LATCHKEY|LD_LIBRARY_PATH$|[A-Z]+SAN_OPTIONS$", name)]
    again = ["env", *(name + "=" + os.environ[name] for name in names), sys.executable, *sys.orig_argv[1:]]
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0:
        os.execvp("sudo", ["sudo", "-n", *again])
    sys.exit("%s needs root; run: sudo %s" % (program, shlex.join(again)))


def alive_in_group(group):
    """Processes of this group that are not zombies (a container may have nobody who reaps them)."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % pid, encoding="ascii", errors="replace") as stat:
                state, _, pgrp = stat.read().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(pgrp) == group and state not in "ZX":
            found.append(int(pid))
    return found


def end_group(group):
    """Ends what is left of this group, and waits until it is gone."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        for pid in alive_in_group(group):
            try:
                os.kill(pid, how)
            except ProcessLookupError:
                pass
        deadline = time.monotonic() + 5
        while alive_in_group(group) and time.monotonic() < deadline:
            time.sleep(0.02)
    left = alive_in_group(group)
    if left:
        raise RuntimeError("processes do not end: %s" % left)


class Server:
    """One server: port[NAME] and address[NAME] for NAME in LISTENERS; ca; password[USER].

    A kind of server says what it is by the constants, and how it is started, ended and read by the methods that are
    not written here: _launch, _end_processes, log, names, _boxes, _as_sent, _open, _ended.
    """

    name = None
    needs_root = False
    mechanisms = frozenset()  # offered, and content with a name and a password
    others = frozenset()  # offered, too
    # What a test may ask for by `trial.needs`, and only some servers do.
    can = frozenset()
    refusal = None  # words of the reply to a wrong password
    called_off = 501  # the reply to "*" where AUTH LOGIN wants a name
    longest_line = None  # octets without the line end; None is any

    def __init__(self):
        self.port, self.password = {}, {}
        self.address = {name: where for name, (where, _, _) in LISTENERS.items()}
        self.base = self.ca = None
        self.process = None  # leads a group of its own
        self.marks = 0

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        if self.needs_root and os.geteuid() != 0:
            raise RuntimeError(self.name + " needs root")
        atexit.register(self.stop)
        try:
            # The path must be open to the users that a server or a test becomes.
            closed = not os.stat(tempfile.gettempdir()).st_mode & 0o001
            self.base = tempfile.mkdtemp(prefix="latchkey-%s." % self.name, dir="/tmp" if closed else None)
            os.chmod(self.base, 0o711)
            for name in ("tls", "log"):
                os.mkdir(self.path(name))
            os.chmod(self.path("tls"), 0o755)
            certs.make(self.path("tls"))
            self.ca = self.path("tls", "ca.pem")
            self.password = {user: "Pw-" + secrets.token_urlsafe(18) for user in USERS}
            self._launch()
            return self
        except BaseException:
            self.stop()
            raise

    def stop(self):
        """Ends the processes and removes the directory. May be called twice."""
        self._end_processes()
        if self.base:
            shutil.rmtree(self.base)
            self.base = None
        atexit.unregister(self.stop)

    def path(self, *names):
        return os.path.join(self.base, *names)

    def program(self, script, folder):
        """The directory that the script fills: below LATCHKEY_REAL_DIR, so that it is filled once, or our own."""
        directory = os.path.join(os.environ.get("LATCHKEY_REAL_DIR") or self.base, folder)
        subprocess.run(["sh", os.path.join(HERE, script), directory], stdout=subprocess.DEVNULL, check=True)
        return os.path.realpath(directory)

    # -- what arrived

    def _mail(self, user):
        new = self.path("mail", user, "new")
        return [os.path.join(new, name) for name in os.listdir(new)] if os.path.isdir(new) else []

    def inbox(self, user):
        """The messages of this user, in order of arrival, as they were sent but with LF."""
        messages = []
        for path in sorted(self._mail(user), key=lambda path: os.stat(path).st_mtime_ns):
            with open(path, "rb") as one:
                messages.append(self._as_sent(one.read()))
        return messages

    def wait_inbox(self, user, count=1, seconds=20):
        """The inbox once it holds `count` messages."""
        deadline = time.monotonic() + seconds
        while len(self._mail(user)) < count:
            if time.monotonic() > deadline:
                raise RuntimeError("no message %d for %s; the log says:\n%s" % (count, user, self.log()[-3000:]))
            time.sleep(0.02)
        return self.inbox(user)

    def empty(self):
        """Throws away what has arrived."""
        for user in USERS:
            for path in self._mail(user):
                os.unlink(path)

    # -- what was said

    def mark(self):
        """sessions() tells of what comes after this: waits for the sessions that are still open."""
        deadline = time.monotonic() + 10
        while self._open() and time.monotonic() < deadline:
            time.sleep(0.01)
        self.marks = len(self._ended())

    def ended(self, count, seconds=10):
        """What _ended() tells of the sessions since mark(), once there are `count`."""
        deadline = time.monotonic() + seconds
        while True:
            found = self._ended()[self.marks:]
            if len(found) >= count or time.monotonic() > deadline:
                return found
            time.sleep(0.01)

    def sessions(self, count=1):
        """Each session since mark(): {command: (successes, tries)}, commands in lower case."""
        return self.ended(count)
