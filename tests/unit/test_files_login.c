/* From the files to a login. SPDX-License-Identifier: MIT */
#include "layers.h"

#define TLS (LK_FACT_ENCRYPTED | LK_FACT_VERIFIED)
#define CONF "[account me]\nuser = alice\nhost = smtp.example\n" \
	     "imap-host = imap.example\nimap-port = 1143\n" \
	     "pop3-host = pop.example\nsieve-host = sieve.example\n" \
	     "ldap-host = ldap.example\npassword-from = cmd:echo secret\n"
#define PLAIN64 "AGFsaWNlAHNlY3JldA=="

static struct lk_host *
host_new(const struct lk_config *config,
	 const struct lk_host_options *options)
{
	struct lk_host *host = NULL;
	struct lk_error err;

	if (lk_config_host(&host, config, options, &err) < 0)
		fail_msg("%s", err.sentence);
	return host;
}

/* ---- the host ------------------------------------------------------------ */

static int
count_disabled(void *ctx, const struct lk_mech_info *info)
{
	*(int *)ctx += strstr(info->reason, "disabled") != NULL ||
		       strstr(info->reason, "enabled = no") != NULL;
	return 0;
}

static void
on_log(void *ctx, uint32_t level, const char *text)
{
	(void)level;
	(void)text;
	++*(int *)ctx;
}

/* What mechs.d says, and of what the program says all else; also of one that
 * was built when the struct was shorter. */
static void
test_host(void **state)
{
	static const char *const params[] = { "nobody.asked=1", NULL };
	int logged = 0, disabled = 0;
	struct lk_host_options o = {
		.size = sizeof(o), .program = "test", .log = on_log,
		.log_ctx = &logged, .params = params,
	};
	struct lk_config *config;
	struct lk_host *host;

	(void)state;
	put("high/mechs.d/plain.conf", "enabled = no\n");
	config = config_new();
	host = host_new(config, NULL);
	lk_host_each(host, count_disabled, &disabled);
	assert_int_equal(disabled, 1);
	lk_host_free(host);
	o.size = offsetof(struct lk_host_options, preloaded);
	host = host_new(config, &o);
	lk_host_each(host, count_disabled, &disabled);
	assert_int_equal(disabled, 2);
	assert_ptr_equal(o.params, params);
	lk_host_free(host);
	lk_config_free(config);
}

/* ---- the login ------------------------------------------------------------ */

static const struct row {
	const char *service, *host;
	uint32_t port;
	const char *line;
	size_t len;
} rows[] = {
	{ "smtp", "smtp.example", 587, "AUTH PLAIN " PLAIN64, 31 },
	{ "imap", "imap.example", 1143, "AUTHENTICATE PLAIN " PLAIN64, 39 },
	{ "pop3", "pop.example", 995, "AUTH PLAIN " PLAIN64, 31 },
	{ "sieve", "sieve.example", 4190,
	  "AUTHENTICATE \"PLAIN\" \"" PLAIN64 "\"", 43 },
	{ "ldap", "ldap.example", 389, "\0alice\0secret", 13 },
};

static void
test_services(void **state)
{
	struct lk_facts facts = { .size = sizeof(facts), .flags = TLS };
	struct lk_config *config;
	struct lk_auth_want w = { .size = sizeof(w) };
	struct lk_account *a;
	struct lk_auth *auth;
	struct lk_host *host;
	struct lk_error err;
	size_t i;

	(void)state;
	put("high/latchkey.conf", CONF);
	config = config_new();
	host = host_new(config, NULL);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *r = &rows[i];

		if (lk_account_open(&a, config, "me", r->service, &err) < 0 ||
		    lk_account_auth(&auth, a, host, &err) < 0)
			fail_msg("%s", err.sentence);
		assert_string_equal(lk_account_get(a, "host"), r->host);
		assert_int_equal(lk_account_number(a, "port"), r->port);
		facts.peer_name = r->host;
		lk_auth_begin(auth, &facts, "SASL-IR PLAIN AUTH=PLAIN");
		if (lk_auth_await(auth, 20000, &w, &err) != 1)
			fail_msg("%s: %s", r->service, err.sentence);
		assert_int_equal(w.kind, LK_AUTH_SEND);
		if (w.line.len != r->len ||
		    memcmp(w.line.data, r->line, r->len) != 0)
			fail_msg("%s: %zu octets: %.*s", r->service,
				 w.line.len, (int)w.line.len,
				 (const char *)w.line.data);
		lk_auth_free(auth);
		lk_account_free(a);
	}
	lk_host_free(host);
	lk_config_free(config);
}

/* Nothing is made that would have to be freed. */
static void
test_no_such(void **state)
{
	static const char *const bad[][2] = {
		{ "you", "smtp" }, { "me", "nntp" }, { "you", "imap" },
	};
	struct lk_account *a = NULL;
	struct lk_config *config;
	struct lk_error err;
	size_t i;

	(void)state;
	put("high/latchkey.conf", CONF);
	config = config_new();
	for (i = 0; i < 3; i++) {
		assert_int_equal(lk_account_open(&a, config, bad[i][0],
						 bad[i][1], &err), -1);
		assert_null(a);
		assert_int_equal(err.stage, LK_STAGE_CONFIG);
	}
	/* the only one there is */
	assert_int_equal(lk_account_open(&a, config, "me", "smtp", NULL), 0);
	lk_account_free(a);
	lk_config_free(config);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, layers_new, folder_free)
	const struct CMUnitTest tests[] = {
		TEST(test_host), TEST(test_services), TEST(test_no_such),
	};

	setenv("LATCHKEY_PLUGIN_PATH", LK_TEST_BUILD_DIR "/plugins", 1);
	setenv("XDG_DATA_HOME", "/nonexistent", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
