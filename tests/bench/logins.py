# SPDX-License-Identifier: MIT
"""What a login takes in the client, by mechanism and beside libsasl2's own client; what a host holds."""

import os
import statistics

import mta  # noqa: F401, where the servers are found
import kerberos
from measure import median, rounds

COUNT, ROUNDS = 200, 9
SERVER_NAME = "mail.example"  # as serve.c has it
# The id, its name on the wire, and whether libsasl2 has a client for it.
MECHANISMS = (("plain", "PLAIN", True), ("login", "LOGIN", True), ("login-ir", "LOGIN", True), ("cram-md5", "CRAM-MD5", True),
              ("scram-sha-1", "SCRAM-SHA-1", True), ("scram-sha-256", "SCRAM-SHA-256", True),
              ("scram-sha-512", "SCRAM-SHA-512", True), ("external", "EXTERNAL", True), ("xoauth2", "XOAUTH2", False),
              ("oauthbearer", "OAUTHBEARER", False), ("sasl-anonymous", "ANONYMOUS", True), ("sasl-plain", "PLAIN", True),
              ("sasl-digest-md5", "DIGEST-MD5", True), ("sasl-ntlm", "NTLM", True),
              ("sasl-scram-sha-256", "SCRAM-SHA-256", True), ("sasl-gssapi", "GSSAPI", True))
HOLDS = (("nothing", "nothing made"), ("host", "a host, nothing loaded"), ("ours", "all that needs no libsasl2"),
         ("all", "everything"), ("libsasl2", "libsasl2 alone, brought up"))


class Kdc(kerberos.Kdc):
    @staticmethod
    def _hosts():
        return [SERVER_NAME]


def logins(launcher, postfix):
    """One row a mechanism: the first login of a process, each further one."""
    base = launcher.environment["HOME"]
    kdc = Kdc(postfix.programs, os.path.join(base, "krb5"), base, {"alice": "s3cret"}).start("root")
    try:
        kdc.kinit("alice", os.path.join(base, "tickets"))
        rows = [_row(launcher, kdc, *mechanism) for mechanism in MECHANISMS]
    finally:
        kdc.stop()
    head = ("mechanism", "first", "Cyrus's", "ratio", "further", "Cyrus's", "ratio")
    return head, rows


def _row(launcher, kdc, name, wire, is_theirs):
    environment = {"KRB5_CONFIG": kdc.config, "KRB5CCNAME": "FILE:" + os.path.join(launcher.environment["HOME"], "tickets")}

    def program(*words):
        one = [launcher.program(words[0]), launcher.program("serve"), str(COUNT), *words[1:]]
        run = launcher.run(one, **environment)
        run.first, run.further = (int(word) / 1000 for word in run.out.split())
        return run

    programs = {"latchkey": lambda: program("ours", wire, name)}
    if is_theirs:
        programs["cyrus"] = lambda: program("cyrus", wire)
    found = rounds(ROUNDS, **programs)
    cells = ["`%s`" % name]
    for what in ("first", "further"):
        ours, theirs = median(found["latchkey"], what), median(found.get("cyrus", ()), what)
        cells += [_us(ours), _us(theirs) if theirs else "none", "%.2f" % (ours / theirs) if theirs else ""]
    return tuple(cells)


def _us(number):
    return "%.0f µs" % number if number < 1000 else "%.1f ms" % (number / 1000)


def memory(launcher, _postfix):
    """One row for each thing to hold: resident, what of it is the process's own, and its heap."""
    rows = []
    for what, name in HOLDS:
        runs = [launcher.run([launcher.program("memory"), what]).out.split() for _ in range(ROUNDS)]
        numbers = [statistics.median(int(run[column]) for run in runs) for column in range(3)]
        rows.append((name, *("%.0f KiB" % number for number in numbers)))
    return ("what the process holds", "resident", "its own", "heap"), rows


TABLES = {"logins": logins, "memory": memory}
