# SPDX-License-Identifier: MIT
"""A browser that a person opens the shown address with, and whoever else comes to the port it is sent back to."""

import re
import socket
import urllib.parse

from program import Trial

SHOWN = re.compile(r"open\n\n    (\S+)\n\nin a browser of this machine within (\d+) minutes\..*\n\n"
                   r"    ssh -L (\d+):127\.0\.0\.1:\3 HOST\n\nWaiting\.\.\.\n\Z", re.S)


class Browser(Trial):
    def setUp(self):
        super().setUp()
        self.options["device-endpoint"] = None
        self.options["authorization-endpoint"] = self.server.base + "/authorize?prompt=consent&a=%20b"

    def begin(self, *words, **more):
        """It waits: self.url is what it shows, self.port where, self.state and self.code are right."""
        child, told = self.start("authorize", *words, **more), ""
        self.addCleanup(self.stop, child)
        while not told.endswith("Waiting...\n"):
            line = child.stderr.readline()
            self.assertTrue(line, told)
            told += line
        self.tells_nothing(told)
        self.assertRegex(told, SHOWN)
        self.url, self.minutes, port = SHOWN.search(told).groups()
        self.port = int(port)
        self.query, self.code = self.server.allow(self.url)
        self.state = self.query["state"]
        return child

    @staticmethod
    def stop(child):
        child.kill()
        child.wait()
        child.stdout.close()
        child.stderr.close()

    # -- who comes

    def open(self, data=b"", host="127.0.0.1"):
        one = socket.create_connection((host, self.port), timeout=30)
        self.addCleanup(one.close)
        one.sendall(data)
        return one

    def head(self, target, method="GET", **fields):
        fields = {"Host": "127.0.0.1:%d" % self.port, **fields}
        lines = ["%s %s HTTP/1.1" % (method, target), *("%s: %s" % field for field in fields.items() if field[1])]
        return "\r\n".join([*lines, "", ""]).encode()

    def right(self, **more):
        """What the browser asks for at the end."""
        query = {"state": self.state, "code": self.code, "iss": self.server.base, **more}
        return "/?" + urllib.parse.urlencode({name: value for name, value in query.items() if value is not None})

    def read(self, one):
        """Status, fields and page; nothing at all is 0."""
        data = b""
        while chunk := one.recv(65536):
            data += chunk
        one.close()
        if not data:
            return 0, {}, ""
        head, _, page = data.decode("ascii").partition("\r\n\r\n")
        status, *lines = head.split("\r\n")
        self.tells_nothing(data.decode("ascii"))
        self.assertNotIn(self.state, data.decode("ascii"))
        return int(status.split()[1]), dict(line.split(": ") for line in lines), page

    def ask(self, data):
        return self.read(self.open(data))[0]

    def come_back(self, **more):
        self.assertEqual(200, self.ask(self.head(self.right(**more))))
