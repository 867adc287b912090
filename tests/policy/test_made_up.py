#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A mechanism that nobody has heard of is dropped into a directory: among the
installed ones it takes the place that its flags give it."""
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["LATCHKEY"]
LIBRARIES = os.environ["LATCHKEY_LIBRARIES"].split(":")
PLUGINS = os.environ["LATCHKEY_PLUGINS"]
MADE_UP = os.environ["LATCHKEY_MADE_UP"]
LIST = os.environ["LATCHKEY_LIST"]

# What is installed, in the order of trial; with a password and a token.
ORDER = ("scram-sha-512-plus", "scram-sha-256-plus", "scram-sha-1-plus",    # bound to the channel
         "oauthbearer", "xoauth2",                                          # tokens
         "scram-sha-512", "scram-sha-256", "scram-sha-1",                   # mutual or active-safe
         "cram-md5",                                                        # others, not plaintext
         "plain",                                                           # plaintext, client-first
         "login",                                                           # server-first
         "login-ir",                                                        # ir-only
         "external")                                                        # no secret
WIRES = {"login-ir": "LOGIN"}

# The made-up one, and what it comes just before and just behind.
PLACES = (("mu-bound-most", None, "scram-sha-512-plus"),
          ("mu-bound-least", "scram-sha-1-plus", "oauthbearer"),
          ("mu-token", "oauthbearer", "xoauth2"),
          ("mu-mutual", "xoauth2", "scram-sha-512"),
          ("mu-safe", "scram-sha-1", "cram-md5"),
          ("mu-hash-more", "scram-sha-1", "cram-md5"),
          ("mu-hash-less", "cram-md5", "plain"),
          ("aa-hash", "scram-sha-1", "cram-md5"),
          ("mu-hash", "cram-md5", "plain"),
          ("mu-plain-more", "cram-md5", "plain"),
          ("mu-plain", "cram-md5", "plain"),
          ("mu-plain-less", "plain", "login"),
          ("mu-server-more", "plain", "login"),
          ("mu-server-less", "login", "login-ir"),
          ("mu-ir-more", "login", "login-ir"),
          ("mu-ir-less", "login-ir", "external"),
          ("mu-ticket-more", "login-ir", "external"),
          ("mu-ticket-less", "external", None))

SERVER = """# Knows one mechanism, and none of its neighbours.
tls implicit
user ann
password Sw0rdfish
state connected
S: 220 mx.example
next hello
state hello
on EHLO *
S: 250-mx.example
S: 250 AUTH %s
on AUTH %s
on AUTH %s *
S: 235 2.7.0 welcome
on AUTH *
S: 504 5.5.4 never heard of it
on QUIT
S: 221 bye
DROP
"""


def wire(mech):
    return WIRES.get(mech, mech.upper())


class Case(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.home = directory.name
        self.dropped = os.path.join(self.home, "plugins")
        os.mkdir(self.dropped)

    def drop(self, mech):
        shutil.copy(os.path.join(MADE_UP, mech + ".so"), self.dropped)

    def run_command(self, *words, secrets="password token", **more):
        environment = {"PATH": "/usr/bin:/bin", "HOME": self.home, "LC_ALL": "C.UTF-8", "SECRET": "Sw0rdfish",
                       "LATCHKEY_PLUGIN_PATH": PLUGINS + ":" + self.dropped}
        environment.update((k, v) for k, v in os.environ.items() if k.endswith("SAN_OPTIONS"))
        given = ["--%s-from=env:SECRET" % kind for kind in secrets.split()]
        # No terminal: a question would hang.
        return subprocess.run([PROGRAM, *words, *given], env=environment, stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, check=False, timeout=60, start_new_session=True, **more)

    def why(self, offered, *words, **more):
        """id: reason, in the order of trial; "" where it would be tried."""
        done = self.run_command("mechs", "why", "-s", "smtps://ann@mx.invalid", "--offered", offered, *words, **more)
        self.assertEqual("", done.stderr)
        rows = [line.split(None, 2) for line in done.stdout.splitlines()]
        return {row[0]: "" if row[2].startswith("usable") else row[2] for row in rows}

    def rehearse(self, offered, known):
        script = os.path.join(self.home, "server.smtp")
        with open(script, "w", encoding="ascii") as file:
            file.write(SERVER % (offered, known, known))
        self.trace = os.path.join(self.home, "trace")
        server = subprocess.Popen([PROGRAM, "rehearse", "--address", "127.0.0.2", "--trace=" + self.trace, script],
                                  stdout=subprocess.PIPE, text=True)

        def stop():
            server.send_signal(signal.SIGTERM)
            server.stdout.close()
            server.wait(30)
        self.addCleanup(stop)
        line = server.stdout.readline()
        return re.search(r" on (127\.0\.0\.2:\d+), ", line).group(1), re.search(r"\bca = ([^,\n]+)", line).group(1)

    def login(self, offered, known, *words, **more):
        where, certificate = self.rehearse(offered, known)
        return self.run_command("login", "-s", "smtps://ann@" + where, "-o", "ca=" + certificate, *words, **more)

    def tried(self):
        """The names that the client said, each once."""
        with open(self.trace, encoding="utf-8") as file:
            return list(dict.fromkeys(re.findall(r"-> AUTH ([A-Z0-9_-]+)", file.read())))


class Places(Case):
    def test_what_is_installed(self):
        rows = self.why(" ".join(wire(mech) for mech in ORDER))
        self.assertEqual(ORDER, tuple(mech for mech, reason in rows.items() if not reason))

    def test_all_at_once(self):
        """Dropped together: the whole order."""
        expected, rest = [], {mech: [] for mech in ORDER}
        for mech, _, behind in PLACES:
            self.drop(mech)
            if behind:
                rest[behind].append(mech)
        for mech in ORDER:
            expected += rest[mech] + [mech]
        expected.append("mu-ticket-less")
        rows = self.why(" ".join(wire(mech) for mech in reversed(expected)))
        tried = [mech for mech, reason in rows.items() if not reason]
        # Of one class and without a name of its own the table of neighbours says nothing.
        self.assertEqual(sorted(expected), sorted(tried))
        for first, then in (("aa-hash", "cram-md5"), ("mu-safe", "mu-hash-more"), ("mu-hash-more", "aa-hash"),
                            ("cram-md5", "mu-hash"), ("mu-hash", "mu-hash-less"), ("mu-plain-more", "mu-plain"),
                            ("mu-plain-less", "mu-server-more"), ("mu-server-less", "mu-ir-more")):
            self.assertLess(tried.index(first), tried.index(then), (first, then))

    def place(self, mech, before, behind):
        self.drop(mech)
        at = ORDER.index(behind) if behind else len(ORDER)
        expected = ORDER[:at] + (mech,) + ORDER[at:]
        rows = self.why(" ".join(wire(name) for name in reversed(expected)))
        self.assertEqual(expected, tuple(name for name, reason in rows.items() if not reason))
        if before:
            self.assertEqual(before, expected[at - 1])
        neighbours = [name for name in (before, mech, behind) if name]
        # What is bound to the channel is followed by anything only if the user says so.
        done = self.login(" ".join(wire(name) for name in reversed(neighbours)), wire(mech),
                          "-o", "fallback-to-plaintext=yes")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn(" with %s (" % mech, done.stdout)
        # A name that needs a certificate is passed over before anything is sent.
        expected = [wire(name) for name in (before, mech) if name and name != "external"]
        self.assertEqual(expected, self.tried())

    def certificate(self):
        """An account with one has no source of secrets, unless it says so."""
        own = os.path.join(self.home, "own.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-subj", "/CN=ann", "-days", "2", "-keyout", own, "-out", own + ".crt"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return "-o", "cert=" + own + ".crt", "-o", "key=" + own

    def test_without_a_secret(self):
        """What needs none comes first, by its strength."""
        own = self.certificate()
        self.drop("mu-ticket-more")
        self.drop("mu-ticket-less")
        offered = "PLAIN MU-TICKET-LESS EXTERNAL MU-TICKET-MORE"
        rows = self.why(offered, *own, secrets="")
        self.assertEqual(["mu-ticket-more", "external", "mu-ticket-less"], list(rows)[:3])
        self.assertEqual("no password source", rows["plain"])
        done = self.login(offered, "MU-TICKET-LESS", *own, secrets="")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(["MU-TICKET-MORE", "MU-TICKET-LESS"], self.tried())

    def test_nobody(self):
        """Never by itself."""
        self.drop("mu-nobody")
        self.assertEqual("anonymous and not named by auth", self.why("PLAIN MU-NOBODY")["mu-nobody"])
        self.assertEqual("anonymous and not named by auth", self.why("PLAIN MU-NOBODY", secrets="token")["mu-nobody"])
        self.assertEqual("", self.why("MU-NOBODY", "-o", "auth=mu-nobody")["mu-nobody"])
        done = self.login("PLAIN MU-NOBODY", "MU-NOBODY")
        self.assertNotEqual(0, done.returncode)
        self.assertEqual(["PLAIN"], self.tried())

    def test_what_is_known_at_run_time_only(self):
        """It comes behind all that a note tells of, by whatever flags."""
        shutil.copy(LIST, self.dropped)
        done = self.login("ONE PLAIN LOGIN", "ONE")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(["PLAIN", "LOGIN", "ONE"], self.tried())

    def test_nothing_else_changes(self):
        """Dropped while the library, the command and all other plugins stay as they are; none knows its name."""
        for path in [PROGRAM, *LIBRARIES]:
            with open(path, "rb") as file:
                text = file.read().lower()
            for mech, _, _ in PLACES:
                self.assertNotIn(mech.encode(), text, path)
        before = self.why("MU-SAFE CRAM-MD5")
        self.drop("mu-safe")
        after = self.why("MU-SAFE CRAM-MD5")
        self.assertEqual(["mu-safe", "cram-md5"], list(after)[:2])
        self.assertEqual(set(before) - {"-"}, set(after) - {"mu-safe"})


for one in PLACES:
    setattr(Places, "test_place_of_" + one[0].replace("-", "_"), lambda self, one=one: self.place(*one))


class PassedOver(Case):
    """Each with its reason, before anything is sent; and the whole of it without a connection."""
    OFFERED = "GSSAPI EXTERNAL SCRAM-SHA-256 CRAM-MD5"
    REASONS = (("external", "no client certificate"), ("scram-sha-256", "no password source"),
               ("cram-md5", "no password source"))

    def check(self, done, reasons):
        self.assertEqual([], self.tried())
        self.assertIn(done.returncode, (69, 78), done.stderr)
        for mech, reason in reasons:
            self.assertRegex(done.stderr, "(?m)^ *([a-z0-9-]+, )*%s(, [a-z0-9-]+)*: .*%s" % (mech, reason))

    def test_before_anything_is_sent(self):
        self.check(self.login(self.OFFERED, "NOTHING", secrets="token"), self.REASONS)

    def test_nobody_to_ask(self):
        """No source is named, and there is no terminal."""
        self.check(self.login(self.OFFERED + " XOAUTH2", "NOTHING", secrets=""),
                   (("xoauth2", "no token source"), ("external", "no client certificate"),
                    ("scram-sha-256", "there is no terminal to ask at")))

    def test_a_ticket(self):
        """Whatever Cyrus SASL has."""
        done = self.login("GSSAPI", "NOTHING", secrets="")
        self.assertIn("GSSAPI", done.stderr)
        self.assertEqual([], self.tried())
        if "sasl-gssapi" not in done.stderr:
            self.skipTest("no GSSAPI is installed")
        self.assertRegex(done.stderr, "(?i)sasl-gssapi: .*(ticket|credential)")

    def test_without_a_connection(self):
        """Every installed mechanism has its line."""
        rows = self.why(self.OFFERED, secrets="token")
        for mech, reason in self.REASONS[1:]:
            self.assertEqual(reason, rows[mech])
        self.assertEqual("not offered by the server", rows["login"])
        self.assertEqual({"sasl-*", *ORDER}, set(rows) - {"-"})


if __name__ == "__main__":
    unittest.main()
