# SPDX-License-Identifier: MIT
"""Servers that are libraries: a few lines of ours around each make a process, which records what is said to it.

The process gets a file of settings, tells its ports in one line of JSON, and ends when its standard input does,
however the test died. It writes `log/events`, one JSON object a line, with the number `n` of the connection:

    open, end          the connection
    C, S               a line of the client, of the server, without CR LF; a message is not in it
    early              the server was about to answer, and this many octets already waited behind the command
    check              mechanism, name, password and whether they were right, as the library understood them

and mail/USER/new/, a file a message, byte for byte.
"""

import base64
import json
import os
import re
import select
import shutil
import subprocess

import rig


def decoded(text):
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except ValueError:
        return text


def verb(line):
    """A client gone wrong may say anything, also nothing."""
    return (line.split() or [""])[0].upper()


class Session:
    """One connection: `commands` as [line, last code], `names` that came where a user name belongs, `checks`, `early`."""

    def __init__(self):
        self.commands, self.names, self.checks, self.early = [], [], [], []
        self.prompt = None
        self.ended = False

    def take(self, event):
        kind = event["kind"]
        if kind == "C":
            self._client(event["text"])
        elif kind == "S":
            self._server(event["text"])
        elif kind == "check":
            self.names.append(event["name"])
            self.checks.append((event["mechanism"], event["name"], event["password"], event["right"]))
        elif kind == "early":
            self.early.append(event["octets"])
        elif kind == "end":
            self.ended = True

    def _client(self, line):
        if self.prompt is not None:
            self._response(line, self.prompt)
            return
        self.commands.append([line, None])
        words = line.split()
        if verb(line) == "AUTH" and len(words) > 2:
            self._response(words[2], "")

    def _response(self, text, prompt):
        """What this response gives as a user name. A prompt for LOGIN is what says which of the two it is."""
        mechanism = self.commands[-1][0].split()[1].upper()
        if text == "*" or (mechanism == "LOGIN" and "pass" in decoded(prompt).lower()):
            return
        text = decoded(text)
        if mechanism == "PLAIN":
            self.names += [name for name in text.split("\0")[:2] if name]
        elif mechanism == "CRAM-MD5":
            self.names.append(text.rpartition(" ")[0])
        else:
            self.names.append(text)

    def _server(self, text):
        code = text[:3]
        self.prompt = text[4:] if code == "334" else None
        if self.commands and not code.startswith("3"):
            self.commands[-1][1] = code

    def counts(self):
        found = {}
        for line, code in self.commands:
            name = verb(line).lower()
            done, tried = found.get(name, (0, 0))
            found[name] = (done + (code is not None and code.startswith("2")), tried + 1)
        return found

    def auth_lines(self):
        return [line for line, _ in self.commands if verb(line) == "AUTH"]


class Recorded(rig.Server):
    can = frozenset({"record"})
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
        lines = [event for event in self._events() if event["kind"] not in ("C", "check")]
        with open(self.path("log", "err"), encoding="utf-8", errors="replace") as err:
            return err.read() + "".join("%s\n" % event for event in lines)

    def _events(self):
        with open(self.path("log", "events"), encoding="utf-8") as one:
            return [json.loads(line) for line in one if line.endswith("\n")]

    def _all(self):
        found = {}
        for event in self._events():
            found.setdefault(event["n"], Session()).take(event)
        return found.values()

    def _open(self):
        return any(not session.ended for session in self._all())

    def _ended(self):
        # Without a command it is whoever only looked whether the port is open, or left before it was encrypted.
        return [session for session in self._all() if session.ended and session.commands]

    def sessions(self, count=1):
        return [session.counts() for session in self.ended(count)]

    def names(self):
        """The user names that were ever received, in whatever way."""
        return {name for session in self._all() for name in session.names}


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
