# SPDX-License-Identifier: MIT
"""The server's side of SCRAM-SHA-256 (RFC 5802, 7677)."""

import base64
import hashlib
import hmac

SALT, ROUNDS = b"salt-of-wombats", 4096


def mac(key, text):
    return hmac.new(key, text, hashlib.sha256).digest()


class Scram:
    def __init__(self, password):
        self.salted = hashlib.pbkdf2_hmac("sha256", password.encode(), SALT, ROUNDS)

    def first(self, message):
        """The challenge to the client's first message."""
        bare = message.decode().split(",", 2)[2]
        nonce = dict(word.split("=", 1) for word in bare.split(","))["r"] + "server"
        challenge = "r=%s,s=%s,i=%d" % (nonce, base64.b64encode(SALT).decode(), ROUNDS)
        self.said = bare + "," + challenge
        return challenge

    def last(self, message):
        """Whether it is right, and the server's proof."""
        without, _, proof = message.decode().rpartition(",p=")
        said = (self.said + "," + without).encode()
        client = mac(self.salted, b"Client Key")
        signature = mac(hashlib.sha256(client).digest(), said)
        right = bytes(a ^ b for a, b in zip(client, signature)) == base64.b64decode(proof)
        return right, "v=" + base64.b64encode(mac(mac(self.salted, b"Server Key"), said)).decode()
