# SPDX-License-Identifier: MIT
"""liblatchkey as ctypes sees it: the structs and functions of <latchkey/provider.h> that this package uses."""

import ctypes
import ctypes.util
import os
from ctypes import CFUNCTYPE, POINTER, Structure, c_char, c_char_p, c_int, c_int32, c_size_t, c_uint32, c_void_p
from typing import Any

DONE, E_NOMEM, E_NOPROP, E_CANCELLED = 0, -2, -4, -12
E_INTERNAL, E_CONFIG, E_PROTOCOL, E_TRANSIENT = -1, -3, -10, -11
ASK_RENEW = 0x2
LOGIN_INSECURE_PLAINTEXT, LOGIN_FALLBACK_TO_PLAINTEXT, LOGIN_RETRY = 0x1, 0x2, 0x4
FACT_ENCRYPTED, FACT_VERIFIED, FACT_PRIVATE, FACT_CLIENT_CERT = 0x01, 0x02, 0x04, 0x08
FACT_TLS_OFFERED, FACT_TLS_REQUIRED = 0x10, 0x20
SEND, READ, WAIT, WORK, START_TLS, RECONNECT, LOGGED_IN, STOP = range(1, 9)
WANT_CLOSE, WANT_COMMAND, WANT_HIDE = 0x1, 0x2, 0x4
WAIT_READ, WAIT_WRITE = 0x1, 0x2
CONFIG_PLUGINS_ONLY = 0x1
LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG = 1, 2, 3, 4


class Bytes(Structure):
    """struct lk_bytes: data None is none, length 0 with data is empty."""

    _fields_ = [("data", c_void_p), ("len", c_size_t)]

    def value(self) -> "bytes | None":
        """A copy."""
        return None if self.data is None else ctypes.string_at(self.data, self.len)


class Error(Structure):
    _fields_ = [("cls", c_int32), ("stage", c_int32), ("code", c_int32), ("enhanced", c_char * 16),
                ("mech", c_char * 32), ("text", c_char * 512), ("sentence", c_char * 2048), ("advice", c_char * 512)]


class Ask(Structure):
    _fields_ = [("size", c_uint32), ("flags", c_uint32), ("key", c_char_p), ("prompt", c_char_p), ("context", c_char_p)]


SECRET = CFUNCTYPE(c_int32, c_void_p, POINTER(Ask), c_void_p, POINTER(Error))
NOTE = CFUNCTYPE(None, c_void_p, c_char_p)
BINDING = CFUNCTYPE(c_int32, c_void_p, c_char_p, POINTER(Bytes))
LOG = CFUNCTYPE(None, c_void_p, c_uint32, c_char_p)


class Login(Structure):
    _fields_ = [("size", c_uint32), ("flags", c_uint32), ("host", c_char_p), ("port", c_uint32),
                ("failure_budget", c_uint32), ("user", c_char_p), ("authzid", c_char_p), ("realm", c_char_p),
                ("auth", c_char_p), ("params", POINTER(c_char_p)), ("secrets", c_char_p), ("secret", SECRET),
                ("note", NOTE), ("ctx", c_void_p), ("advice", c_char_p)]


class Facts(Structure):
    _fields_ = [("size", c_uint32), ("flags", c_uint32), ("peer_name", c_char_p), ("channel_binding", BINDING),
                ("ctx", c_void_p)]


class Reply(Structure):
    _fields_ = [("size", c_uint32), ("code", c_int32), ("enhanced", c_char_p), ("text", Bytes), ("raw", Bytes)]


class Want(Structure):
    _fields_ = [("size", c_uint32), ("kind", c_uint32), ("flags", c_uint32), ("events", c_uint32), ("line", Bytes),
                ("shown", c_char_p), ("meaning", c_char_p), ("fd", c_int32), ("timeout_ms", c_int32),
                ("mech", c_char_p)]


class Result(Structure):
    _fields_ = [("size", c_uint32), ("initial_response", c_int32), ("id", c_char_p), ("wire", c_char_p),
                ("warning", c_char_p), ("attempts", c_int32)]


