# SPDX-License-Identifier: MIT
"""A real Dovecot, its submission service: one for each certificate, for it chooses them by name and address only.

What it accepts it hands on to a relay while the client waits, so a sink in the process of the test has the mailboxes and
refuses the recipients. Dovecot looks for its modules where Debian installs them: a copy of its library looks for them
where Dovecot runs. What is said stands in its debugging output.
"""

import base64
import itertools
import os
import re
import shlex
import socketserver
import threading

import heard
import introspection
import rig
from daemon import Daemon, ids, relocated

# Existing system users that differ. The last one owns nothing: messages go on, and never to a mailbox of Dovecot's.
LOGIN, INTERNAL, MAILBOXES = "nobody", "daemon", "mail"
# Where a token is to be got, which it tells whose token it refuses.
CONFIGURATION = "https://id.example.com/.well-known/openid-configuration"

CONFIG = """\
base_dir = {base}/{certificate}/run
state_dir = {base}/{certificate}/state
libexec_dir = {program}
import_environment = LD_LIBRARY_PATH={libraries}
default_login_user = {login}
default_internal_user = {internal}
default_internal_group = {internal}
first_valid_uid = 1
log_path = {base}/log/main
log_debug = category=smtp-server
login_log_format_elements = rport=%{{rport}}
auth_debug = yes
auth_debug_passwords = yes

protocols = submission
hostname = mail.{domain}
ssl = required
ssl_cert = <{base}/tls/{certificate}.pem
ssl_key = <{base}/tls/{certificate}.key
ssl_ca = <{base}/tls/ca.pem
ssl_verify_client_cert = yes
ssl_require_crl = no
auth_mechanisms = {mechanisms}
auth_ssl_username_from_cert = yes
auth_username_format = %u
auth_username_chars =
auth_failure_delay = 0
local {clear} {{
  ssl = yes
  disable_plaintext_auth = no
}}

service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service submission-login {{
  inet_listener submission {{
    port = 0
  }}
{listeners}}}
# Right for each password, and decides nothing: what it adds is that a refusal of the next one is told at once.
passdb {{
  driver = static
  mechanisms = plain login xoauth2 oauthbearer external
  args = password=%w nodelay=y
  result_success = continue-fail
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {base}/oauth2
}}
passdb {{
  driver = passwd-file
  mechanisms = external
  args = username_format=%u {base}/certified
}}
passdb {{
  driver = passwd-file
  mechanisms = {by_password}
  args = username_format=%u {base}/users
  default_fields = nodelay=y
}}
userdb {{
  driver = static
  args = uid={mailboxes} gid={mailboxes} home={base}/home/%{{md5:user}}
}}
mail_location = maildir:~

submission_max_mail_size = {size_limit}
submission_relay_host = 127.0.0.1
submission_relay_port = {relay}
"""
OAUTH2 = """\
introspection_url = {url}
introspection_mode = post
active_attribute = active
active_value = true
username_attribute = username
username_format = %u
scope = {scope}
openid_configuration_url = {configuration}
debug = yes
"""
LISTENER = """\
  inet_listener {name} {{
    address = {address}
    port = {port}
    ssl = {tls}
  }}
"""

LINE = re.compile(r"\w+ +\d+ [\d:]+ (?P<process>[\w-]+)[^:]*: \w+: (?P<text>.*)")
SAID = re.compile(r"smtp-server: conn [\d.]+:(?P<port>\d+) \[\d+\]: (?P<what>.*)")
CLIENT = re.compile(r"Received (?:new command|AUTH response): (.*)")
REPLY = re.compile(r"(?:command \S+: \d+ reply: )?Sent: (\d\d\d.*)")
ASKED = re.compile(r"client in: AUTH\t\d+\t(\S+)\t.*\bsession=(\S+)\t.*\brport=(\d+)")
TOLD = re.compile(r"[\w-]+\((.*),[\d.]+,<([^>]*)>\): (.*)")
WRONG = re.compile(r"[\w.]+\((?P<password>.*)\) != '.*'|Password mismatch|unknown user|username not known|oauth2 failed: .*|"
                   r"login user: .*")


