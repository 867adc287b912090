#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""providers.py LATCHKEY [TEST]...: each provider of `latchkey rehearse`, and
the command that logs in to it over its port."""
import os
import re
import signal
import smtplib
import ssl
import subprocess
import sys
import tempfile
import unittest

LATCHKEY = sys.argv[1]
MESSAGE = (b"From: a@example.org\nTo: b@example.net\nSubject: dots\n"
           b"Date: Tue, 1 Sep 2026 12:00:00 +0000\nMessage-ID: <1@example.org>"
           b"\n\n.\n..two\n.x\ncaf\xc3\xa9 \r\nlast")
WIRE = MESSAGE.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") + b"\r\n"

# provider, id that logs in, AUTH lines, connections
PROVIDERS = (
    ("sendcloud", "login-ir", 2, 1),
    ("strict-login", "login", 1, 1),
    ("ignores-ir", "login", 1, 1),
    ("haraka-like", "login-ir", 2, 2),
    ("plain-needs-ir", "plain", 1, 1),
    ("plain-refuses-ir", "plain", 2, 1),
    ("dead-plain", "login", 2, 1),
    ("lockout", "plain", 1, 1),
    ("modern", "plain", 1, 1),
    ("xoauth2", "xoauth2", 1, 1),
)


class Rehearsal:
    """One server, until it is told to stop."""

    def __init__(self, home, name, *options):
        self.home = home
        self.mail = os.path.join(home, "mail")
        self.trace_file = os.path.join(home, "server-trace")
        self.process = subprocess.Popen(
            [LATCHKEY, "rehearse", "--address", "127.0.0.2", "--mail",
             self.mail, "--trace=" + self.trace_file, *options, name],
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.port = re.search(r" on 127\.0\.0\.2:(\d+), ", line).group(1)
        self.facts = dict(re.findall(r"(\w+) = ([^,\n]+)", line))

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.stdout.close()
        return self.process.wait(30)

    def trace(self):
        with open(self.trace_file, encoding="utf-8") as f:
            return f.read()

    def said(self):
        """What the client said, with meanings."""
        return re.findall(r"^ *[\d.]+ -> (.*)$", self.trace(), re.M)

    def auth_lines(self):
        return [line for line in self.said() if line.startswith("AUTH")]


class Case(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory()
        self.addCleanup(self.tmp.cleanup)

    def rehearse(self, name, *options):
        server = Rehearsal(self.tmp.name, name, *options)
        self.addCleanup(server.stop)
        return server

    def run_client(self, server, *args, password=None, data=b"", user=None,
                   command="send", source=None):
        secret = "token" if "token" in server.facts else "password"
        env = dict(os.environ, HOME=self.tmp.name,
                   REHEARSED=password or server.facts[secret])
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
            env[name] = os.path.join(self.tmp.name, "home")
        # what one run learns the next one does not know
        env["XDG_STATE_HOME"] = tempfile.mkdtemp(dir=self.tmp.name)
        options = ["-s", "smtp://127.0.0.2:" + server.port,
                   "-o", "user=" + (user or server.facts["user"]),
                   "-o", "tls=" + server.facts["tls"],
                   f"--{secret}-from", source or "env:REHEARSED"]
        if server.facts["tls"] != "none":
            options += ["-o", "ca=" + server.facts["ca"]]
        return subprocess.run([LATCHKEY, command, *options, *args], env=env,
                              input=data, capture_output=True, timeout=60,
                              check=False)

    def send(self, server, *args, **more):
        return self.run_client(server, "-f", "a@example.org", *args,
                               "b@example.net", "c@example.net",
                               data=MESSAGE, **more)

    def check_slots(self, server):
        """No password where a name was asked for."""
        asked = None
        for line in server.trace().splitlines():
            m = re.match(r' *[\d.]+ <- 334 .* "(.*)"$', line)
            if m:
                asked = m.group(1)
            elif " -> " in line and asked:
                if "user" in asked.lower():
                    self.assertNotIn("(the password)", line)
                asked = None
            if " -> AUTH LOGIN " in line:
                self.assertTrue(line.endswith("(the user name)"), line)

    def check_mail(self, server, name="0001"):
        path = os.path.join(server.mail, name)
        with open(path + ".eml", "rb") as f:
            self.assertEqual(f.read(), WIRE)
        with open(path + ".env", encoding="utf-8") as f:
            lines = f.read().splitlines()
        self.assertEqual([" ".join(l.lower().split()[:2]) for l in lines],
                         ["mail from:<a@example.org>",
                          "rcpt to:<b@example.net>",
                          "rcpt to:<c@example.net>"])
        for ending in (".eml", ".env"):
            self.assertEqual(os.stat(path + ending).st_mode & 0o777, 0o600)


class Providers(Case):
    def play(self, provider, tls):
        name, mech, auths, connections = provider
        server = self.rehearse(name, "--tls", tls)
        extra = (["-o", "insecure-plaintext=yes"] if tls == "none" else [])
        done = self.run_client(server, *extra, command="login")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f" with {mech} (".encode(), done.stdout)
        self.assertEqual(len(server.auth_lines()), auths)
        self.assertEqual(server.trace().count("a client connected"),
                         connections)
        done = self.send(server, *extra)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(server.stop(), 0)
        self.check_slots(server)
        self.check_mail(server)
        self.assertEqual(server.trace().count("<- 235"), 2)
        self.assertFalse([f for f in os.listdir(server.mail)
                          if f.endswith(".pem")])

    def wrong(self, name):
        """At most two refusals of a wrong password, exit 77, no mail; and it
        is not shown: it is not the file's."""
        server = self.rehearse(name, "--tls", "implicit")
        done = self.send(server, password="Wr0ngfish")
        self.assertEqual(done.returncode, 77, done.stderr)
        server.stop()
        self.assertLessEqual(server.trace().count("<- 535"), 2)
        self.assertNotIn("<- 421", server.trace())
        self.assertNotIn("Wr0ngfish", server.trace())
        self.assertEqual(os.listdir(server.mail), [])


