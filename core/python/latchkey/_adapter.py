# SPDX-License-Identifier: MIT
"""An authobject: for SMTP.auth() and IMAP4.authenticate(), which send and read by themselves."""

import base64
import imaplib
import smtplib
from collections.abc import Callable
from typing import Any

from . import _abi
from ._errors import new_error
from ._login import Attempt
from ._wire import Reply, Wire
from .smtp import to_reply


class _Raw(bytes):
    """smtplib encodes what it gets as if it were text."""

    def encode(self, *_: Any) -> "_Raw":
        return self


class AuthObject:
    """One mechanism for one call of SMTP.auth() or IMAP4.authenticate(); see latchkey.authobject()."""

    def __init__(self, begin: Callable[[], Attempt], wire: Wire) -> None:
        self._begin, self._wire = begin, wire
        self._held: "bytes | None" = None  # an initial response that waits for a challenge
        self._is_asked = self._is_in = False
        self._error: "BaseException | None" = None

    def __enter__(self) -> "AuthObject":
        self._attempt = self._begin()
        self._is_asked = False
        try:
            # imaplib has no initial response
            offered = " ".join(word for word in self._wire.offered().split() if word != "SASL-IR")
            self._attempt.begin(self._wire, offered, without=_abi.FACT_TLS_OFFERED)
            want = self._want()
            if want.kind != _abi.SEND:
                raise self._failure()
            words = (want.line.value() or b"").split(b" ")
            self._attempt.sent()
            if len(words) > 2:
                self._held = b"" if words[2] == b"=" else base64.b64decode(words[2])
        except BaseException:
            self._attempt.free()
            raise
        self._is_in = True
        return self

    def __call__(self, challenge: "bytes | None" = None) -> Any:
        """The response to a challenge; without one, the initial response. None: there is none, or (IMAP) cancel."""
        if not self._is_in:
            raise RuntimeError("an authobject is used inside of its `with`: only that sees how it ends")
        self._is_asked = True
        if challenge is None and not self._held:
            return None  # smtplib would write an empty one as a blank
        if self._held is not None:
            response, self._held = self._held, None
            return _Raw(response)
        return self._answer(challenge or b"")

    def _answer(self, challenge: bytes) -> Any:
        text = base64.b64encode(challenge)
        self._attempt.reply(Reply(text, 334, raw=text) if self._is_smtp() else Reply(b"+ " + text))
        want = self._want()
        if want.kind == _abi.SEND and want.meaning != b"cancel":
            response = base64.b64decode(want.line.value() or b"")
            self._attempt.sent()
            return _Raw(response)
        self._error = self._cancel(want)
        if not self._is_smtp():
            return None
        raise self._error  # smtplib has no way to cancel: that was done

    def _cancel(self, want: Any) -> BaseException:
        """The server's answer to it is for the library: it may have another mechanism, for which it is too late."""
        if want.kind == _abi.SEND and self._is_smtp():
            try:
                self._wire.send(want.line.value() or b"", False)
                self._attempt.sent()
                self._attempt.reply(self._wire.receive())
            except Exception:
                self._wire.close()
        elif want.kind == _abi.SEND:
            self._attempt.sent()
            self._attempt.reply(Reply(b"BAD cancelled"))
        return self._failure()

    def __exit__(self, _: Any, why: "BaseException | None", __: Any) -> None:
        self._is_in = False
        try:
            if self._error:
                error, self._error = self._error, None
                try:
                    raise error from (why if why is not error else None)
                finally:
                    del error  # it knows this frame
            if why is None:
                self._succeed()
            elif isinstance(why, self._wire.errors) and not isinstance(why, smtplib.SMTPResponseException):
                self._attempt.lost(_abi.E_PROTOCOL)
            elif isinstance(why, (smtplib.SMTPResponseException, imaplib.IMAP4.error)):
                self._attempt.reply(self._refusal(why))
                raise self._failure() from why
            else:
                self._wire.close()  # in the middle of it
        finally:
            self._attempt.free()

    def _succeed(self) -> None:
        """The library has the last word: a server may have to prove itself."""
        if not self._is_asked:
            return
        if self._held:
            self._wire.close()
            raise new_error(_abi.E_PROTOCOL, "the server let us in before it had what it takes")
        self._attempt.reply(Reply(b"OK", 235) if self._is_smtp() else Reply(b"OK"))
        if self._want().kind != _abi.LOGGED_IN:
            self._wire.close()
            raise self._failure()

    def _refusal(self, why: BaseException) -> Reply:
        if isinstance(why, smtplib.SMTPResponseException):
            text = why.smtp_error
            return to_reply(why.smtp_code, text.encode() if isinstance(text, str) else text)
        # imaplib tells of NO by its words only, of BAD by a sentence of its own
        words = str(why)
        return Reply(("BAD " if " command error: BAD " in words else "NO ").encode() + words.encode("utf-8", "replace"))

    def _failure(self) -> BaseException:
        """Whatever else could be tried, not by this call."""
        for _ in range(8):
            if self._want().kind == _abi.STOP:
                break
            self._attempt.lost(_abi.E_PROTOCOL)
        return self._attempt.error()

    def _want(self) -> Any:
        return self._attempt.want(self._wire.timeout())

    def _is_smtp(self) -> bool:
        return self._wire.service == "smtp"
