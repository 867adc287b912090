# SPDX-License-Identifier: MIT
"""A real Dovecot with its IMAP and POP3 services, too: the same users, tokens and certificates, and nobody by ANONYMOUS.

The clear listeners are those of a private connection: Dovecot, too, takes one from its own address for safe.
"""

import dovecot
import rig


class Dovecot(dovecot.Dovecot):
    name = "dovecot-imap"

    MORE = """
protocols = submission imap pop3
auth_mechanisms = $auth_mechanisms anonymous
auth_anonymous_username = nobody@{domain}
{services}"""
    SERVICE = """
service {protocol}-login {{
  inet_listener {protocol} {{
    address = 127.0.0.1
    port = {clear}
  }}
  inet_listener {protocol}s {{
    address = 127.0.0.1
    port = {port}
    ssl = yes
  }}
}}
"""
    MORE_LISTENERS = ("imap", "imap-clear", "pop3", "pop3-clear")

    def __init__(self):
        super().__init__()
        self.address.update((name, "127.0.0.1") for name in self.MORE_LISTENERS)

    def _configure(self, certificate):
        line = super()._configure(certificate)
        if certificate == "localhost":
            services = "".join(self.SERVICE.format(protocol=one, port=self.port[one], clear=self.port[one + "-clear"])
                               for one in ("imap", "pop3"))
            with open(self.path(certificate, "config"), "a", encoding="ascii") as out:
                out.write(self.MORE.format(domain=rig.DOMAIN, services=services))
        return line
