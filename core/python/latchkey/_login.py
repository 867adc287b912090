# SPDX-License-Identifier: MIT
"""One login: who, with what, and the dialogue that the library asks for."""

import ctypes
import logging
import select
import ssl
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from . import _abi
from ._abi import lib
from ._errors import LatchkeyError, from_struct
from ._host import Account, Host
from ._wire import Lost, Reply, Wire, c_bytes, c_reply

log = logging.getLogger("latchkey")

Secret = Callable[[str, "str | None", bool], "str | bytes | bytearray | None"]


@dataclass(frozen=True)
class Result:
    """A login that came about."""

    mech: str  # id of the mechanism
    wire: str  # its name on the wire
    initial_response: bool  # it went in the command
    attempts: int  # commands sent
    warning: str  # of the library, or ""
    connection: Any  # the connection that is logged in: another one after a reconnect


def _text(value: "str | None", name: str = "a text") -> "bytes | None":
    """As C has it. The value is not shown: a parameter may be a secret."""
    if value is not None and "\0" in value:
        raise ValueError("there is a NUL in %s" % name)
    return None if value is None else value.encode()


class Who(TypedDict, total=False):
    """What login() says of who logs in."""

    user: "str | None"
    password: "str | bytes | None"
    token: "str | bytes | None"
    secret: "Secret | None"
    secrets: str
    account: "Account | str | None"
    auth: "str | None"
    authzid: "str | None"
    realm: "str | None"
    host: "str | None"
    port: "int | None"
    params: "Mapping[str, str] | None"
    insecure_plaintext: bool
    fallback_to_plaintext: bool
    retry: bool


class Credentials:
    """Who logs in, as a struct lk_login; keeps what that borrows, and what a callback raised."""

    def __init__(self, wire: Wire, *, password: "str | bytes | None" = None, token: "str | bytes | None" = None,
                 secret: "Secret | None" = None, secrets: str = "password", account: "Account | str | None" = None,
                 port: "int | None" = None, params: "Mapping[str, str] | None" = None, insecure_plaintext: bool = False,
                 fallback_to_plaintext: bool = False, retry: bool = False, **words: "str | None") -> None:
        if secret and (password is not None or token is not None):
            raise TypeError("a secret comes from a callback, or is given: not both")
        self.raised: "BaseException | None" = None
        self.account = Account(account, service=wire.service) if isinstance(account, str) else account
        self.c = _abi.sized(_abi.Login)
        if self.account:
            lib.lk_account_login(self.account.c, ctypes.byref(self.c))
        else:
            where = wire.default_where()
            self.c.host, self.c.port = _text(where[0]), where[1]
        for name, value in words.items():  # user, auth, authzid, realm, host: as in the struct
            if name not in Who.__annotations__:
                raise TypeError("login() has no argument %r" % name)
            if value is not None:
                setattr(self.c, name, _text(value, name))
        if port is not None:
            self.c.port = port
        if not self.c.host:
            raise ValueError("whose secret is it? This connection does not tell its host: login(..., host=NAME)")
        self.c.flags |= ((_abi.LOGIN_INSECURE_PLAINTEXT if insecure_plaintext else 0) |
                         (_abi.LOGIN_FALLBACK_TO_PLAINTEXT if fallback_to_plaintext else 0) |
                         (_abi.LOGIN_RETRY if retry else 0))
        if params is not None:
            pairs = [_text("%s=%s" % one, "a parameter") for one in params.items()]
            self.c.params = (ctypes.c_char_p * (len(pairs) + 1))(*pairs)
        known = {"password": password, "oauth.token": token}
        if not secret and any(value is not None for value in known.values()):
            secrets = " ".join(key for key, value in known.items() if value is not None)
            secret = lambda key, _, renew: None if renew else known.get(key)  # noqa: E731
        self._secret = secret
        # A cycle would keep the secret until some collection.
        me = weakref.ref(self)
        if secret:
            self.c.secrets = _text(secrets)
            self.c.secret = _abi.SECRET(lambda _, ask, to, __: me()._give(ask.contents, to))  # type: ignore[union-attr]
        self.c.note = _abi.NOTE(lambda _, text: log.debug("%s", text.decode("utf-8", "replace")))

    @property
    def host(self) -> str:
        return (self.c.host or b"").decode()

    def _give(self, ask: Any, to: int) -> int:
        """What is raised here would be printed and forgotten."""
        try:
            assert self._secret
            value = self._secret(ask.key.decode(), ask.prompt.decode("utf-8", "replace") if ask.prompt else None,
                                 bool(ask.flags & _abi.ASK_RENEW))
            if value is None:
                return _abi.E_NOPROP
            octets: Any = value.encode() if isinstance(value, str) else value
            if isinstance(octets, bytearray):
                octets = (ctypes.c_char * len(octets)).from_buffer(octets)
            added = lib.lk_secret_add(to, octets, len(octets))
            if isinstance(value, bytearray):
                value[:] = bytes(len(value))
            return _abi.DONE if added == 0 else _abi.E_NOMEM
        except BaseException as why:  # whatever it is, login() raises it
            self.raised = why
            return _abi.E_CANCELLED


