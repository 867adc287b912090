# SPDX-License-Identifier: MIT
"""Programs of Debian that have no way to Latchkey, unmodified, before servers that offer one mechanism nobody has heard of.

    for way in WAYS:
        ended = way.tried(programs, folder, environment)
        ended.code, ended.text, ended.heard     how it ended, all that it wrote, and the commands that the server got
"""

import collections
import glob
import os
import pty
import select
import signal
import socketserver
import subprocess
import threading
import time

MECHANISM = "X-ODD"
LOGINS = {"AUTH", "AUTHENTICATE", "LOGIN"}
SECRET = "Correct-horse-battery-staple-77"
Ended = collections.namedtuple("Ended", "code text heard")

# Protocol: greeting, and what is said to a command; {0} is the mechanism, {1} the tag.
TALK = {
    "smtp": ("220 odd.example ESMTP", {
        "EHLO": "250-odd.example\r\n250 AUTH {0}", "AUTH": "235 2.7.0 in", "QUIT": "221 2.0.0 bye",
        "": "500 5.5.1 no"}),
    "imap": ("* OK odd.example", {
        "CAPABILITY": "* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH={0}\r\n{1} OK done", "AUTHENTICATE": "{1} OK in",
        "LOGOUT": "* BYE\r\n{1} OK done", "": "{1} BAD no"}),
}


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        greeting, answers = TALK[self.server.protocol]
        try:
            self.say(greeting)
            for line in iter(self.rfile.readline, b""):
                words = line.decode("ascii", "replace").split() + ["", ""]
                command = words[self.server.protocol == "imap"].upper()
                self.server.heard.append(command)
                self.say(answers.get(command, answers[""]).format(self.server.mechanism, words[0]))
                if command in ("QUIT", "LOGOUT"):
                    return
        except ConnectionError:  # it has ended
            pass

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")


class Server(socketserver.ThreadingTCPServer):
    """To a command AUTH it says that this is enough: who knows the mechanism is in."""

    def __init__(self, protocol, mechanism):
        super().__init__(("127.0.0.1", 0), Handler)
        self.protocol, self.mechanism, self.heard, self.port = protocol, mechanism, [], self.server_address[1]
        self.thread = threading.Thread(target=self.serve_forever, args=(0.05,))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.thread.join()
        self.server_close()  # and waits for those that still talk


def piped(command, environment, way, folder):
    done = subprocess.run(command, env=environment, cwd=folder, input=way.given, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60, start_new_session=True, check=False)
    return done.returncode, done.stdout


def on_terminal(command, environment, way, folder):
    """Of a program that draws on a terminal: all until it has drawn the words; then that hangs up."""
    child, terminal = pty.fork()
    if child == 0:
        try:
            os.chdir(folder)
            os.execve(command[0], command, environment)
        finally:
            os._exit(127)
    drawn, deadline = b"", time.monotonic() + 60
    try:
        while way.words.encode() not in drawn and time.monotonic() < deadline:
            if select.select([terminal], [], [], 0.5)[0]:
                drawn += os.read(terminal, 4096)
    except OSError:  # it has ended
        pass
    os.kill(child, signal.SIGHUP)
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), drawn.decode("ascii", "replace")


class Way:
    """One way to tell a program to log in; `code`, `words` and `heard` are how that ends."""

    protocol, run = "smtp", staticmethod(piped)
    files, given = {}, "Subject: odd\n\nHello.\n"

    def __init__(self, name, words, code, heard, *line, **more):
        self.name, self.words, self.code, self.heard, self.line = name, words, code, heard, line
        self.__dict__.update(more)

    def tried(self, programs, folder, environment, mechanism=MECHANISM):
        libraries, = (os.path.dirname(one) for one in glob.glob(programs + "/usr/lib/*/libmailutils.so.9"))
        environment = {"PATH": "/usr/bin:/bin", "HOME": folder, "LANG": "C", "TERM": "xterm", "LD_LIBRARY_PATH": libraries,
                       "TMPDIR": folder, "KRB5CCNAME": "FILE:" + folder + "/no-tickets", **environment}
        with Server(self.protocol, mechanism) as server:
            facts = {"port": server.port, "secret": SECRET, "mechanism": mechanism, "folder": folder,
                     "name": mechanism.lower()}
            for name, text in self.files.items():
                with open(os.path.join(folder, name), "w", encoding="ascii", opener=lambda *a: os.open(*a, 0o600)) as out:
                    out.write(text % facts)
            command = [programs + self.name, *(word % facts for word in self.line)]
            code, text = self.run(command, environment, self, folder)
        return Ended(code, text, server.heard)


