# SPDX-License-Identifier: MIT
"""What no client can do about: names and passwords that do not reach a server by some mechanism, each with its reason.

The trials show that it is still so. The mechanism "" is whatever is chosen where nothing says which.
"""

REFUSED = "authentication failed"
NOT_ASCII = ("composed", "decomposed", "not Latin-1", "compatible", "new")

# Server, name or password, kinds, mechanisms, exit status, words, the reason.
CANNOT = (
    ("postfix", "name", ("blanks at the ends",), ".*", 77, REFUSED,
     "Cyrus SASL cuts blanks at the ends of a name, but not before the @, where saslpasswd2 was told of none."),
    (".*", "name", ("blanks at the ends",), "sasl-.*", 77, REFUSED,
     "The client's Cyrus SASL cuts them, and no other server does."),
    ("exim", "name", ("blanks", "blanks at the ends"), "(sasl-)?cram-md5", 77, REFUSED,
     "Exim takes for the name what stands before the first blank; only the last one ends it."),
    ("postfix|exim", "name", NOT_ASCII, "sasl-ntlm", 77, REFUSED,
     "Both servers keep seven bits of each character of a name."),
    ("exim", "password", ("255 octets",), "sasl-ntlm", 77, REFUSED, "Exim takes 128 octets of a password for NTLM."),
    ("dovecot", "name", ("colon",), ".*", 77, REFUSED, "A name in its file of users ends at the first colon."),
    ("dovecot", "name|password", ("composed",), "sasl-digest-md5", 77, REFUSED,
     "DIGEST-MD5 hashes in Latin-1 what is in it (RFC 2831, 2.1.2.1), as Cyrus SASL does; Dovecot hashes UTF-8."),
    ("postfix|dovecot", "name", ("compatible",), "scram-.*", 77, REFUSED,
     "SCRAM prepares a name by SASLprep; both servers do not, and have the user under the name as it was typed."),
    ("postfix|dovecot", "password", ("decomposed", "compatible"), "(scram-.*)?", 77, REFUSED,
     "The same of a password; and what two mechanisms were refused with is not shown to a third, nor in plain text."),
    (".*", "password", ("new",), "scram-.*", 78, "Unicode 3.2",
     "SASLprep is of 2002, and forbids in passwords what it does not know."),
)
