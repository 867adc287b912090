# SPDX-License-Identifier: MIT
"""Says what a token is worth (RFC 7662): an HTTP server in a thread of the test, on loopback.

    with Introspection() as endpoint:
        token = endpoint.issue("alice@example.com")     # good for the scope "smtp"
        endpoint.issue(..., active=False), endpoint.issue(..., scope="calendar"), endpoint.asked
"""

import http.server
import json
import secrets
import threading
import urllib.parse

SCOPE = "smtp"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode("ascii"))
        text = json.dumps(self.server.judge(form["token"][0])).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Introspection(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.known, self.asked = {}, []
        self.url = "http://127.0.0.1:%d/introspect" % self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.shutdown()
        self.server_close()

    def issue(self, name, active=True, scope=SCOPE, octets=43):
        """A new token, which no other starts like."""
        token = secrets.token_urlsafe(octets)[:octets]
        self.known[token] = {"active": active, "username": name, "scope": scope}
        return token

    def judge(self, token):
        """What is told of a token that nobody issued is what RFC 7662 says: nothing."""
        self.asked.append(token)
        return self.known.get(token, {"active": False})