MUTT = ("-n", "-F", "/dev/null", "-e", "set ssl_starttls=no ssl_force_tls=no copy=no from=a@example.org",
        "-e", "set smtp_url=smtp://alice:%(secret)s@127.0.0.1:%(port)s/")
NAMED = ("-e", 'set smtp_authenticators="%(mechanism)s"')
MAIL = ("-s", "odd", "b@example.org")
MSMTP = ("-C", "/dev/null", "--host=127.0.0.1", "--port=%(port)s", "--user=alice", "--passwordeval=cat secret", "--tls=off",
         "--from=a@example.org")
SECRET_FILE = {"secret": "%(secret)s\n"}
CURL = ("-qsS", "smtp://127.0.0.1:%(port)s", "--user", "alice:%(secret)s", "--mail-from", "a@example.org", "--mail-rcpt",
        "b@example.org", "-T", "-")
FETCHMAILRC = 'poll 127.0.0.1 service %%(port)s protocol imap auth %s user "alice" password "%%(secret)s" sslproto ""\n'
FETCHMAIL = ("-f", "fetchmailrc", "--nodetach", "--nosyslog", "--pidfile", "%(folder)s/pid")
PINERC = "last-version-used=9.99\nuser-domain=example.org\ninbox-path={127.0.0.1:%(port)s/imap/notls/user=alice}INBOX\n"
NO_SUCH, NONE_LEFT = "no suitable authentication mechanism found", "we've run out of authentication methods and cannot log in"

# The mechanism by its name, where a program takes one; and whatever it would choose of what the server offers.
WAYS = (
    Way("/usr/bin/mutt", "No authenticators available", 1, ["EHLO"], *MUTT, *NAMED, *MAIL),
    Way("/usr/bin/mutt", "No authenticators available", 1, ["EHLO"], *MUTT, *MAIL),
    Way("/usr/bin/neomutt", "X-ODD is not a valid authenticator", 1, ["EHLO"], *MUTT, *NAMED, *MAIL),
    Way("/usr/bin/neomutt", "No authenticators available", 1, ["EHLO"], *MUTT, *MAIL),
    Way("/usr/bin/msmtp", "invalid argument x-odd for --auth", 64, [], *MSMTP, "--auth=%(name)s", "b@example.org",
        files=SECRET_FILE),
    Way("/usr/bin/msmtp", "cannot use a secure authentication method", 69, ["EHLO"], *MSMTP, "--auth=on", "b@example.org",
        files=SECRET_FILE),
    Way("/usr/bin/mail.mailutils", NO_SUCH, 1, ["EHLO"], "--no-config", "-E",
        "set sendmail=smtp://alice:%(secret)s;auth=%(mechanism)s@127.0.0.1:%(port)s", "-r", "a@example.org", *MAIL),
    Way("/usr/bin/mail.mailutils", NO_SUCH, 1, ["EHLO"], "--no-config", "-E",
        "set sendmail=smtp://alice:%(secret)s@127.0.0.1:%(port)s", "-r", "a@example.org", *MAIL),
    Way("/usr/bin/curl", "curl: (3) ", 3, [], *CURL, "--login-options", "AUTH=%(mechanism)s"),
    Way("/usr/bin/curl", "curl: (67) Login denied", 67, ["EHLO"], *CURL, "--login-options", "AUTH=*"),
    Way("/usr/bin/fetchmail", "syntax error at x-odd", 5, [], *FETCHMAIL, protocol="imap",
        files={"fetchmailrc": FETCHMAILRC % "%(name)s"}),
    Way("/usr/bin/fetchmail", NONE_LEFT, 3, ["CAPABILITY", "LOGOUT"], *FETCHMAIL, protocol="imap",
        files={"fetchmailrc": FETCHMAILRC % "any"}),
    Way("/usr/bin/alpine", "Server disables LOGIN, no recognized SASL authenticator", 0, ["CAPABILITY", "LOGOUT"], "-p",
        "pinerc", "-i", protocol="imap", run=on_terminal, files={"pinerc": PINERC}),
)
# One of libsasl2, which has the mechanism from the bridge.
REACHES = Way("/usr/lib/cyrus/bin/smtptest", "\nAuthenticated.\n", 0, ["EHLO", "AUTH", "QUIT"], "-p", "%(port)s", "-m",
              MECHANISM, "-a", "alice", "-u", "alice", "-w", "%(secret)s", "127.0.0.1", given="QUIT\r\n")
