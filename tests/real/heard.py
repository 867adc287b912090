# SPDX-License-Identifier: MIT
"""Servers that tell each line that was said to them and by them.

However a server writes it down, it becomes events, one a line that was said, with the number `n` of the connection:

    open, end          the connection
    C, S               a line of the client, of the server, without CR LF; a message is not in it
    early              the server was about to answer, and this many octets already waited behind the command
    check              mechanism, name, password and whether they were right, as the server understood them
"""

import base64
import re

import rig

# Where a response has the user's name, by the start of the mechanism's name; NTLM and tickets hide it.
NAME = {
    "CRAM-MD5": r"(.*) [^ ]*",
    "DIGEST-MD5": r'.*\busername="((?:[^"\\]|\\.)*)".*',
    "EXTERNAL": r"(.+)",
    "GS": r"(?!)",
    "NTLM": r"(?!)",
    "OAUTHBEARER": r"n,a=([^,]*),.*",
    "SCRAM": r"[^,]*,[^,]*,n=([^,]*),.*",
    "XOAUTH2": r"user=([^\x01]*)\x01.*",
    "": r"(.*)",
}


def decoded(text):
    if text == "=":
        return ""
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except ValueError:
        return text


def named(mechanism, text):
    pattern = next(pattern for start, pattern in NAME.items() if mechanism.startswith(start))
    found = re.fullmatch(pattern, text, re.DOTALL)
    return [found.group(1)] if found else []


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
        else:
            self.names += named(mechanism, text)

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


class Heard(rig.Server):
    """A kind of server says in which file of log/ it writes that, and by _tell what events a line of it is."""

    can = frozenset({"record"})
    written = None

    def __init__(self):
        super().__init__()
        self.heard, self.known = 0, {}

    def _all(self):
        with open(self.path("log", self.written), "rb") as one:
            one.seek(self.heard)
            text = one.read()
        whole = text[:text.rfind(b"\n") + 1]
        self.heard += len(whole)
        for line in whole.decode("utf-8", "replace").split("\n")[:-1]:
            for event in self._tell(line):
                self.known.setdefault(event["n"], Session()).take(event)
        return self.known.values()

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
