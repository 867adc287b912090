# SPDX-License-Identifier: MIT
"""Programs of Debian that use Cyrus SASL, unmodified, as a user of theirs starts them: one login each.

    done = Mbsync(server, programs).log_in("XOAUTH2", user, secret, environment)
    done.code, done.text        what it ended with, and all that it wrote

A kind of program says by `good`, `bad` and `absent` how it ends: with that code, and these words.
"""

import collections
import glob
import os
import shutil
import subprocess
import tempfile

import daemon
import rig

PASSWORDS = ("PLAIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256")
TOKENS = ("XOAUTH2", "OAUTHBEARER")
Done = collections.namedtuple("Done", "code text")


class Program:
    mechanisms = PASSWORDS + TOKENS

    def __init__(self, server, programs):
        self.server = server
        self.programs, self.folder = programs, tempfile.mkdtemp(dir=server.base)
        self.libraries, = (os.path.dirname(one) for one in glob.glob(programs + "/usr/lib/*/libetpan.so.20"))

    def remove(self):
        shutil.rmtree(self.folder)

    def run(self, environment, *command, given=""):
        environment = {"PATH": "/usr/bin:/bin", "HOME": self.folder, "LANG": "C", "LD_LIBRARY_PATH": self.libraries,
                       **environment}
        done = subprocess.run(command, env=environment, cwd=self.folder, input=given, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        return Done(done.returncode, done.stdout)

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="ascii", opener=lambda *a: os.open(*a, 0o600)) as out:
            out.write(text)


MBSYNCRC = """\
IMAPAccount there
Host localhost
Port {port}
User {user}
{secret}
SSLType IMAPS
SystemCertificates no
CertificateFile {ca}
AuthMechs {mechanism}

IMAPStore far
Account there

MaildirStore near
Path {box}/
Inbox {box}/inbox

Channel all
Far :far:
Near :near:
Patterns INBOX
Create Both
SyncState *
"""


class Mbsync(Program):
    name = "mbsync"
    good = (0, "")
    bad = (1, "NO [AUTHENTICATIONFAILED] Authentication failed.")
    absent = (1, "selected SASL mechanism(s) not available")

    def log_in(self, mechanism, user, secret, environment, box="box"):
        """secret None: nothing is said of a password."""
        if secret is not None:
            self.write("secret", secret + "\n")
        os.makedirs(os.path.join(self.folder, box), exist_ok=True)
        source = "# no secret" if secret is None else 'PassCmd "cat secret"'
        self.write("mbsyncrc", MBSYNCRC.format(port=self.server.port["imap"], user=user, secret=source, ca=self.server.ca,
                                               mechanism=mechanism, box=box))
        return self.run(environment, self.programs + "/usr/bin/mbsync", "-c", "mbsyncrc", "all")


class Test(Program):
    """imtest and its likes end with 0 whatever happens, and say what was said."""

    good = (0, "\nAuthenticated.\n")
    absent = (0, "\nAuthentication failed. no mechanism available\n")

    def log_in(self, mechanism, user, secret, environment):
        # to a program that it starts for that, the secret would go as an argument, too
        return self.run(environment, self.programs + "/usr/lib/cyrus/bin/" + self.name, *self.words(), "-m", mechanism,
                        "-a", user, "-u", user, "-w", secret, "localhost", given=self.goodbye)


class Imtest(Test):
    name = "imtest"
    bad = (0, "NO [AUTHENTICATIONFAILED] Authentication failed.\nAuthentication failed. ")
    goodbye = "Q LOGOUT\r\n"

    def words(self):
        return "-s", "-p", str(self.server.port["imap"])


class Smtptest(Test):
    name = "smtptest"
    mechanisms = Program.mechanisms + ("LOGIN",)  # imtest has a command for that, which is not SASL
    bad = (0, "535 5.7.8 Authentication failed.\nAuthentication failed. ")
    goodbye = "QUIT\r\n"

    def words(self):
        return "-t", "", "-p", str(self.server.port["starttls"])


class Post(Program):
    """nmh's; it looks for its configuration at one place, which is here for once."""

    name = "post"
    mechanisms = PASSWORDS + ("LOGIN",)  # tokens it has by a way of its own
    good = (0, "")
    bad = (1, "5.7.8 Authentication failed.\n")
    absent = (1, "no mechanism available")

    def __init__(self, server, programs):
        super().__init__(server, programs)
        daemon.relocated(programs + "/usr/lib/mh/post", self.folder + "/post", "/etc/nmh/mts.conf", "mts.conf")
        os.mkdir(self.folder + "/Mail")
        self.write(".mh_profile", "Path: Mail\n")
        self.write("mts.conf", "mts: smtp\nlocalname: localhost\n")

    def log_in(self, mechanism, user, secret, environment):
        self.write(".netrc", "machine localhost login %s password %s\n" % (user, secret))
        self.write("draft", "From: %s\nTo: %s\nSubject: nmh\n\nHello.\n" % (user, user))
        return self.run({**environment, "SSL_CERT_FILE": self.server.ca}, self.folder + "/post", "-server", "localhost",
                        "-port", str(self.server.port["starttls"]), "-tls", "-sasl", "-saslmech", mechanism, "-user", user,
                        "draft")


class Etpan(Program):
    """A program of libetpan's, which is etpan.c; the library is Debian's."""

    mechanisms = Program.mechanisms + ("LOGIN",)

    def __init__(self, server, programs):
        super().__init__(server, programs)
        subprocess.run(["cc", "-I" + programs + "/usr/include", "-o", self.folder + "/etpan", rig.HERE + "/etpan.c",
                        self.libraries + "/libetpan.so.20", "-Wl,--allow-shlib-undefined"], check=True)

    def log_in(self, mechanism, user, secret, environment):
        return self.run(environment, self.folder + "/etpan", self.protocol, str(self.server.port[self.port]), mechanism,
                        user, given=secret + "\n")


class EtpanImap(Etpan):
    name, protocol, port = "libetpan-imap", "imap", "imap"
    good, bad, absent = (0, "0 Logged in"), (1, "28 Authentication failed."), (1, "28 Dovecot (Debian) ready.")


class EtpanSmtp(Etpan):
    name, protocol, port = "libetpan-smtp", "smtp", "implicit"
    good, bad, absent = (0, "0 2.7.0 Logged in."), (1, "17 5.7.8 Authentication failed."), (1, "17 mail.example.com")


KINDS = (Mbsync, Imtest, Smtptest, Post, EtpanImap, EtpanSmtp)
