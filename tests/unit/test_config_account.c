/* Which account is meant, what lies under it, and its services.
 * SPDX-License-Identifier: MIT */
#include "layers.h"

static const char providers[] =
	"[provider big]\n"
	"match = big.example\n"
	"host = smtp.big.example\n"
	"auth = XOAUTH2 PLAIN\n"
	"login.ir = never\n"
	"imap-host = imap.big.example\n"
	"pop3-host = pop.big.example\n"
	"pop3-tls = starttls\n"
	"pop3-auth = PLAIN\n"
	"sieve-host = sieve.big.example\n"
	"sieve-port = 2000\n"
	"secret-kind = app-password\n"
	"facts = it is big\n"
	"[provider keyed]\n"
	"match = keyed.example\n"
	"host = smtp.keyed.example\n"
	"user = apikey\n"
	"advice = make a key at https://keyed.example/\n"
	"[provider mine]\n"
	"auth = PLAIN\n";

static const char accounts[] =
	"[account work]\n"
	"from = alice@work.example\n"
	"host = mail.work.example\n"
	"[account big-by-from]\n"
	"from = Alice@BIG.example\n"
	"auth = PLAIN\n"
	"[account big-by-user]\n"
	"user = bob@big.example\n"
	"[account big-by-name]\n"
	"user = carol\n"
	"provider = big\n"
	"login.ir = auto\n"
	"[account twin]\n"
	"from = twin@twin.example\n"
	"host = x\n"
	"[account twin-two]\n"
	"from = twin@twin.example\n"
	"host = x\n"
	"[account lost]\n"
	"user = dave\n"
	"[account lost-mine]\n"
	"provider = mine\n"
	"[account typo]\n"
	"provider = bgi\n"
	"[account keyed-by-from]\n"
	"from = k@keyed.example\n"
	"[account mine-by-name]\n"
	"provider = mine\n"
	"host = mail.mine.example\n"
	"from = me@mine.example\n";

static int
files(void **state)
{
	if (layers_new(state) < 0)
		return -1;
	put("low/latchkey.conf", providers);
	put("high/latchkey.conf", accounts);
	return 0;
}

static int
get(const char *name, const char *sender, struct lk_account **a,
    struct lk_error *err)
{
	struct lk_config *config = config_new();
	int r;

	assert_int_equal(lk_account_new(a, err), 0);
	memset(err, 0, sizeof(*err));
	r = lk_config_account(config, name, sender, *a, err);
	/* it does not borrow from the files */
	lk_config_free(config);
	return r;
}

/* The first that has a value is checked; NULL: it is not set. */
static const struct {
	const char *name, *sender;
	const char *host, *user, *from, *auth, *provider;
} found[] = {
	{ "work", NULL, "mail.work.example", NULL, "alice@work.example", NULL,
	  NULL },
	{ NULL, "alice@work.example", "mail.work.example", NULL,
	  "alice@work.example", NULL, NULL },
	{ NULL, "alice@big.example", "smtp.big.example",
	  "Alice@BIG.example", "Alice@BIG.example", "PLAIN", "big" },
	{ "keyed-by-from", NULL, "smtp.keyed.example", "apikey",
	  "k@keyed.example", NULL, "keyed" },
	{ "mine-by-name", NULL, "mail.mine.example", "me@mine.example",
	  "me@mine.example", "PLAIN", "mine" },
	{ "big-by-user", "x@y.example", "smtp.big.example", "bob@big.example",
	  NULL, "XOAUTH2 PLAIN", "big" },
	{ "big-by-name", NULL, "smtp.big.example", "carol", NULL,
	  "XOAUTH2 PLAIN", "big" },
	{ NULL, "eve@big.example", "smtp.big.example", "eve@big.example",
	  "eve@big.example", "XOAUTH2 PLAIN", "big" },
	{ "eve@big.example", NULL, "smtp.big.example", "eve@big.example",
	  "eve@big.example", "XOAUTH2 PLAIN", "big" },
	{ "BOB@big.example", NULL, "smtp.big.example", "bob@big.example",
	  NULL, "XOAUTH2 PLAIN", "big" },
	{ "Alice@work.example", NULL, "mail.work.example", NULL,
	  "alice@work.example", NULL, NULL },
	{ NULL, "eve@keyed.example", "smtp.keyed.example", "apikey",
	  "eve@keyed.example", NULL, "keyed" },
};

static void
is(const struct lk_account *a, const char *key, const char *value)
{
	const char *got = lk_account_get(a, key);

	if (!got != !value || (got && strcmp(got, value) != 0))
		fail_msg("%s: \"%s\", not \"%s\"", key, got ? got : "NULL",
			 value ? value : "NULL");
}

