# SPDX-License-Identifier: MIT
"""Certificates for one run: a private CA, one for localhost, one for another name."""

import os
import subprocess

OTHER_NAME = "other.example.net"


def openssl(directory, *words):
    done = subprocess.run(["openssl", *words], cwd=directory, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError("openssl %s: %s" % (words[0], done.stderr.strip()))


def new_key(directory, name, subject, *words):
    openssl(directory, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", name + ".key", "-subj", subject, *words)


def authority(directory, name, subject):
    """NAME.pem and NAME.key, which sign others."""
    new_key(directory, name, subject, "-x509", "-days", "2", "-out", name + ".pem",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign")


def issue(directory, name, subject, extensions, ca="ca"):
    """NAME.pem (certificate and CA) and NAME.key."""
    new_key(directory, name, subject, "-out", name + ".csr")
    with open(os.path.join(directory, name + ".ext"), "w", encoding="ascii") as ext:
        ext.write("basicConstraints=CA:FALSE\n" + extensions)
    openssl(directory, "x509", "-req", "-in", name + ".csr", "-CA", ca + ".pem", "-CAkey", ca + ".key",
            "-CAcreateserial", "-days", "2", "-extfile", name + ".ext", "-out", name + ".crt")
    with open(os.path.join(directory, name + ".pem"), "wb") as chain:
        for part in (name + ".crt", ca + ".pem"):
            with open(os.path.join(directory, part), "rb") as one:
                chain.write(one.read())


def make(directory):
    """ca.pem, localhost.pem/.key and other.pem/.key in directory. Only ca.pem is for clients."""
    authority(directory, "ca", "/CN=Test CA")
    for name, alt_names in (("localhost", "DNS:localhost,IP:127.0.0.1"), ("other", "DNS:" + OTHER_NAME)):
        issue(directory, name, "/CN=" + name, "extendedKeyUsage=serverAuth\nsubjectAltName=%s\n" % alt_names)
    os.chmod(os.path.join(directory, "ca.pem"), 0o644)


def client(directory, name, common_name, ca="ca"):
    """NAME.pem and NAME.key of a client; of a CA that no server knows, if ca is "stranger"."""
    if not os.path.exists(os.path.join(directory, ca + ".pem")):
        authority(directory, ca, "/CN=" + ca)
    issue(directory, name, "/CN=" + common_name, "extendedKeyUsage=clientAuth\n", ca)
