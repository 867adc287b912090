/* Configuration files: layers, names, and what the host gets of them.
 * SPDX-License-Identifier: MIT */
#include "layers.h"

#include "conf/config.h"

#include <glob.h>
#include <stdbool.h>

/* What was seen, "key=value FILE:LINE\n", files without the place. */
static char seen[4096];

static int
see(void *ctx, const struct lk_setting *s)
{
	const size_t n = strlen(seen);

	(void)ctx;
	snprintf(seen + n, sizeof(seen) - n, "%s=%s %s:%u\n", s->key, s->value,
		 s->file ? s->file + strlen(place) + 1 : "-", s->line);
	return 0;
}

static int
see_name(void *ctx, const char *name)
{
	const size_t n = strlen(seen);

	(void)ctx;
	snprintf(seen + n, sizeof(seen) - n, "%s ", name);
	return 0;
}

static const char *
show(const struct lk_config *config, int32_t kind, const char *name)
{
	struct lk_error err;

	*seen = '\0';
	if (lk_config_show(config, kind, name, see, NULL, &err) < 0)
		fail_msg("%s", err.sentence);
	return seen;
}

static const char *
names(const struct lk_config *config, int32_t kind)
{
	*seen = '\0';
	lk_config_each(config, kind, see_name, NULL);
	return seen;
}

static void
test_layers(void **state)
{
	struct lk_config *c;
	struct lk_error err;

	(void)state;
	put("low/providers.d/b.conf", "[provider big]\nhost = smtp.big\n"
	    "port = 587\nmatch = big.example\nx.y = 1\nx.z = 1\n");
	put("low/latchkey.conf", "[provider aaa]\nhost = aaa\n");
	put("high/latchkey.conf", "[provider big]\nport = 2525\nx.z = 2\n"
	    "[account me]\nprovider = big\n");
	c = config_new();
	assert_string_equal(show(c, LK_CONFIG_PROVIDERS, "big"),
			    "host=smtp.big low/providers.d/b.conf:2\n"
			    "port=2525 high/latchkey.conf:2\n"
			    "match=big.example low/providers.d/b.conf:4\n"
			    "x.y=1 low/providers.d/b.conf:5\n"
			    "x.z=2 high/latchkey.conf:3\n");
	assert_string_equal(show(c, LK_CONFIG_ACCOUNTS, "me"),
			    "provider=big high/latchkey.conf:5\n");
	assert_string_equal(names(c, LK_CONFIG_PROVIDERS), "aaa big ");
	assert_string_equal(names(c, LK_CONFIG_ACCOUNTS), "me ");
	assert_string_equal(names(c, LK_CONFIG_PLUGINS), "");
	assert_int_equal(lk_config_show(c, LK_CONFIG_PROVIDERS, "bgi", see,
					NULL, &err), -1);
	assert_part(err.sentence, "no provider is called \"bgi\"; nearest: big");
	assert_int_equal(lk_config_show(c, 4, "big", see, NULL, &err), -1);
	assert_part(err.sentence, "4 is no kind");
	assert_int_equal(err.cls, LK_E_USAGE);
	lk_config_free(c);
}

static void
test_twice(void **state)
{
	(void)state;
	put("high/providers.d/a.conf", "[provider x]\nhost = a\n");
	put("high/providers.d/b.conf", "\n[provider x]\nhost = b\n");
	refused("high/providers.d/b.conf:2: ", "providers.d/a.conf:1 already");
	/* in another layer it is the same one */
	assert_int_equal(rename(at("high/providers.d/a.conf"),
				at("low/providers.d/a.conf")), 0);
	lk_config_free(config_new());
}

static void
test_match(void **state)
{
	struct lk_config *c;

	(void)state;
	put("high/providers.d/a.conf", "[provider a]\n"
	    "match = one.example Two.Example\n");
	put("high/providers.d/b.conf", "[provider b]\n"
	    "match = three.example\tTWO.example\n");
	refused("high/providers.d/b.conf:2: ", "match: TWO.example is matched "
		"by the provider \"a\" already, in ");
	assert_int_equal(rename(at("high/providers.d/a.conf"),
				at("low/providers.d/a.conf")), 0);
	c = config_new();
	assert_string_equal(lk_config_provider_of(c, "x@two.example"), "b");
	assert_string_equal(lk_config_provider_of(c, "x@ONE.example"), "a");
	assert_string_equal(lk_config_provider_of(c, "\"@one.example\"@"
						  "three.example"), "b");
	assert_null(lk_config_provider_of(c, "x@sub.one.example"));
	assert_null(lk_config_provider_of(c, "x@one.exampl"));
	assert_null(lk_config_provider_of(c, "one.example"));
	lk_config_free(c);
}

