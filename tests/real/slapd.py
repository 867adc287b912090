# SPDX-License-Identifier: MIT
"""A real slapd, on loopback: the users of the rig, with whose passwords its libsasl2 does what it can."""

import os
import subprocess

import rig
from daemon import Daemon

CONFIG = """\
modulepath {program}/usr/lib/ldap
moduleload back_mdb.la
include {program}/etc/ldap/schema/core.schema
include {program}/etc/ldap/schema/cosine.schema
sasl-host localhost
sasl-realm {domain}
sasl-auxprops slapd
authz-regexp uid=([^,]*),.*cn=auth uid=$1,{suffix}
access to dn.base="" by * read
access to attrs=userPassword by anonymous auth
access to * by users read by anonymous auth
loglevel stats
database mdb
suffix {suffix}
directory {base}/data
"""
DOMAIN = """\
dn: {suffix}
objectClass: dcObject
objectClass: organization
o: Example
dc: example
"""
USER = """
dn: uid={user},{suffix}
objectClass: account
objectClass: simpleSecurityObject
uid: {user}
userPassword: {password}
"""
SUFFIX = ",".join("dc=" + part for part in rig.DOMAIN.split("."))


class Slapd(Daemon):
    name = "slapd"
    needs_root = False

    def __init__(self):
        super().__init__()
        self.address = {"ldap": "127.0.0.1"}

    def _prepare(self):
        multiarch, = (name for name in os.listdir(self.programs + "/usr/lib")
                      if os.path.exists(self.programs + "/usr/lib/%s/libwrap.so.0" % name))
        self.environment = {"LD_LIBRARY_PATH": self.programs + "/usr/lib/" + multiarch}
        os.mkdir(self.path("data"), 0o700)
        self._write("config", CONFIG.format(program=self.programs, base=self.base, domain=rig.DOMAIN, suffix=SUFFIX))
        self._write("users", DOMAIN.format(suffix=SUFFIX) + "".join(
            USER.format(user=user, password=password, suffix=SUFFIX) for user, password in self.password.items()))
        subprocess.run([self.programs + "/usr/sbin/slapadd", "-f", self.path("config"), "-l", self.path("users")],
                       env=self.environment, check=True)

    def _write(self, name, text):
        with open(self.path(name), "w", encoding="ascii", opener=lambda *a: os.open(*a, 0o600)) as out:
            out.write(text)

    def _command(self):
        return [self.programs + "/usr/sbin/slapd", "-d", "stats", "-f", self.path("config"), "-h",
                "ldap://127.0.0.1:%d/" % self.port["ldap"]]

    def log(self):
        with open(self.path("log", "out"), encoding="utf-8", errors="replace") as one:
            return one.read()
