#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What a list has that is known only when it is loaded."""
import json
import os
import re
import tempfile
import unittest

from test_command import run


class Lists(unittest.TestCase):
    def test_by_id_and_by_wire_name(self):
        for name in ("sasl-digest-md5", "DIGEST-MD5"):
            result = run("mechs", "info", name)
            self.assertEqual((0, ""), (result.code, result.err))
            self.assertRegex(result.out, "(?m)^id +sasl-digest-md5$")
            self.assertRegex(result.out, "(?m)^wire +DIGEST-MD5$")
            self.assertEqual("sasl-digest-md5", json.loads(run("mechs", "info", name, "--json").out)["id"])

    def test_the_nearest(self):
        result = run("mechs", "info", "sasl-digest-md4")
        self.assertEqual((69, ""), (result.code, result.out))
        self.assertIn("nearest: sasl-digest-md5", result.err)

    def test_names_that_are_none(self):
        for name in ("NOSUCH", "sasl-nosuch", "!DIGEST-MD5", "DIGEST-MD5 x", "*"):
            result = run("mechs", "info", name)
            self.assertEqual((69, ""), (result.code, result.out), name)

    def test_one_that_is_switched_off(self):
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, "mechs.d"), 0o755)
            with open(os.path.join(folder, "mechs.d", "sasl.conf"), "w", encoding="utf-8") as out:
                out.write("enabled = no\n")
            os.chmod(out.name, 0o644)
            result = run("mechs", "info", "sasl-digest-md5", env={"LATCHKEY_CONFIG_DIR": folder})
            self.assertEqual((69, ""), (result.code, result.out))
            self.assertRegex(result.err, "\"sasl-digest-md5\" is installed: .*disabled")

    def test_columns_are_as_wide_as_the_longest(self):
        for words in (("list",), ("why", "smtp://ann@mail.example", "--offered", "PLAIN")):
            rows = [line for line in run("mechs", *words).out.splitlines() if not line.startswith(" ")]
            for column in (1, 2):
                starts = {re.match(r"(\S+ +){%d}" % column, row).end() for row in rows}
                self.assertEqual(1, len(starts), rows)
        longest = [row for row in rows if row.startswith("scram-sha-512-plus ")]
        self.assertRegex(longest[0], "^scram-sha-512-plus  SCRAM-SHA-512-PLUS  ")

    def test_the_listing_loads_nothing(self):
        out = run("mechs", "list").out
        self.assertIn("sasl-*", out)
        self.assertNotIn("DIGEST-MD5", out)


if __name__ == "__main__":
    unittest.main()
