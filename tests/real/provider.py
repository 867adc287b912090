# SPDX-License-Identifier: MIT
"""A provider that takes mail of those who log in in the one way it knows, under TLS: a thread of the test.

    provider.knows = {"login-ir": secret}   LOGIN with the name in the command; anything else is refused
    provider.knows = {"xoauth2": token}     XOAUTH2, whose refusal is a challenge first
"""

import base64
import socketserver
import ssl
import threading

NAME = "alice@example.com"
DETAILS = b'{"status":"401","schemes":"bearer"}'
REFUSAL = "535 5.7.8 no such luck"


class Session(socketserver.StreamRequestHandler):
    def say(self, *lines):
        for line in lines:
            self.wfile.write(line.encode() + b"\r\n")

    def hear(self):
        return self.rfile.readline().decode().rstrip("\r\n")

    def start_tls(self):
        self.say("220 go")
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        self.setup()

    def finish(self):
        super().finish()
        self.request.close()

    def ask(self, challenge):
        self.say("334 " + base64.b64encode(challenge).decode())
        return base64.b64decode(self.hear())

    def login(self, words):
        """Without the name in the command it takes what comes for a password, as the one of the field report did."""
        name = base64.b64decode(words[0]).decode() if words else ""
        password = self.ask(b"Password:").decode()
        return name == NAME and password == self.server.knows["login-ir"]

    def xoauth2(self, words):
        sent = base64.b64decode(words[0] if words else self.ask(b"")).decode()
        if sent == "user=%s\1auth=Bearer %s\1\1" % (NAME, self.server.knows["xoauth2"]):
            return True
        self.ask(DETAILS)
        return False

    def auth(self, mechanism, *words):
        self.server.asked.append(mechanism)
        known = {"LOGIN": ("login-ir", self.login), "XOAUTH2": ("xoauth2", self.xoauth2)}.get(mechanism)
        if not known or known[0] not in self.server.knows:
            self.say("504 5.5.4 unknown")
        elif known[1](words):
            self.is_known = True
            self.say("235 2.7.0 welcome")
        else:
            self.say(REFUSAL)

    def data(self):
        self.say("354 go")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.server.taken.append(b"".join(lines))
        self.say("250 2.0.0 taken")

    def handle(self):
        self.is_known, is_safe = False, False
        self.say("220 provider ESMTP")
        while line := self.hear():
            verb, *words = line.split(" ")
            verb = verb.upper()
            if verb == "EHLO":
                offer = " ".join(sorted({"login-ir": "LOGIN"}.get(one, one.upper()) for one in self.server.knows))
                self.say("250-provider", "250 AUTH " + offer if is_safe else "250 STARTTLS")
            elif verb == "STARTTLS":
                self.start_tls()
                is_safe = True
            elif verb == "AUTH" and is_safe:
                self.auth(*words)
            elif verb == "DATA" and self.is_known:
                self.data()
            elif verb in ("MAIL", "RCPT") and self.is_known or verb in ("RSET", "NOOP"):
                self.say("250 2.1.0 ok")
            elif verb == "QUIT":
                self.say("221 2.0.0 bye")
                return
            else:
                self.say("530 5.7.0 who are you")


class Provider(socketserver.ThreadingTCPServer):
    daemon_threads = allow_reuse_address = True

    def __init__(self, tls):
        super().__init__(("127.0.0.1", 0), Session)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(tls + "/localhost.pem", tls + "/localhost.key")
        self.knows, self.asked, self.taken = {}, [], []
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def handle_error(self, *_):
        pass  # who hangs up

    @property
    def port(self):
        return self.server_address[1]
