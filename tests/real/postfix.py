# SPDX-License-Identifier: MIT
"""A real Postfix with Cyrus SASL, as a child process of the test.

    with Postfix() as server:
        server.port["starttls"], server.ca, server.password["alice"], server.inbox("alice"), ...

Nothing of the machine's own mail system is used: configuration, queue, logs, mailboxes and users are in one
temporary directory that goes away at the end. The program comes from the directory of LATCHKEY_REAL_DIR,
which `unpack` fills; it is never installed. Needs root, because master(8) does.
"""

import atexit
import os
import re
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import certs
import config

HERE = os.path.dirname(os.path.abspath(__file__))
DOMAIN = "example.com"
USERS = ("alice", "bob", "carol")
# No mailbox: "nobody-here" is refused for good (550), "later" for now (450).
REFUSED = "nobody-here@" + DOMAIN
DEFERRED = "later@" + DOMAIN
SIZE_LIMIT = 40 * 1024 * 1024

# Any existing system users do, if they differ: Postfix refuses root, and one id in two roles.
OWNER, SETGID, MAILBOXES = "daemon", "mail", "nobody"

# Waits until the test is gone, however it died; the test itself ends this first. (PR_SET_PDEATHSIG would not do:
# the kernel forgets it when master changes its effective user.)
WATCH = """
read -r _
if grep -q "$2" "/proc/$1/cmdline"; then
    kill -TERM "$1"
    sleep 1
    kill -KILL -- "-$1"
fi
rm -rf "$2"
"""

# What Postfix puts before a message.
ADDED = re.compile(rb"Return-Path: <[^\n]*>\nX-Original-To: [^\n]*\nDelivered-To: [^\n]*\n"
                   rb"Received: from [^\n]*\n(?:[ \t][^\n]*\n)+")


def become_root():
    """Starts this program again as root if it is not; ends it with the one line needed if that cannot be."""
    if os.geteuid() == 0:
        return
    names = [name for name in os.environ if re.match("LATCHKEY|LD_LIBRARY_PATH$|[A-Z]+SAN_OPTIONS$", name)]
    again = ["env", *(name + "=" + os.environ[name] for name in names), sys.executable, *sys.orig_argv[1:]]
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0:
        os.execvp("sudo", ["sudo", "-n", *again])
    sys.exit("Postfix needs root; run: sudo " + shlex.join(again))


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


def ids(user):
    done = subprocess.run(["id", "-u", user], capture_output=True, text=True, check=True).stdout
    return int(done), int(subprocess.run(["id", "-g", user], capture_output=True, text=True, check=True).stdout)


