# SPDX-License-Identifier: MIT
"""Log in to SMTP, IMAP and POP3 servers with any mechanism that is installed.

    import smtplib, ssl, latchkey

    connection = smtplib.SMTP("smtp.example.org", 587)
    connection.starttls(context=ssl.create_default_context())
    latchkey.login(connection, user="alice@example.org", password=getpass.getpass())
    connection.sendmail(...)

The connection is one of smtplib, imaplib or poplib, connected, not logged in. liblatchkey chooses the mechanism, knows
what may go over this connection, and says why if it does not work: see LatchkeyError. Secrets are wiped where the
library has them; those of Python's str and bytes cannot be, so a callback may return a bytearray, which is.

What is decided and said is logged as `latchkey`, at DEBUG, without secrets; what is amiss, as with a file that is
ignored, at WARNING.
"""

import imaplib
import poplib
import smtplib
import ssl
from collections.abc import Callable
from typing import Any, Unpack

from . import _abi
from ._adapter import AuthObject
from ._errors import (Cancelled, ConfigError, EncryptionNeeded, Expired, LatchkeyError, Missing, NoMechanism,
                      NotProven, NotTrusted, ProtocolError, Refused, Temporary, TooWeak, WrongHostName)
from ._host import Account, Host, default_host
from ._login import Attempt, Credentials, Dialogue, Result, Who
from ._wire import Wire
from .imap import Imap
from .pop3 import Pop3
from .smtp import Smtp

__all__ = ["Account", "AuthObject", "Cancelled", "ConfigError", "EncryptionNeeded", "Expired", "Host", "LatchkeyError",
           "Missing", "NoMechanism", "NotProven", "NotTrusted", "ProtocolError", "Refused", "Result", "Temporary",
           "TooWeak", "WrongHostName", "authobject", "login", "version"]

_KINDS: "tuple[tuple[type[Any], type[Wire]], ...]" = (
    (smtplib.SMTP, Smtp), (imaplib.IMAP4, Imap), (poplib.POP3, Pop3))


def version() -> str:
    """That of the library."""
    return str(_abi.lib.lk_version().decode())


def _wire(connection: Any) -> Wire:
    for kind, wire in _KINDS:
        if isinstance(connection, kind):
            return wire(connection)
    raise TypeError("%r is no connection of smtplib, imaplib or poplib" % type(connection).__name__)


def login(connection: Any, *, reconnect: "Callable[[], Any] | None" = None, tls: "ssl.SSLContext | None" = None,
          client_certificate: bool = False, using: "Host | None" = None, **who: Unpack[Who]) -> Result:
    """Log in over a connection of smtplib, imaplib or poplib.

    Who and with what:
      user       who logs in
      password, token   the secret, or
      secret     a callback: secret(key, prompt, renew) returns a str, bytes, a bytearray (wiped) or None: there is
                 none. key is "password", "otp" or "oauth.token"; prompt is for a person, or None; renew: what was
                 given was refused as too old. What it raises, login() raises.
      secrets    which keys the callback has, by blanks: "password"
      account    an Account, or its name in latchkey.conf: all of this, and host and port, come from there
      auth       mechanisms, ids or names on the wire: an order and an allow-list; None: the best
      authzid, realm, params ({"ID.NAME": "VALUE"})
      host, port where the secret is for; by default what the connection was made for
      insecure_plaintext, fallback_to_plaintext, retry   as in latchkey.conf(5) and latchkey(1)

    Over what:
      client_certificate   the SSLContext presented one, which Python cannot be asked
      tls        a context for STARTTLS where that comes first; by default ssl.create_default_context()
      reconnect  makes a new connection, greeted (and under TLS) like the first: some servers leave no other way from
                 one mechanism to the next. The result has the connection that is logged in.
      using      a Host; by default the one of this process

    Raises LatchkeyError. The connection can still be used then, or has been closed.
    """
    wire = _wire(connection)
    attempt = Attempt(using or default_host(), Credentials(wire, **who), wire, client_certificate)
    again = None if reconnect is None else lambda: _wire(reconnect())
    try:
        return Dialogue(attempt, wire, again, tls).run()
    finally:
        attempt.free()


def authobject(connection: Any, mechanism: str, *, client_certificate: bool = False, using: "Host | None" = None,
               **who: Unpack[Who]) -> AuthObject:
    """For who has to call SMTP.auth() or IMAP4.authenticate() as they are. The mechanism is an id or its name.

        with latchkey.authobject(connection, "SCRAM-SHA-256", user="alice", password=password) as scram:
            connection.auth("SCRAM-SHA-256", scram)

    The end of the `with` checks the server's proof and raises LatchkeyError instead of what the call raised. There is
    one attempt: no other form, no other mechanism, no new connection. The rest is as for login().
    """
    wire = _wire(connection)
    if wire.service == "pop3":
        raise TypeError("poplib has no call that takes an authobject")
    who["auth"] = mechanism
    credentials = Credentials(wire, **who)
    return AuthObject(lambda: Attempt(using or default_host(), credentials, wire, client_certificate), wire)