class Handler(socketserver.StreamRequestHandler):
    """The relay: no login, no TLS; keeps messages byte for byte."""

    wbufsize = -1

    def reply(self, text):
        self.wfile.write(text.encode() + b"\r\n")
        self.wfile.flush()

    def handle(self):
        try:
            self.relay()
        except ConnectionError:  # a client that leaves in the middle
            pass

    def relay(self):
        self.reply("220 sink")
        recipients = []
        for line in self.rfile:
            verb, address = line[:4].upper(), line[line.find(b"<") + 1:line.find(b">")].decode()
            if verb == b"EHLO":
                self.reply("250-sink\r\n250-8BITMIME\r\n250-PIPELINING\r\n250 SIZE %d" % rig.SIZE_LIMIT)
            elif verb == b"RCPT" and address in self.server.refused:
                self.reply(self.server.refused[address])
            elif verb == b"DATA":
                self.reply("354 go on")
                self.server.keep(recipients, self.message())
                self.reply("250 kept")
            else:
                recipients = recipients + [address] if verb == b"RCPT" else []
                self.reply("221 bye" if verb == b"QUIT" else "250 ok")

    def message(self):
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line[1:] if line.startswith(b".") else line)
        raise ConnectionError("the message has no end")


class Sink(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder, self.count = folder, itertools.count(1)
        self.refused = {rig.REFUSED: "550 5.1.1 " + rig.REFUSED_WORDS, rig.DEFERRED: "450 4.2.1 " + rig.DEFERRED_WORDS}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def keep(self, recipients, message):
        for address in recipients:
            folder, name = os.path.join(self.folder, address.partition("@")[0]), "%06d" % next(self.count)
            with open(os.path.join(folder, name), "xb") as out:
                out.write(message)
            os.rename(os.path.join(folder, name), os.path.join(folder, "new", name))


class Dovecot(heard.Heard, Daemon):
    name = "dovecot"
    mechanisms = frozenset("PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256".split())
    others = frozenset("XOAUTH2 OAUTHBEARER EXTERNAL".split())
    refusal = "Authentication failed"
    can = heard.Heard.can | {"trust-loopback"}
    written = "main"

    # What it puts before a message.
    ADDED = re.compile(rb"Received: from [^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)+")

    def __init__(self):
        super().__init__()
        self.sink = self.endpoint = None
        self.count = itertools.count(1)
        self.connection, self.accepted = {}, set()  # the connection of each port of a client
        self.later, self.logged_in = {}, set()
        self.check, self.known_password = {}, {}

    # -- start, stop

    def _prepare(self):
        login, mailboxes = ids(LOGIN), ids(MAILBOXES)
        for user in rig.USERS:
            os.makedirs(self.path("mail", user, "new"))
        self.sink = Sink(self.path("mail"))
        os.mkdir(self.path("lib"))
        relocated(self.programs + "/usr/lib/dovecot/libdovecot.so.0", self.path("lib", "libdovecot.so.0"),
                  "/usr/lib/dovecot/modules", "modules")
        for certificate in ("localhost", "other"):
            for name in ("run", "state"):
                os.makedirs(self.path(certificate, name))
            # It starts in run/, and what it runs starts there, too.
            os.symlink(self.programs + "/usr/lib/dovecot/modules", self.path(certificate, "run", "modules"))
        os.mkdir(self.path("home"))
        os.chown(self.path("home"), *mailboxes)
        self.known_password = {rig.address(user): password for user, password in self.password.items()}
        self._write_users()
        self._write("certified", "".join("%s:::::::nopassword\n" % rig.address(user) for user in rig.USERS))
        self.endpoint = introspection.Introspection()
        self._write("oauth2", OAUTH2.format(url=self.endpoint.url, scope=introspection.SCOPE, configuration=CONFIGURATION))

    def _write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(text)
        os.chown(self.path(name), *ids(INTERNAL))
        os.chmod(self.path(name), 0o600)

    def _write_users(self):
        # It looks for a name with backslashes in it, as for SQL.
        self._write("users", "".join("%s:{PLAIN.b64}%s\n" % (re.sub(r"([\\\"'])", r"\\\1", name),
                                                             base64.b64encode(password.encode()).decode())
                                     for name, password in self.known_password.items()))

    def add(self, name, password):
        """Another user, who may send; the file of users has no colon in a name."""
        self.known_password[name] = password
        self._write_users()

    def _configure(self, certificate):
        listeners = "".join(LISTENER.format(name=name, address=address, port=self.port[name],
                                            tls="yes" if tls == "implicit" else "no")
                            for name, (address, tls, which) in rig.LISTENERS.items() if which == certificate)
        path = self.path(certificate, "config")
        with open(path, "w", encoding="ascii") as out:
            out.write(CONFIG.format(
                base=self.base, certificate=certificate, program=self.programs + "/usr/lib/dovecot",
                libraries=self.environment["LD_LIBRARY_PATH"], login=LOGIN, internal=INTERNAL, mailboxes=MAILBOXES,
                domain=rig.DOMAIN, clear=self.address["clear"], listeners=listeners, size_limit=rig.SIZE_LIMIT,
                relay=self.sink.server_address[1], mechanisms=" ".join(sorted(self.mechanisms | self.others)).lower(),
                by_password=" ".join(sorted(self.mechanisms)).lower()))
        # What `dovecot -c` does, but from where it is unpacked.
        return shlex.join([self.programs + "/usr/bin/doveconf", "-f", "service=master", "-c", path, "-m", "master", "-e",
                           self.programs + "/usr/sbin/dovecot", "-F", "-c", path])

    def _command(self):
        installed = self.programs + "/usr/lib/dovecot"
        self.environment = {"LD_LIBRARY_PATH": ":".join([self.path("lib"), installed, installed + "/modules/old-stats"])}
        return ["sh", "-c", " & ".join(map(self._configure, ("localhost", "other"))) + " & wait"]

    def _end_processes(self):
        super()._end_processes()
        if self.sink:
            self.sink.shutdown()
            self.sink.server_close()
            self.sink = None
        if self.endpoint:
            self.endpoint.close()
            self.endpoint = None

    # -- what arrived, what was said

    def _as_sent(self, raw):
        added = self.ADDED.match(raw)
        if not added:
            raise RuntimeError("not as Dovecot hands it on: %r" % raw[:400])
        message = raw[added.end():]
        if b"\r" in message.replace(b"\r\n", b"") or b"\n" in message.replace(b"\r\n", b""):
            raise RuntimeError("a line of the message does not end in CR LF")
        return message.replace(b"\r\n", b"\n")

    def log(self):
        text = ""
        for name in ("out", "main"):
            if os.path.exists(self.path("log", name)):
                with open(self.path("log", name), encoding="utf-8", errors="replace") as one:
                    text += one.read()
        return text

    # Its processes write through one of them, which may turn the lines of two of them round: those of a login come
    # first here, and then those of what follows it; what was checked may come at any time.

    def _tell(self, line):
        found = LINE.fullmatch(line)
        if not found:
            return
        process, text = found.group("process"), found.group("text")
        if process == "auth":
            yield from self._tell_check(text)
            return
        said = SAID.fullmatch(text)
        if said and process == "submission-login":
            if said.group("what") == "Connection created":
                self._accept(said.group("port"))
            yield from self._tell_said(said)
        elif said:
            n = self._number(said.group("port"))
            events = list(self._tell_said(said))
            if said.group("what").startswith("Disconnected"):
                events.append({"n": n, "kind": "end"})
            if n in self.logged_in:
                yield from events
            else:
                self.later.setdefault(n, []).extend(events)
        elif process == "submission-login" and "rport=" in text:
            n = self._number(text.rpartition("rport=")[2])
            if text.startswith("Login:"):
                self.logged_in.add(n)
                yield from self.later.pop(n, ())
            else:
                yield {"n": n, "kind": "end"}

    def _number(self, port):
        if port not in self.connection:
            self.connection[port] = next(self.count)
        return self.connection[port]

    def _accept(self, port):
        if self._number(port) in self.accepted:
            del self.connection[port]  # the port was another connection's
        self.accepted.add(self._number(port))

    def _tell_said(self, said):
        n = self._number(said.group("port"))
        client, reply = CLIENT.fullmatch(said.group("what")), REPLY.fullmatch(said.group("what"))
        if client:
            yield {"n": n, "kind": "C", "text": client.group(1)}
        elif reply:
            yield {"n": n, "kind": "S", "text": reply.group(1)}
        else:
            yield {"n": n, "kind": "open"}

    def _ended(self):
        return [session for session in super()._ended()
                if len(session.checks) >= sum(code in ("235", "535") for _, code in session.commands)]

    def _tell_check(self, text):
        asked, told = ASKED.match(text), TOLD.match(text)
        if asked:
            mechanism, session, port = asked.groups()
            self.check[session] = {"kind": "check", "mechanism": mechanism, "port": port, "right": True,
                                   "password": None}
        elif told:
            name, session, what = told.groups()
            check = self.check[session]
            wrong = WRONG.fullmatch(what)
            if wrong:
                check["right"], check["password"] = False, wrong.group("password") or check["password"]
            elif what == "Auth request finished":
                # A plaintext one that was right is what it has in its file; of others it does not tell.
                if check["right"] and check["mechanism"] in ("PLAIN", "LOGIN"):
                    check["password"] = self.known_password[name]
                yield {**check, "n": self._number(check.pop("port")), "name": name}
