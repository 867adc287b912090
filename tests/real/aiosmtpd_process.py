# SPDX-License-Identifier: MIT
"""aiosmtpd_process.py SETTINGS: aiosmtpd on some ports, as recorded.py tells."""

import asyncio
import base64
import functools
import itertools
import json
import os
import shutil
import ssl
import sys

from aiosmtpd.smtp import MISSING, SMTP, AuthResult


class Handler:
    """Decides about recipients, and keeps what is accepted."""

    def __init__(self, settings):
        self.settings = settings
        self.count = itertools.count(1)

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address in self.settings["refused"]:
            return "%d %s" % tuple(self.settings["refused"][address])
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):
        for address in envelope.rcpt_tos:
            folder = os.path.join(self.settings["base"], "mail", address.partition("@")[0])
            name = "%06d" % next(self.count)
            with open(os.path.join(folder, name), "xb") as out:
                out.write(envelope.original_content)
            os.rename(os.path.join(folder, name), os.path.join(folder, "new", name))
        return "250 OK"


class Connection(SMTP):
    """One connection of aiosmtpd that writes down what is said."""

    counter = itertools.count(1)

    def __init__(self, handler, events, **options):
        self.number, self.events = next(self.counter), events
        self.users = handler.settings["users"]
        self.seen = set()
        super().__init__(handler, authenticator=self.check, **options)

    def note(self, kind, **words):
        line = json.dumps({"n": self.number, "kind": kind, **words}) + "\n"
        os.write(self.events, line.encode())

    def once(self, kind):
        if kind not in self.seen:
            self.seen.add(kind)
            self.note(kind)

    def waiting(self):
        # What came in one write is here at once, before the first of it is answered.
        if self._reader._buffer:
            self.note("early", octets=len(self._reader._buffer))

    def connection_made(self, transport):
        self.once("open")
        super().connection_made(transport)

    def connection_lost(self, error):
        self.once("end")
        super().connection_lost(error)

    async def push(self, status):
        self.waiting()
        self.note("S", text=status if isinstance(status, str) else status.decode("utf-8", "replace"))
        await super().push(status)

    async def challenge_auth(self, *words, **named):
        response = await super().challenge_auth(*words, **named)
        # It is also told "*" and what is no base64 by the one value; both are answered 501 by now.
        if response is not MISSING:
            self.note("C", text=base64.b64encode(response).decode("ascii"))
        return response

    def check(self, _server, _session, _envelope, mechanism, data):
        name, password = data.login.decode("utf-8", "replace"), data.password.decode("utf-8", "replace")
        right = name in self.users and self.users[name] == password
        self.note("check", mechanism=mechanism, name=name, password=password, right=right)
        return AuthResult(success=right, handled=False)


def noted(name):
    plain = getattr(SMTP, name)

    @functools.wraps(plain)
    async def method(self, words):
        self.note("C", text=name[len("smtp_"):] + (" " + words if words else ""))
        await plain(self, words)
    return method


for command in dir(SMTP):
    if command.startswith("smtp_"):
        setattr(Connection, command, noted(command))


def listener(loop, handler, events, settings, where):
    context = None
    if where["tls"] != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(where["cert"], where["key"])
    starttls = where["tls"] == "starttls"

    def connection():
        # It does not know of TLS that it did not start itself.
        return Connection(handler, events, hostname="mail." + settings["domain"], data_size_limit=settings["size_limit"],
                          tls_context=context if starttls else None, require_starttls=starttls, auth_required=True,
                          auth_require_tls=starttls, loop=loop)
    return loop.create_server(connection, where["address"], 0, ssl=None if starttls else context)


def main():
    with open(sys.argv[1], encoding="ascii") as one:
        settings = json.load(one)
    events = os.open(os.path.join(settings["base"], "log", "events"), os.O_WRONLY | os.O_APPEND)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    handler, ports = Handler(settings), {}
    for name, where in settings["listeners"].items():
        server = loop.run_until_complete(listener(loop, handler, events, settings, where))
        ports[name] = server.sockets[0].getsockname()[1]
    print(json.dumps(ports), flush=True)
    loop.add_reader(0, lambda: os.read(0, 4096) or loop.stop())
    loop.run_forever()
    shutil.rmtree(settings["base"], ignore_errors=True)


if __name__ == "__main__":
    main()
