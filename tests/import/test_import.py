#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""accounts import, providers import: what becomes of files/, what is refused,
and a login with what was imported."""
import os
import re
import shlex
import signal
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["LATCHKEY"]
FILES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "files")
SECRET = "kept-nowhere-Zx81"


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.home = "/home/ann"

    def run_program(self, *words, **more):
        env = {"PATH": "/usr/bin:/bin", "HOME": self.home, "LC_ALL": "C.UTF-8",
               "LATCHKEY_CONFIG_DIR": self.folder, "XDG_STATE_HOME": self.folder}
        env.update((k, v) for k, v in os.environ.items()
                   if k in ("LATCHKEY_PLUGIN_PATH", "LATCHKEY_REHEARSE_PATH") or k.endswith("SAN_OPTIONS"))
        # No terminal: a question would hang.
        return subprocess.run([PROGRAM, *words], env=env, input=more.get("given", ""), capture_output=True,
                              encoding="utf-8", errors="replace", timeout=60, start_new_session=True, check=False)

    def write(self, name, data):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())
        return path

    def take(self, what, data, name="given"):
        return self.run_program(what, "import", self.write(name, data))

    def checked(self, what, text):
        """It is read again."""
        name = "latchkey.conf" if what == "accounts" else "providers.d/given.conf"
        path = self.write(name, text)
        result = self.run_program(what, "list")
        self.assertEqual((0, ""), (result.returncode, result.stderr))
        os.unlink(path)

    def refused(self, what, data, said):
        result = self.take(what, data)
        self.assertEqual((78, ""), (result.returncode, result.stdout), result.stderr)
        self.assertIn(said, result.stderr)
        self.assertIn(self.folder, result.stderr)
        self.assertNotIn(SECRET, result.stderr)


class Files(Case):
    def test_all(self):
        names = [n for n in sorted(os.listdir(FILES)) if not n.endswith(".conf")]
        self.assertEqual(6, len(names))
        for name in names:
            with self.subTest(name):
                what = "providers" if name.endswith(".xml") else "accounts"
                result = self.run_program(what, "import", os.path.join(FILES, name))
                with open(os.path.join(FILES, os.path.splitext(name)[0] + ".conf"), encoding="utf-8") as f:
                    expected = f.read()
                self.assertEqual((0, expected), (result.returncode, result.stdout))
                lost = expected.count("# not kept: ")
                self.assertEqual("latchkey: warning: %d things were not kept: see the lines \"# not kept\"\n" % lost,
                                 result.stderr)
                self.checked(what, expected)

    def test_every_command_is_known(self):
        with open(os.path.join(FILES, "every-command.msmtprc"), encoding="utf-8") as f:
            commands = re.findall(r"^([a-z_]+)", f.read(), re.M)
        result = self.run_program("accounts", "import", os.path.join(FILES, "every-command.msmtprc"))
        self.assertGreater(len(set(commands)), 46)
        self.assertNotIn("no known command", result.stdout)

    def test_nothing_lost_nothing_said(self):
        result = self.take("accounts", "account a\nhost h.example\ntls on\n")
        self.assertEqual((0, ""), (result.returncode, result.stderr))
        result = self.take("accounts", "account a\nhost h.example\ntls on\nkeepbcc on\n")
        self.assertIn("warning: 1 thing was not kept", result.stderr)


class Words(Case):
    def test_usage(self):
        for words, said in (
                (["accounts", "import"], "accounts import takes one FILE"),
                (["providers", "import", "a", "b"], "providers import takes one FILE.xml"),
                (["accounts", "import", "--json", "a"], "no --json")):
            result = self.run_program(*words)
            self.assertEqual(64, result.returncode, result)
            self.assertIn(said, result.stdout + result.stderr)

    def test_files_that_cannot_be_read(self):
        for path, said in ((self.folder, "Is a directory"), (self.folder + "/none", "No such file")):
            for what in ("accounts", "providers"):
                result = self.run_program(what, "import", path)
                self.assertEqual((78, ""), (result.returncode, result.stdout))
                self.assertIn(path + ": " + said, result.stderr)

    def test_from_a_pipe(self):
        result = self.run_program("accounts", "import", "/dev/stdin", given="account p\nhost h.example\n")
        self.assertIn("[account p]\nhost = h.example\n", result.stdout)


class Msmtp(Case):
    def test_refused(self):
        for data, said in (
                ("", "has no account of msmtp"),
                ("# account a\n", "has no account"),
                ("defaults\nhost h\n", "has no account"),
                ("account a\nhost h\0\n", "holds a NUL"),
                ("account a\naccount a\n", "line 2: an account of this name"),
                ("account\n", "line 1: the account has no name"),
                ("account : a\n", "line 1: the account has no name"),
                ("hello world\nthis is\n\n# no msmtprc\n" + SECRET + "\n", "given: is no file of msmtp: of its 3 lines "
                 "with words none is a command of it"),
                ("account a\nhots x\n" + SECRET + "\n", "of its 2 lines with words none"),
                ("".join("account a%d\n" % i for i in range(501)), "line 501: more than 500 accounts"),
                ("account a\nhost h\n#" + "x" * (1 << 20), "is larger than 1 MiB")):
            self.refused("accounts", data, said)

    def test_no_account_is_made_up(self):
        """What is no command begins none, and is told."""
        result = self.take("accounts", "hots x\nfoo bar\naccount a\nhost h.example\ntls on\n")
        self.assertEqual((0, "# not kept: line 1: \"hots\" is no known command of msmtp\n"
                          "# not kept: line 2: \"foo\" is no known command of msmtp\n\n"
                          "[account a]\nhost = h.example\nport = 25\ntls = starttls\n"),
                         (result.returncode, result.stdout))
        self.assertIn("2 things were not kept", result.stderr)

    def test_an_account_without_a_server(self):
        mark = "# it has no server, and cannot send before it has one: host = SMTP.DOMAIN\n"
        for lines, said in (("host\n", "# not kept: host: it has no value\n" + mark), ("host \"\"\n", "# not kept: host: "),
                            ("", mark), ("hots h.example\n", mark)):
            result = self.take("accounts", "account a\ntls on\nuser ann\n" + lines)
            self.assertEqual(0, result.returncode, result.stderr)
            self.assertIn(said, result.stdout)
            self.assertIn("[account a]\n", result.stdout)
            self.checked("accounts", result.stdout)
        for lines in ("host h.example\n", "socket /run/x\n"):
            self.assertNotIn(mark, self.take("accounts", "account a\nauth off\n" + lines).stdout)

    def test_the_secret_is_nowhere(self):
        for line in ("password " + SECRET, "password \"" + SECRET + "\"", "passwort " + SECRET, SECRET,
                     "  password\t" + SECRET + "  ", "password=" + SECRET, "Password " + SECRET):
            result = self.take("accounts", "account a\nhost h.example\nauth on\ntls on\n" + line + "\n")
            self.assertEqual(0, result.returncode, result.stderr)
            self.assertNotIn(SECRET, result.stdout + result.stderr)
            self.assertIn("# not kept: ", result.stdout)

    def test_what_puts_it_into_the_keyring(self):
        """Only the shell's own words: the names as they are, or what they stand for."""
        for user, shown in (("ann", "ann"), ("ann o'hara $HOME `id`;", None), ("o" * 200, "USER"), ("", "USER")):
            given = 'account a\nhost mx.example.org\n%sauth on\npassword x\n' % (user and 'user "%s"\n' % user)
            line = re.search(r"secret-tool store .*", self.take("accounts", given).stdout).group(0)
            self.assertEqual(["service", "smtp", "host", "mx.example.org", "user", shown or user],
                             shlex.split(line)[-6:])

    def test_values_that_are_no_lines(self):
        for line in ("user \"'a'\"", "user \" a\"", "user a\x01b", "user caf\xe9".encode("latin-1"),
                     "user " + "a" * 5000, "timeout never", "port 0", "port 99999", "dsn_notify always",
                     "host a/b", "domain a b"):
            text = b"account a\ntls on\nauth on\n" + (line if isinstance(line, bytes) else line.encode()) + b"\n"
            result = self.take("accounts", text)
            self.assertEqual(0, result.returncode, result.stderr)
            self.assertIn("# not kept: ", result.stdout, line)
            self.checked("accounts", result.stdout)

    def test_crlf_and_no_last_newline(self):
        result = self.take("accounts", "account a\r\nhost h.example\r\ntls on\r\nfrom a@b.example")
        self.assertEqual("[account a]\nhost = h.example\nport = 25\ntls = starttls\nfrom = a@b.example\n",
                         result.stdout)

    def test_home_is_not_known(self):
        for self.home in ("", "relative"):
            result = self.take("accounts", "account a\nhost h.example\nlogfile ~/x\n")
            self.assertIn("# not kept: log: ", result.stdout)

    def test_the_default_is_meant(self):
        text = self.take("accounts", "account aa\nhost h.example\nfrom a@b.example\naccount zz : aa\nport 26\n"
                         "account default : aa\nport 27\n").stdout
        self.assertNotIn("came first", text)
        self.write("latchkey.conf", text)
        self.assertIn("port = 27 ", self.run_program("accounts", "show", "a@b.example").stdout)