static void
test_match_moved(void **state)
{
	struct lk_config *c;

	(void)state;
	put("low/providers.d/a.conf", "[provider a]\nmatch = a.example\n"
	    "host = smtp.a\nimap-host = imap.a\n");
	put("high/latchkey.conf", "[provider a]\nmatch = b.example\n");
	c = config_new();
	assert_null(lk_config_provider_of(c, "x@a.example"));
	assert_string_equal(lk_config_provider_of(c, "x@b.example"), "a");
	assert_string_equal(lk_config_provider_of(c, "SMTP.a"), "a");
	assert_string_equal(lk_config_provider_of(c, "imap.a"), "a");
	assert_null(lk_config_provider_of(c, "pop.a"));
	lk_config_free(c);
}

/* What a higher layer says of a provider that a lower one defines so. */
static const struct {
	const char *low, *high;
	bool is_weaker;
} weaker[] = {
	{ "", "tls = none", true },
	{ "", "tls = opportunistic", true },
	{ "tls = implicit", "tls = none", true },
	{ "tls = opportunistic", "tls = none", true },
	{ "", "insecure-no-verify = yes", true },
	{ "", "insecure-plaintext = yes", true },
	{ "imap-tls = starttls", "imap-tls = none", true },
	{ "", "pop3-tls = opportunistic", true },
	{ "", "ldap-tls = none", true },
	{ "", "sieve-tls = none", true },
	{ "tls = implicit", "tls = starttls", false },
	{ "tls = none", "tls = none", false },
	{ "tls = none", "tls = opportunistic", false },
	{ "tls = none", "tls = starttls", false },
	{ "insecure-plaintext = yes", "insecure-plaintext = yes", false },
	{ "insecure-plaintext = yes", "insecure-plaintext = no", false },
	{ "", "fallback-to-plaintext = yes", false },
	{ "", "port = 25", false },
};

static void
test_weaker(void **state)
{
	struct lk_error err;
	char text[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(weaker) / sizeof(weaker[0]); i++) {
		snprintf(text, sizeof(text), "[provider p]\nhost = x\n%s\n",
			 weaker[i].low);
		put("low/providers.d/p.conf", text);
		snprintf(text, sizeof(text), "[provider p]\n%s\n",
			 weaker[i].high);
		put("high/latchkey.conf", text);
		if (!weaker[i].is_weaker) {
			lk_config_free(config_new());
			continue;
		}
		err = refused("high/latchkey.conf:2: ", "takes TLS away from "
			      "the provider \"p\", which ");
		assert_part(err.sentence, "low/providers.d/p.conf:1 defines");
		assert_part(err.sentence, weaker[i].high);
		assert_part(err.advice, "[provider my-p]");
	}
	/* one's own, and an account, may */
	put("high/latchkey.conf", "[provider my-p]\nhost = x\ntls = none\n"
	    "[account a]\nprovider = p\ntls = none\n");
	lk_config_free(config_new());
}

static void
test_plugins(void **state)
{
	struct lk_config *c;
	struct lk_error err;

	(void)state;
	put("low/mechs.d/one.conf", "critical = yes\none.a = 1\n");
	put("high/mechs.d/one.conf", "critical = no\none.b = 2\n");
	put("high/mechs.d/two.conf", "enabled = no\n");
	put("high/mechs.d/three.conf", "# nothing\n");
	put("high/latchkey.conf", "this is not read\n");
	if (read_flags(&c, LK_CONFIG_PLUGINS_ONLY, &err) < 0)
		fail_msg("%s", err.sentence);
	assert_string_equal(c->plugins[0].name, "one");
	assert_int_equal(c->plugins[0].flags, 0);
	assert_string_equal(c->plugins[1].name, "three");
	assert_int_equal(c->plugins[1].flags, 0);
	assert_string_equal(c->plugins[2].name, "two");
	assert_int_equal(c->plugins[2].flags, LK_SETTING_DISABLED);
	assert_null(c->plugins[3].name);
	assert_string_equal(c->params[0], "one.a=1");
	assert_string_equal(c->params[1], "one.b=2");
	assert_null(c->params[2]);
	assert_string_equal(c->places[0] + strlen(place) + 1,
			    "low/mechs.d/one.conf:2");
	assert_string_equal(c->places[1] + strlen(place) + 1,
			    "high/mechs.d/one.conf:2");
	assert_null(c->places[2]);
	assert_string_equal(show(c, LK_CONFIG_PLUGINS, "one"),
			    "critical=no high/mechs.d/one.conf:1\n"
			    "one.a=1 low/mechs.d/one.conf:2\n"
			    "one.b=2 high/mechs.d/one.conf:2\n");
	lk_config_free(c);

	put("high/latchkey.conf", "");
	put("high/mechs.d/two.conf", "one.a = 3\n");
	refused("high/mechs.d/two.conf:1: ", "one.a: is in the file of the "
		"plugin one already");
	put("high/mechs.d/two.conf", "critical = yes\n");
	put("low/mechs.d/two.conf", "enabled = no\n");
	refused("low/mechs.d/two.conf:1: ", "cannot be critical then, as ");
}

