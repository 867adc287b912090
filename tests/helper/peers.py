# SPDX-License-Identifier: MIT
"""The other ends of mechanisms, and an SMTP server around them.

A mechanism is a generator: made with the initial response or None, it yields challenges, is sent the responses, and
returns whether the login is good."""
import base64
import hashlib
import hmac
import os

from script import PASSWORD, USER

TOKEN = "ya29.Quokka-token-83_1"


def plain(first):
    if first is None:
        first = yield b""
    return first.split(b"\0") == [b"", USER.encode(), PASSWORD.encode()]


def login(first):
    if first is None:
        first = yield b"Username:"
    password = yield b"Password:"
    return (first, password) == (USER.encode(), PASSWORD.encode())


def cram_md5(first):
    assert first is None
    challenge = b"<1896.697170952@mx.example>"
    response = yield challenge
    digest = hmac.new(PASSWORD.encode(), challenge, "md5").hexdigest()
    return response == b"%s %s" % (USER.encode(), digest.encode())


def scram(name, is_liar=False):
    def talk(first):
        if first is None:
            first = yield b""
        bare = first.split(b",", 2)[2]
        nonce = dict(p.split(b"=", 1) for p in bare.split(b","))[b"r"] + b"server" + os.urandom(6).hex().encode()
        salt = os.urandom(16)
        offer = b"r=%s,s=%s,i=4096" % (nonce, base64.b64encode(salt))
        last = yield offer
        unproven, _, proof = last.rpartition(b",p=")
        both = bare + b"," + offer + b"," + unproven
        salted = hashlib.pbkdf2_hmac(name, PASSWORD.encode(), salt, 4096)
        key = hmac.new(salted, b"Client Key", name).digest()
        mark = hmac.new(hashlib.new(name, key).digest(), both, name).digest()
        if bytes(a ^ b for a, b in zip(key, mark)) != base64.b64decode(proof):
            return False
        server_key = hmac.new(salted, b"Liar" if is_liar else b"Server Key", name).digest()
        rest = yield b"v=" + base64.b64encode(hmac.new(server_key, both, name).digest())
        return rest == b""
    return talk


def xoauth2(first):
    if first is None:
        first = yield b""
    return first == b"user=%s\x01auth=Bearer %s\x01\x01" % (USER.encode(), TOKEN.encode())


def oauthbearer(first):
    if first is None:
        first = yield b""
    return first.endswith(b"\x01auth=Bearer %s\x01\x01" % TOKEN.encode())


MECHS = {"PLAIN": plain, "LOGIN": login, "CRAM-MD5": cram_md5, "SCRAM-SHA-1": scram("sha1"),
         "SCRAM-SHA-256": scram("sha256"), "XOAUTH2": xoauth2, "OAUTHBEARER": oauthbearer}


class Server:
    """answer() is for Helper.relay()."""

    def __init__(self, **mechs):
        self.mechs = dict(MECHS, **mechs)
        self.talk = None

    def answer(self, line):
        words = line.split(" ")
        if words[0] == "AUTH" and words[1] in self.mechs:
            first = None if len(words) < 3 else b"" if words[2] == "=" else base64.b64decode(words[2])
            self.talk = self.mechs[words[1]](first)
            return self._go(None)
        if line == "*":
            return ["501 5.7.0 cancelled"]
        if not self.talk:
            return ["500 5.5.1 what"]
        return self._go(base64.b64decode(line))

    def _go(self, response):
        try:
            return ["334 " + base64.b64encode(self.talk.send(response)).decode()]
        except StopIteration as end:
            self.talk = None
            return ["235-2.7.0 welcome", "235 2.7.0 " + USER] if end.value else ["535 5.7.8 no"]
