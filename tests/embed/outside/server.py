#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""server.py FILE SUFFIX: a submission server that knows X-MINE only.

Its port goes to FILE. It takes the user name wombat with SUFFIX behind it, and
ends with standard input.
"""
import base64
import os
import socketserver
import sys
import threading

PASSWORD = b"Wombat-at-noon-77"


class Session(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def log_in(self, first):
        name = base64.b64decode(first)
        self.say("334 " + base64.b64encode(b"prove it").decode())
        password = base64.b64decode(self.rfile.readline())
        right = name == self.server.name and password == PASSWORD
        self.say("235 2.7.0 welcome" if right else "535 5.7.8 no")

    def handle(self):
        self.say("220 mx.example ready")
        for line in self.rfile:
            words = line.split()
            if words[0] == b"EHLO":
                self.say("250-mx.example\r\n250 AUTH X-MINE")
            elif words[:2] == [b"AUTH", b"X-MINE"] and len(words) == 3:
                self.log_in(words[2])
            elif words[0] == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("502 5.5.1 what?")


def main(path, suffix):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        server.daemon_threads = True
        server.name = b"wombat" + suffix.encode()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with open(path + ".new", "w") as f:
            f.write(str(server.server_address[1]))
        os.rename(path + ".new", path)
        sys.stdin.read()


main(sys.argv[1], sys.argv[2])
