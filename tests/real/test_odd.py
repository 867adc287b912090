# SPDX-License-Identifier: MIT
"""test_odd.py SERVER: names and passwords that are hard to carry, by each mechanism, to a server that takes new users.

With another last character a password is wrong: nobody cuts it.
"""

import re
import unicodedata

import rig
import servers
from odd import CANNOT
from trial import SERVER, Trial, auth_lines, password_ids, url

ODD = {
    "blanks": "two  blanks in three",
    "blanks at the ends": " at both ends ",
    "quotes": "\"double\"'single'`back`",
    "backslash": "back\\slash\\\\n\\x41\\",
    "colon": "colon:of:three:parts",
    "percent": "100%s%41%%25%00%n",
    "comma": "n=comma,equals=2C,=3D",
    "at": "at@the@very@end@",
    "255 octets": "".join(chr(ord("a") + i % 26) for i in range(255)),
    "composed": unicodedata.normalize("NFC", "Grüße-für-Zoë"),
    "decomposed": unicodedata.normalize("NFD", "Grüße-für-Zoë"),
    "not Latin-1": "пароль-密码",
    "compatible": "10µ-is-10μ-to-some",  # MICRO SIGN, which SASLprep takes for the Greek letter
    "new": "a-🔑-is-a-key",  # Unicode 6
}
ENDS = ("blanks at the ends", "backslash", "255 octets")  # what might be cut
USUAL = "Usual-horse-battery-staple-27"


def setUpModule():
    SERVER.start()


def tearDownModule():
    SERVER.stop()


class Odd(Trial):
    @classmethod
    def setUpClass(cls):
        cls.ids = password_ids()
        cls.users = {"name": {}, "password": {}}
        for number, (kind, text) in enumerate(ODD.items()):
            cls.users["name"][kind] = text[:255 - len("@" + rig.DOMAIN)] + "@" + rig.DOMAIN, USUAL
            cls.users["password"][kind] = rig.address("user-%d" % number), text
        for users in cls.users.values():
            for name, password in users.values():
                SERVER.add(name, password)

    def setUp(self):
        """Here the names are none of the rig's, and nothing is sent."""

    def tearDown(self):
        pass

    def try_it(self, name, password, code, *words):
        self.new_home()
        self.password = password
        result = self.home.run("login", "-o", "ca=" + SERVER.ca, "--password-from", self.home.password_file(password),
                               "-o", "user=" + name, *words, re.sub("//.*@", "//", url("starttls")))
        self.check(code, result)
        return result

    def each(self, what, trial, kinds=ODD):
        for kind in kinds:
            name, password = self.users[what][kind]
            for mechanism in self.ids:
                with self.subTest(kind=kind, mechanism=mechanism):
                    trial(name, password, mechanism, *cannot(what, kind, mechanism))

    def right(self, name, password, mechanism, code, words):
        result = self.try_it(name, password, code, "-o", "auth=" + mechanism)
        self.assertIn(words, result.err)
        self.assertEqual(1, len(auth_lines(result)), str(result))

    def cut(self, name, password, mechanism, code, _):
        self.try_it(name, password[:-1] + "~", code or 77, "-o", "auth=" + mechanism)

    def chosen(self, what):
        for kind, (name, password) in self.users[what].items():
            with self.subTest(kind=kind):
                self.try_it(name, password, cannot(what, kind, "")[0])

    def test_names(self):
        self.each("name", self.right)

    def test_names_without_a_choice(self):
        self.chosen("name")

    def test_passwords(self):
        self.each("password", self.right)

    def test_passwords_without_a_choice(self):
        self.chosen("password")

    def test_passwords_with_another_end(self):
        self.each("password", self.cut, ENDS)


def cannot(what, kind, mechanism):
    """The exit code and words of what is known not to work; 0 and none of what must."""
    for server, of_what, kinds, mechanisms, code, words, _ in CANNOT:
        pairs = ((server, SERVER.name), (of_what, what), (mechanisms, mechanism))
        if kind in kinds and all(re.fullmatch(pattern, text) for pattern, text in pairs):
            return code, words
    return 0, ""


if __name__ == "__main__":
    servers.main(SERVER)
