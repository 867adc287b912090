# SPDX-License-Identifier: MIT
"""The command lines: ours and the peers'. Each sends from SENDER to RECIPIENT.

A method takes (port, ca); ca None means the system's trust.
"""

import os

from mta import RECIPIENT, SENDER

HOST = "localhost"
KIBIBYTE = 1024


class Clients:
    def __init__(self, build, launcher):
        self.launcher = launcher
        self.command = os.path.join(build, "prefix", "bin", "latchkey")
        self.programs = os.path.join(build, "programs")
        self.password = None
        self.bundle = None  # msmtp's GnuTLS is told where the system's trust is

    def _run(self, words, **more):
        return self.launcher.run(words, PASSWORD=self.password, **more)

    def _own(self, name):
        return os.path.join(self.programs, name)

    # -- one message, a process of its own

    def latchkey(self, port, ca, message, user=SENDER):
        words = [self.command, "send", "-f", SENDER]
        if user:
            words += ["-s", "smtp://%s@%s:%d" % (user, HOST, port), "--password-from", "env:PASSWORD"]
        else:
            words += ["-s", "smtp://%s:%d" % (HOST, port), "-o", "tls=none"]
        return self._run(words + (["-o", "ca=" + ca] if ca else []) + [RECIPIENT], stdin=message)

    def curl(self, port, ca, message, user=SENDER):
        # --sasl-ir saves it a flight that it takes by default.
        words = ["curl", "-q", "-sS", "--url", "smtp://%s:%d" % (HOST, port), "--mail-from", SENDER, "--mail-rcpt", RECIPIENT,
                 "-T", message]
        if user:
            words += ["--ssl-reqd", "--sasl-ir", "--login-options", "AUTH=PLAIN", "-u", "%s:%s" % (user, self.password)]
        return self._run(words + (["--cacert", ca] if ca else []))

    def go(self, port, ca, message, user=SENDER, count=1):
        words = [self._own("peer"), str(count), message, SENDER, RECIPIENT, HOST, str(port)]
        return self._run(words + ([user] if user else []) + ([ca] if ca else []))

    def msmtp(self, port, ca, message):
        words = ["msmtp", "--file=/dev/null", "--host=" + HOST, "--port=%d" % port, "--tls=on", "--tls-starttls=on",
                 "--auth=plain", "--user=" + SENDER, "--passwordeval=printenv PASSWORD", "--from=" + SENDER]
        return self._run(words + ["--tls-trust-file=" + (ca or self.bundle), RECIPIENT], stdin=message)

    def floor(self, port, ca, _message):
        return self._run([self._own("floor"), str(port)] + ([ca] if ca else []))

    # -- many messages, one connection

    def many(self, count, port, ca, user=SENDER, seconds=120, keys=()):
        words = [self._own("many"), str(count), str(KIBIBYTE), SENDER, RECIPIENT, "host=" + HOST, "port=%d" % port]
        if user:
            words += ["user=" + user, "password-from=env:PASSWORD", "ca=" + ca]
        else:
            words += ["tls=none"]
        return self._run(words + list(keys), seconds=seconds)

    def esmtp(self, count, port, ca, user=SENDER, seconds=120):
        words = [self._own("esmtp"), str(count), str(KIBIBYTE), SENDER, RECIPIENT, "%s:%d" % (HOST, port)]
        return self._run(words + ([user, ca] if user else []), seconds=seconds)

    # -- no connection

    def host(self, directory):
        """Seconds from the creation of a host to its first loaded mechanism."""
        run = self.launcher.run([self._own("host")], LATCHKEY_PLUGIN_PATH=directory)
        run.wall = int(run.out) / 1e6
        return run
