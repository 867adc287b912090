# SPDX-License-Identifier: MIT
"""A submission server in a thread: what the command says to it is kept."""
import base64
import socket
import threading

PASSWORD = b"Correct-horse-41"


class Server:
    """Refuses no@..., defers later@..., says 421 for bye@... and does not
    answer for lost@... (as last recipients), knows one password."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen()
        self.port = self.socket.getsockname()[1]
        self.lines, self.messages = [], []
        self.connections = 0
        self.offered = "AUTH PLAIN"
        self.is_closing = False
        self.talking = threading.Lock()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def close(self):
        """Not before the thread is gone: it could go on with the descriptor, when that is another socket."""
        self.is_closing = True
        socket.create_connection(("127.0.0.1", self.port)).close()
        self.thread.join(10)
        self.socket.close()

    def forget(self):
        """All so far; not before a client that left in the middle is heard to its end."""
        with self.talking:
            self.lines.clear()
            self.messages.clear()
            self.connections = 0

    def _run(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            if self.is_closing:
                connection.close()
                return
            with self.talking, connection, connection.makefile("rwb", 0) as stream:
                self.connections += 1
                try:
                    self._talk(stream)
                except OSError:
                    pass

    def _talk(self, stream):
        def say(text):
            stream.write(text.encode() + b"\r\n")

        say("220 mx.example ready")
        for line in stream:
            line = line.rstrip(b"\r\n")
            self.lines.append(line.decode())
            verb = line.upper()
            if verb.startswith(b"EHLO"):
                say("250-mx.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n"
                    "250 " + self.offered)
            elif verb == b"STARTTLS":
                say("502 5.5.1 not here")
            elif verb.startswith(b"AUTH PLAIN"):
                if verb == b"AUTH PLAIN":
                    say("334 ")
                    line += b" " + next(stream).rstrip(b"\r\n")
                parts = base64.b64decode(line[11:]).split(b"\0")
                say("235 2.7.0 welcome" if parts[2] == PASSWORD
                    else "535 5.7.8 no, not " + line[11:].decode())
            elif verb.startswith(b"RCPT") and b"<no@" in line:
                say("550 5.1.1 User unknown")
            elif verb.startswith(b"RCPT") and b"<later@" in line:
                say("450 4.2.0 Mailbox is busy")
            elif verb == b"DATA" and b"bye@" in self.lines[-2].encode():
                say("421 4.3.2 closing")
                return
            elif verb == b"DATA":
                say("354 go on")
                if b"lost@" in self.lines[-2].encode():
                    self._message(stream)
                    return
                self.messages.append(self._message(stream))
                say("250 2.0.0 queued")
            elif verb == b"QUIT":
                say("221 bye")
                return
            else:
                say("250 2.1.0 fine")

    @staticmethod
    def _message(stream):
        lines = []
        for line in stream:
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b".") else line)
        else:
            raise ConnectionError("it hung up before the dot")
        return b"".join(lines)
