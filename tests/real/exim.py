# SPDX-License-Identifier: MIT
"""A real Exim: one process, and one more for each connection.

Started by root it takes our configuration for what it is, a file of root's. Then it becomes the user that it was built
for, of Debian's own, which is none of this machine: a copy of the program knows an existing one instead. It delivers as
that user, too, so it never needs to become root again. What is said stands in its debugging output.
"""

import base64
import itertools
import os
import re

import heard
import rig
from daemon import Daemon, ids, relocated

OWNER = "mail"  # an existing user, and a group, whose name is no longer than Debian-exim

# Nothing is added to a message: it has no header lines of delivery, no Received, and nothing is rewritten.
CONFIG = """\
primary_hostname = mail.{domain}
spool_directory = {base}/spool
log_file_path = {base}/log/%slog
exim_path = {base}/exim
deliver_drop_privilege
keep_environment =
queue_run_max = 0
notifier_socket =

local_interfaces = <; {interfaces}
tls_on_connect_ports = {implicit}
tls_advertise_hosts = ${{if match{{{clear}}}{{:$received_port:}}{{}}{{*}}}}
tls_certificate = {base}/tls/${{if match{{{other}}}{{:$received_port:}}{{other}}{{localhost}}}}.pem
tls_try_verify_hosts = *
tls_verify_certificates = {base}/tls/ca.pem
tls_privatekey = {base}/tls/${{if match{{{other}}}{{:$received_port:}}{{other}}{{localhost}}}}.key

message_size_limit = {size_limit}
received_header_text =
host_lookup =
helo_lookup_domains =
rfc1413_hosts =
smtp_accept_max = 0
smtp_accept_max_nonmail = 1000
acl_smtp_rcpt = recipient
acl_smtp_data = accept

begin acl
recipient:
  deny !authenticated = *
       message = Log in first
  deny recipients = {refused}
       message = {refused_words}
  defer recipients = {deferred}
       message = 450 4.2.1 {deferred_words}
  accept control = dkim_disable_verify

begin routers
all:
  driver = accept
  transport = keep

begin transports
keep:
  driver = appendfile
  maildir_format
  directory = {base}/mail/${{lookup{{$local_part}}lsearch,ret=key{{{base}/boxes}}}}

begin authenticators
ntlm:
  driver = spa
  public_name = NTLM
  server_advertise_condition = {offered}
  server_password = {password_of_auth1}
  server_set_id = $auth1
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_advertise_condition = {offered}
  server_secret = {password_of_auth1}
  server_set_id = $auth1
certificate:
  driver = external
  public_name = EXTERNAL
  server_advertise_condition = {offered}
  server_param2 = ${{if bool{{$tls_in_certificate_verified}}{{${{certextract{{subject,CN}}{{$tls_in_peercert}}}}}}{{?}}}}
  server_condition = ${{if and{{ \
    {{or{{{{eq{{$auth1}}{{}}}}{{eq{{$auth1}}{{$auth2}}}}}}}} \
    {{!eq{{${{lookup{{${{base64:$auth2}}}}lsearch{{{base}/users}}}}}}{{}}}}}}}}
  server_set_id = $auth2
  server_debug_print = check EXTERNAL ${{base64:$auth2}} -
plain:
  driver = plaintext
  public_name = PLAIN
  server_advertise_condition = {offered}
  server_prompts = :
  server_condition = ${{if eq{{${{lookup{{${{base64:$auth2}}}}lsearch{{{base}/users}}}}}}{{${{base64:$auth3}}}}}}
  server_set_id = $auth2
  server_debug_print = check PLAIN ${{base64:$auth2}} ${{base64:$auth3}}
login:
  driver = plaintext
  public_name = LOGIN
  server_advertise_condition = {offered}
  server_prompts = Username:: : Password::
  server_condition = ${{if eq{{${{lookup{{${{base64:$auth1}}}}lsearch{{{base}/users}}}}}}{{${{base64:$auth2}}}}}}
  server_set_id = $auth1
  server_debug_print = check LOGIN ${{base64:$auth1}} ${{base64:$auth2}}
"""
OFFERED = "${if or{{def:tls_in_cipher}{match{%s}{:$received_port:}}}}"

PASSWORD = "${base64d:${lookup{${base64:$auth1}}lsearch{%s/users}{$value}fail}}"
DIGEST = "CRAM-MD5: user name = "
LINE = re.compile(r"[\d:]+ +(\d+) (.*)")


