# SPDX-License-Identifier: MIT
"""Python's smtplib as a client of the server under test: what the tests compare with."""

import smtplib
import ssl

import rig

MECHANISMS = frozenset({"PLAIN", "LOGIN", "CRAM-MD5"})  # those that it knows


def dial(server, listener, tls=True):
    """A client after EHLO, under TLS where the listener has it."""
    port = server.port[listener]
    if listener.endswith("implicit"):
        context = ssl.create_default_context(cafile=server.ca)
        client = smtplib.SMTP_SSL("localhost", port, "client.example.com", context=context, timeout=60)
    else:
        host = "localhost" if server.address[listener] == "127.0.0.1" else server.address[listener]
        client = smtplib.SMTP(host, port, "client.example.com", timeout=60)
        client.ehlo()
        if tls and listener != "clear":
            client.starttls(context=ssl.create_default_context(cafile=server.ca))
    client.ehlo()
    return client


def log_in(client, user, mechanism, password):
    client.user, client.password = rig.address(user), password
    call = {"PLAIN": client.auth_plain, "LOGIN": client.auth_login, "CRAM-MD5": client.auth_cram_md5}[mechanism]
    return client.auth(mechanism, call)


def submit(server, sender, to, message):
    """Sends a message whose lines end in LF, from user to user."""
    with dial(server, "starttls") as client:
        log_in(client, sender, "PLAIN", server.password[sender])
        client.sendmail(rig.address(sender), [rig.address(to)], message.replace(b"\n", b"\r\n"))
