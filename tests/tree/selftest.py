#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""selftest.py: each test of the tree complains about what it should."""
import os
import subprocess
import sys
import tempfile

import exports
import includes
import sizes
import top
import words

failed = []


def sample(root, files):
    for name, text in files.items():
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)


def expect(check, files, *wanted):
    """check() of a tree with these files complains about exactly these."""
    with tempfile.TemporaryDirectory() as root:
        sample(root, files)
        got = check(root)
    for w in wanted:
        if not any(w in g for g in got):
            failed.append(f"{check.__module__}: no complaint \"{w}\" "
                          f"about {sorted(files)}: {got}")
    if len(got) != len(wanted):
        failed.append(f"{check.__module__}: {sorted(files)}: {got}")


def function(body_lines):
    return "int\nf(int a,\n  int b)\n{\n" + "\tg();\n" * body_lines + "}\n"


def try_sources():
    expect(top.check, {"core/a": "", ".x": "", "build-1/b": ""})
    expect(top.check, {"docs/a": ""}, "docs")

    ok = {"core/base/buf.h": "", "core/mech/a.c":
          '#include "base/buf.h"\n#include <latchkey/mech.h>\n'
          '/* LOGIN */ const char *s = "login";\n',
          "core/rehearse/a.c": "#include <openssl/ssl.h>\n"}
    expect(includes.check, ok)
    for name, text, complaint in (
            ("core/base/a.c", '#include "mech/x.h"', "may not include"),
            ("core/smtp/a.c", '#include "net/x.h"', "may not include"),
            ("core/smtp/a.c", '#include "conf/x.h"', "may not include"),
            ("core/mech/a.c", '#include "../conf/x.h"', "may not include"),
            ("core/mech/a.c", '#include "buf.h"', "not in this room"),
            ("core/cli/a.c", "#include <openssl/ssl.h>", "core/net"),
            ("core/cli/a.c", "#  include <sys/socket.h>", "core/net"),
            ("core/net/a.c", "#include <curl/curl.h>", "core/secrets"),
            ("core/secrets/a.c", '#include "smtp/x.h"', "may not include"),
            ("core/conf/a.c", "#include <ltdl.h>", "core/mech"),
            ("core/smtp/a.c", 'char *s = "AUTH LOGIN";', "LOGIN"),
            ("core/mech/a.c", 'char *s = "SCRAM-SHA-256";', "SCRAM"),
            ("core/mech/a.c", 'char *s = "xoauth2";', "xoauth2"),
            ("core/new/a.c", "", "no such room"),
            ("plugins/x/a.c", "#include <latchkey/host.h>", "mech.h"),
            ("plugins/x/a.c", '#include "../y/y.h"', "outside"),
            ("plugins/x/a.c", '#include "base/buf.h"', "outside"),
            ("plugins/x/a.c", 'if (is(s, "imap"))', "protocol: imap"),
            ("plugins/x/a.c", "x = is_smtp(s);", "protocol: smtp"),
            ("plugins/x/a.c", "switch (LK_POP3) {", "protocol: POP3")):
        expect(includes.check, {name: text + "\n"}, complaint)
    expect(includes.check, {"plugins/x/a.c": "/* as SMTP has it */\n"
                            "get(s, LK_P_SERVICE, &service);\n",
                            "plugins/cyrus-bridge/a.c": 's = "smtp";\n'})
    expect(includes.check, {"core/mech/a.c": "#include <ltdl.h>\n",
                            "core/mech/b.c": "#include <ltdl.h>\n"},
           "one file")

    expect(sizes.check, {"core/a.c": function(75), "tests/b.h": "\n" * 400})
    expect(sizes.check, {"core/a.c": function(76)}, "81 lines")
    expect(sizes.check, {"tests/b.h": "\n" * 401}, "401 lines")
    expect(sizes.check, {"core/a.c": "int f(void)\n{\n}\n"}, "open a line")
    expect(sizes.check, {"core/a.c": "int f(void) {\n}\n"}, "stands alone")

    expect(words.check, {"core/a.c": "/* strcpy( */ my_strcpy(a);\n"})
    expect(words.check, {"core/a.c": "x = atoi(s);\n"}, "atoi")
    expect(words.check, {"plugins/x/a.c": "if (isalpha (c))\n"}, "isalpha")


def build(root, out, source, *flags):
    path = os.path.join(root, out)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", path, "-xc", "-", *flags],
                   input=source.encode(), check=True)
    return path


def try_exports():
    with tempfile.TemporaryDirectory() as root:
        sample(root, {"include/latchkey/x.h":
                      "#define LK_API __attribute__((visibility(\"x\")))\n"
                      "/* LK_API void lk_prose(void); */\n"
                      "LK_API int lk_a(int (*f)(int));\n"
                      "LK_API const char *\nlk_b(void);\n"})
        a = build(root, "a.so", "int lk_a; int lk_x;", "-Wl,--no-as-needed",
                  "-lcrypto")
        b = build(root, "b.so", "int lk_a;")
        c = build(root, "c.so", "int latchkey_plugin_v0;")
        d = build(root, "d.so", "int latchkey_plugin_v0, more;")
        got = exports.check(root, a, b, [c, d])
    for w in ("lk_x, which", "lk_b: is declared", "lk_a: is exported by both",
              "a.so: needs libcrypto", "d.so: exports"):
        if not any(w in g for g in got):
            failed.append(f"exports: no complaint \"{w}\": {got}")
    if len(got) != 5:
        failed.append(f"exports: {got}")


try_sources()
try_exports()
for line in failed:
    print(line)
sys.exit(1 if failed else 0)
