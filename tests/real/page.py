# SPDX-License-Identifier: MIT
"""What the bridge's README tells people to write: so that it is what the tests do."""

import os
import re

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../plugins/cyrus-bridge/README.md")


def section(title):
    """The one with these words in its title."""
    with open(PAGE, encoding="utf-8") as one:
        sections = re.split(r"^(#+ .*)$", one.read(), flags=re.M)
    text, = (body for head, body in zip(sections[1::2], sections[2::2]) if title in head)
    return text


def command(title, words):
    """The one of a section that has these words in it."""
    text, = (one for one in re.findall(r"`([^`\n]*)`", section(title)) if words in one)
    return text


def files(title):
    """{name of the file: what it is told to hold}, of a section."""
    found, name = {}, None
    for line in section(title).splitlines():
        start = re.match(r"(?:\d\. | {3})`([~/][^`]*)`", line)
        block = re.match(r" {7}(\S.*)|$", line)
        if start:
            name = os.path.basename(start.group(1))
            found[name] = ""
        elif block and name:
            found[name] += (block.group(1) or "") + "\n"
    return found
