# SPDX-License-Identifier: MIT
"""A real Postfix that knows whoever comes, by ANONYMOUS; Dovecot has that in other protocols only.

It lets nobody send who has no name, whatever the method, so this one takes mail from its own network.
"""

import postfix


class Postfix(postfix.Postfix):
    name = "postfix-open"
    others = frozenset({"ANONYMOUS"})

    def _write(self, name, template):
        for old, new in (("= noanonymous", "="), ("permit_sasl_authenticated", "permit_mynetworks"),
                         ("{mechanisms}", "{mechanisms} ANONYMOUS")):
            template = template.replace(old, new)
        super()._write(name, template)
