# SPDX-License-Identifier: MIT
"""What every trial of the command against a real server has: a home, empty mailboxes, and an eye on its secrets."""

import json
import re
import unittest

import command
import messages
import reference
import rig
import servers

SERVER = servers.chosen()
ALICE, BOB, CAROL = map(rig.address, rig.USERS)
WRONG = "Wrong-horse-battery-staple-41"
LISTENERS = ("starttls", "implicit")  # those that a client should use
# The configured id, and what it says on the wire.
MECHANISMS = {"login": "LOGIN", "login-ir": "LOGIN", "plain": "PLAIN"}
# With those that give no password away, if the server has them.
ALL_MECHANISMS = {name: wire for name, wire in {**MECHANISMS, "cram-md5": "CRAM-MD5"}.items() if wire in SERVER.mechanisms}


def password_ids():
    """What it says on the wire by each installed id that logs in to this server with a password."""
    home = command.Home(SERVER.base)
    try:
        listed = [json.loads(line) for line in home.run("mechs", "list", "--json").out.splitlines()]
    finally:
        home.remove()
    ids = {one["id"]: one["wire"] for one in listed if one["wire"] in SERVER.mechanisms and one["state"] == "found"}
    if "sasl-*" in [one["id"] for one in listed]:  # a list that is made when it runs
        ids.update(("sasl-" + wire.lower(), wire) for wire in sorted(SERVER.mechanisms))
    return ids


def url(listener):
    scheme = "smtps" if listener.endswith("implicit") else "smtp"
    address = SERVER.address[listener]
    return "%s://%s@%s:%d" % (scheme, ALICE, "localhost" if address == "127.0.0.1" else address, SERVER.port[listener])


def auth_lines(result):
    """The AUTH commands of the trace; the server's offer is no command."""
    return [line for line in result.trace.splitlines() if re.search(r"(?<!250[- ])\bAUTH [A-Z][A-Z0-9-]+", line)]


class Trial(unittest.TestCase):
    def setUp(self):
        self.new_home()
        SERVER.empty()
        SERVER.mark()
        self.names_before = SERVER.names()
        self.password = SERVER.password["alice"]
        self.message = messages.header(ALICE, BOB, self.id().rpartition(".")[2]) + b"\nHello.\n"

    def tearDown(self):
        """Whatever a trial was about: no server was given anything but a user's name for one."""
        self.assertLessEqual(SERVER.names() - self.names_before, {ALICE, CAROL})

    def new_home(self):
        """A user of whom nothing has been learnt."""
        self.home = command.Home(SERVER.base)
        self.addCleanup(self.home.remove)

    def send(self, where, *words, to=(BOB,), source=None, pieces=None, measure=False):
        source = source or self.home.password_file(self.password)
        # Without TLS there is nothing to trust, and the command says so.
        trust = () if "tls=none" in words else ("-o", "ca=" + SERVER.ca)
        return self.home.run("send", "-s", where, *trust, "-f", ALICE, "--password-from", source, *words, *to,
                             pieces=[self.message] if pieces is None else pieces, measure=measure)

    def login(self, where, *words, password=None):
        return self.home.run("login", "-o", "ca=" + SERVER.ca, "--password-from",
                             self.home.password_file(password or self.password), *words, where)

    def check(self, code, result):
        """The exit code, and that no secret was written, nor kept for the next time."""
        self.assertEqual(code, result.code, str(result))
        for secret in (self.password, WRONG):
            self.assertFalse(result.tells(secret), "the password is in the output:\n%s" % result)
            self.assertEqual([], self.home.keeps(secret))

    def nothing_arrived(self, *users):
        """A message that another client sends afterwards is all there is."""
        for user in users:
            later = messages.header(CAROL, ALICE, "later") + b"\nlater\n"
            reference.submit(SERVER, "carol", user, later)
            self.assertEqual([later], SERVER.wait_inbox(user))
