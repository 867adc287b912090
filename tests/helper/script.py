# SPDX-License-Identifier: MIT
"""What the tests share: a script that relays, and how programs are run."""
import os
import subprocess

PROGRAM = os.environ["LATCHKEY"]
PASSWORD = "Zanzibar-heron-5519"
USER = "ann@example.org"
HOST = ["--host", "mx.example", "--tls", "verified", "--user", USER]


def environment(**more):
    """Of nobody in particular: no files, no state."""
    env = {"PATH": os.path.dirname(PROGRAM) + ":/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8",
           "LATCHKEY_CONFIG_DIR": "/nonexistent"}
    env.update((k, v) for k, v in os.environ.items() if k.startswith("LATCHKEY_") or k.endswith("SAN_OPTIONS"))
    env.update(more)
    return env


def pipe_of(secret):
    """A descriptor that has the secret."""
    from_here, to_here = os.pipe()
    os.write(to_here, secret.encode())
    os.close(to_here)
    return from_here


class Helper:
    """One latchkey sasl: all that it said is in `said` and, at the end, `err`."""

    def __init__(self, *words, secret=PASSWORD, source="--password-from", **more):
        secret_fd = pipe_of(secret)
        self.said, self.err, self.code, self.secret = [], "", None, secret
        self.process = subprocess.Popen(
            [PROGRAM, "sasl", source, "fd:%d" % secret_fd, *words], env=environment(**more), pass_fds=[secret_fd],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        os.close(secret_fd)

    def line(self):
        line = self.process.stdout.readline().decode("utf-8", "surrogateescape")
        if line:
            assert line.endswith("\n"), line
            self.said.append(line[:-1])
        return line[:-1]

    def tell(self, line):
        try:
            self.process.stdin.write(line if isinstance(line, bytes) else line.encode() + b"\r\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass

    def end(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        while self.line():
            pass
        self.err = self.process.stderr.read().decode("utf-8", "surrogateescape")
        self.process.stdout.close()
        self.process.stderr.close()
        self.code = self.process.wait(timeout=60)
        return self

    def relay(self, answer, ready=()):
        """answer(line): the lines of the server's reply; None: it hangs up.  ready: what to say to each RECONNECT."""
        lines, ready = [], list(ready)
        while True:
            verb, _, rest = self.line().partition(" ")
            if verb == "SEND":
                reply = answer(rest)
                lines = ["LOST"] if reply is None else lines + list(reply)
            elif verb == "READ":
                if not lines:
                    break
                self.tell(lines.pop(0))
            elif verb == "SECRET":
                self.tell(self.secret)
            elif verb == "RECONNECT" and ready:
                lines = []
                self.tell(ready.pop(0))
            else:
                break
        return self.end()

    def play(self, *replies, ready=()):
        """The replies, one for each line that is sent."""
        rest = list(replies)

        def answer(_):
            reply = rest.pop(0) if rest else []
            return [reply] if isinstance(reply, (str, bytes)) else reply
        return self.relay(answer, ready)

    def sent(self):
        return [line[5:] for line in self.said if line.startswith("SEND ")]

    def __str__(self):
        return "exit %s\n%s\nstderr: %s" % (self.code, "\n".join(self.said), self.err)
