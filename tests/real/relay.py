# SPDX-License-Identifier: MIT
"""A real Postfix as a client: its smtp(8), in a chroot, logs in to a provider by the bridge."""

import os
import shutil
import smtplib
import ssl
import subprocess
import time

import bridge
import postfix
import provider
import rig

MAIN_CF = """
relayhost = [localhost]:{port}
smtp_host_lookup = native
smtp_tls_security_level = verify
smtp_tls_CAfile = {base}/tls/ca.pem
smtp_sasl_auth_enable = yes
smtp_sasl_password_maps = texthash:{base}/etc/sasl_passwd
smtp_sasl_security_options = noanonymous
smtp_sasl_mechanism_filter = login, xoauth2
max_idle = 1s
queue_run_delay = 2s
minimal_backoff_time = 4s
maximal_backoff_time = 4s
"""

SMTP = "smtp unix - - y - - smtp\n"  # chroot: y


class Postfix(postfix.Postfix):
    name = "postfix-relay"

    def _launch(self):
        self.bridge = bridge.Bridge(self.path("latchkey"))
        self.provider = provider.Provider(self.path("tls"))
        os.makedirs(self.path("queue", "etc"), exist_ok=True)
        super()._launch()

    def _directories(self):
        os.rmdir(self.path("queue", "etc"))
        os.rmdir(self.path("queue"))
        super()._directories()
        os.mkdir(self.path("queue", "etc"))
        shutil.copy("/etc/hosts", self.path("queue", "etc", "hosts"))

    def _prepare(self):
        super()._prepare()
        self.secret("none")

    def _write(self, name, template):
        if name == "main.cf":
            words = " ".join("%s=%s" % one for one in self.bridge.environment.items())
            template = template.replace("POSTLOG_HOSTNAME\n", "POSTLOG_HOSTNAME %s\n" % words, 1)
            template += MAIN_CF.replace("{port}", str(self.provider.port))
        super()._write(name, template)

    def secret(self, text):
        """What the map says; Postfix reads it before the chroot, as it begins."""
        with open(self.path("etc", "sasl_passwd"), "w", encoding="ascii") as out:
            out.write("[localhost]:%d %s:%s\n" % (self.provider.port, provider.NAME, text))

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
        subprocess.run([self.programs + "/usr/sbin/" + program, *words], env=environment, capture_output=True, check=True)

    def drop(self):
        """All that waits."""
        self.run("postsuper", "-d", "ALL")

    def mail(self, subject):
        """Where the log tells of it."""
        since = len(self.log())
        with smtplib.SMTP("localhost", self.port["starttls"], timeout=20) as client:
            client.starttls(context=ssl.create_default_context(cafile=self.ca))
            client.login(rig.address("alice"), self.password["alice"])
            client.sendmail(rig.address("alice"), "friend@elsewhere.example", "Subject: %s\n\nHello.\n" % subject)
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
