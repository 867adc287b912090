/* Hostile and broken configuration files: each has its refusal.
 * SPDX-License-Identifier: MIT */
#include "layers.h"

#include "conf/config.h"

#define OWNER_OTHER 12345

/* In high/FILE; the error begins with high/AT. */
static const struct {
	const char *file, *text, *at, *fragment, *advice;
} broken[] = {
	{ "latchkey.conf", "[account a]\nhsot = x\n", "latchkey.conf:2: ",
	  "unknown key \"hsot\"; nearest: host", "" },
	{ "latchkey.conf", "[account a]\nimap-hots = x\n", "latchkey.conf:2: ",
	  "nearest: imap-host", "" },
	{ "latchkey.conf", "[acount a]\n", "latchkey.conf:1: ",
	  "unknown section [acount]", "[account NAME] or [provider NAME]" },
	{ "latchkey.conf", "[account]\n", "latchkey.conf:1: ",
	  "\"\" is no name", "" },
	{ "latchkey.conf", "[account A]\n", "latchkey.conf:1: ",
	  "\"A\" is no name: a-z 0-9", "" },
	{ "latchkey.conf", "[account a b]\n", "latchkey.conf:1: ",
	  "\"a b\" is no name", "" },
	{ "latchkey.conf", "host = x\n", "latchkey.conf:1: ",
	  "a key stands before the first section", "[account NAME]" },
	{ "latchkey.conf", "[account a]\n\nport = 70000\n", "latchkey.conf:3: ",
	  "port: \"70000\" is not 1-65535", "" },
	{ "latchkey.conf", "[account a]\nport = 587 # submission\n",
	  "latchkey.conf:2: ", "port: \"587 # submission\"", "" },
	{ "latchkey.conf", "[account a]\nhost = x\nport = 1\nhost = y\n",
	  "latchkey.conf:4: ", "host: is in line 2 already", "" },
	{ "latchkey.conf", "[account a]\nx.y = 1\nx.y = 1\n",
	  "latchkey.conf:3: ", "x.y: is in line 2 already", "" },
	{ "latchkey.conf", "[account a]\nhost=x\n[account a]\nport=1\n",
	  "latchkey.conf:3: ", "[account a] is in ", "" },
	{ "latchkey.conf", "[account a]\npassword = geheim\n",
	  "latchkey.conf:2: ", "a secret is never a value", "password-from" },
	{ "latchkey.conf", "[account a]\npassword-from = geheim\n",
	  "latchkey.conf:2: ", "password-from: the value ", "" },
	{ "latchkey.conf", "[account a]\nmatch = x.example\n",
	  "latchkey.conf:2: ", "match: this key can only stand in a "
	  "[provider]", "" },
	{ "latchkey.conf", "[account a]\nenabled = no\n", "latchkey.conf:2: ",
	  "enabled: this key can only stand in a file of mechs.d", "" },
	{ "latchkey.conf", "[provider a]\nprovider = b\n", "latchkey.conf:2: ",
	  "provider: this key can only stand in an [account]", "" },
	{ "latchkey.conf", "[provider a]\nfrom = b@c\n", "latchkey.conf:2: ",
	  "from: this key can only stand in an [account]", "" },
	{ "latchkey.conf", "[provider a]\nmatch = a.example, b.example\n",
	  "latchkey.conf:2: ", "is no list of domains", "" },
	{ "latchkey.conf", "[provider a]\nsecret-kind = app password\n",
	  "latchkey.conf:2: ", "is not password, app-password", "" },
	/* a URL that would name a command, or hide a host or a secret */
	{ "latchkey.conf", "[provider a]\noauth-token-endpoint = cmd:id\n",
	  "latchkey.conf:2: ", "does not begin with https://", "" },
	{ "latchkey.conf", "[provider a]\noauth-token-endpoint = "
	  "http://a.example\n", "latchkey.conf:2: ", "does not begin with", "" },
	{ "latchkey.conf", "[provider a]\noauth-token-endpoint = "
	  "https://a.example/`id`\n", "latchkey.conf:2: ", "no plain https", "" },
	{ "latchkey.conf", "[provider a]\noauth-device-endpoint = "
	  "https://user:pw@a.example\n", "latchkey.conf:2: ", "no user", "" },
	{ "latchkey.conf", "[provider a]\noauth-device-endpoint = "
	  "https:///etc/passwd\n", "latchkey.conf:2: ", "and a host", "" },
	{ "latchkey.conf", "[account a]\r\n", "latchkey.conf:1: ", "CR LF",
	  "sed" },
	{ "latchkey.conf", "\xef\xbb\xbf[account a]\n", "latchkey.conf:1: ",
	  "byte order mark", "sed" },
	{ "latchkey.conf", "[account a]\nuser = caf\xe9\n", "latchkey.conf:2: ",
	  "not UTF-8", "" },
	{ "latchkey.conf", "[account a]\nwhat is this\n", "latchkey.conf:2: ",
	  "neither KEY = VALUE", "# or ;" },
	{ "providers.d/a.conf", "[account a]\n", "providers.d/a.conf:1: ",
	  "an [account] cannot stand in a file of providers.d",
	  "latchkey.conf" },
	{ "providers.d/a.conf", "[prvider a]\n", "providers.d/a.conf:1: ",
	  "unknown section [prvider]", "[provider NAME]" },
	{ "mechs.d/a.conf", "[plugin a]\n", "mechs.d/a.conf:1: ",
	  "has no sections", "enabled" },
	{ "mechs.d/a.conf", "enabled = 1\n", "mechs.d/a.conf:1: ",
	  "enabled: \"1\" is not yes or no", "" },
	{ "mechs.d/a.conf", "host = x\n", "mechs.d/a.conf:1: ",
	  "host: this key can only stand in a [provider]", "" },
	{ "mechs.d/a.conf", "enabled = no\ncritical = yes\n",
	  "mechs.d/a.conf:1: ", "cannot be critical", "" },
	{ "mechs.d/A.conf", "", "mechs.d/A.conf: ", "no plugin can be called",
	  "NAME.so" },
};