class Postfix:
    """One server. port[NAME] and address[NAME] for NAME in config.LISTENERS; ca; password[USER]; DOMAIN is the realm."""

    def __init__(self):
        self.port, self.address, self.password = {}, {}, {}
        self.base = self.program = self.ca = None
        self.master = self.watch = None
        self.marks = 0

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    # -- start

    def start(self):
        if os.geteuid() != 0:
            raise RuntimeError("Postfix needs root")
        atexit.register(self.stop)
        try:
            # Not below TMPDIR: the path must be open to the users that Postfix becomes.
            self.base = tempfile.mkdtemp(prefix="latchkey-postfix.", dir="/tmp")
            os.chmod(self.base, 0o711)
            self._unpack()
            self._directories()
            certs.make(os.path.join(self.base, "tls"))
            self.ca = os.path.join(self.base, "tls", "ca.pem")
            self._users()
            self._write("main.cf", config.MAIN_CF)
            for attempt in range(3):  # a port may be taken between choice and use
                if self._launch():
                    return self
            raise RuntimeError("Postfix does not start:\n" + self.log())
        except BaseException:
            self.stop()
            raise

    def _unpack(self):
        self.program = os.environ.get("LATCHKEY_REAL_DIR") or os.path.join(self.base, "program")
        subprocess.run(["sh", os.path.join(HERE, "unpack"), self.program], stdout=subprocess.DEVNULL, check=True)
        self.program = os.path.realpath(self.program)

    def _directories(self):
        owner, _ = ids(OWNER)
        setgid = ids(SETGID)[1]
        boxes = ids(MAILBOXES)
        private = "active bounce corrupt defer deferred flush hold incoming private saved trace"
        layout = [("etc", 0o755, 0, 0), ("etc/sasl", 0o755, 0, 0), ("log", 0o755, 0, 0), ("tls", 0o755, 0, 0),
                  ("data", 0o700, owner, 0), ("mail", 0o700, *boxes), ("queue", 0o755, 0, 0), ("queue/pid", 0o755, 0, 0),
                  ("queue/public", 0o710, owner, setgid), ("queue/maildrop", 0o730, owner, setgid)]
        layout += [("queue/" + name, 0o700, owner, 0) for name in private.split()]
        for name, mode, uid, gid in layout:
            path = os.path.join(self.base, name)
            os.mkdir(path)
            os.chown(path, uid, gid)
            os.chmod(path, mode)

    def _write(self, name, template):
        uid, gid = ids(MAILBOXES)
        boxes = ", ".join("{ %s@%s = %s/ }" % (user, DOMAIN, user) for user in USERS)
        text = template.format(base=self.base, program=self.program, domain=DOMAIN, owner=OWNER, setgid=SETGID, uid=uid,
                               gid=gid, mailboxes=boxes, deferred=DEFERRED, size_limit=SIZE_LIMIT)
        with open(os.path.join(self.base, "etc", name), "w", encoding="ascii") as out:
            out.write(text)

    def _users(self):
        self._write("dynamicmaps.cf", "")
        # Debian's Postfix looks for it here, and only here.
        self._write("sasl/smtpd.conf", config.SMTPD_CONF)
        database = os.path.join(self.base, "etc", "sasldb")
        for user in USERS:
            self.password[user] = "Pw-" + secrets.token_urlsafe(18)
            subprocess.run([self.program + "/usr/sbin/saslpasswd2", "-f", database, "-u", DOMAIN, "-c", "-p", user],
                           input=self.password[user], text=True, check=True)
        os.chown(database, *ids(OWNER))
        os.chmod(database, 0o600)

    def _launch(self):
        self.address = {name: address for name, (address, _) in config.LISTENERS.items()}
        self.port = dict(zip(config.LISTENERS, free_ports(self.address.values())))
        lines = ["%s:%d inet n - n - - smtpd %s\n" % (address, self.port[name], options)
                 for name, (address, options) in config.LISTENERS.items()]
        self._write("master.cf", "".join(lines) + config.SERVICES)
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C", "MAIL_CONFIG": self.base + "/etc",
                       "LD_LIBRARY_PATH": self.program + "/usr/lib/postfix"}
        with open(self.base + "/log/master.out", "ab") as out:
            self.master = subprocess.Popen(
                [self.program + "/usr/lib/postfix/sbin/master", "-c", self.base + "/etc", "-d"], env=environment, cwd="/",
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
        self.watch = subprocess.Popen(["sh", "-c", WATCH, "watch", str(self.master.pid), self.base], stdin=subprocess.PIPE,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        if all(self._wait_port(name) for name in config.LISTENERS):
            return True
        self._end_processes()
        return False

    def _wait_port(self, name, seconds=20):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.master.poll() is None:
            try:
                socket.create_connection((self.address[name], self.port[name]), timeout=seconds).close()
                return True
            except OSError:
                time.sleep(0.05)
        return False

    # -- stop

    def stop(self):
        """Ends the processes and removes the directory. May be called twice."""
        self._end_processes()
        if self.base:
            shutil.rmtree(self.base)
            self.base = None
        atexit.unregister(self.stop)

    def _end_processes(self):
        if self.watch:
            self.watch.kill()
            self.watch.wait()
            self.watch.stdin.close()
            self.watch = None
        if not self.master:
            return
        self.master.terminate()  # and master ends its children
        try:
            self.master.wait(10)
        except subprocess.TimeoutExpired:
            self.master.kill()
            self.master.wait()
        group, self.master = self.master.pid, None
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
            raise RuntimeError("processes of Postfix do not end: %s" % left)

    # -- what arrived, what was said

    def inbox(self, user):
        """The messages of this user, in order of arrival, as they were sent but with LF: without what Postfix adds."""
        new = os.path.join(self.base, "mail", user, "new")
        names = os.listdir(new) if os.path.isdir(new) else []
        messages = []
        for path in sorted((os.path.join(new, name) for name in names), key=lambda path: os.stat(path).st_mtime_ns):
            with open(path, "rb") as one:
                raw = one.read()
            added = ADDED.match(raw)
            if not added:
                raise RuntimeError("not as Postfix delivers it: %r" % raw[:400])
            messages.append(raw[added.end():])
        return messages

    def wait_inbox(self, user, count=1, seconds=20):
        """The inbox once it holds `count` messages."""
        new = os.path.join(self.base, "mail", user, "new")
        deadline = time.monotonic() + seconds
        while not os.path.isdir(new) or len(os.listdir(new)) < count:
            if time.monotonic() > deadline:
                raise RuntimeError("no message %d for %s; the log says:\n%s" % (count, user, self.log()[-3000:]))
            time.sleep(0.02)
        return self.inbox(user)

    def empty(self):
        """Throws away what has arrived."""
        for user in USERS:
            shutil.rmtree(os.path.join(self.base, "mail", user), ignore_errors=True)

    def log(self):
        text = ""
        for name in ("master.out", "mail.log"):
            try:
                with open(os.path.join(self.base, "log", name), encoding="utf-8", errors="replace") as one:
                    text += one.read()
            except FileNotFoundError:
                pass
        return text

    def mark(self):
        """sessions() tells of what comes after this: waits for the sessions that are still being logged."""
        for _ in range(200):
            text = self.log()
            if len(re.findall(r": connect from ", text)) == len(re.findall(r": disconnect from ", text)):
                break
            time.sleep(0.05)
        self.marks = len(self._ended())

    def _ended(self):
        # 0/0 is whoever only looked whether the port is open.
        return re.findall(r" disconnect from \S+ (?!commands=0/0)(.*)", self.log())

    def sessions(self, count=1, seconds=10):
        """Each session that ended since mark(), as Postfix counts commands: {"auth": "0/2", "quit": "1", ...}."""
        deadline = time.monotonic() + seconds
        while True:
            lines = self._ended()[self.marks:]
            if len(lines) >= count or time.monotonic() > deadline:
                return [dict(word.split("=", 1) for word in line.split()) for line in lines]
            time.sleep(0.05)
