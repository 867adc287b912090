# SPDX-License-Identifier: MIT
"""What the library has to know of a connection of the standard library, and may do with it."""

import ctypes
import ipaddress
import socket
import ssl
from typing import Any, NamedTuple

from . import _abi

PRIVATE_NAMES = ("localhost", "127.0.0.1", "::1")


class Lost(Exception):
    """The server hung up, or its time is over."""

    def __init__(self, cls: int) -> None:
        super().__init__()
        self.cls = cls


def lost(why: BaseException) -> Lost:
    """smtplib has a timeout as the context of an exception of its own."""
    timeout = isinstance(why, TimeoutError) or isinstance(why.__context__, TimeoutError)
    return Lost(_abi.E_TRANSIENT if timeout else _abi.E_PROTOCOL)


class Reply(NamedTuple):
    """One reply as it came; raw is what an SMTP server wants answered."""

    text: bytes
    code: int = 0
    enhanced: bytes = b""
    raw: "bytes | None" = None


class Wire:
    """A connection. Each protocol says what is below the line."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    @property
    def socket(self) -> Any:
        return getattr(self.connection, "sock", None)

    def timeout(self) -> "float | None":
        """How long this connection waits for a reply."""
        return self.socket.gettimeout() if isinstance(self.socket, socket.socket) else None

    def tls_name(self) -> "str | None":
        """The name that its certificate was verified for."""
        tls = self.socket
        if not isinstance(tls, ssl.SSLSocket):
            return None
        if tls.context.verify_mode != ssl.CERT_REQUIRED or not tls.context.check_hostname:
            return None
        return tls.server_hostname

    def default_where(self) -> "tuple[str, int]":
        """Host and port: the verified name, else what the connection was made with."""
        host, port = self.made_for()
        if isinstance(self.socket, socket.socket):
            if self.socket.family == socket.AF_UNIX:
                return "localhost", 0
            port = port or self.socket.getpeername()[1]
        return self.tls_name() or host, port

    def is_private(self, host: str) -> bool:
        """A Unix socket; or this machine, asked for by name."""
        if not isinstance(self.socket, socket.socket):
            return False
        if self.socket.family == socket.AF_UNIX:
            return True
        try:
            peer = ipaddress.ip_address(self.socket.getpeername()[0])
        except (OSError, ValueError):
            return False
        return host in PRIVATE_NAMES and peer.is_loopback

    def facts(self, host: str, client_certificate: bool) -> int:
        flags = self.protocol_facts()
        if isinstance(self.socket, ssl.SSLSocket):
            flags |= _abi.FACT_ENCRYPTED | (_abi.FACT_VERIFIED if self.tls_name() else 0)
            flags |= _abi.FACT_CLIENT_CERT if client_certificate else 0
            flags &= ~_abi.FACT_TLS_OFFERED
        return flags | (_abi.FACT_PRIVATE if self.is_private(host) else 0)

    def binding(self, kind: str) -> "bytes | None":
        """The one channel binding that ssl tells, and that of TLS 1.3 is no proof (RFC 9266)."""
        tls = self.socket
        if kind != "tls-unique" or not isinstance(tls, ssl.SSLSocket) or tls.version() == "TLSv1.3":
            return None
        return tls.get_channel_binding(kind)

    # ---- of each protocol

    service = ""
    errors: "tuple[type[Exception], ...]" = ()  # that say that the connection is of no more use

    def profile(self) -> Any:
        raise NotImplementedError

    def made_for(self) -> "tuple[str, int]":
        raise NotImplementedError

    def protocol_facts(self) -> int:
        raise NotImplementedError

    def offered(self) -> str:
        """Names of mechanisms, by blanks, or of IMAP all that it can."""
        raise NotImplementedError

    def send(self, line: bytes, is_command: bool) -> None:
        raise NotImplementedError

    def receive(self) -> Reply:
        raise NotImplementedError

    def start_tls(self, context: ssl.SSLContext) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """Without a word."""
        raise NotImplementedError

    def logged_in(self) -> None:
        """Tell the connection."""


def c_reply(reply: Reply) -> Any:
    """A struct lk_reply that borrows from it."""
    return _abi.sized(_abi.Reply, code=reply.code, enhanced=reply.enhanced, text=_abi.borrowed(reply.text),
                      raw=_abi.borrowed(reply.raw))


def c_bytes(to: Any, octets: bytes) -> None:
    """Let a struct lk_bytes point to them."""
    to.contents.data, to.contents.len = ctypes.cast(ctypes.c_char_p(octets), ctypes.c_void_p).value, len(octets)