static void
test_broken(void **state)
{
	char file[128], where[128];
	struct lk_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		snprintf(file, sizeof(file), "high/%s", broken[i].file);
		snprintf(where, sizeof(where), "high/%s", broken[i].at);
		put(file, broken[i].text);
		err = refused(where, broken[i].fragment);
		assert_part(err.advice, broken[i].advice);
		/* what could be a secret is not told */
		assert_null(strstr(err.sentence, "geheim"));
		assert_null(strstr(err.sentence, "user:pw"));
		assert_int_equal(lk_error_exit(err.cls), 78);
		unlink(at(file));
	}
}

static void
test_nul(void **state)
{
	static const char text[] = "[account a]\nhost = x\0y\n";

	(void)state;
	put_octets("high/latchkey.conf", text, sizeof(text) - 1);
	refused("high/latchkey.conf:2: ", "a NUL");
}

static void
test_too_large(void **state)
{
	FILE *f;

	(void)state;
	put("high/latchkey.conf", "");
	assert_int_equal(truncate(at("high/latchkey.conf"), 1 << 20), 0);
	refused("high/latchkey.conf:1: ", "longer than 4096");
	assert_int_equal(truncate(at("high/latchkey.conf"), (1 << 20) + 1), 0);
	refused("high/latchkey.conf: ", "larger than 1 MiB");
	assert_int_equal(truncate(at("high/latchkey.conf"), 10 << 20), 0);
	refused("high/latchkey.conf: ", "larger than 1 MiB");
	f = fopen(at("high/latchkey.conf"), "we");
	assert_non_null(f);
	while (ftell(f) < (1 << 20) - 16)
		fputs("# comment\n", f);
	fclose(f);
	lk_config_free(config_new());
}

static void
test_mode(void **state)
{
	struct lk_error err;

	(void)state;
	put("high/latchkey.conf", "");
	assert_int_equal(chmod(at("high/latchkey.conf"), 0664), 0);
	err = refused("high/latchkey.conf: ", "has mode 0664");
	assert_part(err.advice, "chmod go-w ");
	assert_int_equal(chmod(at("high/latchkey.conf"), 0602), 0);
	refused("high/latchkey.conf: ", "has mode 0602");
	assert_int_equal(chmod(at("high/latchkey.conf"), 0600), 0);
	lk_config_free(config_new());
}

static void
test_kind(void **state)
{
	(void)state;
	assert_int_equal(mkdir(at("high/latchkey.conf"), 0755), 0);
	refused("high/latchkey.conf: ", "is a directory, and should be a file");
	rmdir(at("high/latchkey.conf"));
	assert_int_equal(mkfifo(at("high/providers.d/a.conf"), 0600), 0);
	refused("high/providers.d/a.conf: ", "is not a regular file");
	unlink(at("high/providers.d/a.conf"));
	rmdir(at("high/mechs.d"));
	put("high/mechs.d", "");
	refused("high/mechs.d: ", "Not a directory");
	unlink(at("high/mechs.d"));
	lk_config_free(config_new());
}

