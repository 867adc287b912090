# SPDX-License-Identifier: MIT
"""Runs the command under test the way a user would: own home, own files, nothing of the machine's configuration."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading

import messages

# Forks and waits in a small process of its own: what a fork inherits from the test itself would count in ru_maxrss.
MEASURE = """
import os, signal, sys
pid = os.fork()
if pid == 0:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execv(sys.argv[2], sys.argv[2:])
os.close(0)
_, status, usage = os.wait4(pid, 0)
with open(sys.argv[1], "w") as out:
    out.write(str(usage.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status) & 255)
"""

PASSED_ON = ("LATCHKEY_PLUGIN_PATH", "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LD_LIBRARY_PATH")

SOURCES = ("password", "ask")  # files that hold the secret on purpose


class Result:
    """code, out and err of one run; trace; peak (KiB) if it was measured."""

    def __init__(self, code, out, err, trace, peak):
        self.code, self.out, self.err, self.trace, self.peak = code, out, err, trace, peak

    def __str__(self):
        return "exit %s\nstdout: %s\nstderr: %s\ntrace:\n%s" % (self.code, self.out, self.err, self.trace[:4000])

    def tells(self, secret):
        """Whether the secret stands anywhere in what was written, as it is or in base64."""
        written = (self.out + self.err + self.trace).encode()
        return any(form in written for form in messages.forms(secret))


class Home:
    """A user's home for one test; the user is the one who started the test, also where sudo made it root."""

    def __init__(self, parent):
        self.program = os.environ.get("LATCHKEY") or sys.exit("LATCHKEY must name the command under test")
        self.uid = int(os.environ.get("SUDO_UID") or os.geteuid())
        self.gid = int(os.environ.get("SUDO_GID") or os.getegid())
        self.path = tempfile.mkdtemp(prefix="home.", dir=parent)
        os.chown(self.path, self.uid, self.gid)
        os.mkdir(os.path.join(self.path, "config"))
        os.chown(os.path.join(self.path, "config"), self.uid, self.gid)
        self.environment = {}  # more of it, of a test

    def remove(self):
        shutil.rmtree(self.path)

    def file(self, name, text, mode=0o600):
        path = os.path.join(self.path, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(path, mode)
        os.chown(path, self.uid, self.gid)
        return path

    def password_file(self, password):
        return "file:" + self.file(SOURCES[0], password + "\n")

    def password_command(self, password):
        """A source that leaves a mark when it runs; see asked()."""
        mark = os.path.join(self.path, "asked")
        return "cmd:" + self.file(SOURCES[1], "#!/bin/sh\n: > %s\necho '%s'\n" % (mark, password), 0o700)

    def keeps(self, secret):
        """The files of the home, other than the sources above, in which the secret stands."""
        found = []
        for directory, _, names in os.walk(self.path):
            for path in (os.path.join(directory, name) for name in names):
                if path in [os.path.join(self.path, source) for source in SOURCES]:
                    continue
                with open(path, "rb") as one:
                    text = one.read()
                if any(form in text for form in messages.forms(secret)):
                    found.append(path)
        return found

    def asked(self):
        return os.path.exists(os.path.join(self.path, "asked"))

    def measurable(self):
        """A sanitizer's own memory is not the command's."""
        with open(self.program, "rb") as one:
            text = one.read()
        return b"__asan_init" not in text and b"__tsan_init" not in text

    def run(self, subcommand, *words, pieces=(), measure=False):
        """One run with a trace; `pieces` go to its standard input through a pipe."""
        trace, peak = os.path.join(self.path, "trace"), os.path.join(self.path, "peak")
        for old in (trace, peak):
            if os.path.exists(old):
                os.unlink(old)
        line = [self.program, subcommand, "--trace=" + trace, *words]
        if measure:
            line = [sys.executable, "-I", "-S", "-c", MEASURE, peak, *line]
        environment = {"PATH": "/usr/bin:/bin", "HOME": self.path, "LANG": "C.UTF-8",
                       "LATCHKEY_CONFIG_DIR": os.path.join(self.path, "config")}
        # what one run learns the next one does not know
        shutil.rmtree(os.path.join(self.path, ".local", "state"), ignore_errors=True)
        environment.update((name, os.environ[name]) for name in PASSED_ON if name in os.environ)
        environment.update(self.environment)
        who = {"user": self.uid, "group": self.gid, "extra_groups": []} if self.uid != os.geteuid() else {}
        child = subprocess.Popen(line, env=environment, cwd=self.path, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, **who)
        feeder = threading.Thread(target=self._feed, args=(child.stdin, pieces))
        feeder.start()
        child.stdin = None
        try:
            out, err = child.communicate(timeout=180)
        finally:
            child.kill()
            child.wait()
            feeder.join()
        return Result(child.returncode, self._text(out), self._text(err), self._read(trace),
                      int(self._read(peak)) if measure else None)

    @staticmethod
    def _feed(pipe, pieces):
        try:
            with pipe:
                for piece in pieces:
                    pipe.write(piece)
        except BrokenPipeError:
            pass

    @staticmethod
    def _text(data):
        return data.decode("utf-8", "replace")

    def _read(self, path):
        if not os.path.exists(path):
            return ""
        with open(path, "rb") as one:
            return self._text(one.read())
