# SPDX-License-Identifier: MIT
"""A real Dovecot with its IMAP service, too: the same users, tokens and certificates, and nobody by ANONYMOUS."""

import dovecot
import rig


class Dovecot(dovecot.Dovecot):
    name = "dovecot-imap"

    MORE = """
protocols = submission imap
auth_mechanisms = $auth_mechanisms anonymous
auth_anonymous_username = nobody@{domain}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    address = {address}
    port = {port}
    ssl = yes
  }}
}}
"""

    def __init__(self):
        super().__init__()
        self.address["imap"] = "127.0.0.1"

    def _configure(self, certificate):
        line = super()._configure(certificate)
        if certificate == "localhost":
            with open(self.path(certificate, "config"), "a", encoding="ascii") as out:
                out.write(self.MORE.format(domain=rig.DOMAIN, address=self.address["imap"], port=self.port["imap"]))
        return line
