# SPDX-License-Identifier: MIT
"""What can go wrong, by what is to be done about it."""

from . import _abi


class LatchkeyError(Exception):
    """A login that did not come about. str() has all lines and the way out.

    class_    name of the class: "authentication failed", "unencrypted connection"...
    cls       its number, LK_E_* of <latchkey/error.h>
    stage     where it happened: "login", "configuration"...
    code      the server's reply code, or 0
    enhanced  enhanced code (RFC 3463), or ""
    text      the server's words, without secrets, or ""
    mech      id of the mechanism, or ""
    sentence  what is wrong; several lines where several mechanisms were tried
    advice    the way out, or ""
    """

    def __init__(self, sentence: str, *, cls: int = _abi.E_INTERNAL, stage: int = 0, code: int = 0, enhanced: str = "",
                 text: str = "", advice: str = "", mech: str = "") -> None:
        super().__init__(sentence)
        self.sentence, self.advice = sentence, advice
        self.cls, self.class_ = cls, (_abi.lib.lk_error_class(cls) or b"").decode()
        self.stage = (_abi.lib.lk_error_stage(stage) or b"").decode()
        self.code, self.enhanced, self.text, self.mech = code, enhanced, text, mech

    def __str__(self) -> str:
        return self.sentence + ("\n" + self.advice if self.advice else "")


class ConfigError(LatchkeyError):
    """A parameter, a key or a file is wrong: nothing was sent."""


class Missing(LatchkeyError):
    """Something that a mechanism needs is not there, a secret above all: nothing was sent."""


class Refused(LatchkeyError):
    """The server refused the secret. The same one will not help."""


class Expired(Refused):
    """The secret is too old: get a new one."""


class TooWeak(LatchkeyError):
    """The server wants a stronger mechanism."""


class EncryptionNeeded(LatchkeyError):
    """TLS, with a certificate that was verified, comes first: no secret was sent."""


class NotTrusted(LatchkeyError):
    """There is TLS, and nobody verified whose certificate that is: no secret was sent."""


class NotProven(LatchkeyError):
    """The server did not prove that it knows the secret. The connection is closed."""


class ProtocolError(LatchkeyError):
    """The server broke the protocol, or hung up."""


class Temporary(LatchkeyError):
    """It may work later."""


class Cancelled(LatchkeyError):
    """Somebody called it off."""


class NoMechanism(LatchkeyError):
    """Nothing that is installed, offered and allowed would do; the sentence has a reason for each."""


class WrongHostName(LatchkeyError):
    """The verified name is not that of the host the secret is for: nothing was sent."""


_BY_CLASS: "dict[int, type[LatchkeyError]]" = {
    -3: ConfigError, -4: Missing, -5: Refused, -6: Expired, -7: TooWeak, -8: EncryptionNeeded, -9: NotProven,
    -10: ProtocolError, -11: Temporary, -12: Cancelled, -68: NoMechanism, -69: NotTrusted, -70: WrongHostName,
}

# Where the library's advice is an option of its command.
_VERIFY = "a connection is trusted with context=ssl.create_default_context(), given to starttls() or to the connection"
_HERE = {-8: _VERIFY, -69: _VERIFY}


def new_error(cls: int, sentence: str, advice: str = "") -> LatchkeyError:
    return _BY_CLASS.get(cls, LatchkeyError)(sentence, cls=cls, advice=advice)


def from_struct(error: _abi.Error) -> LatchkeyError:
    """The exception for a struct lk_error."""
    words = {name: getattr(error, name).decode("utf-8", "replace") for name in ("enhanced", "text", "advice", "mech")}
    if words["advice"].startswith("-o "):
        words["advice"] = _HERE.get(error.cls, words["advice"])
    return _BY_CLASS.get(error.cls, LatchkeyError)(error.sentence.decode("utf-8", "replace"), cls=error.cls,
                                                   stage=error.stage, code=error.code, **words)
