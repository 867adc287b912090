# SPDX-License-Identifier: MIT
"""What a process has once, the host, and accounts of latchkey.conf."""

import ctypes
import logging
import os
import threading
import weakref
from typing import Any

from . import _abi
from ._abi import lib
from ._errors import from_struct


def _new(function: Any, free: Any, owner: object, *arguments: Any) -> Any:
    """What a C function makes, freed when its owner goes."""
    made, error = ctypes.c_void_p(), _abi.Error()
    if function(ctypes.byref(made), *arguments, ctypes.byref(error)) < 0:
        raise from_struct(error)
    # Not at exit: what the library has goes with the process.
    weakref.finalize(owner, _free, free, made, os.getpid()).atexit = False
    return made


def _free(free: Any, made: Any, pid: int) -> None:
    if os.getpid() == pid:
        free(made)


class _Config:
    def __init__(self, flags: int = 0) -> None:
        options = _abi.sized(_abi.ConfigOptions, flags=flags)
        self.c = _new(lib.lk_config_read, lib.lk_config_free, self, ctypes.byref(options))


log = logging.getLogger("latchkey")

_LEVELS = {_abi.LOG_ERROR: logging.ERROR, _abi.LOG_WARN: logging.WARNING, _abi.LOG_INFO: logging.INFO,
           _abi.LOG_DEBUG: logging.DEBUG}


def _logged(_: Any, level: int, text: bytes) -> None:
    log.log(_LEVELS.get(level, logging.DEBUG), "%s", text.decode("utf-8", "replace"))


_LOG = _abi.LOG(_logged)  # never freed: a host may say something until it is gone, from any thread


class Host:
    """The mechanisms that are installed, which logins with them failed, and what was learnt of servers.

    A program makes one and keeps it; login() has one of its own for whoever makes none. Threads may share it. With a
    directory, an absolute path, what was learnt outlives the process; no secret is in there.
    """

    def __init__(self, state_dir: "str | None" = None) -> None:
        self._config = _Config(_abi.CONFIG_PLUGINS_ONLY)
        options = _abi.sized(_abi.HostOptions, program=b"python", log=_LOG)
        options.state_dir = os.fsencode(state_dir) if state_dir else None
        self.pid = os.getpid()
        self.c = _new(lib.lk_config_host, lib.lk_host_free, self, self._config.c, ctypes.byref(options))


_lock = threading.Lock()
_host: "Host | None" = None


def default_host() -> Host:
    """That of this process: one inherited by a fork is its parent's."""
    global _host
    with _lock:
        if _host is None or _host.pid != os.getpid():
            _host = Host()
        return _host


class Account:
    """An account of latchkey.conf, by its name or address: where to, as whom, how, and where the secret comes from.

        account = latchkey.Account("work", service="imap")
        connection = imaplib.IMAP4_SSL(account.host, account.port)
        latchkey.login(connection, account=account)
    """

    def __init__(self, name: "str | None" = None, *, service: str = "smtp") -> None:
        self.service = service
        config = _Config()
        self.c = _new(lib.lk_account_new, lib.lk_account_free, self)
        error = _abi.Error()
        if lib.lk_config_account(config.c, name.encode() if name else None, None, self.c, ctypes.byref(error)) < 0:
            raise from_struct(error)
        if service != "smtp" and lib.lk_account_service(self.c, service.encode(), ctypes.byref(error)) < 0:
            raise from_struct(error)

    def get(self, key: str) -> "str | None":
        """The value of a key of latchkey.conf(5), its default, or None."""
        value = lib.lk_account_get(self.c, key.encode())
        return None if value is None else value.decode()

    @property
    def host(self) -> str:
        """Where to."""
        return self.get("host") or ""

    @property
    def port(self) -> int:
        """And which port of it."""
        return int(lib.lk_account_number(self.c, b"port"))

    @property
    def tls(self) -> str:
        """starttls, implicit, opportunistic or none."""
        return self.get("tls") or "starttls"