def provider(inside="", server="", head=""):
    return ("%s<clientConfig version=\"1.1\"><emailProvider id=\"x\"><domain>x.example</domain>"
            "<outgoingServer type=\"smtp\"><hostname>h.example</hostname><port>465</port>"
            "<socketType>SSL</socketType>%s</outgoingServer>%s</emailProvider></clientConfig>"
            % (head, server, inside))


class Autoconfig(Case):
    PLAIN = "[provider x]\nmatch = x.example\nhost = h.example\nport = 465\ntls = implicit\n"

    def test_refused(self):
        laughs = "".join("<!ENTITY l%d \"%s\">" % (i, "&l%d;" % (i - 1) * 10) for i in range(1, 10))
        for data, said in (
                ("", "no XML: no element found"),
                ("host = h.example\n", "line 1: no XML"),
                ("<html><body/></html>", "the outermost element is not clientConfig"),
                ("<html/>", "the outermost element is not clientConfig"),
                ("<clientConfig>", "no XML"),
                ("<clientConfig></clientConfig><x/>", "no XML: junk after"),
                ("<clientConfig/>", "has no outgoing server"),
                (provider("&other;"), "no XML: undefined entity"),
                (provider("&l9;", head="<!DOCTYPE x [<!ENTITY l0 \"ha\">%s]>" % laughs), "a document type"),
                (provider(head="<!DOCTYPE x SYSTEM \"file:///etc/passwd\">"), "a document type"),
                (provider(head="<!DOCTYPE x [<!ENTITY % p SYSTEM \"http://127.0.0.1:1/\">%p;]>"), "a document type"),
                (provider("<a>" * 40 + "</a>" * 40), "too deep"),
                (provider("<a>" * 100000), "too deep"),
                (provider("<displayName>" + "x" * 2000 + "</displayName>"), "more than 1023 octets"),
                (provider("\0"), "no XML"),
                (provider().encode("utf-16")[:-3], "no XML"),
                (provider("<displayName>caf\xe9</displayName>").encode("latin-1"), "no XML"),
                (provider("<displayName>\x1b[31m</displayName>"), "no XML"),
                (provider("<!--" + "x" * (2 << 20) + "-->"), "is larger than 1 MiB"),
                (provider(head="<?xml version=\"1.0\" encoding=\"made-up\"?>"), "no XML: unknown encoding")):
            self.refused("providers", data, said)

    def test_no_tls_no_provider(self):
        self.refused("providers", provider().replace("SSL", "plain"), "has no TLS, and a password would go in clear")
        self.refused("providers", provider().replace("SSL", "SSLv2"), "has no TLS")
        self.refused("providers", provider().replace("465", "0"), "its host or port is none")

    def test_encodings(self):
        for code, name in (("utf-16", "utf-16"), ("latin-1", "iso-8859-1")):
            text = provider("<displayName>Caf\xe9</displayName>", head="<?xml version=\"1.0\" encoding=\"%s\"?>" % name)
            self.assertEqual("# Caf\xe9\n" + self.PLAIN, self.take("providers", text.encode(code)).stdout)

    def test_methods(self):
        for methods, line in (
                (["password-cleartext"], ""),
                (["password-encrypted"], "auth = CRAM-MD5 DIGEST-MD5\n"),
                (["secure", "password-encrypted"], "auth = CRAM-MD5 DIGEST-MD5\n"),
                (["OAuth2", "GSSAPI"], "auth = XOAUTH2 OAUTHBEARER GSSAPI\n"),
                (["OAuth2", "password-cleartext"], ""),
                (["NTLM"], "auth = NTLM\n"),
                (["TLS-client-cert"], "auth = EXTERNAL\n"),
                (["none"], "# not kept: auth: none: no login is needed there\n"),
                (["A\x7fB"], "# not kept: auth: A?B is not known\n")):
            server = "".join("<authentication>%s</authentication>" % m for m in methods)
            self.assertEqual(self.PLAIN + line, self.take("providers", provider(server=server)).stdout)

    def test_users(self):
        for user, line in (
                ("%EMAILADDRESS%", ""),
                ("shared", "user = shared\n"),
                ("%EMAILLOCALPART%@y.example",
                 "# not kept: user: %EMAILLOCALPART%@y.example is another for each account\n")):
            result = self.take("providers", provider(server="<username>%s</username>" % user))
            self.assertEqual(self.PLAIN + line, result.stdout)

    def test_many(self):
        """Bounded lists: what is too much is told."""
        domains = "".join("<domain>d%d.example</domain>" % i for i in range(600))
        result = self.take("providers", provider(domains))
        self.assertEqual(0, result.returncode)
        self.assertLess(max(map(len, result.stdout.split("\n"))), 4096)
        self.assertIn("no room for more", result.stdout)
        self.checked("providers", result.stdout)
        servers = "<incomingServer type=\"imap\"><hostname>i.example</hostname></incomingServer>" * 40
        result = self.take("providers", provider(servers + "<x/>" * 90))
        self.assertIn("# not kept: 83 more of these\n", result.stdout)

    def test_no_line_of_its_own(self):
        """Whatever stands in the file, keys are only those that are known."""
        evil = "a\ninsecure-plaintext = yes\r\n[account default]"
        for element in ("displayName", "domain", "foo"):
            result = self.take("providers", provider("<%s>%s</%s>" % (element, evil, element)))
            keys = re.findall(r"^([^#\n=\[]+) =", result.stdout, re.M)
            self.assertEqual(["match", "host", "port", "tls"], keys)
            self.assertEqual(1, len(re.findall(r"^\[", result.stdout, re.M)))


