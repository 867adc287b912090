# SPDX-License-Identifier: MIT
"""A submission server that takes its time, for many at once."""
import base64
import socket
import threading
import time

PASSWORD = "Correct-horse-41"
STALE = "Stale-horse-17"


class Server:
    """`refused` and `accepted` are counted; `slow` is the time that it takes to judge a password, `patient` waits for
    ever."""

    def __init__(self, slow=0.0):
        self.slow, self.patient = slow, False
        self.refused = self.accepted = 0
        self.asked = threading.Semaphore(0)  # once for each password
        self.lock = threading.Lock()
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.socket.getsockname()[1]
        self.is_closing = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def close(self):
        """Not before the thread is gone: it could go on with the descriptor, when that is another socket."""
        self.is_closing = True
        socket.create_connection(("127.0.0.1", self.port)).close()
        self.thread.join(10)
        self.socket.close()

    def _run(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            if self.is_closing:
                connection.close()
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, connection.makefile("rwb", 0) as stream:
            try:
                self._talk(stream)
            except OSError:
                pass

    def _talk(self, stream):
        stream.write(b"220 mx.example ready\r\n")
        for line in stream:
            verb = line.upper().split(b" ")
            if verb[0].startswith(b"EHLO"):
                stream.write(b"250-mx.example\r\n250 AUTH PLAIN\r\n")
            elif verb[:2] == [b"AUTH", b"PLAIN"]:
                stream.write(self._judge(base64.b64decode(line.split()[2])))
            else:
                stream.write(b"221 bye\r\n")
                return

    def _judge(self, message):
        is_good = message.split(b"\0")[2] == PASSWORD.encode()
        with self.lock:
            if is_good:
                self.accepted += 1
            else:
                self.refused += 1
            wait = 3600 if self.patient else self.slow
        self.asked.release()
        time.sleep(wait)
        return b"235 2.7.0 welcome\r\n" if is_good else b"535 5.7.8 no\r\n"
