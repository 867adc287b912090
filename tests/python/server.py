# SPDX-License-Identifier: MIT
"""A server that follows a script, in a thread of the test.

    with Server(script) as server: ... server.port ...; server.heard

A script is a function of a Talk; one for each connection, the last one for all others.
"""

import base64
import os
import shutil
import socket
import ssl
import sys
import tempfile
import threading

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "real"))

import certs  # noqa: E402


def encoded(text):
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


class Talk:
    """One connection: say() and hear() lines."""

    def __init__(self, server, sock):
        self.server, self.socket, self.file = server, sock, sock.makefile("rb")

    def say(self, *lines):
        self.socket.sendall("".join(line + "\r\n" for line in lines).encode())

    def hear(self):
        line = self.file.readline()
        if not line:
            raise ConnectionError("hung up")
        self.server.heard.append(line.decode("utf-8", "replace").rstrip("\r\n"))
        return self.server.heard[-1]

    def start_tls(self):
        self.file.close()
        self.socket = self.server.tls.wrap_socket(self.socket, server_side=True)
        self.file = self.socket.makefile("rb")

    def ask(self, text):
        """A challenge of SMTP, and the decoded response."""
        self.say("334 " + encoded(text))
        return base64.b64decode(self.hear())

    def greet(self, auth, *more):
        """SMTP, up to the command of the login: its words."""
        self.say("220 mx.example ready")
        return self.ehlo(auth, *more)

    def ehlo(self, auth, *more):
        """EHLO, and what comes up to a login. QUIT ends the script."""
        while True:
            words = self.hear().split(" ")
            words[0] = words[0].upper()
            if words[0] in ("EHLO", "LHLO"):
                self.say("250-mx.example", *("250-" + word for word in more), "250 AUTH " + auth)
            elif words[0] == "STARTTLS":
                self.say("220 go on")
                self.start_tls()
            elif words[0] in ("NOOP", "QUIT"):
                self.say("250 ok" if words[0] == "NOOP" else "221 bye")
                if words[0] == "QUIT":
                    raise ConnectionError("the end")
            else:
                return words

    def rest(self, auth="PLAIN"):
        """What comes afterwards."""
        while True:
            self.ehlo(auth)
            self.say("503 not now")


class Server:
    def __init__(self, *scripts, address="127.0.0.1", certificates=None, implicit=False, path=None):
        self.scripts, self.implicit, self.heard, self.errors = list(scripts), implicit, [], []
        if path:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.bind(path)
            self.socket.listen()
        else:
            self.socket = socket.create_server((address, 0))
            self.port = self.socket.getsockname()[1]
        if certificates:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(certificates + "/localhost.pem", certificates + "/localhost.key")
        self.threads = []

    def __enter__(self):
        self._start(self._accept)
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join(10)
            assert not thread.is_alive(), "the server still waits"
        self.socket.close()
        assert not self.errors, self.errors

    def _start(self, function, *arguments):
        self.threads.append(threading.Thread(target=function, args=arguments, daemon=True))
        self.threads[-1].start()

    def _accept(self):
        while True:
            try:
                sock, _ = self.socket.accept()
            except OSError:
                return
            script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
            self._start(self._serve, sock, script)

    def _serve(self, sock, script):
        sock.settimeout(30)
        talk = Talk(self, sock)
        try:
            if self.implicit:
                talk.start_tls()
            script(talk)
        except (ConnectionError, ssl.SSLError):
            pass  # the client left
        except Exception as why:  # pylint: disable=broad-except
            self.errors.append(repr(why))
        finally:
            talk.file.close()
            talk.socket.close()

    def logins(self, command="AUTH"):
        """The commands of logins that were heard."""
        return [line for line in self.heard if command + " " in line]


class Certificates:
    """A directory with those of tests/real/certs.py."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="latchkey-python.")
        certs.make(self.path)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path)

    def context(self):
        return ssl.create_default_context(cafile=self.path + "/ca.pem")
