# SPDX-License-Identifier: MIT
"""A token endpoint in a thread, on loopback: rotates refresh tokens, and has the faults that a test asks for.

    with Endpoint() as endpoint:
        endpoint.grant() -> a new family's refresh token; endpoint.faults.append(fault); endpoint.requests, ...

A refresh token that is used a second time revokes all of its family, as RFC 9700 (4.14.2) has it.
"""

import base64
import hashlib
import http.server
import json
import secrets
import ssl
import threading
import time
import urllib.parse

CLIENT = "latchkey test/client"  # with what a form must encode
CLIENT_SECRET = "Client+secret&41=%s" % secrets.token_urlsafe(24)
USER_CODE = "WDJB-MJHT"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
PAGE = "https://id.example/device"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode("ascii")
        form = {name: value[0] for name, value in urllib.parse.parse_qs(body, strict_parsing=True).items()}
        with self.server.lock:
            self.server.requests.append((self.path, form, time.monotonic(), dict(self.headers)))
            fault = self.server.faults.pop(0) if self.server.faults else None
        self.server.arrived.set()
        if fault:
            fault(self)
        else:
            self.answer(*self.server.judge(self.path, form))

    def answer(self, status, body, **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def answers(status, body, **headers):
    """The fault that is this answer."""
    return lambda handler: handler.answer(status, body, **headers)


def refuses(code, description=None, status=400):
    return answers(status, {"error": code, **({"error_description": description} if description else {})})


def hangs_up(handler):
    handler.close_connection = True


def hangs_up_within(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    handler.close_connection = True


class Endpoint(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, certificate=None):
        super().__init__(("127.0.0.1", 0), Handler)
        scheme, host = "http", "127.0.0.1"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate + ".pem", certificate + ".key")
            self.socket = context.wrap_socket(self.socket, server_side=True)
            scheme, host = "https", "localhost"
        self.base = "%s://%s:%d" % (scheme, host, self.server_address[1])
        self.lock, self.arrived, self.release = threading.Lock(), threading.Event(), threading.Event()
        self.requests, self.faults = [], []
        self.life, self.rotates, self.interval, self.device_life = 3600, True, 1, 60
        self.families, self.issued = {}, []  # refresh token: [family, unused]; every secret that was ever given
        self.revoked, self.codes = set(), set()
        self.allowed = {}  # code: query of the authorization URL
        self.device = {}  # more of the answer, or None: without that
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *_):
        self.release.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, *_):
        pass  # a client that hangs up, or does not trust us

    def secret(self):
        self.issued.append(secrets.token_urlsafe(32))
        return self.issued[-1]

    def grant(self, family=None):
        token = self.secret()
        self.families[token] = [family or token, True]
        return token

    def holds(self, then=None):
        """The fault that waits until the test releases it."""
        def fault(handler):
            self.release.wait(50)
            if then:
                then(handler)
            else:
                handler.answer(*self.judge(handler.path, self.requests[0][1]))
        return fault

    def asked(self):
        return [form.get("grant_type", path) for path, form, _, _ in self.requests]

    def judge(self, path, form):
        with self.lock:
            if form.get("client_id") != CLIENT or form.get("client_secret", CLIENT_SECRET) != CLIENT_SECRET:
                return 401, {"error": "invalid_client"}
            if path == "/device":
                return 200, self.begin()
            if form["grant_type"] == "refresh_token":
                return self.refresh(form["refresh_token"])
            if form["grant_type"] == "authorization_code":
                return self.trade(form)
            if form["grant_type"] == DEVICE and form["device_code"] in self.codes:
                return 200, self.tokens(self.grant())
            return 400, {"error": "unsupported_grant_type"}

    def begin(self):
        self.codes.add(self.secret())
        answer = {"device_code": self.issued[-1], "user_code": USER_CODE, "verification_uri": PAGE,
                  "interval": self.interval, "expires_in": self.device_life, **self.device}
        return {name: value for name, value in answer.items() if value is not None}

    def allow(self, url, code=None):
        """As its page does for a person who agrees: the query's parameters, and a code."""
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query, strict_parsing=True))
        code = code or self.secret()
        self.allowed[code] = query
        return query, code

    def trade(self, form):
        """A code is good for one trade, with what its challenge was made from."""
        query, verifier = self.allowed.pop(form["code"], {}), form["code_verifier"]
        self.issued.append(verifier)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        if (query.get("code_challenge_method"), query.get("code_challenge")) != ("S256", challenge):
            return 400, {"error": "invalid_grant", "error_description": "another verifier"}
        if query["redirect_uri"] != form["redirect_uri"]:
            return 400, {"error": "invalid_grant", "error_description": "another redirect_uri"}
        return 200, self.tokens(self.grant())

    def refresh(self, token):
        family, unused = self.families.get(token, (None, False))
        if family and not unused:
            self.revoked.add(family)
        if not unused or family in self.revoked:
            return 400, {"error": "invalid_grant", "error_description": "it was used, or nobody gave it"}
        if not self.rotates:
            return 200, self.tokens(None)
        self.families[token][1] = False
        return 200, self.tokens(self.grant(family))

    def tokens(self, refresh):
        answer = {"access_token": self.secret(), "token_type": "Bearer", "expires_in": self.life}
        return {**answer, **({"refresh_token": refresh} if refresh else {})}
