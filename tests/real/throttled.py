# SPDX-License-Identifier: MIT
"""A Postfix that relays by the bridge to a provider with too little to give: it throttles, with 421 and 454, and hangs up.

What it has answered 250 to it has taken, and nothing else; it never hangs up in between.
"""

import collections
import itertools
import subprocess
import threading
import time

import provider
import relay

# After how many one is turned away. No two have a common factor, so that each meets each.
EVERY = {
    "421 greeting": 11,
    "421 mail": 17,
    "454 login": 13,
    "454 recipient": 19,
    "lost in login": 23,
    "lost before data": 29,
    "lost in data": 31,
}
SESSIONS = 6  # at once
RATE = 40  # messages a second

# Nobody has to wait for long, and a provider that turns away is not left alone for it.
MAIN_CF = """
smtp_host_lookup = native
smtp_tls_CAfile = {base}/tls/ca.pem
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
transport_retry_time = 1s
smtp_connection_cache_on_demand = no
smtp_destination_concurrency_failed_cohort_limit = 0
smtp_destination_concurrency_limit = 12
initial_destination_concurrency = 12
smtp_connect_timeout = 5s
"""


class Session(provider.Session):
    def turn(self, why):
        """Whether it is this one's turn to be turned away."""
        server = self.server
        with server.lock:
            if next(server.count[why]) % EVERY[why]:
                return False
            server.turned_away[why] += 1
            return True

    def lost(self, why):
        if self.turn(why):
            raise ConnectionError(why)

    def refuse(self, why):
        """4xx: the session goes on, but after a 421."""
        self.say(why[:3] + " 4.7.0 not now")
        if why.startswith("421"):
            raise ConnectionError(why)
        return True

    def handle(self):
        with self.server.lock:
            self.server.open += 1
            is_full = self.server.open > SESSIONS
            self.server.turned_away["421 full"] += is_full
        try:
            if is_full or self.turn("421 greeting"):
                self.refuse("421")
            super().handle()
        except OSError:
            pass  # it hung up, or the client did
        finally:
            with self.server.lock:
                self.server.open -= 1

    def auth(self, mechanism, *words):
        self.lost("lost in login")
        if self.turn("454 login"):
            self.refuse("454")
        else:
            super().auth(mechanism, *words)

    def is_too_fast(self):
        """Each second has its share."""
        with self.server.lock:
            now = int(time.monotonic())
            self.server.rate[now] += 1
            self.server.turned_away["421 rate"] += self.server.rate[now] > RATE
            return self.server.rate[now] > RATE

    def turned_away(self, verb):
        if verb == "MAIL":
            return (self.is_too_fast() or self.turn("421 mail")) and self.refuse("421")
        if verb == "RCPT":
            return self.turn("454 recipient") and self.refuse("454")
        if verb == "DATA":
            self.lost("lost before data")
        return False

    def hear(self):
        """A command that is answered here is not heard of."""
        while True:
            line = super().hear()
            if not self.is_known or not self.turned_away(line.split(" ")[0].upper()):
                return line

    def data(self):
        if not self.turn("lost in data"):
            super().data()
            return
        self.say("354 go")
        self.rfile.readline()
        raise ConnectionError("lost in data")


class Postfix(relay.Postfix):
    name = "postfix-throttled"
    settings = MAIN_CF

    def _launch(self):
        super()._launch()
        server = self.provider
        server.RequestHandlerClass, server.lock = Session, threading.Lock()
        server.count, server.turned_away = collections.defaultdict(lambda: itertools.count(1)), collections.Counter()
        server.rate, server.open = collections.Counter(), 0

    def queue(self):
        """What waits, one a line."""
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **self.environment}
        return subprocess.run([self.programs + "/usr/sbin/postqueue", "-j"], env=environment, capture_output=True,
                              text=True, check=True).stdout
