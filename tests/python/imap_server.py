# SPDX-License-Identifier: MIT
"""IMAP and POP3 for test scripts: PLAIN and SCRAM-SHA-256, with what comes between the lines."""

import base64

from scram import Scram
from server import encoded

USER, PASSWORD = "wombat@example.org", "Wombät-at-noon-77"
RIGHT = ("\0%s\0%s" % (USER, PASSWORD)).encode()


def ask(talk, text):
    talk.say("+ " + encoded(text))
    line = talk.hear()
    return None if line == "*" else base64.b64decode(line)


def judge(talk, mechanism, first, proves):
    """True, False, or None: it was called off."""
    message = base64.b64decode(first) if first else ask(talk, "")
    if mechanism == "PLAIN":
        return message == RIGHT
    server = Scram(PASSWORD)
    right, proof = server.last(ask(talk, server.first(message)))
    if not right:
        return False
    return None if ask(talk, proof if proves else "v=" + encoded("x" * 32)) is None else True


def imap(capabilities="SASL-IR AUTH=PLAIN AUTH=SCRAM-SHA-256", proves=True, between=(), bye=False, tls=False):
    """A script: `between` is said before the outcome; with `bye` it hangs up instead."""
    def script(talk):
        offered = (capabilities + " STARTTLS") if tls else capabilities
        talk.say("* OK mx ready")
        while True:
            tag, verb, *words = talk.hear().split(" ")
            if verb == "CAPABILITY":
                talk.say("* CAPABILITY IMAP4rev1 " + offered, tag + " OK done")
            elif verb == "STARTTLS":
                talk.say(tag + " OK begin")
                talk.start_tls()
                offered = capabilities
            elif verb == "AUTHENTICATE":
                right = judge(talk, words[0], words[1] if len(words) > 1 else "", proves)
                talk.say(*between)
                if bye:
                    return talk.say("* BYE too busy")
                talk.say(tag + {True: " OK in", False: " NO [AUTHENTICATIONFAILED] no", None: " BAD cancelled"}[right])
            elif verb == "SELECT":
                talk.say("* 0 EXISTS", tag + " OK [READ-WRITE] selected")
            else:
                talk.say(tag + " OK done")
    return script


def pop3(sasl="PLAIN SCRAM-SHA-256"):
    def script(talk):
        talk.say("+OK mx ready")
        while True:
            verb, *words = talk.hear().split(" ")
            if verb == "CAPA":
                talk.say("+OK", "TOP", "SASL " + sasl, ".")
            elif verb == "AUTH":
                right = judge(talk, words[0], words[1] if len(words) > 1 else "", True)
                talk.say("+OK in" if right else "-ERR [AUTH] no")
            elif verb == "STAT":
                talk.say("+OK 0 0")
            else:
                talk.say("+OK")
    return script
