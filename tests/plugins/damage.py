#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""damage.py HOW FROM TO: a copy of a plugin with one damage."""
import struct
import sys


def other_machine(data):
    """e_machine: EM_SPARC, which nobody builds for any more."""
    return data[:18] + struct.pack("=H", 2) + data[20:]


def truncated(data):
    return data[:len(data) // 2]


def zeroed_tail(data):
    """A file whose end never reached the disk."""
    keep = len(data) // 2
    return data[:keep] + bytes(len(data) - keep)


how, source, target = sys.argv[1:]
with open(source, "rb") as f:
    plugin = f.read()
with open(target, "wb") as f:
    f.write({"other-machine": other_machine, "truncated": truncated,
             "zeroed-tail": zeroed_tail}[how](plugin))
