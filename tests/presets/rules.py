# SPDX-License-Identifier: MIT
"""What a shipped preset may say: complaints(name, text) lists what it breaks."""
import re

LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
HOST = re.compile(rf"{LABEL}(\.{LABEL})+")
URL = re.compile(r"https?://[a-z0-9.-]+\S*")
PARAM = re.compile(r"[a-z0-9][a-z0-9-]*\.ir")
LINE_MAX = 4000                       # octets; the reader takes 4096

# Where a port says what TLS it has; the Bridge of Proton is on loopback.
TLS_OF = {
    "": {"465": "implicit", "587": "starttls", "2525": "starttls"},
    "imap-": {"993": "implicit", "143": "starttls"},
    "pop3-": {"995": "implicit", "110": "starttls"},
    "sieve-": {"4190": "starttls"},
}
LOOPBACK = "127.0.0.1"

MECHANISMS = {"plain", "login", "cram-md5", "xoauth2", "oauthbearer", "scram-sha-1", "scram-sha-256", "external"}
AUTH = MECHANISMS | {m.upper() for m in MECHANISMS} | {"login-ir"}
KINDS = {"password", "app-password", "authorization-code", "token", "api-key"}
REQUIRED = ("port", "tls", "secret-kind", "advice")


def one_host(value):
    return None if HOST.fullmatch(value) and len(value) <= 253 else "is no host name"


def domains(value):
    words = value.split(" ")
    bad = [w for w in words if not HOST.fullmatch(w)]
    if bad:
        return f"{bad[0]!r} is no domain"
    return "the same domain twice" if len(set(words)) != len(words) else None


def port(value):
    return None if re.fullmatch(r"[1-9][0-9]{0,4}", value) and int(value) < 65536 else "is not 1-65535"


def tls(value):
    return None if value in ("starttls", "implicit") else "is not starttls or implicit"


def auth(value):
    words = value.split(" ")
    if words[-1] == "*":
        words.pop()
    bad = [w for w in words if w not in AUTH]
    if bad or not words:
        return f"{(bad or [''])[0]!r} is no mechanism"
    return "the same mechanism twice" if len(set(words)) != len(words) else None


def endpoint(value):
    return None if value.startswith("https://") and URL.fullmatch(value) else "is no https URL"


def kind(value):
    return None if value in KINDS else "is none of " + " ".join(sorted(KINDS))


def text(value):
    return "is longer than 160 characters" if len(value) > 160 else None


KEYS = {
    "match": domains, "host": one_host, "port": port, "tls": tls, "auth": auth, "user": text,
    "oauth-token-endpoint": endpoint, "oauth-device-endpoint": endpoint,
    "oauth-authorization-endpoint": endpoint, "oauth-scope": text,
    "secret-kind": kind, "advice": text, "facts": text,
}
for service in ("imap-", "pop3-", "sieve-"):
    KEYS.update({service + "host": one_host, service + "port": port, service + "tls": tls})


def read(lines):
    """(settings, section names, complaints): the file as a reader would see it."""
    settings, sections, bad = {}, [], []
    for n, line in enumerate(lines, 1):
        if line.startswith("#"):
            continue
        section = re.fullmatch(r"\[provider ([a-z0-9._-]+)\]", line)
        setting = re.fullmatch(r"([a-z0-9.-]+) = (\S(?:.*\S)?)", line)
        if section:
            sections.append(section.group(1))
        elif not setting or not sections:
            bad.append(f"line {n}: is neither a comment, the section nor `key = value` in it")
        elif setting.group(1) in settings:
            bad.append(f"line {n}: {setting.group(1)} a second time")
        else:
            settings[setting.group(1)] = setting.group(2)
    return settings, sections, bad


def service_complaints(settings, prefix):
    """A host has a port, and a port the TLS that it is known for."""
    host, number, how = (settings.get(prefix + key) for key in ("host", "port", "tls"))
    if host is None and number is None and how is None:
        return []
    if number is None or how is None:
        return [f"{prefix}port and {prefix}tls belong together, and to a host"]
    if host != LOOPBACK and TLS_OF[prefix].get(number) != how:
        return [f"{prefix}port {number} with {prefix}tls {how}"]
    return []


def value_complaints(settings):
    for key, value in settings.items():
        rule = KEYS.get(key)
        if rule:
            broken = rule(value)
            if broken:
                yield f"{key}: {broken}"
        elif not PARAM.fullmatch(key):
            yield f"{key}: is no key of a provider"
        elif value not in ("auto", "never"):
            yield f"{key}: is not auto or never"


def complaints(name, text_):
    lines = text_.split("\n")
    if lines.pop() != "":
        return ["the last line has no end"]
    settings, sections, bad = read(lines)
    if not 8 <= len(lines) <= 20:
        bad.append(f"{len(lines)} lines, not 8 to 20")
    if not text_.isascii() or any(len(line) > LINE_MAX for line in lines):
        bad.append(f"not ASCII, or a line over {LINE_MAX} octets")
    if sections != [name]:
        bad.append(f"sections {sections}, not one of the file's name")
    if not any(URL.search(line) for line in lines if line.startswith("#")):
        bad.append("no comment names a source")
    bad += value_complaints(settings)
    bad += [f"{key} is missing" for key in REQUIRED if key not in settings]
    for prefix in TLS_OF:
        bad += service_complaints(settings, prefix)
    if "match" in settings and "host" not in settings:
        bad.append("match without a host")
    return bad


def shared(presets):
    """Complaints about domains that two of {name: text} match."""
    owner, bad = {}, []
    for name, text_ in sorted(presets.items()):
        for domain in read(text_.split("\n")[:-1])[0].get("match", "").split():
            if domain in owner:
                bad.append(f"{domain}: matched by {owner[domain]} and {name}")
            owner[domain] = name
    return bad
