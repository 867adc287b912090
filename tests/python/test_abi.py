# SPDX-License-Identifier: MIT
"""The structs, functions and numbers of _abi.py are those of the headers."""

import ctypes
import os
import re
import subprocess
import tempfile
import unittest

from latchkey import _abi, _errors

INCLUDE = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, os.pardir, "include")

# What a number of ours is called there.
NUMBERS = {"LOGGED_IN": "LK_AUTH_DONE", "WANT_CLOSE": "LK_AUTH_CLOSE", "WANT_COMMAND": "LK_AUTH_COMMAND",
           "WANT_HIDE": "LK_AUTH_HIDE"}
STEPS = ("SEND", "READ", "WAIT", "WORK", "START_TLS", "RECONNECT", "STOP")
ERRORS = {"ConfigError": "CONFIG", "Missing": "NOPROP", "Refused": "CREDENTIALS", "Expired": "EXPIRED",
          "TooWeak": "TOO_WEAK", "EncryptionNeeded": "ENCRYPTION", "NotProven": "MUTUAL", "ProtocolError": "PROTOCOL",
          "Temporary": "TRANSIENT", "Cancelled": "CANCELLED", "NoMechanism": "NO_MECH", "NotTrusted": "CERTIFICATE",
          "WrongHostName": "HOST_NAME"}


def numbers():
    """Each number of _abi.py, and the errors, by its name in C."""
    for name, value in vars(_abi).items():
        if re.fullmatch(r"[A-Z][A-Z_]+", name) and isinstance(value, int):
            yield NUMBERS.get(name, ("LK_AUTH_" if name in STEPS else "LK_") + name), value
    for cls, kind in _errors._BY_CLASS.items():
        yield "LK_E_" + ERRORS[kind.__name__], cls


def program():
    """Prints sizes, offsets and numbers."""
    lines = []
    for name, struct in _abi.STRUCTS.items():
        lines.append('printf("%s %%zu\\n", sizeof(struct %s));' % (name, name))
        lines += ['printf("%s.%s %%zu %%zu\\n", offsetof(struct %s, %s), sizeof(((struct %s *)0)->%s));'
                  % (name, field, name, field, name, field) for field, _ in struct._fields_]
    lines += ['printf("%s %%d\\n", (int)%s);' % (name, name) for name, _ in numbers()]
    return "#include <latchkey/provider.h>\n#include <stdio.h>\nint main(void) {\n%s\nreturn 0; }\n" % "\n".join(lines)


def ours():
    for name, struct in _abi.STRUCTS.items():
        yield "%s %d" % (name, ctypes.sizeof(struct))
        for field, _ in struct._fields_:
            one = getattr(struct, field)
            yield "%s.%s %d %d" % (name, field, one.offset, one.size)
    for name, value in numbers():
        yield "%s %d" % (name, value)


class Abi(unittest.TestCase):
    def test_as_in_the_headers(self):
        with tempfile.TemporaryDirectory(prefix="latchkey-python.") as folder:
            path = os.path.join(folder, "layout")
            with open(path + ".c", "w", encoding="ascii") as out:
                out.write(program())
            environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
            subprocess.run(["cc", "-Werror", "-I", INCLUDE, "-o", path, path + ".c"], check=True, env=environment)
            theirs = subprocess.run([path], capture_output=True, text=True, check=True, env=environment).stdout
        self.assertGreater(len(theirs.splitlines()), 60)
        grown = {"%s %d" % (name, ctypes.sizeof(struct)) for name, struct in _abi.STRUCTS.items()
                 if struct._fields_[0][0] == "size"}  # it tells how much of it there is
        for their_line, our_line in zip(theirs.splitlines(), ours(), strict=True):
            if our_line in grown:
                self.assertGreaterEqual(int(their_line.split()[1]), int(our_line.split()[1]), our_line)
            else:
                self.assertEqual(their_line, our_line)

    def test_functions_as_declared(self):
        """As many arguments as in the header: ctypes would pass any."""
        text = ""
        for name in os.listdir(os.path.join(INCLUDE, "latchkey")):
            with open(os.path.join(INCLUDE, "latchkey", name), encoding="utf-8") as one:
                text += re.sub(r"/\*.*?\*/", " ", one.read(), flags=re.S)
        for name, (_, *arguments) in _abi._FUNCTIONS.items():
            declared = re.search(r"\b%s\(([^()]*)\);" % name, text)
            self.assertTrue(declared, name)
            words = declared[1].split(",")
            self.assertEqual(0 if words == ["void"] else len(words), len(arguments), name)


if __name__ == "__main__":
    unittest.main()
