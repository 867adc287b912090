# SPDX-License-Identifier: MIT
"""The figures: what is measured, and what the goals are."""

import os
import shutil

from count import Flights
from measure import median, rounds
from table import row

MANY = 2000
LARGE = 25 << 20
ONCE, RATE, LOGGED_IN, HUGE, PLUGINS = 41, 15, 7, 15, 61  # rounds
NAMES = ("flights", "one_shot_ca", "one_shot_system", "rate", "many", "large_clear", "large_tls", "plugins")
PATIENCE = 20  # seconds for libESMTP, which may hang over TLS 1.3


def ratio(ours, theirs):
    return "%.2f" % (ours / theirs)


def ms(seconds):
    return "%.1f ms" % (seconds * 1000)


def mib(value):
    return "%.1f MiB" % value


class Figures:
    def __init__(self, build, base, clients, postfix, sink):
        self.build, self.base, self.clients, self.postfix, self.sink = build, base, clients, postfix, sink
        self.port = postfix.port["starttls"]
        self.small = self._message("small", 1024)
        self.rows = []

    def all(self, wanted):
        for name in NAMES:
            if not wanted or name in wanted:
                print("... " + name, flush=True)
                getattr(self, name)()
        return self.rows

    def _row(self, *cells):
        self.rows.append(row(*cells))

    def _message(self, name, octets):
        path = os.path.join(self.base, name)
        line = b"x" * 70 + b"\r\n"
        text = b"From: alice@example.com\r\nSubject: x\r\n\r\n"
        with open(path, "wb") as out:
            out.write(text + line * ((octets - len(text)) // len(line)))
        return path

    # -- flights

    def flights(self):
        ca, small, clients = self.postfix.ca, self.small, self.clients

        def once(client):
            with Flights(self.postfix.where()) as proxy:
                client(proxy.port, ca, small)
            return proxy.count

        def many(count, *keys):
            with Flights(self.postfix.where()) as proxy:
                clients.many(count, proxy.port, ca, keys=keys)
            return proxy.count

        cold = once(clients.latchkey)
        peers = ", ".join("%s %d" % (name, once(client)) for name, client in
                          (("curl", clients.curl), ("Go", clients.go), ("msmtp", clients.msmtp)))
        further = many(2) - many(1)
        bdat = many(2, "bdat=yes") - many(1, "bdat=yes")
        self._row("flights, STARTTLS, PLAIN, one message", str(cold), peers, "7", cold <= 7)
        self._row("flights of each further message", "%d; %d with `bdat = yes`" % (further, bdat), "", "2", further <= 2)

    # -- one message

    def one_shot_ca(self):
        self._one_shot("`ca=`", self.postfix.ca)

    def one_shot_system(self):
        """The system's trust is what OpenSSL, curl and Go take for it: a copy of the system's with one authority more."""
        trusted = os.path.join(self.base, "certs")
        shutil.copytree("/etc/ssl/certs", trusted)
        name = os.popen("openssl x509 -noout -subject_hash -in " + self.postfix.ca).read().strip() + ".0"
        shutil.copy(self.postfix.ca, os.path.join(trusted, name))
        bundle = os.path.join(trusted, "ca-certificates.crt")
        with open(bundle, "ab") as out, open(self.postfix.ca, "rb") as ca:
            out.write(ca.read())
        self.clients.bundle = bundle
        environment = self.clients.launcher.environment
        environment.update(SSL_CERT_DIR=trusted, SSL_CERT_FILE=bundle)
        try:
            self._one_shot("system's trust", None)
        finally:
            del environment["SSL_CERT_DIR"], environment["SSL_CERT_FILE"]

    def _one_shot(self, trust, ca):
        clients = self.clients
        found = rounds(ONCE, **{name: lambda client=client: client(self.port, ca, self.small) for name, client in
                                (("latchkey", clients.latchkey), ("curl", clients.curl), ("go", clients.go),
                                 ("msmtp", clients.msmtp), ("floor", clients.floor))})
        wall, cpu, peak = ({name: median(runs, what) for name, runs in found.items()} for what in ("wall", "cpu", "peak"))

        def peers(values, show, *more):
            return ", ".join("%s %s" % (label, show(values[name])) for name, label in
                             (("curl", "curl"), ("go", "Go"), ("msmtp", "msmtp"), *more))

        bare = ("floor", "a bare handshake")
        best = {name: min(run.wall for run in found[name]) for name in ("latchkey", "curl")}
        times = wall["latchkey"] / wall["curl"]
        self._row("one message, %s: wall" % trust, "%s = %.2f x curl's; of the best %s" %
                  (ms(wall["latchkey"]), times, ratio(best["latchkey"], best["curl"])), peers(wall, ms),
                  "0.7 x curl's", times <= 0.7)
        self._row("one message, %s: CPU" % trust, "%s = %s x Go's" % (ms(cpu["latchkey"]), ratio(cpu["latchkey"], cpu["go"])),
                  peers(cpu, ms, bare), "Go's", cpu["latchkey"] <= cpu["go"])
        self._row("one message, %s: peak" % trust, mib(peak["latchkey"]), peers(peak, mib, bare), "7 MiB", peak["latchkey"] <= 7)

    # -- many messages

    def rate(self):
        clients, sink = self.clients, self.sink
        source = sink.source(MANY, 1024)
        found = rounds(RATE, latchkey=lambda: clients.many(MANY, sink.port, None, None),
                       esmtp=lambda: clients.esmtp(MANY, sink.port, None, None),
                       source=lambda: clients.launcher.run(source, **sink.environment),
                       go=lambda: clients.go(sink.port, None, self.small, None, MANY))
        rates = {name: MANY / median(runs, "wall") for name, runs in found.items()}
        self._row("%d messages to smtp-sink" % MANY, "%d/s" % rates["latchkey"],
                  "libESMTP %(esmtp)d/s, smtp-source %(source)d/s, Go %(go)d/s" % rates, "above both",
                  rates["latchkey"] > max(rates["esmtp"], rates["source"]))

    def many(self):
        """libESMTP sends by BDAT to whoever takes it; we do so where `bdat` is set."""
        clients, ca, port = self.clients, self.postfix.ca, self.port
        found = rounds(LOGGED_IN, latchkey=lambda: clients.many(MANY, port, ca, seconds=PATIENCE, keys=("bdat=yes",)),
                       data=lambda: clients.many(MANY, port, ca, seconds=PATIENCE),
                       esmtp=lambda: clients.esmtp(MANY, port, ca, seconds=PATIENCE))
        theirs = median(found["esmtp"], "cpu")
        peer = "libESMTP %s (%d of %d ended)" % (ms(theirs), len(found["esmtp"]), LOGGED_IN) if theirs else "libESMTP hung"
        for name, how in (("latchkey", "`bdat = yes`"), ("data", "DATA")):
            ours = median(found[name], "cpu")
            self._row("%d messages, TLS, login, %s: CPU" % (MANY, how),
                      ms(ours) + (" = %s x libESMTP's" % ratio(ours, theirs) if theirs else ""), peer, "0.6 x libESMTP's",
                      bool(theirs) and ours <= 0.6 * theirs)

    # -- a large message

    def large_clear(self):
        self._large("smtp-sink", self.sink.port, None, None)

    def large_tls(self):
        self._large("Postfix, TLS", self.port, self.postfix.ca, "alice@example.com")

    def _large(self, where, port, ca, user):
        clients, message = self.clients, self._message("large", LARGE)
        found = rounds(HUGE, latchkey=lambda: clients.latchkey(port, ca, message, user),
                       curl=lambda: clients.curl(port, ca, message, user),
                       go=lambda: clients.go(port, ca, message, user))
        speed = {name: LARGE / 1e6 / median(runs, "wall") for name, runs in found.items()}
        peak = {name: median(runs, "peak") for name, runs in found.items()}
        self._row("25 MiB to %s" % where, "%d MB/s" % speed["latchkey"], "curl %(curl)d, Go %(go)d MB/s" % speed, "above curl's",
                  speed["latchkey"] > speed["curl"])
        self._row("25 MiB to %s: peak" % where, mib(peak["latchkey"]), "curl %(curl).1f, Go %(go).1f MiB" % peak, "6 MiB",
                  peak["latchkey"] <= 6)

    # -- plugins

    def _plugins(self, count):
        """A directory with so many: one that is offered, the others its copies by other names."""
        directory = os.path.join(self.base, "plugins-%d" % count)
        os.mkdir(directory, 0o755)
        path = os.path.join(self.build, "prefix", "lib", "latchkey", "v0", "plain.so")
        shutil.copy(path, directory)
        with open(path, "rb") as one:
            plain = one.read()
        named = b"plain".ljust(32, b"\0") + b"PLAIN".ljust(24, b"\0")
        if plain.count(named) != 1:
            raise RuntimeError("%s: its note is not as expected" % path)
        for number in range(1, count):
            name = "other-%d" % number
            other = plain.replace(named, name.encode().ljust(32, b"\0") + name.upper().encode().ljust(24, b"\0"))
            with open(os.path.join(directory, name + ".so"), "wb") as out:
                out.write(other)
        return directory

    def plugins(self):
        few, most = self._plugins(5), self._plugins(200)
        found = rounds(PLUGINS, few=lambda: self.clients.host(few), most=lambda: self.clients.host(most))
        few, most = (median(found[name], "wall") for name in ("few", "most"))
        self._row("to the first mechanism, 5 and 200 plugins", "%s, %s: %s more" % (ms(few), ms(most), ms(most - few)), "",
                  "3 ms more", most - few < 0.003)