class Exim(heard.Heard, Daemon):
    name = "exim"
    mechanisms = frozenset({"PLAIN", "LOGIN", "CRAM-MD5", "NTLM"})
    others = frozenset({"EXTERNAL"})
    refusal = "Incorrect authentication data"
    written = "out"

    def __init__(self):
        super().__init__()
        self.count = itertools.count(1)
        self.connection = {}  # of each process, as long as it has one
        self.check = {}

    # -- start

    def _prepare(self):
        owner = ids(OWNER)
        for name in ("spool", "mail", "log", *("mail/" + user for user in rig.USERS)):
            os.makedirs(self.path(name), 0o700, exist_ok=True)
            os.chown(self.path(name), *owner)
        relocated(self.programs + "/usr/sbin/exim4", self.path("exim"), "Debian-exim", OWNER)
        for name in ("localhost.key", "other.key"):
            os.chown(self.path("tls", name), *owner)
        self._write("users", "", owner)
        for user, password in self.password.items():
            self.add(rig.address(user), password)
        self._write("boxes", "".join(user + ": yes\n" for user in rig.USERS), owner)

    def _write(self, name, text, owner=(0, 0)):
        with open(self.path(name), "w", encoding="ascii") as out:
            out.write(text)
        os.chown(self.path(name), *owner)
        os.chmod(self.path(name), 0o600)

    def add(self, name, password):
        """Another user; base64, because a name and a password may be anything."""
        with open(self.path("users"), "a", encoding="ascii") as users:
            users.write("%s: %s\n" % tuple(base64.b64encode(text.encode()).decode() for text in (name, password)))

    def _ports(self, is_one, between=":"):
        return between.join(str(self.port[name]) for name, listener in rig.LISTENERS.items() if is_one(*listener))

    def _command(self):
        clear = ":%s:" % self._ports(lambda address, tls, certificate: tls == "none")
        self._write("config", CONFIG.format(
            base=self.base, domain=rig.DOMAIN, size_limit=rig.SIZE_LIMIT,
            interfaces=" ; ".join("[%s]:%d" % (self.address[name], port) for name, port in self.port.items()),
            implicit=self._ports(lambda address, tls, certificate: tls == "implicit", " : "), clear=clear,
            other=":%s:" % self._ports(lambda address, tls, certificate: certificate == "other"), offered=OFFERED % clear,
            password_of_auth1=PASSWORD % self.base,
            refused=rig.REFUSED, refused_words=rig.REFUSED_WORDS, deferred=rig.DEFERRED, deferred_words=rig.DEFERRED_WORDS))
        return [self.path("exim"), "-C", self.path("config"), "-bdf", "-d-all+auth+pid+receive+timestamp"]

    # -- what arrived, what was said

    def _as_sent(self, raw):
        return raw

    def log(self):
        text = ""
        for name in sorted(os.listdir(self.path("log"))):
            with open(self.path("log", name), encoding="utf-8", errors="replace") as one:
                text += one.read()
        return text

    def _tell(self, line):
        found = LINE.fullmatch(line)
        if not found:
            return
        process, text = found.groups()
        if text == "postfork: daemon-accept":
            self.connection[process] = next(self.count)
            yield {"n": self.connection[process], "kind": "open"}
        if process not in self.connection:
            return
        n = self.connection[process]
        if text.startswith("SMTP<< "):
            yield {"n": n, "kind": "C", "text": text[len("SMTP<< "):]}
        elif text.startswith("check "):
            mechanism, *given = text.split(" ")[1:]
            name, password = (None if one == "-" else base64.b64decode(one).decode("utf-8", "replace") for one in given)
            self.check[n] = {"n": n, "kind": "check", "mechanism": mechanism, "name": name, "password": password}
        elif text.startswith(DIGEST):
            name = text[len(DIGEST):]
            self.check[n] = {"n": n, "kind": "check", "mechanism": "CRAM-MD5", "name": name, "password": None}
        elif text.startswith("SMTP>> "):
            reply = text[len("SMTP>> "):]
            if n in self.check:
                yield {**self.check.pop(n), "right": reply.startswith("235")}
            yield {"n": n, "kind": "S", "text": reply}
        elif " (daemon-accept) terminating with " in text:
            del self.connection[process]
            yield {"n": n, "kind": "end"}