class Attempt:
    """A struct lk_auth, with the facts of the connection it is about."""

    def __init__(self, host: Host, credentials: Credentials, wire: Wire, client_certificate: bool = False) -> None:
        self._host, self.credentials, self._client_certificate = host, credentials, client_certificate
        self._c: "ctypes.c_void_p | None" = ctypes.c_void_p()
        error = _abi.Error()
        if lib.lk_auth_new(ctypes.byref(self._c), host.c, ctypes.byref(credentials.c), wire.profile(),
                           ctypes.byref(error)) < 0:
            raise from_struct(error)
        self._want = _abi.sized(_abi.Want)
        self._facts: Any = None

    def free(self) -> None:
        lib.lk_auth_free(self._c)
        self._c = self._facts = None  # whose callback leads back to us

    def begin(self, wire: Wire, offered: "str | None" = None, without: int = 0) -> None:
        flags = wire.facts(self.credentials.host, self._client_certificate) & ~without
        self._facts = _abi.sized(_abi.Facts, flags=flags)
        self._facts.peer_name = _text(wire.tls_name())
        self._bound = b""

        def binding(_: Any, kind: bytes, out: Any) -> int:
            """What is raised here would be 0 for C, which is DONE."""
            try:
                octets = wire.binding(kind.decode("ascii", "replace"))
                if octets is None:
                    return _abi.E_NOPROP
                self._bound = octets
                c_bytes(out, octets)
                return _abi.DONE
            except BaseException as why:  # login() raises it, unless it comes about in another way
                self.credentials.raised = why
                return _abi.E_NOPROP

        self._facts.channel_binding = _abi.BINDING(binding)
        offered = wire.offered() if offered is None else offered
        lib.lk_auth_begin(self._c, ctypes.byref(self._facts), offered.encode("ascii", "replace"))

    def want(self, timeout: "float | None") -> Any:
        """What is to be done with the connection; what is not, is done here."""
        while True:
            lib.lk_auth_want(self._c, ctypes.byref(self._want))
            if self._want.kind == _abi.WAIT:
                self._wait(timeout)
            elif self._want.kind == _abi.WORK:
                lib.lk_auth_ready(self._c)
            else:
                return self._want

    def _wait(self, timeout: "float | None") -> None:
        """For a descriptor, or for a time: the library's own, or the one this connection has for replies."""
        limit = self._want.timeout_ms
        is_ours = limit < 0
        if is_ours:
            limit = None if timeout is None else int(timeout * 1000)
        if self._want.fd < 0:
            time.sleep(1 if limit is None else limit / 1000)
            found: Any = not is_ours
        else:
            poll = select.poll()
            poll.register(self._want.fd, (select.POLLIN if self._want.events & _abi.WAIT_READ else 0) |
                          (select.POLLOUT if self._want.events & _abi.WAIT_WRITE else 0))
            found = poll.poll(limit)
        if found or not is_ours:
            lib.lk_auth_ready(self._c)
        else:
            self.lost(_abi.E_TRANSIENT)

    def sent(self) -> None:
        lib.lk_auth_sent(self._c)

    def reply(self, reply: Reply) -> None:
        if log.isEnabledFor(logging.DEBUG):
            hidden = self._want.flags & _abi.WANT_HIDE
            log.debug("S: %s", "<%d octet%s>" % (len(reply.text), "s"[len(reply.text) == 1:]) if hidden else self.scrubbed(reply))
        lib.lk_auth_reply(self._c, ctypes.byref(c_reply(reply)))

    def lost(self, cls: int) -> None:
        lib.lk_auth_lost(self._c, cls)

    def scrubbed(self, reply: Reply) -> str:
        """The server's words as they may be shown."""
        said = (b"%d " % reply.code if reply.code else b"") + reply.text
        text = ctypes.create_string_buffer(said, len(said) + 1)
        lib.lk_auth_scrub(self._c, text, len(said))
        return ascii(text.raw[:-1].decode("utf-8", "replace"))[1:-1]

    def error(self) -> BaseException:
        """After STOP."""
        raised, self.credentials.raised = self.credentials.raised, None
        return raised or from_struct(lib.lk_auth_error(self._c).contents)

    def result(self, connection: Any) -> Result:
        """After LOGGED_IN."""
        c = _abi.sized(_abi.Result)
        lib.lk_auth_get_result(self._c, ctypes.byref(c))
        return Result(c.id.decode(), c.wire.decode(), bool(c.initial_response), c.attempts,
                      (c.warning or b"").decode("utf-8", "replace"), connection)


