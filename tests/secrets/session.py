# SPDX-License-Identifier: MIT
"""A desktop session of a test's own: a bus, a Secret Service, a home."""

import os
import signal
import subprocess
import time

UNLOCK = "Keyring-of-the-test-58"
SERVICE = "org.freedesktop.secrets"
PROMPTER = "org.gnome.keyring.SystemPrompter"
LOGIN = "/org/freedesktop/secrets/collection/login"

# The system's services are not there: none is started behind our back.
CONFIG = """<busconfig>
<type>session</type><keep_umask/><listen>unix:path={0}/bus</listen><servicedir>{0}/services</servicedir>
<policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
</policy>
</busconfig>
"""


class Session:
    def __init__(self, home):
        self.home, self.children, self.keyring = home, [], None
        for name in ("services", "run", "data"):
            os.mkdir(os.path.join(home, name), 0o700)
        with open(os.path.join(home, "bus.conf"), "w", encoding="utf-8") as out:
            out.write(CONFIG.format(home))
        self.environment = {
            "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": home, "XDG_RUNTIME_DIR": os.path.join(home, "run"),
            "XDG_DATA_HOME": os.path.join(home, "data"), "DBUS_SESSION_BUS_ADDRESS": "unix:path=%s/bus" % home}

    def start(self):
        bus = self.run("dbus-daemon", "--config-file=%s/bus.conf" % self.home, "--nofork", "--print-address",
                       stdout=subprocess.PIPE)
        bus.stdout.readline()
        bus.stdout.close()

    def run(self, *words, **more):
        child = subprocess.Popen(words, env=self.environment, cwd=self.home, stderr=subprocess.DEVNULL, **more)
        self.children.append(child)
        return child

    def stop(self, child=None):
        for one in [child] if child else reversed(self.children):
            one.send_signal(signal.SIGTERM)
            one.send_signal(signal.SIGCONT)
            one.wait(20)
            self.children = [other for other in self.children if other is not one]

    def hangs(self, name):
        """A service that is started for its first caller, and never is there. The file that says that it was."""
        mark = os.path.join(self.home, name)
        with open(os.path.join(self.home, "services", name + ".service"), "w", encoding="ascii") as out:
            # it ends with the bus
            out.write("[D-BUS Service]\nName=%s\nExec=/bin/sh -c \"touch %s; exec dbus-monitor >/dev/null 2>&1\"\n" %
                      (name, mark))
        return mark

    def unlocked(self):
        """The Secret Service is there, as after a login to a desktop."""
        self.keyring = self.run("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets",
                                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        self.keyring.stdin.write(UNLOCK.encode())
        self.keyring.stdin.close()
        end = time.monotonic() + 30
        while "true" not in self.bus("org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner",
                                     "string:" + SERVICE):
            if time.monotonic() > end:
                raise TimeoutError("gnome-keyring-daemon is not there")
            time.sleep(0.05)

    def lock(self):
        self.bus(SERVICE, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service.Lock", "array:objpath:" + LOGIN)

    def bus(self, name, path, method, *words):
        return subprocess.run(["dbus-send", "--session", "--print-reply", "--dest=" + name, path, method, *words],
                              env=self.environment, capture_output=True, text=True, check=True, timeout=60).stdout

    def store(self, secret, *attributes):
        subprocess.run(["secret-tool", "store", "--label=of a test", *attributes], env=self.environment, input=secret,
                       text=True, check=True, timeout=60)