static void
test_params_max(void **state)
{
	char text[8192] = "[account a]\n";
	size_t i, n = strlen(text);

	(void)state;
	for (i = 0; i < 257; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      "x.p%zu = 1\n", i);
	put("high/latchkey.conf", text);
	refused("high/latchkey.conf:258: ", "more than 256 parameters");
}

/* ---- which directories ------------------------------------------------ */

static void
is_read(const char *account, const char *value)
{
	struct lk_config *c;
	struct lk_error err;

	if (lk_config_read(&c, NULL, &err) < 0)
		fail_msg("%s", err.sentence);
	assert_part(show(c, LK_CONFIG_ACCOUNTS, account), value);
	lk_config_free(c);
}

static void
test_environment(void **state)
{
	struct lk_config_options o = { .size = sizeof(o), .dirs = "x:/y" };
	struct lk_config *c;
	struct lk_error err;
	char dirs[256];

	(void)state;
	put("low/latchkey.conf", "[account a]\nhost = low\n");
	put("high/latchkey.conf", "[account a]\nhost = high\n");
	unsetenv("LATCHKEY_CONFIG_DIR");
	setenv("HOME", place, 1);
	setenv("XDG_CONFIG_HOME", place, 1);
	assert_int_equal(rename(at("low"), at("latchkey")), 0);
	is_read("a", "host=low ");
	unsetenv("XDG_CONFIG_HOME");
	mkdir(at(".config"), 0755);
	assert_int_equal(rename(at("latchkey"), at(".config/latchkey")), 0);
	is_read("a", "host=low ");
	setenv("XDG_CONFIG_HOME", "relative", 1);
	is_read("a", "host=low ");
	setenv("XDG_CONFIG_HOME", "/dev/null", 1);
	assert_int_equal(lk_config_read(&c, NULL, &err), 0);
	lk_config_free(c);
	unsetenv("XDG_CONFIG_HOME");
	setenv("HOME", "/dev/null", 1);
	assert_int_equal(lk_config_read(&c, NULL, &err), 0);
	lk_config_free(c);
	setenv("HOME", place, 1);
	snprintf(dirs, sizeof(dirs), "/nowhere:%s", at("high"));
	setenv("LATCHKEY_CONFIG_DIR", dirs, 1);
	is_read("a", "host=high ");

	setenv("LATCHKEY_CONFIG_DIR", "/nowhere:some", 1);
	assert_int_equal(lk_config_read(&c, NULL, &err), -1);
	assert_int_equal(err.cls, LK_E_CONFIG);
	assert_part(err.sentence, "LATCHKEY_CONFIG_DIR: \"some\" is no "
		    "absolute path");
	unsetenv("LATCHKEY_CONFIG_DIR");
	assert_int_equal(lk_config_read(&c, &o, &err), -1);
	assert_int_equal(err.cls, LK_E_USAGE);
	o.dirs = "/nowhere";
	o.flags = 0x10000;
	assert_int_equal(lk_config_read(&c, &o, &err), -1);
	assert_part(err.sentence, "unknown critical flags");
}

/* With modes of its own: those of a checkout are its owner's matter. */
static void
copy_shipped(const char *file)
{
	char text[16384], name[300];
	FILE *f = fopen(file, "re");
	size_t n;

	if (!f)
		fail_msg("%s: %m", file);
	n = fread(text, 1, sizeof(text), f);
	assert_in_range(n, 1, sizeof(text) - 1);
	fclose(f);
	snprintf(name, sizeof(name), "low/providers.d%s", strrchr(file, '/'));
	put_octets(name, text, n);
}

/* What is shipped is read, matches and weakens nothing. */
static void
test_shipped(void **state)
{
	struct lk_config *c;
	glob_t files;
	size_t i;

	(void)state;
	assert_int_equal(glob(LK_TEST_SOURCE_DIR "/core/providers.d/*.conf", 0,
			      NULL, &files), 0);
	for (i = 0; i < files.gl_pathc; i++)
		copy_shipped(files.gl_pathv[i]);
	globfree(&files);
	c = config_new();
	assert_string_equal(lk_config_provider_of(c, "x@gmail.com"), "gmail");
	assert_string_equal(names(c, LK_CONFIG_ACCOUNTS), "");
	lk_config_free(c);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, layers_new, folder_free)
	const struct CMUnitTest tests[] = {
		TEST(test_layers), TEST(test_twice), TEST(test_match),
		TEST(test_match_moved), TEST(test_weaker), TEST(test_plugins),
		TEST(test_params_max), TEST(test_environment),
		TEST(test_shipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
