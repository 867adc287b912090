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


def issue(directory, name, alt_names):
    """NAME.pem (certificate and CA) and NAME.key, for alt_names."""
    new_key(directory, name, "/CN=" + name, "-out", name + ".csr")
    with open(os.path.join(directory, name + ".ext"), "w", encoding="ascii") as ext:
        ext.write("subjectAltName=%s\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n" % alt_names)
    openssl(directory, "x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-days", "2", "-extfile", name + ".ext", "-out", name + ".crt")
    with open(os.path.join(directory, name + ".pem"), "wb") as chain:
        for part in (name + ".crt", "ca.pem"):
            with open(os.path.join(directory, part), "rb") as one:
                chain.write(one.read())


def make(directory):
    """ca.pem, localhost.pem/.key and other.pem/.key in directory. Only ca.pem is for clients."""
    new_key(directory, "ca", "/CN=Test CA", "-x509", "-days", "2", "-out", "ca.pem",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    issue(directory, "localhost", "DNS:localhost,IP:127.0.0.1")
    issue(directory, "other", "DNS:" + OTHER_NAME)
    os.chmod(os.path.join(directory, "ca.pem"), 0o644)
