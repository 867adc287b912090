# SPDX-License-Identifier: MIT
"""A real Postfix with Cyrus SASL."""

import os
import re
import subprocess

import config
import rig
from daemon import Daemon, ids

# Any existing system users do, if they differ: Postfix refuses root, and one id in two roles.
OWNER, SETGID, MAILBOXES = "daemon", "mail", "nobody"

# What Postfix puts before a message.
ADDED = re.compile(rb"Return-Path: <[^\n]*>\nX-Original-To: [^\n]*\nDelivered-To: [^\n]*\n"
                   rb"Received: from [^\n]*\n(?:[ \t][^\n]*\n)+")


class Postfix(Daemon):
    name = "postfix"
    mechanisms = frozenset("PLAIN LOGIN CRAM-MD5 DIGEST-MD5 NTLM SCRAM-SHA-1 SCRAM-SHA-224 SCRAM-SHA-256 SCRAM-SHA-384 "
                           "SCRAM-SHA-512".split())
    can = frozenset({"refuse-bare-lf"})
    refusal = "authentication failed"

    # -- start

    def _prepare(self):
        os.chmod(self.path("log"), 0o755)
        self._directories()
        self._users()
        self._write("main.cf", config.MAIN_CF)

    def _directories(self):
        owner, _ = ids(OWNER)
        setgid = ids(SETGID)[1]
        boxes = ids(MAILBOXES)
        private = "active bounce corrupt defer deferred flush hold incoming private saved trace"
        layout = [("etc", 0o755, 0, 0), ("etc/sasl", 0o755, 0, 0), ("data", 0o700, owner, 0), ("mail", 0o700, *boxes),
                  ("queue", 0o755, 0, 0), ("queue/pid", 0o755, 0, 0), ("queue/public", 0o710, owner, setgid),
                  ("queue/maildrop", 0o730, owner, setgid)]
        layout += [("queue/" + name, 0o700, owner, 0) for name in private.split()]
        for name, mode, uid, gid in layout:
            os.mkdir(self.path(name))
            os.chown(self.path(name), uid, gid)
            os.chmod(self.path(name), mode)

    def _write(self, name, template):
        uid, gid = ids(MAILBOXES)
        boxes = ", ".join("{ %s = %s/ }" % (rig.address(user), user) for user in rig.USERS)
        text = template.format(base=self.base, program=self.programs, domain=rig.DOMAIN, owner=OWNER, setgid=SETGID, uid=uid,
                               gid=gid, mailboxes=boxes, deferred=rig.DEFERRED, deferred_words=rig.DEFERRED_WORDS,
                               size_limit=rig.SIZE_LIMIT, mechanisms=" ".join(sorted(self.mechanisms)))
        # One that begins meanwhile reads the old one or the new one: half of one is fatal to it.
        with open(self.path("etc", name + ".new"), "w", encoding="ascii") as out:
            out.write(text)
        os.rename(self.path("etc", name + ".new"), self.path("etc", name))

    def _users(self):
        self._write("dynamicmaps.cf", "")
        # Debian's Postfix looks for it here, and only here.
        self._write("sasl/smtpd.conf", config.SMTPD_CONF)
        database = self.path("etc", "sasldb")
        for user, password in self.password.items():
            self.add(rig.address(user), password)
        os.chown(database, *ids(OWNER))
        os.chmod(database, 0o600)

    def add(self, name, password):
        """Another user, NAME@DOMAIN."""
        database = self.path("etc", "sasldb")
        subprocess.run([self.programs + "/usr/sbin/saslpasswd2", "-f", database, "-u", rig.DOMAIN, "-c", "-p", "--", name],
                       input=password.encode(), check=True)

    def _listener(self, name):
        address, tls, certificate = rig.LISTENERS[name]
        options = config.TLS[tls] + config.CERTIFICATE.format(base=self.base, name=certificate)
        return "%s:%d inet n - n - - smtpd %s\n" % (address, self.port[name], options)

    def _command(self):
        self._write("master.cf", "".join(map(self._listener, self.port)) + config.SERVICES)
        self.environment = {"MAIL_CONFIG": self.base + "/etc", "LD_LIBRARY_PATH": self.programs + "/usr/lib/postfix"}
        return [self.programs + "/usr/lib/postfix/sbin/master", "-c", self.base + "/etc", "-d"]

    # -- what arrived, what was said

    def _as_sent(self, raw):
        added = ADDED.match(raw)
        if not added:
            raise RuntimeError("not as Postfix delivers it: %r" % raw[:400])
        return raw[added.end():]

    def log(self):
        text = ""
        for name in ("out", "mail.log"):
            try:
                with open(self.path("log", name), encoding="utf-8", errors="replace") as one:
                    text += one.read()
            except FileNotFoundError:
                pass
        return text

    def names(self):
        """The user names that were ever received; Postfix tells those of senders only."""
        return set(re.findall(r" sasl_username=([^\s,]+)", self.log()))

    def _open(self):
        text = self.log()
        return len(re.findall(r": connect from ", text)) != len(re.findall(r": disconnect from ", text))

    def _ended(self):
        # 0/0 is whoever only looked whether the port is open.
        return re.findall(r" disconnect from \S+ (?!commands=0/0)(.*)", self.log())

    def sessions(self, count=1):
        found = [dict(word.split("=", 1) for word in line.split()) for line in self.ended(count)]
        return [{name: self._count(number) for name, number in session.items() if name != "commands"} for session in found]

    @staticmethod
    def _count(number):
        """Postfix writes 2 for 2/2."""
        done, _, tried = number.partition("/")
        return int(done), int(tried or done)
