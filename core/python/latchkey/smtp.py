# SPDX-License-Identifier: MIT
"""smtplib: SMTP, SMTP_SSL and LMTP.

A trap of it: starttls() without a context verifies nothing, so the library takes the connection for an open one and
sends no password over it. Give it ssl.create_default_context().
"""

import re
import smtplib
import ssl
import sys
from typing import Any

from . import _abi
from ._wire import Reply, Wire, lost

_ENHANCED = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}(?= |\Z)")


def to_reply(code: int, text: bytes) -> Reply:
    """A reply as smtplib tells it."""
    code = max(code, 0)
    enhanced = _ENHANCED.match(text)
    is_of_code = enhanced and enhanced[0][:1] == b"%d" % (code // 100)
    return Reply(text, code, enhanced[0] if enhanced and is_of_code else b"", text if code // 100 == 3 else None)


class Smtp(Wire):
    """An smtplib.SMTP."""

    service = "smtp"
    errors = (smtplib.SMTPException, OSError)
    connection: smtplib.SMTP

    def __init__(self, connection: smtplib.SMTP) -> None:
        super().__init__(connection)
        connection.ehlo_or_helo_if_needed()

    def profile(self) -> Any:
        return _abi.lib.lk_profile_smtp()

    def made_for(self) -> "tuple[str, int]":
        return getattr(self.connection, "_host", ""), 0

    def protocol_facts(self) -> int:
        return _abi.FACT_TLS_OFFERED if self.connection.has_extn("starttls") else 0

    def offered(self) -> str:
        return self.connection.esmtp_features.get("auth", "").upper()

    def send(self, line: bytes, is_command: bool) -> None:
        # Not its own send(): with set_debuglevel that shows what it sends.
        if self.connection.debuglevel > 0:
            print("send: <%d octets of a login>" % len(line), file=sys.stderr)
        try:
            self.socket.sendall(line + b"\r\n")
        except (OSError, AttributeError) as why:
            self.connection.close()
            raise lost(why) from why

    def receive(self) -> Reply:
        try:
            return to_reply(*self.connection.getreply())
        except self.errors as why:
            raise lost(why) from why

    def start_tls(self, context: ssl.SSLContext) -> None:
        code, text = self.connection.starttls(context=context)
        if code != 220:
            raise smtplib.SMTPResponseException(code, text)
        self.connection.ehlo()

    def close(self) -> None:
        self.connection.close()