class HostOptions(Structure):
    _fields_ = [("size", c_uint32), ("flags", c_uint32), ("program", c_char_p), ("log", LOG), ("log_ctx", c_void_p),
                ("preloaded", c_void_p), ("state_dir", c_char_p), ("plugins", c_void_p), ("params", c_void_p),
                ("places", c_void_p)]


class ConfigOptions(Structure):
    _fields_ = [("size", c_uint32), ("flags", c_uint32), ("dirs", c_char_p), ("file", c_char_p)]


# What each struct is called in C; a test compares them.
STRUCTS: "dict[str, type[Structure]]" = {
    "lk_bytes": Bytes, "lk_error": Error, "lk_ask": Ask, "lk_login": Login, "lk_facts": Facts, "lk_reply": Reply,
    "lk_auth_want": Want, "lk_auth_result": Result, "lk_host_options": HostOptions, "lk_config_options": ConfigOptions,
}

_POINTER, _ERR = c_void_p, POINTER(Error)
_FUNCTIONS: "dict[str, tuple[Any, ...]]" = {  # name: result, arguments
    "lk_version": (c_char_p,),
    "lk_error_class": (c_char_p, c_int32),
    "lk_error_stage": (c_char_p, c_int32),
    "lk_secret_add": (c_int, _POINTER, c_char_p, c_size_t),
    "lk_host_free": (None, _POINTER),
    "lk_profile_smtp": (_POINTER,),
    "lk_profile_imap": (_POINTER,),
    "lk_profile_pop3": (_POINTER,),
    "lk_auth_new": (c_int, POINTER(_POINTER), _POINTER, POINTER(Login), _POINTER, _ERR),
    "lk_auth_free": (None, _POINTER),
    "lk_auth_begin": (None, _POINTER, POINTER(Facts), c_char_p),
    "lk_auth_want": (None, _POINTER, POINTER(Want)),
    "lk_auth_sent": (None, _POINTER),
    "lk_auth_reply": (None, _POINTER, POINTER(Reply)),
    "lk_auth_ready": (None, _POINTER),
    "lk_auth_lost": (None, _POINTER, c_int32),
    "lk_auth_scrub": (None, _POINTER, c_char_p, c_size_t),
    "lk_auth_error": (_ERR, _POINTER),
    "lk_auth_get_result": (None, _POINTER, POINTER(Result)),
    "lk_config_read": (c_int, POINTER(_POINTER), POINTER(ConfigOptions), _ERR),
    "lk_config_free": (None, _POINTER),
    "lk_config_host": (c_int, POINTER(_POINTER), _POINTER, POINTER(HostOptions), _ERR),
    "lk_config_account": (c_int, _POINTER, c_char_p, c_char_p, _POINTER, _ERR),
    "lk_account_new": (c_int, POINTER(_POINTER), _ERR),
    "lk_account_free": (None, _POINTER),
    "lk_account_service": (c_int, _POINTER, c_char_p, _ERR),
    "lk_account_get": (c_char_p, _POINTER, c_char_p),
    "lk_account_number": (c_uint32, _POINTER, c_char_p),
    "lk_account_login": (None, _POINTER, POINTER(Login)),
}

SONAME = "liblatchkey.so.0"


def load() -> Any:
    """The library: that of the environment variable LATCHKEY_LIBRARY, else the one the dynamic linker finds."""
    asked = os.environ.get("LATCHKEY_LIBRARY")
    try:
        library = ctypes.CDLL(asked or SONAME)
    except OSError as why:
        found = None if asked else ctypes.util.find_library("latchkey")
        if not found:
            raise ImportError("%s: %s; install liblatchkey, or say in LATCHKEY_LIBRARY where it is"
                              % (asked or SONAME, why)) from why
        library = ctypes.CDLL(found)
    for name, (result, *arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


lib = load()


def sized(struct: "type[Structure]", **members: Any) -> Any:
    """A new struct whose `size` is set."""
    return struct(size=ctypes.sizeof(struct), **members)


def borrowed(octets: "bytes | None") -> Bytes:
    """The octets as a struct that borrows them: keep both."""
    one = Bytes()
    if octets is not None:
        one.data, one.len = ctypes.cast(c_char_p(octets), c_void_p).value, len(octets)
    return one