static void
test_found(void **state)
{
	struct lk_account *a;
	struct lk_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(found) / sizeof(found[0]); i++) {
		if (get(found[i].name, found[i].sender, &a, &err) < 0)
			fail_msg("%zu: %s", i, err.sentence);
		is(a, "host", found[i].host);
		is(a, "user", found[i].user);
		is(a, "from", found[i].from);
		is(a, "auth", found[i].auth);
		is(a, "provider", found[i].provider);
		is(a, "match", NULL);
		lk_account_free(a);
	}
}

static const struct {
	const char *name, *sender, *at, *fragment, *advice;
} missed[] = {
	{ "wrok", NULL, NULL, "no account is called \"wrok\"; nearest: work",
	  "latchkey accounts list" },
	{ "\x1b[2J", NULL, NULL, "no account is called \"?[2J\"", "" },
	{ NULL, NULL, NULL, "no account is called default, and none is named",
	  "/high/latchkey.conf:\n[account default]\nhost = " },
	{ NULL, "<>", NULL, "no account is called default", "" },
	{ NULL, "x@else.example", NULL, "no account has from = x@else.example, "
	  "none is called default, and no provider matches else.example",
	  "host = smtp.else.example\nuser = x@else.example" },
	{ "x@else.example", NULL, NULL, "no account has from = x@else.example, "
	  "and no provider matches else.example", "host = smtp.else.example" },
	{ NULL, "Twin@twin.example", NULL, "the accounts \"twin\" and "
	  "\"twin-two\" both have from = twin@twin.example", "-a twin-two" },
	{ "lost", NULL, "high/latchkey.conf:19: ", "the account \"lost\" has "
	  "no host, and the domain", "host = HOST, or provider = NAME" },
	{ "lost-mine", NULL, "high/latchkey.conf:21: ", "has no host",
	  "host = HOST" },
	{ "typo", NULL, "high/latchkey.conf:24: ", "no provider is called "
	  "\"bgi\"; nearest: big", "latchkey providers list" },
};

static int
count(void *ctx, const struct lk_setting *s)
{
	(void)s;
	++*(int *)ctx;
	return 0;
}

static void
test_missed(void **state)
{
	struct lk_account *a;
	struct lk_error err;
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < sizeof(missed) / sizeof(missed[0]); i++) {
		if (get(missed[i].name, missed[i].sender, &a, &err) == 0)
			fail_msg("%zu is found", i);
		assert_int_equal(err.cls, LK_E_CONFIG);
		assert_int_equal(err.stage, LK_STAGE_CONFIG);
		assert_part(err.sentence, missed[i].fragment);
		assert_part(err.advice, missed[i].advice);
		if (missed[i].at)
			assert_part(err.sentence, at(missed[i].at));
		n = 0;
		lk_account_each(a, count, &n);
		assert_int_equal(n, 0);
		lk_account_free(a);
	}
}

static void
test_default(void **state)
{
	struct lk_account *a;
	struct lk_error err;

	(void)state;
	put("low/providers.d/d.conf", "[provider d]\nhost = d.example\n");
	put("high/latchkey.conf", "[account default]\nprovider = d\n"
	    "[account me]\nfrom = me@big.example\n");
	assert_int_equal(get(NULL, NULL, &a, &err), 0);
	is(a, "host", "d.example");
	lk_account_free(a);
	/* before the provider of the sender's domain */
	assert_int_equal(get(NULL, "x@big.example", &a, &err), 0);
	is(a, "host", "d.example");
	lk_account_free(a);
	assert_int_equal(get(NULL, "me@big.example", &a, &err), 0);
	is(a, "host", "smtp.big.example");
	lk_account_free(a);
	/* what is offered can be pasted beside it */
	assert_int_equal(get("x@else.example", NULL, &a, &err), -1);
	assert_non_null(strstr(err.advice, "\n[account else.example]\n"
			       "host = smtp.else.example\n"
			       "from = x@else.example\n"
			       "user = x@else.example"));
	lk_account_free(a);
	/* but who is named is meant */
	assert_int_equal(get("x@big.example", NULL, &a, &err), 0);
	is(a, "host", "smtp.big.example");
	lk_account_free(a);
}

static int
find_place(void *ctx, const struct lk_setting *s)
{
	const struct lk_setting *wanted = ctx;

	if (strcmp(s->key, wanted->key) != 0)
		return 0;
	assert_string_equal(s->value, wanted->value);
	if (wanted->file)
		assert_string_equal(s->file, at(wanted->file));
	else
		assert_null(s->file);
	assert_int_equal(s->line, wanted->line);
	return 1;
}