for p in PROVIDERS:
    for t in ("none", "starttls", "implicit")[p[0] == "xoauth2":]:
        setattr(Providers, "test_%s_%s" % (p[0].replace("-", "_"), t),
                lambda self, p=p, t=t: self.play(p, t))
    setattr(Providers, "test_%s_wrong" % p[0].replace("-", "_"),
            lambda self, p=p: self.wrong(p[0]))


class Tokens(Case):
    def test_without_tls(self):
        """Nothing lifts that."""
        server = self.rehearse("xoauth2", "--tls", "none")
        done = self.send(server, "-o", "insecure-plaintext=yes")
        self.assertEqual(done.returncode, 69, done.stderr)
        self.assertIn(b"xoauth2: it needs TLS", done.stderr)
        server.stop()
        self.assertEqual(server.auth_lines(), [])

    def test_refused(self):
        """What the server explains is told; the same token is not repeated."""
        server = self.rehearse("xoauth2")
        done = self.send(server, password="Wr0ngfish")
        self.assertEqual(done.returncode, 77, done.stderr)
        self.assertIn(b"(status 400): 535 5.7.8 Username", done.stderr)
        self.assertIn(b"its scope: https://mail.example/", done.stderr)
        server.stop()
        self.assertEqual(len(server.auth_lines()), 1)

    def test_fresh(self):
        """The source is asked once more, and has another one."""
        server = self.rehearse("xoauth2")
        asked = os.path.join(self.tmp.name, "asked")
        done = self.send(server, source=(
            f"cmd:sh -c 'if mkdir {asked} 2>/dev/null; then echo Wr0ngfish; "
            "else printenv REHEARSED; fi'"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(server.stop(), 0)
        self.assertEqual(len(server.auth_lines()), 2)
        self.check_mail(server)

    def test_long(self):
        """Four KiB do not fit in the command."""
        server = self.rehearse("xoauth2")
        self.assertEqual(self.send(server, password="x" * 4096).returncode,
                         77)
        server.stop()
        self.assertEqual(server.auth_lines(), ["AUTH XOAUTH2"])


class FieldReport(Case):
    def test_refused_in_the_clear(self):
        server = self.rehearse("sendcloud")
        self.assertEqual(server.facts["tls"], "none")
        done = self.send(server)
        self.assertEqual(done.returncode, 69)
        self.assertIn(b"unencrypted connection", done.stderr)
        self.assertIn(b"insecure-plaintext", done.stderr)
        server.stop()
        self.assertEqual(server.auth_lines(), [])

    def test_trailing_blank(self):
        """A client that sends an empty name gets what the report got."""
        server = self.rehearse("sendcloud")
        with smtplib.SMTP("127.0.0.2", int(server.port)) as client:
            client.ehlo()
            self.assertEqual(client.docmd("AUTH LOGIN "),
                             (334, b"UGFzc3dvcmQ6"))
            self.assertEqual(client.docmd("Y29zdGFAYW1heGl0Lm5ldA=="),
                             (334, b"UGFzc3dvcmQ6"))
            self.assertEqual(client.docmd("MTk4MjIxNA==")[0], 535)
            self.assertEqual(client.docmd("AUTH", "PLAIN"),
                             (500, b"5.5.1 unrecognized command"))


class OtherClients(Case):
    def test_smtplib(self):
        """A client that nobody here wrote, twice at once."""
        server = self.rehearse("modern")
        context = ssl.create_default_context(cafile=server.facts["ca"])
        clients = [smtplib.SMTP("127.0.0.2", int(server.port), timeout=30)
                   for _ in range(2)]
        for c in clients:
            with self.assertRaises(smtplib.SMTPException):
                c.sendmail("a@example.org", ["b@example.net"], b"x")
            c.starttls(context=context)
            c.login(server.facts["user"], server.facts["password"])
        for c in clients:
            c.sendmail("a@example.org", ["b@example.net", "c@example.net"],
                       WIRE)
            c.quit()
        self.check_mail(server, "0001")
        self.check_mail(server, "0002")

    def test_lockout(self):
        """It counts across connections, and never forgets by itself."""
        server = self.rehearse("lockout", "--tls", "none")
        codes = []
        for _ in range(3):
            client = smtplib.SMTP("127.0.0.2", int(server.port), timeout=30)
            client.ehlo()
            codes.append(client.docmd("AUTH", "PLAIN AGEAYg==")[0])
            client.close()
        self.assertEqual(codes, [535, 535, 421])
        with self.assertRaises(smtplib.SMTPConnectError):
            smtplib.SMTP("127.0.0.2", int(server.port), timeout=30)
        done = self.send(server, "-o", "insecure-plaintext=yes")
        self.assertEqual(done.returncode, 75)


class Command(Case):
    def latchkey(self, *args):
        return subprocess.run([LATCHKEY, "rehearse", *args], timeout=30,
                              capture_output=True, text=True, check=False,
                              env=dict(os.environ, TMPDIR=self.tmp.name))

    def test_list(self):
        done = self.latchkey("--list")
        lines = done.stdout.splitlines()
        self.assertEqual([l.split()[0] for l in lines],
                         sorted(p[0] for p in PROVIDERS))
        for line in lines:
            self.assertGreater(len(line.split()), 3)
            self.assertLessEqual(len(line), 80)

    def test_refusals(self):
        broken = os.path.join(self.tmp.name, "broken.smtp")
        with open(broken, "w", encoding="utf-8") as f:
            f.write("# broken\nstate a\non EHLO *\nS: 250 x\nnext b\n")
        for args, code, text in (
                ((), 64, "one provider"),
                (("nobody",), 64, "rehearse --list"),
                ((broken,), 78, "broken.smtp:5: there is no such state"),
                (("--address", "0.0.0.0", "modern"), 64, "loopback"),
                (("--address", "::", "modern"), 64, "loopback"),
                (("--tls", "maybe", "modern"), 64, "starttls"),
                (("--port", "70000", "modern"), 64, "65535"),
                (("--subject", "x", "modern"), 64, "takes no")):
            with self.subTest(args=args):
                done = self.latchkey(*args)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(text, done.stderr)
        self.assertEqual(os.listdir(self.tmp.name), ["broken.smtp"])

    def test_conversation(self):
        """A conversation, for a client that keeps to it and for one that
        does not."""
        path = os.path.join(self.tmp.name, "talk.smtp")
        with open(path, "w", encoding="utf-8") as f:
            f.write("# talk\nS: 220 hi\nC: NOOP\nS: 250 ok\nC: QUIT\n"
                    "S: 221 bye\nEND\nclass ok\n")
        for verb, code in (("NOOP", 0), ("RSET", 76)):
            server = self.rehearse(path)
            client = smtplib.SMTP("127.0.0.2", int(server.port), timeout=30)
            try:
                client.docmd(verb)
                client.docmd("QUIT")
            except smtplib.SMTPServerDisconnected:
                pass
            client.close()
            self.assertEqual(server.process.wait(30), code)

    def test_once(self):
        server = self.rehearse("modern", "--once")
        self.assertEqual(
            self.run_client(server, command="login").returncode, 0)
        self.assertEqual(server.process.wait(30), 0)

    def test_bare_line_feeds(self):
        """They end neither a line nor a message."""
        server = self.rehearse("modern", "--tls", "none")
        client = smtplib.SMTP("127.0.0.2", int(server.port), timeout=30)
        client.login(server.facts["user"], server.facts["password"])
        client.docmd("MAIL FROM:<a@example.org>")
        client.docmd("RCPT TO:<b@example.net>")
        client.docmd("DATA")
        client.send(b"a\n.\nb\n.\r\nc\r\n.\nd\r\n.\r\n")
        self.assertEqual(client.getreply()[0], 250)
        client.quit()
        with open(os.path.join(server.mail, "0001.eml"), "rb") as f:
            self.assertEqual(f.read(), b"a\n.\nb\n.\r\nc\r\n\nd\r\n")

    def test_long_line(self):
        server = self.rehearse("modern", "--tls", "none")
        client = smtplib.SMTP("127.0.0.2", int(server.port), timeout=30)
        self.assertEqual(client.docmd("x" * 20000)[0], 500)
        client.close()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
