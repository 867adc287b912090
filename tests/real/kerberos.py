# SPDX-License-Identifier: MIT
"""Servers that take tickets, with a KDC of MIT Kerberos of their own: two realms that do not know each other.

The servers are in HOME_REALM; a ticket of the OTHER_REALM is good for nothing there. Everything is in the server's
directory, and KRB5_CONFIG is all that a program must be told.
"""

import glob
import os
import socket
import subprocess
import time

import daemon
import dovecot
import heard
import postfix
import rig

HOME_REALM, OTHER_REALM = rig.DOMAIN.upper(), "OTHER.EXAMPLE"
SERVICES = ("smtp", "imap")
SKEW = 5  # seconds for which an expired ticket is still taken

# Nothing is asked of a name server, no replay cache is left behind, and large tickets need no second way.
CLIENT = """\
[libdefaults]
default_realm = {home}
default_keytab_name = FILE:{base}/keytab
default_rcache_name = none:
clockskew = {skew}
dns_lookup_kdc = false
dns_lookup_realm = false
dns_canonicalize_hostname = false
rdns = false
udp_preference_limit = 1
[realms]
{home} = {{
  kdc = 127.0.0.1:{port}
}}
{other} = {{
  kdc = 127.0.0.1:{port}
}}
[domain_realm]
{names}
"""

KDC = """\
[kdcdefaults]
kdc_listen = 127.0.0.1:{port}
kdc_tcp_listen = 127.0.0.1:{port}
[realms]
{home} = {{
  key_stash_file = {base}/stash.home
}}
{other} = {{
  key_stash_file = {base}/stash.other
}}
[dbmodules]
db_module_dir = {modules}
{home} = {{
  db_library = db2
  database_name = {base}/db.home
}}
{other} = {{
  db_library = db2
  database_name = {base}/db.other
}}
[logging]
default = FILE:{base}/log
"""


class Kdc:
    """The realms, with the users of the rig in both; `inside` is the directory that goes away if the test dies."""

    def __init__(self, programs, base, inside, passwords):
        self.programs, self.base, self.inside, self.passwords = programs, base, inside, passwords
        self.config = os.path.join(base, "krb5.conf")
        self.environment = {"PATH": "/usr/bin:/bin", "LANG": "C", "KRB5_CONFIG": self.config,
                            "KRB5_KDC_PROFILE": os.path.join(base, "kdc.conf")}
        self.process = self.watch = None

    def run(self, program, *words, given="", **environment):
        done = subprocess.run([os.path.join(self.programs, "usr", program), *words], input=given, text=True, timeout=60,
                              env={**self.environment, **environment}, capture_output=True, check=False)
        if done.returncode != 0:
            raise RuntimeError("%s: %s%s" % (" ".join((program,) + words), done.stdout, done.stderr))
        return done.stdout

    # -- start, stop

    def start(self, owner):
        os.mkdir(self.base)
        os.chmod(self.base, 0o711)
        for _ in range(3):  # a port may be taken between choice and use
            self._configure(*daemon.free_ports(["127.0.0.1"]))
            if not os.path.exists(os.path.join(self.base, "keytab")):
                self._fill(owner)
            if self._listens():
                return self
        raise RuntimeError("the KDC does not start:\n%s" % self.log())

    def _configure(self, port):
        self.port = port
        modules, = glob.glob(self.programs + "/usr/lib/*/krb5/plugins/kdb")
        names = "".join("%s = %s\n" % (name, HOME_REALM) for name in self._hosts())
        for path, template in ((self.config, CLIENT), (self.environment["KRB5_KDC_PROFILE"], KDC)):
            with open(path, "w", encoding="ascii") as out:
                out.write(template.format(base=self.base, home=HOME_REALM, other=OTHER_REALM, port=port, names=names,
                                          modules=modules, skew=SKEW))
            os.chmod(path, 0o644)

    @staticmethod
    def _hosts():
        """What a server may be called: some clients ask the resolver, and use its answer."""
        return sorted({"localhost", socket.gethostname()})

    def _fill(self, owner):
        keytab = os.path.join(self.base, "keytab")
        for realm in (HOME_REALM, OTHER_REALM):
            self.run("sbin/kdb5_util", "-r", realm, "create", "-s", "-P", "a master key of a test")
            for user, password in self.passwords.items():
                self._admin(realm, "addprinc", "-pw", password, user)
        for principal in ("%s/%s" % (service, host) for service in SERVICES for host in self._hosts()):
            self._admin(HOME_REALM, "addprinc", "-randkey", principal)
            self._admin(HOME_REALM, "ktadd", "-k", keytab, principal)
        os.chown(keytab, *daemon.ids(owner))
        os.chmod(keytab, 0o600)

    def _admin(self, realm, *words):
        self.run("sbin/kadmin.local", "-r", realm, *words)

    def _listens(self):
        line = [self.programs + "/usr/sbin/krb5kdc", "-n", "-r", HOME_REALM, "-r", OTHER_REALM, "-P", self.base + "/pid"]
        with open(os.path.join(self.base, "out"), "ab") as out:
            self.process = subprocess.Popen(line, env=self.environment, cwd="/", stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=out, start_new_session=True)
        self.watch = daemon.watch(self.process.pid, self.inside)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=20).close()
                return True
            except OSError:
                time.sleep(0.05)
        self.stop()
        return False

    def stop(self):
        if self.watch:
            self.watch.kill()
            self.watch.wait()
            self.watch.stdin.close()
            self.watch = None
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def log(self):
        text = ""
        for name in ("out", "log"):
            path = os.path.join(self.base, name)
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as one:
                    text += one.read()
        return text

    # -- tickets

    def kinit(self, user, cache, *words, realm=HOME_REALM):
        """A ticket of the user in this cache."""
        self.run("bin/kinit", "-c", cache, *words, "%s@%s" % (user, realm), given=self.passwords[user] + "\n")

    def klist(self, cache):
        """The principals that there are tickets for."""
        lines = self.run("bin/klist", "-c", cache).splitlines()
        return [line.split()[-1] for line in lines if "/" in line and line[:1].isdigit()]


