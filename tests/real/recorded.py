# SPDX-License-Identifier: MIT
"""Servers that are libraries: a few lines of ours around each make a process, which records what is said to it.

The process gets a file of settings, tells its ports in one line of JSON, and ends when its standard input does,
however the test died. It writes `log/events`, one JSON object a line, as heard.py tells, and mail/USER/new/, a file a
message, byte for byte.
"""

import json
import os
import re
import select
import shutil
import subprocess

import heard
import rig


class Recorded(heard.Heard):
    can = heard.Heard.can | {"keep-bare-lf"}
    written = "events"
    command = ()  # what the file of settings is appended to

    def _launch(self):
        settings = {"base": self.base, "domain": rig.DOMAIN, "size_limit": rig.SIZE_LIMIT,
                    "listeners": {name: {"address": address, "tls": tls, "key": self.path("tls", certificate + ".key"),
                                         "cert": self.path("tls", certificate + ".pem")}
                                  for name, (address, tls, certificate) in rig.LISTENERS.items()},
                    "users": {rig.address(user): password for user, password in self.password.items()},
                    "refused": {rig.REFUSED: [550, rig.REFUSED_WORDS], rig.DEFERRED: [450, rig.DEFERRED_WORDS]}}
        for user in rig.USERS:
            os.makedirs(self.path("mail", user, "new"), 0o700)
        path = self.path("settings")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
            json.dump(settings, out)
        os.close(os.open(self.path("log", "events"), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with open(self.path("log", "err"), "ab") as err:
            self.process = subprocess.Popen([*self.command, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=err,
                                            cwd="/", start_new_session=True, env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"})
        ready, _, _ = select.select([self.process.stdout], [], [], 30)
        line = self.process.stdout.readline() if ready else b""
        if not line:
            raise RuntimeError("%s does not start:\n%s" % (self.name, self.log()))
        self.port = json.loads(line)

    def _end_processes(self):
        if not self.process:
            return
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        group, self.process = self.process.pid, None
        rig.end_group(group)

    def _as_sent(self, raw):
        rest = raw.replace(b"\r\n", b"")
        if b"\r" in rest or b"\n" in rest or not raw.endswith(b"\r\n"):
            raise RuntimeError("a line of the message does not end in CR LF")
        return raw.replace(b"\r\n", b"\n")

    def log(self):
        """What the process complained of, and the events without what the client sent."""
        with open(self.path("log", self.written), encoding="utf-8") as one:
            events = [line for line in one if line.endswith("\n") and json.loads(line)["kind"] not in ("C", "check")]
        with open(self.path("log", "err"), encoding="utf-8", errors="replace") as err:
            return err.read() + "".join(events)

    def _tell(self, line):
        yield json.loads(line)


class Aiosmtpd(Recorded):
    name = "aiosmtpd"
    mechanisms = frozenset({"PLAIN", "LOGIN"})
    can = Recorded.can | {"one-command-a-flight", "refuse-long-lines"}
    refusal = "Authentication credentials invalid"
    longest_line = 998
    # The system's Python, whichever runs the test: it is the one that has Debian's package.
    command = ("/usr/bin/python3", "-I", "-B", os.path.join(rig.HERE, "aiosmtpd_process.py"))


class OnNode(Recorded):
    """What comes from npm: a script of ours that gets the package's directory."""

    script = package = None

    def _launch(self):
        node = shutil.which("node")
        if not node:
            raise RuntimeError("node is missing: apt-get install nodejs npm")
        self.command = (node, os.path.join(rig.HERE, self.script),
                        self.program("unpack-node", "node") + "/node_modules/" + self.package)
        super()._launch()


class SmtpServer(OnNode):
    name = "smtp-server"
    script, package = "smtp_server_process.js", "smtp-server"
    mechanisms = frozenset({"PLAIN", "LOGIN", "CRAM-MD5"})
    refusal = "Authentication credentials invalid"


class Haraka(OnNode):
    name = "haraka"
    script, package = "haraka_process.js", "Haraka"
    mechanisms = frozenset({"PLAIN", "LOGIN", "CRAM-MD5"})
    refusal = "Authentication failed"
    called_off = 334  # it takes "*" for a name

    # Its words about the login stand before the message.
    ADDED = re.compile(rb"Authentication-Results: [^\n]*\n(?:[ \t][^\n]*\n)*")

    def _as_sent(self, raw):
        message = super()._as_sent(raw)
        added = self.ADDED.match(message)
        if not added:
            raise RuntimeError("not as Haraka queues it: %r" % message[:400])
        return message[added.end():]