static void
test_links(void **state)
{
	(void)state;
	put("low/real", "[account a]\nhost = x\n");
	assert_int_equal(symlink(at("low/real"), at("high/latchkey.conf")), 0);
	lk_config_free(config_new());
	assert_int_equal(chmod(at("low/real"), 0666), 0);
	refused("high/latchkey.conf: ", "has mode 0666");
	unlink(at("low/real"));
	refused("high/latchkey.conf: ", "No such file");
	unlink(at("high/latchkey.conf"));
	assert_int_equal(symlink("latchkey.conf", at("high/latchkey.conf")), 0);
	refused("high/latchkey.conf: ", "symbolic links");
	unlink(at("high/latchkey.conf"));
	assert_int_equal(symlink("/dev/zero", at("high/latchkey.conf")), 0);
	refused("high/latchkey.conf: ", "is not a regular file");
}

/* Root alone can give a file away. */
static void
test_owner(void **state)
{
	struct lk_error err;

	(void)state;
	if (geteuid() != 0)
		skip();
	put("high/latchkey.conf", "");
	assert_int_equal(chown(at("high/latchkey.conf"), OWNER_OTHER, 0), 0);
	err = refused("high/latchkey.conf: ", "the file is owned by uid 12345");
	assert_part(err.advice, "chown 0 ");
	unlink(at("high/latchkey.conf"));

	put("low/real", "");
	assert_int_equal(symlink(at("low/real"), at("high/latchkey.conf")), 0);
	assert_int_equal(lchown(at("high/latchkey.conf"), OWNER_OTHER, 0), 0);
	err = refused("high/latchkey.conf: ", "the link is owned by uid 12345");
	assert_part(err.advice, "chown -h 0 ");
	assert_int_equal(lchown(at("high/latchkey.conf"), 0, 0), 0);
	lk_config_free(config_new());
	assert_int_equal(chown(at("low/real"), OWNER_OTHER, 0), 0);
	refused("high/latchkey.conf: ", "the file is owned by uid 12345");
}

/* A name is shown without what it could do to a terminal. */
static void
test_name(void **state)
{
	(void)state;
	put("high/providers.d/\x1b[2J.conf", "x\n");
	refused("high/providers.d/?[2J.conf:1: ", "neither");
}

/* Only *.conf counts. */
static void
test_passed_over(void **state)
{
	(void)state;
	put("high/providers.d/README", "x");
	put("high/providers.d/a.conf~", "x");
	put("high/providers.d/a.conf.dpkg-old", "x");
	put("high/providers.d/.conf", "x");
	put("high/providers.d/.a.conf", "x");
	put("high/mechs.d/x", "x");
	lk_config_free(config_new());
}

/* A file by itself is the highest layer. */
static void
test_one(void **state)
{
	struct lk_config_options o = { .size = sizeof(o) };
	struct lk_config *config = NULL;
	struct lk_account *a;
	struct lk_error err;
	char dirs[256];

	(void)state;
	put("low/latchkey.conf", "[account default]\nhost = low.example\n");
	put("one.conf", "[account default]\nhost = one.example\n");
	put("high/mechs.d/p.conf", "enabled = no\n");
	snprintf(dirs, sizeof(dirs), "%s", at("low"));
	o.dirs = dirs;
	o.file = at("one.conf");
	assert_int_equal(lk_config_read(&config, &o, &err), 0);
	assert_int_equal(lk_account_new(&a, &err), 0);
	assert_int_equal(lk_config_account(config, NULL, NULL, a, &err), 0);
	assert_string_equal(lk_account_get(a, "host"), "one.example");
	lk_account_free(a);
	lk_config_free(config);
	o.file = at("high/mechs.d/p.conf");
	assert_int_equal(lk_config_read(&config, &o, &err), 0);
	assert_string_equal(config->plugins[0].name, "p");
	lk_config_free(config);
	put("one.conf", "enabled = no\n");
	o.file = at("one.conf");
	assert_int_equal(lk_config_read(&config, &o, &err), -1);
	assert_non_null(strstr(err.sentence, "one.conf:1: "));
	o.file = at("none.conf");
	assert_int_equal(lk_config_read(&config, &o, &err), -1);
	assert_non_null(strstr(err.sentence, "none.conf: No such file"));
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, layers_new, folder_free)
	const struct CMUnitTest tests[] = {
		TEST(test_broken), TEST(test_nul), TEST(test_too_large),
		TEST(test_mode), TEST(test_kind), TEST(test_links),
		TEST(test_name), TEST(test_passed_over), TEST(test_owner),
		TEST(test_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