class Dialogue:
    """Does what the library wants until the login is done, or is not."""

    def __init__(self, attempt: Attempt, wire: Wire, reconnect: "Callable[[], Wire] | None",
                 tls: "ssl.SSLContext | None") -> None:
        self.attempt, self.wire, self._reconnect, self._tls = attempt, wire, reconnect, tls
        self._is_between = True  # nothing of a login is under way on the connection

    def run(self) -> Result:
        try:
            self.attempt.begin(self.wire)
            while True:
                want = self.attempt.want(self.wire.timeout())
                if want.kind == _abi.LOGGED_IN:
                    self.wire.logged_in()
                    return self.attempt.result(self.wire.connection)
                if want.kind == _abi.STOP:
                    self._is_between = not want.flags & _abi.WANT_CLOSE
                    raise self.attempt.error()
                self._obey(want)
        except BaseException:
            if not self._is_between:
                self.wire.close()
            raise

    def _obey(self, want: Any) -> None:
        self._is_between = False
        try:
            if want.kind == _abi.SEND:
                log.debug("C: %s", want.shown.decode("utf-8", "replace"))
                self.wire.send(want.line.value() or b"", bool(want.flags & _abi.WANT_COMMAND))
                self.attempt.sent()
            elif want.kind == _abi.READ:
                self.attempt.reply(self.wire.receive())
            elif want.kind == _abi.START_TLS:
                self.wire.start_tls(self._tls or ssl.create_default_context())
                self.attempt.begin(self.wire)
            else:
                self._connect_again()
        except Lost as why:
            self.attempt.lost(why.cls)

    def _connect_again(self) -> None:
        self.wire.close()
        if self._reconnect:
            self.wire = self._reconnect()
            self.attempt.begin(self.wire)
            return
        self.attempt.lost(_abi.E_PROTOCOL)
        self.attempt.want(None)
        raise _advised(self.attempt.error(), "it takes a new connection to go on: login(..., reconnect=CALLABLE)")


def _advised(why: BaseException, advice: str) -> BaseException:
    if isinstance(why, LatchkeyError):
        why.advice = advice
    return why