class Login(Case):
    def rehearse(self, name, *options):
        process = subprocess.Popen(
            [PROGRAM, "rehearse", "--address", "127.0.0.2", "--mail", self.folder + "/mail", *options, name],
            stdout=subprocess.PIPE, text=True,
            env=dict(os.environ, HOME=self.folder, XDG_DATA_HOME=self.folder + "/data"))

        def stop():
            process.send_signal(signal.SIGTERM)
            process.stdout.close()
            process.wait(30)
        self.addCleanup(stop)
        line = process.stdout.readline()
        port = re.search(r" on 127\.0\.0\.2:(\d+), ", line).group(1)
        return port, dict(re.findall(r"(\w+) = ([^,\n]+)", line))

    def test_an_imported_account_logs_in(self):
        port, facts = self.rehearse("strict-login")
        password = self.write("pw", facts["password"] + "\n")
        result = self.take("accounts", "defaults\ntls on\nauth on\n\naccount here\nhost 127.0.0.2\nport %s\nuser %s\n"
                           "tls_trust_file %s\npasswordeval \"head -n 1 '%s'\"\naccount default : here\n"
                           % (port, facts["user"], facts["ca"], password))
        self.assertEqual("", result.stderr)
        self.write("latchkey.conf", result.stdout)
        for name in ("here", "default"):
            result = self.run_program("login", name)
            self.assertEqual(0, result.returncode, result.stderr)

    def test_a_command_is_run_as_it_was(self):
        port, facts = self.rehearse("strict-login")
        self.write("pw", facts["password"] + "\n")
        command = "x='1  2 \"'; printf '%%s|' \"$x\" \"it's\" '' \"a\"\"'\"'b'\"\" > %s/%s; cat \"%s/pw\""
        subprocess.run(command % (self.folder, "shell", self.folder), shell=True, check=True, stdout=subprocess.DEVNULL)
        ours = command % (self.folder, "ours", self.folder)
        text = self.take("accounts", "account default\ntls on\nauth on\nhost 127.0.0.2\nport %s\nuser %s\n"
                         "tls_trust_file %s\npasswordeval %s\n" % (port, facts["user"], facts["ca"], ours)).stdout
        self.write("latchkey.conf", text)
        result = self.run_program("login", "default")
        self.assertEqual(0, result.returncode, result.stderr + text)
        said = []
        for name in ("shell", "ours"):
            with open(os.path.join(self.folder, name), encoding="utf-8") as f:
                said.append(f.read())
        self.assertEqual("1  2 \"|it's||a'b|", said[0])
        self.assertEqual(said[0], said[1])

    def test_an_imported_provider_logs_in(self):
        port, facts = self.rehearse("strict-login")
        xml = provider().replace("h.example", "127.0.0.2").replace("465", port).replace("SSL", "STARTTLS")
        self.write("providers.d/x.conf", self.take("providers", xml).stdout)
        self.write("latchkey.conf", "[account default]\nfrom = ann@x.example\nuser = %s\nca = %s\n" %
                   (facts["user"], facts["ca"]))
        os.chmod(self.write("pw", facts["password"]), 0o600)
        result = self.run_program("login", "--password-from", "file:" + self.folder + "/pw")
        self.assertEqual(0, result.returncode, result.stderr)
        self.assertIn("127.0.0.2", self.run_program("accounts", "show").stdout)


if __name__ == "__main__":
    unittest.main()