static void
test_places(void **state)
{
	static const struct lk_setting settings[] = {
		{ "user", "carol", "high/latchkey.conf", 10 },
		{ "host", "smtp.big.example", "low/latchkey.conf", 3 },
		{ "provider", "big", "high/latchkey.conf", 11 },
		{ "login.ir", "auto", "high/latchkey.conf", 12 },
		{ "port", "2525", NULL, 0 },
		{ "auth", "LOGIN", NULL, 0 },
	};
	struct lk_account *a;
	struct lk_error err;
	size_t i;

	(void)state;
	assert_int_equal(get("big-by-name", NULL, &a, &err), 0);
	assert_int_equal(lk_account_set(a, "port", "2525", &err), 0);
	assert_int_equal(lk_account_set(a, "auth", "LOGIN", &err), 0);
	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		struct lk_setting wanted = settings[i];

		lk_account_each(a, find_place, &wanted);
	}
	lk_account_free(a);
	/* the line that it is from is that of its from */
	assert_int_equal(get("big-by-from", NULL, &a, &err), 0);
	lk_account_each(a, find_place, &(struct lk_setting){
			"user", "Alice@BIG.example", "high/latchkey.conf", 5 });
	lk_account_free(a);
}

static void
test_login(void **state)
{
	struct lk_login login = { .size = sizeof(login) };
	struct lk_account *a;
	struct lk_error err;

	(void)state;
	assert_int_equal(get("big-by-name", NULL, &a, &err), 0);
	lk_account_login(a, &login);
	assert_string_equal(login.host, "smtp.big.example");
	assert_int_equal(login.port, 587);
	assert_string_equal(login.params[0], "login.ir=auto");
	assert_null(login.params[1]);
	assert_part(login.advice, "takes an app password");
	is(a, "secret-kind", "app-password");
	is(a, "facts", "it is big");
	is(a, "advice", NULL);
	lk_account_free(a);

	assert_int_equal(get(NULL, "x@keyed.example", &a, &err), 0);
	lk_account_login(a, &login);
	assert_string_equal(login.advice, "make a key at "
			    "https://keyed.example/");
	lk_account_free(a);

	assert_int_equal(get("work", NULL, &a, &err), 0);
	lk_account_login(a, &login);
	assert_null(login.advice);
	lk_account_free(a);
}

static const struct {
	const char *service, *host, *port, *tls, *auth;
} services[] = {
	{ "imap", "imap.big.example", "993", "implicit", "XOAUTH2 PLAIN" },
	{ "pop3", "pop.big.example", "110", "starttls", "PLAIN" },
	{ "sieve", "sieve.big.example", "2000", "starttls", "XOAUTH2 PLAIN" },
};

static void
test_service(void **state)
{
	struct lk_account *a;
	struct lk_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		assert_int_equal(get("big-by-name", NULL, &a, &err), 0);
		assert_int_equal(lk_account_set(a, "port", "25", &err), 0);
		assert_int_equal(lk_account_set(a, "socket", "/s", &err), 0);
		if (lk_account_service(a, services[i].service, &err) < 0)
			fail_msg("%s", err.sentence);
		is(a, "host", services[i].host);
		is(a, "port", services[i].port);
		is(a, "tls", services[i].tls);
		is(a, "auth", services[i].auth);
		is(a, "socket", NULL);
		is(a, "user", "carol");
		lk_account_free(a);
	}
	assert_int_equal(get("big-by-name", NULL, &a, &err), 0);
	assert_int_equal(lk_account_service(a, "ldap", &err), -1);
	assert_int_equal(err.cls, LK_E_CONFIG);
	assert_part(err.sentence, "the account has no ldap-host");
	is(a, "host", "smtp.big.example");
	assert_int_equal(lk_account_service(a, "nntp", &err), -1);
	assert_int_equal(err.cls, LK_E_USAGE);
	assert_int_equal(lk_account_set(a, "ldap-host", "ldap.x", &err), 0);
	assert_int_equal(lk_account_service(a, "ldap", &err), 0);
	is(a, "port", "389");
	lk_account_free(a);
}

/* What only a file may say. */
static void
test_program(void **state)
{
	static const char *const keys[][2] = {
		{ "provider", "big" }, { "match", "x.example" },
		{ "advice", "x" }, { "facts", "x" }, { "enabled", "no" },
		{ "critical", "yes" }, { "secret-kind", "token" },
	};
	struct lk_account *a;
	struct lk_error err;
	size_t i;

	(void)state;
	assert_int_equal(lk_account_new(&a, &err), 0);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		assert_int_equal(lk_account_set(a, keys[i][0], keys[i][1],
						&err), -1);
		assert_int_equal(err.cls, LK_E_CONFIG);
		assert_part(err.sentence, "this key can only stand in a");
		is(a, keys[i][0], NULL);
	}
	assert_int_equal(lk_account_set(a, "proivder", "x", &err), -1);
	assert_null(strstr(err.sentence, "nearest: provider"));
	lk_account_free(a);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, files, folder_free)
	const struct CMUnitTest tests[] = {
		TEST(test_found), TEST(test_missed), TEST(test_default),
		TEST(test_places), TEST(test_login), TEST(test_service),
		TEST(test_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
