# SPDX-License-Identifier: MIT
"""Messages that a client can get wrong, and small helpers of the tests."""

import base64
import time


def header(sender, to, subject):
    return ("From: %s\nTo: %s\nDate: Mon, 02 Mar 2026 10:00:00 +0000\nMessage-ID: <%s@test.example.com>\nSubject: %s\n"
            % (sender, to, subject.replace(" ", "-"), subject)).encode()


def awkward(sender, to, longest=None):
    """Dots, long lines, 8-bit, blanks at the end of lines, empty lines at the end. Lines end in LF.

    Lines have up to 70000 octets, or up to `longest` for a server that takes no more.
    """
    lines = [b".", b"..", b"...", b".leading", b"..leading", b"", b".", b"", b"From here", b"blank at the end ", b"\ttab",
             "Grüße, ½ €".encode(), bytes(range(0x80, 0x100)), b"x" * 998, b"." * 998, b"y" * 999, b"." * 2049, b"z" * 70000,
             b"w" * 2047 + b".", b"w" * 2048 + b".", b".", b"", b""]
    if longest:
        lines = [line for line in lines if len(line) <= longest]
    return header(sender, to, "awkward") + b"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n" \
        b"Content-Transfer-Encoding: 8bit\n\n" + b"\n".join(lines) + b"\n"


def large(sender, to, size):
    """Pieces of a message of exactly `size` octets, with leading dots in it. Lines end in LF."""
    start = header(sender, to, "large") + b"\n"
    line = b"." + b"0123456789abcdef" * 4 + b"\n.\n..\nplain\n"
    block = line * 1024
    yield start
    left = size - len(start)
    while left > len(block):
        yield block
        left -= len(block)
    yield block[:left - 1] + b"\n"


def forms(secret):
    """The secret as it is, and what every base64 text that contains it must contain."""
    raw = secret.encode()
    found = [raw]
    for shift in range(3):
        whole = base64.b64encode(b"\0" * shift + raw)
        # Without the ends, whose characters depend on what stands beside the secret.
        found.append(whole.rstrip(b"=")[(0, 2, 3)[shift]:-1])
    return found


def soon(condition, seconds=10):
    """Whether the condition comes true within this time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