class Tickets:
    """A server of this folder that has a KDC."""

    owner = None  # who reads the keys
    tickets = frozenset()  # the mechanisms

    def __init__(self):
        super().__init__()
        self.kdc = None

    def _prepare(self):
        self.kdc = Kdc(self.programs, self.path("krb5"), self.base, self.password)
        self.kdc.start(self.owner)
        super()._prepare()

    def _command(self):
        command = super()._command()
        self.environment["KRB5_CONFIG"] = self.kdc.config
        return command

    def stop(self):
        if self.kdc:
            self.kdc.stop()
            self.kdc = None
        super().stop()


class Postfix(Tickets, postfix.Postfix):
    """Cyrus SASL takes tickets for one name only: that of the machine, as Postfix has it."""

    name = "postfix-tickets"
    owner = postfix.OWNER
    tickets = frozenset({"GSSAPI", "GS2-KRB5", "GSS-SPNEGO"})
    mechanisms = tickets | {"PLAIN"}

    def _write(self, name, template):
        template = template.replace("myhostname = mail.{domain}\n", "myhostname = localhost\n")
        super()._write(name, template.replace("import_environment = ", "import_environment = KRB5_CONFIG "))


class Dovecot(Tickets, dovecot.Dovecot):
    """What checks logins has a module for tickets, and looks for it where Debian installs it."""

    name = "dovecot-tickets"
    owner = dovecot.INTERNAL
    mechanisms = frozenset({"PLAIN"})
    tickets = others = frozenset({"GSSAPI"})

    MORE = """
import_environment = LD_LIBRARY_PATH={libraries} KRB5_CONFIG={krb5}
auth_gssapi_hostname = "$ALL"
passdb {{
  driver = static
  mechanisms = gssapi
  args = nopassword
}}
service auth {{
  executable = {base}/lib/auth
}}
"""

    def _prepare(self):
        super()._prepare()
        dovecot.relocated(self.programs + "/usr/lib/dovecot/auth", self.path("lib", "auth"), "/usr/lib/dovecot/modules/auth",
                          "modules/auth")

    def _configure(self, certificate):
        line = super()._configure(certificate)
        with open(self.path(certificate, "config"), "a", encoding="ascii") as out:
            out.write(self.MORE.format(base=self.base, libraries=self.environment["LD_LIBRARY_PATH"], krb5=self.kdc.config))
        return line

    def _ended(self):
        """Of a ticket no check is told."""
        return heard.Heard._ended(self)
