# SPDX-License-Identifier: MIT
"""Which server a test is run with: its first argument."""

import signal
import sys
import unittest

import anonymous
import dovecot
import exim
import imap
import kerberos
import openid
import postfix
import recorded
import relay
import rig
import slapd
import throttled

KINDS = (postfix.Postfix, recorded.Aiosmtpd, recorded.SmtpServer, recorded.Haraka, exim.Exim, dovecot.Dovecot, imap.Dovecot,
         kerberos.Postfix, kerberos.Dovecot, anonymous.Postfix, openid.Dovecot, relay.Postfix, slapd.Slapd,
         throttled.Postfix)
SERVERS = {kind.name: kind for kind in KINDS}


def chosen():
    name = sys.argv[1] if len(sys.argv) > 1 else None
    if name not in SERVERS:
        sys.exit("usage: %s %s [TEST...]" % (sys.argv[0], "|".join(SERVERS)))
    return SERVERS[name]()


def needs(word):
    """A test, or a class of tests, that only some servers allow; see Server.can."""
    def mark(what):
        what.needs = word
        return what
    return mark


def only(server, tests):
    """The tests that this server allows."""
    chosen_tests = unittest.TestSuite()
    for test in tests:
        if isinstance(test, unittest.TestSuite):
            chosen_tests.addTest(only(server, test))
        else:
            asked = {getattr(what, "needs", None) for what in (type(test), getattr(test, test._testMethodName))}
            if asked <= {None, *server.can}:
                chosen_tests.addTest(test)
    return chosen_tests


def main(server):
    if server.needs_root:
        rig.become_root(server.name)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)
