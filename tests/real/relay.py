# SPDX-License-Identifier: MIT
"""A real Postfix as a client: its smtp(8), in a chroot, logs in to a provider by the bridge."""

import glob
import os
import re
import shutil
import smtplib
import ssl
import subprocess
import time

import bridge
import config
import page
import postfix
import provider
import rig

# Beside what the page of the bridge says: where this one is, and that nobody has to wait.
MAIN_CF = """
smtp_host_lookup = native
smtp_tls_CAfile = {base}/tls/ca.pem
max_idle = 1s
queue_run_delay = 2s
minimal_backoff_time = 4s
maximal_backoff_time = 4s
transport_maps = inline:{{ {{ token.example = token:[smtp.example.net]:587 }},
    {{ password.example = password:[smtp.example.net]:587 }} }}
"""

# chroot: y
SMTP = """\
smtp unix - - y - - smtp
token unix - - y - - smtp -o smtp_sasl_mechanism_filter=xoauth2
password unix - - y - - smtp -o smtp_sasl_mechanism_filter=login
"""


class Postfix(postfix.Postfix):
    name = "postfix-relay"

    title = "in the AUTH command"  # of the page
    settings = MAIN_CF

    def _launch(self):
        self.bridge = bridge.Bridge(self.path("latchkey"))
        self.provider = provider.Provider(self.path("tls"))
        self.more = {}  # words of the page, and what stands for them
        super()._launch()

    def _directories(self):
        super()._directories()
        os.mkdir(self.path("queue", "etc"))
        shutil.copy("/etc/hosts", self.path("queue", "etc", "hosts"))

    def _prepare(self):
        super()._prepare()
        self.follow(self.title, "none")

    def _here(self, text):
        words = {"smtp.example.net": "localhost", ":587": ":%d" % self.provider.port, "you@example.net": provider.NAME,
                 "/etc/postfix": self.base + "/etc", "/var/lib": self.base + "/data", **self.more}
        for there, here in words.items():
            text = text.replace(there, here)
        return text

    def _write(self, name, template):
        """main.cf has what the page says, too; the environment of libsasl2 goes to all that master starts."""
        if name == "main.cf":
            words = {**self.bridge.environment, "XDG_DATA_HOME": self.path("data")}
            template = template.replace("POSTLOG_HOSTNAME\n", "POSTLOG_HOSTNAME %s\n" %
                                        " ".join("%s=%s" % one for one in words.items()), 1)
            said = re.sub("^import_environment .*\n", "", page.files(self.title)[name], flags=re.M)
            template += self._here(self.settings + said)
        super()._write(name, template)

    def follow(self, title, secret):
        """What the page says under this title; a process that begins from now on reads it."""
        self.title = title
        self._write("main.cf", config.MAIN_CF)
        files = {"latchkey.conf": "", **page.files(title)}
        for name in ("bridge.conf", "latchkey.conf"):
            self.bridge.write(name, self._here(files[name]))
        self.secret(secret)

    def secret(self, text):
        """What the map says; Postfix reads it before the chroot, as it begins."""
        said = self._here(page.files(self.title)["sasl_passwd"])
        with open(self.path("etc", "sasl_passwd"), "w", encoding="ascii") as out:
            out.write(re.sub(r":\w+$", lambda _: ":" + text, said.strip()) + "\n")

    def _command(self):
        command = super()._command()
        with open(self.path("etc", "master.cf"), "a", encoding="ascii") as out:
            out.write(SMTP)
        return command

    def stop(self):
        super().stop()
        if hasattr(self, "provider"):
            self.provider.shutdown()
            self.provider.server_close()

    # -- as its user would

    def run(self, program, *words):
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **self.environment}
        subprocess.run([self.programs + "/usr/sbin/" + program, *words], env=environment, capture_output=True,
                       check=True)

    def drop(self):
        """All that waits."""
        self.run("postsuper", "-d", "ALL")

    def mail(self, subject, to="friend@elsewhere.example"):
        """Where the log tells of it."""
        since = len(self.log())
        with smtplib.SMTP("localhost", self.port["starttls"], timeout=20) as client:
            client.starttls(context=ssl.create_default_context(cafile=self.ca))
            client.login(rig.address("alice"), self.password["alice"])
            client.sendmail(rig.address("alice"), to, "Subject: %s\n\nHello.\n" % subject)
        return since

    def wait(self, words, since=0, seconds=20):
        """The log from there on, once these words stand in it."""
        deadline = time.monotonic() + seconds
        while words not in (text := self.log()[since:]):
            if time.monotonic() > deadline:
                raise RuntimeError("the log does not say %r:\n%s" % (words, text[-4000:]))
            time.sleep(0.05)
        return text

    def new_processes(self):
        """An idle smtp(8) ends by itself; what it read at its beginning goes with it."""
        time.sleep(2.5)

    def places(self):
        """{(root, user)} of those smtp(8) that live: what they see, and who they are."""
        found = set()
        for process in glob.glob("/proc/[0-9]*"):
            try:
                if (os.readlink(process + "/exe") == self.programs + "/usr/lib/postfix/sbin/smtp" and
                        os.readlink(process + "/cwd") == self.path("queue")):
                    with open(process + "/status", encoding="ascii") as one:
                        uid = re.search(r"^Uid:\t(\d+)\t", one.read(), re.M)[1]
                    found.add((os.readlink(process + "/root"), int(uid)))
            except OSError:
                pass  # it ended
        return found
