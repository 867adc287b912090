# SPDX-License-Identifier: MIT
"""A proxy that counts flights: how often a client speaks and is answered.

What the server says is held back until it has been silent for a moment, so that its answer comes as a whole, and only
a client that waited for it speaks after it. The alert that ends TLS is not answered, and does not count.
"""

import select
import socket
import threading

QUIET = 0.05  # seconds


class Flights:
    """with Flights(address) as proxy: proxy.port, proxy.count."""

    def __init__(self, address):
        self.address, self.count = address, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.thread.join()
        self.listener.close()

    def _serve(self):
        client, _ = self.listener.accept()
        with client, socket.create_connection(self.address) as server:
            self._relay(client, server)

    def _relay(self, client, server):
        held, spoken = b"", False
        while True:
            ready = select.select([client, server], [], [], QUIET if held else None)[0]
            if client in ready:
                data = client.recv(65536)
                if not data:
                    return
                spoken = True
                server.sendall(data)
            data = server.recv(65536) if server in ready else None
            held += data or b""
            if held and (not ready or data == b""):
                self.count += spoken
                client.sendall(held)
                held, spoken = b"", False
            if data == b"":
                return
