# SPDX-License-Identifier: MIT
"""A real OpenID provider, oidc-provider of npm, and a Dovecot that asks it what tokens are worth.

It speaks HTTPS to clients and browsers, and HTTP on another port to Dovecot, which trusts no CA of ours.
"""

import http.cookiejar
import json
import os
import re
import secrets
import select
import shutil
import ssl
import subprocess
import urllib.parse
import urllib.request

import dovecot
import introspection
import rig

CLIENT, READER = "latchkey", "dovecot"
FORM = re.compile(r'<form[^>]*\baction="([^"]+)"[^>]*>(.*?)</form>', re.S)
ABORT = re.compile(r'<a href="([^"]+/abort)"')
FIELD = re.compile(r'<input[^>]*\bname="([^"]+)"(?:[^>]*\bvalue="([^"]*)")?')


class Provider:
    """url[NAME] for NAME in token, device, authorization, introspection, revocation; secret[CLIENT]."""

    def __init__(self, base, package, life=3600):
        self.base, self.process = base, None
        self.secret = {name: secrets.token_urlsafe(32) for name in (CLIENT, READER)}
        settings = {name: {"client_id": who, "client_secret": self.secret[who]}
                    for name, who in (("client", CLIENT), ("reader", READER))}
        settings.update(scope=introspection.SCOPE, life=life, cookies=secrets.token_urlsafe(16),
                        key=os.path.join(base, "tls", "localhost.key"), cert=os.path.join(base, "tls", "localhost.pem"))
        path = os.path.join(base, "openid")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
            json.dump(settings, out)
        self._start(path, package)

    def _start(self, settings, package):
        node = shutil.which("node")
        if not node:
            raise RuntimeError("node is missing: apt-get install nodejs npm")
        log = os.path.join(self.base, "log", "openid")
        with open(log, "ab") as err:
            self.process = subprocess.Popen([node, os.path.join(rig.HERE, "openid_process.js"), package, settings],
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=err, cwd="/",
                                            start_new_session=True, env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"})
        ready, _, _ = select.select([self.process.stdout], [], [], 30)
        line = self.process.stdout.readline() if ready else b""
        if not line:
            with open(log, encoding="utf-8", errors="replace") as err:
                raise RuntimeError("the provider does not start:\n" + err.read())
        ports = json.loads(line)
        self.issuer = "https://localhost:%d" % ports["https"]
        self.url = {"token": self.issuer + "/token", "device": self.issuer + "/device/auth",
                    "authorization": self.issuer + "/auth",
                    "introspection": "http://%s:%s@127.0.0.1:%d/token/introspection" % (
                        READER, self.secret[READER], ports["http"]),
                    "revocation": self.issuer + "/token/revocation"}

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stdin.close()
            self.process.stdout.close()
            self.process = None


class Browser:
    """Of a person who fills in the forms of the provider's pages, one after the other."""

    def __init__(self, ca):
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca)))
        self.at = self.page = None

    def open(self, url, fields=None):
        data = urllib.parse.urlencode(fields).encode() if fields is not None else None
        with self.opener.open(url, data, timeout=30) as answer:
            self.at, self.page = answer.geturl(), answer.read().decode("utf-8")

    def submit(self, **typed):
        """The page's form, with what was typed into its fields."""
        action, inside = FORM.search(self.page).groups()
        self.open(urllib.parse.urljoin(self.at, action), {**dict(FIELD.findall(inside)), **typed})

    def let_in(self, page, code, user):
        """Enters the code, confirms it, and logs in."""
        self.open(page)
        self.submit(user_code=code)
        self.submit()
        self.log_in(user)
        if "Sign-in Success" not in self.page:
            raise RuntimeError("not let in:\n" + self.page)

    def log_in(self, user):
        """And agrees."""
        self.submit(login=user, password="any will do")
        self.submit()

    def refuse(self, page, code):
        self.open(page)
        self.submit(user_code=code)
        self.submit(abort="yes")

    def abort(self):
        self.open(urllib.parse.urljoin(self.at, ABORT.search(self.page).group(1)))


class Dovecot(dovecot.Dovecot):
    name = "dovecot-openid"

    def __init__(self):
        super().__init__()
        self.provider = None

    def _prepare(self):
        super()._prepare()
        self.provider = Provider(self.base, self.program("unpack-node", "node") + "/node_modules/oidc-provider")
        text = dovecot.OAUTH2.format(url=self.provider.url["introspection"], scope=introspection.SCOPE,
                                     configuration=dovecot.CONFIGURATION)
        # The provider has a subject, and no name for it.
        self._write("oauth2", text.replace("username_attribute = username", "username_attribute = sub"))

    def stop(self):
        if self.provider:
            self.provider.close()
            self.provider = None
        super().stop()
