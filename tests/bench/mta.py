# SPDX-License-Identifier: MIT
"""The servers: the private Postfix of the tests, and its smtp-sink. What they receive is thrown away."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(1, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "real"))

import postfix  # noqa: E402
import rig  # noqa: E402

SENDER, RECIPIENT = map(rig.address, rig.USERS[:2])


class Postfix(postfix.Postfix):
    """Delivers to nowhere, never makes a fast client wait on purpose, and has its queue in memory: the disk is nobody's."""

    mechanisms = frozenset({"PLAIN", "LOGIN"})  # the login of each program is the same

    def _write(self, name, template):
        if name == "main.cf":
            template = template.replace("virtual_transport = virtual\n", "virtual_transport = discard:\nin_flow_delay = 0\n")
        elif name == "master.cf":
            template += "discard   unix - - n - - discard\n"
        super()._write(name, template)

    memory = None

    def _directories(self):
        super()._directories()
        self.memory = tempfile.mkdtemp(prefix="latchkey-queue.", dir="/dev/shm")
        os.chmod(self.memory, 0o711)
        subprocess.run(["cp", "-a", self.path("queue"), self.memory], check=True)
        shutil.rmtree(self.path("queue"))
        os.symlink(os.path.join(self.memory, "queue"), self.path("queue"))

    def stop(self):
        super().stop()
        if self.memory:
            shutil.rmtree(self.memory)
            self.memory = None

    def where(self):
        return ("127.0.0.1", self.port["starttls"])


class Sink:
    """with Sink(programs, base) as sink: sink.port. Offers neither TLS nor AUTH."""

    def __init__(self, programs, base):
        self.programs, self.base = programs, base
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.environment = {"LD_LIBRARY_PATH": programs + "/usr/lib/postfix", "MAIL_CONFIG": base}
        with open(os.path.join(base, "main.cf"), "w", encoding="ascii") as out:
            out.write("compatibility_level = 3.6\ninet_protocols = ipv4\n")

    def __enter__(self):
        line = [self.programs + "/usr/sbin/smtp-sink", "-u", "nobody", "127.0.0.1:%d" % self.port, "100"]
        self.process = subprocess.Popen(line, env=self.environment)
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return self
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def source(self, count, octets):
        """smtp-source, which has no program of its own to start it: the line and its environment."""
        return [self.programs + "/usr/sbin/smtp-source", "-d", "-s", "1", "-m", str(count), "-l", str(octets), "-f", SENDER,
                "-t", RECIPIENT, "127.0.0.1:%d" % self.port]
