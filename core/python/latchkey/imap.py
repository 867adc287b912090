# SPDX-License-Identifier: MIT
"""imaplib: IMAP4, IMAP4_SSL and IMAP4_stream."""

import imaplib
import re
import ssl
from typing import Any

from . import _abi
from ._wire import Lost, Reply, Wire, lost

_REPLY_MAX = 1 << 20


class Imap(Wire):
    """An imaplib.IMAP4. The lines of a login have tags of their own, which imaplib does not give."""

    service = "imap"
    errors = (imaplib.IMAP4.abort, OSError)
    connection: imaplib.IMAP4
    _count = 0

    def profile(self) -> Any:
        return _abi.lib.lk_profile_imap()

    def made_for(self) -> "tuple[str, int]":
        return getattr(self.connection, "host", ""), getattr(self.connection, "port", 0)

    def protocol_facts(self) -> int:
        return _abi.FACT_TLS_OFFERED if "STARTTLS" in self.connection.capabilities else 0

    def offered(self) -> str:
        return " ".join(self.connection.capabilities)

    def send(self, line: bytes, is_command: bool) -> None:
        if is_command:
            self._count += 1
        try:
            self.connection.send((self._tag() if is_command else b"") + line + b"\r\n")
        except (imaplib.IMAP4.error, OSError) as why:
            raise lost(why) from why

    def _tag(self) -> bytes:
        return b"LATCHKEY%d " % self._count

    def _read(self, count: int = 0) -> bytes:
        """A line, or so many octets."""
        try:
            octets = self.connection.read(count) if count else self.connection.readline()
        except (imaplib.IMAP4.error, OSError) as why:
            raise lost(why) from why
        if len(octets) < count or (not count and not octets.endswith(b"\n")):
            raise Lost(_abi.E_PROTOCOL)
        return octets

    def _whole_line(self) -> bytes:
        """With the literals in it, without its end."""
        whole = b""
        while True:
            line = self._read()
            whole += line
            literal = re.search(rb"\{(\d{1,7})\}\r?\n\Z", line)
            if not literal:
                return whole.rstrip(b"\r\n")
            if len(whole) + int(literal[1]) > _REPLY_MAX:
                raise Lost(_abi.E_PROTOCOL)
            whole += self._read(int(literal[1])) if int(literal[1]) else b""

    def receive(self) -> Reply:
        """Untagged lines are not for the login, but for BYE."""
        while True:
            line = self._whole_line()
            if line.startswith(self._tag()):
                return Reply(line[len(self._tag()):])
            if line.upper().startswith(b"* BYE"):
                return Reply(line[2:])
            if not line.startswith(b"* "):
                return Reply(line)

    def start_tls(self, context: ssl.SSLContext) -> None:
        self.connection.starttls(context)

    def close(self) -> None:
        try:
            self.connection.shutdown()
        except OSError:
            pass

    def logged_in(self) -> None:
        # imaplib refuses SELECT and others in the state before.
        self.connection.state = "AUTH"
