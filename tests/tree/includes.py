#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""includes.py ROOT: includes point one way, libraries have one door each,
no mechanism's name stands in the core, and no protocol's in a mechanism."""
import os
import re
import sys

import tree

# A room of core/ and the rooms whose private headers it may include.  What
# smtp and net need of mech and conf is public: <latchkey/*.h>.
ROOMS = {
    "base": {"base"},
    "mech": {"mech", "base"},
    "conf": {"conf", "mech", "base"},
    "smtp": {"smtp", "base"},
    "net": {"net", "smtp", "base"},
    "secrets": {"secrets", "conf", "mech", "base"},
    "rehearse": {"rehearse", "net", "smtp", "conf", "mech", "base"},
    "examples": {"examples"},
    "cli": {"cli", "rehearse", "net", "smtp", "conf", "mech", "base"},
}
LIBRARY = {"base", "mech", "conf", "smtp", "net"}

# Both ends of a wire: net for everybody, rehearse the server that only the
# command plays; what programs of others look like; where a browser comes back.
WIRE = {"net", "rehearse", "examples", "secrets"}
SOCKETS = re.compile(r"openssl/.*|sys/(socket|un)\.h|netdb\.h|netinet/.*")
# Large libraries that programs of their own keep out of everybody's way.
ALONE = re.compile(r"(curl|libsecret)/.*")
MECHANISM = re.compile(
    r"\b(LOGIN|PLAIN|EXTERNAL|ANONYMOUS|CRAM-MD5|DIGEST-MD5|SCRAM|XOAUTH2?"
    r"|OAUTHBEARER|GSSAPI|GS2|GSS-SPNEGO|NTLM)\b"
    r"|^(cram-md5|digest-md5|scram.*|xoauth2?|oauthbearer|gssapi|ntlm)$")

# A mechanism is the same in each; what differs is in the profile.  A service
# may be passed on (LK_P_SERVICE), never asked which one it is.
PROTOCOL = re.compile(r"(?i)smtp|lmtp|imap|pop3|ldap|sieve|submission")

# It serves programs other than ours, so it sees the library as a program
# does.
HOSTS = {"cyrus-bridge"}


def check_core(root, name, text):
    room = name.split("/")[1] if name.count("/") > 1 else None
    if room not in ROOMS:
        yield f"{name}: core/ has no such room"
        return
    for line, bracket, inc in tree.includes(text):
        at = f"{name}:{line}"
        if bracket == "<":
            if SOCKETS.fullmatch(inc) and room not in WIRE:
                yield f"{at}: <{inc}> belongs to core/net"
            if ALONE.fullmatch(inc) and room != "secrets":
                yield f"{at}: <{inc}> belongs to core/secrets"
            continue
        if inc.startswith("latchkey/"):
            yield f"{at}: \"{inc}\" is public: <{inc}>"
            continue
        here = os.path.join(root, os.path.dirname(name), inc)
        target = inc.split("/")[0] if "/" in inc else room
        if "/" not in inc and not os.path.exists(here):
            yield f"{at}: \"{inc}\" is not in this room"
        elif target not in ROOMS[room]:
            yield f"{at}: core/{room} may not include \"{inc}\""
    if room in LIBRARY:
        for line, literal in tree.strings(text):
            m = MECHANISM.search(literal)
            if m:
                yield f"{name}:{line}: names a mechanism: {m.group()}"


def check_plugin(root, name, text):
    folder = name.split("/")[1]
    for line, bracket, inc in tree.includes(text):
        at = f"{name}:{line}"
        if bracket == "<":
            if (inc.startswith("latchkey/") and inc != "latchkey/mech.h"
                    and folder not in HOSTS):
                yield f"{at}: a plugin includes <latchkey/mech.h> only"
            continue
        path = os.path.normpath(os.path.join(os.path.dirname(name), inc))
        if (path.split("/")[:2] != ["plugins", folder]
                or not os.path.exists(os.path.join(root, path))):
            yield f"{at}: \"{inc}\" is outside of the plugin's folder"
    if folder in HOSTS:
        return
    said = list(enumerate(tree.code(text).split("\n"), 1))
    for line, words in said + list(tree.strings(text)):
        m = PROTOCOL.search(words)
        if m:
            yield f"{name}:{line}: names a protocol: {m.group()}"


def check(root):
    out = []
    ltdl = []
    for name in tree.sources(root, "core", "plugins"):
        text = tree.read(root, name)
        core = name.startswith("core/")
        out += (check_core if core else check_plugin)(root, name, text)
        if core and any(i[2] == "ltdl.h" for i in tree.includes(text)):
            ltdl.append(name)
    if len(ltdl) > 1:
        out.append("<ltdl.h> belongs to one file: " + ", ".join(ltdl))
    out += [f"{f}: <ltdl.h> belongs to core/mech" for f in ltdl
            if not f.startswith("core/mech/")]
    return out


if __name__ == "__main__":
    tree.report(check(sys.argv[1]))
