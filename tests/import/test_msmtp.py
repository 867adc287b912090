#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""accounts import beside msmtp itself: for files of any order, defaults and
inheritance, `msmtp --pretend` and `accounts show` name the same."""
import os
import random
import re
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["LATCHKEY"]

# command: arguments; an empty one where msmtp takes it
COMMANDS = {
    "host": ("smtp.example.org", "mail.example.net", "\"192.0.2.1\""),
    "port": ("25", "587", "2525"),
    "timeout": ("off", "30", "\"45\""),
    "connect_timeout": ("7",),
    "domain": ("client.example.org",),
    "protocol": ("smtp", "lmtp"),
    "tls": ("on", "off", ""),
    "tls_starttls": ("on", "off", ""),
    "tls_nostarttls": ("",),
    "tls_certcheck": ("on", "off"),
    "tls_nocertcheck": ("",),
    "tls_trust_file": ("/etc/ssl/certs/ca-certificates.crt", "~/ca.pem", "system", ""),
    "auth": ("on", "off", "plain", "login", "cram-md5", "scram-sha-256", ""),
    "user": ("ann", "\"ann b\"", "ann@example.org", ""),
    "passwordeval": ("echo x", "\"echo 'x'\""),
    "from": ("ann@example.org", "\"bob@example.org\""),
    "dsn_notify": ("off", "never", "failure,delay"),
    "dsn_return": ("off", "headers", "full"),
    "logfile": ("~/log", "/var/log/mail", ""),
}
SAME = ("host", "port", "from")


def settings(text):
    return {k: v for k, v in re.findall(r"^([a-z_-]+) = (.*?)(?: +# /\S+:\d+)?$", text, re.M)
            if v not in ("off", "none", "(not set)") or k == "tls"}


def theirs(facts):
    """What `accounts show` has to say, from what msmtp says."""
    is_tls, is_auth = facts.get("tls") == "on", "auth" in facts
    out = {key: facts[key] for key in SAME if key in facts}
    out["tls"] = "none" if not is_tls else "starttls" if facts.get("tls_starttls") == "on" else "implicit"
    if is_tls and "tls_certcheck" not in facts:
        out["insecure-no-verify"] = "yes"
    if "timeout" in facts:
        out["timeout"] = facts["timeout"].split()[0]
    if facts["domain"] != "localhost":
        out["ehlo"] = facts["domain"]
    if facts.get("tls_trust_file", "system") != "system":
        out["ca"] = facts["tls_trust_file"]
    if is_auth and facts["auth"] != "choose":
        out["auth"] = facts["auth"]
    if is_auth and "user" in facts:
        out["user"] = facts["user"]
    for key, name in (("dsn_notify", "dsn-notify"), ("dsn_return", "dsn-ret")):
        if key in facts:
            out[name] = facts[key].lower()
    if "logfile" in facts:
        out["log"] = facts["logfile"]
    return out


def make(chance):
    """A file, and the names of its accounts."""
    lines, names = [], []
    for k in range(chance.randrange(1, 6)):
        head = [] if chance.random() < 0.5 else ["defaults"]
        head += [None] * chance.randrange(4) if head else []
        parents = chance.sample(names, chance.randrange(min(3, len(names) + 1)))
        names.append("a%d" % k)
        parents = chance.choice((" : ", ": ", ":")) + ",".join(parents) if parents else ""
        head.append("account " + names[-1] + parents)
        head.append("host h%d.example" % k)
        for line in head + [None] * chance.randrange(8):
            if line is None:
                command = chance.choice(sorted(COMMANDS))
                line = (command + chance.choice((" ", "\t", "  ")) + chance.choice(COMMANDS[command])).rstrip()
            lines.append(chance.choice(("", "", "  ", "\t")) + line + chance.choice(("", "", " ")))
            if chance.random() < 0.1:
                lines.append(chance.choice(("", "  # port 1", "#")))
    return "\n".join(lines) + "\n", names


class Beside(unittest.TestCase):
    def test_many(self):
        with tempfile.TemporaryDirectory() as folder:
            env = {"PATH": "/usr/bin:/bin", "HOME": folder, "LC_ALL": "C.UTF-8", "LATCHKEY_CONFIG_DIR": folder}
            env.update((k, v) for k, v in os.environ.items()
                       if k == "LATCHKEY_PLUGIN_PATH" or k.endswith("SAN_OPTIONS"))
            chance = random.Random(5321)
            compared = 0
            for _ in range(40):
                text, names = make(chance)
                compared += self.compare(folder, env, text, names)
            self.assertGreater(compared, 60)

    def compare(self, folder, env, text, names):
        def run(*words):
            return subprocess.run(words, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=60, start_new_session=True, check=False)

        rc = os.path.join(folder, "rc")
        with open(rc, "w", opener=lambda path, flags: os.open(path, flags, 0o600), encoding="utf-8") as f:
            f.write(text)
        ours = run(PROGRAM, "accounts", "import", rc)
        self.assertEqual(0, ours.returncode, ours.stderr + text)
        with open(os.path.join(folder, "latchkey.conf"), "w", encoding="utf-8") as f:
            f.write(ours.stdout)
        compared = 0
        for name in names:
            pretended = run("msmtp", "-C", rc, "-P", "-a", name, "x@example.org")
            facts = settings(pretended.stdout)
            if "host" not in facts:  # not every mixture is one that it takes
                continue
            shown = settings(run(PROGRAM, "accounts", "show", name).stdout)
            shown.pop("password-from", None)
            self.assertEqual(facts["protocol"], shown.pop("protocol", "smtp"))
            self.assertEqual(theirs(facts), shown, text + "\n" + name + "\n" + pretended.stdout)
            compared += 1
        return compared


if __name__ == "__main__":
    unittest.main()
