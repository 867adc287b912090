/* What a login says about mechanisms by name, and what becomes of it.
 * SPDX-License-Identifier: MIT */
#include "dialogue.h"
#include "place.h"

#define LIST LK_TEST_BUILD_DIR "/test-plugins/list"

/* Two plugins, however many are built. */
static int
fresh_host(void **state)
{
	static const char *const names[] = { "login.so", "plain.so" };
	char from[4096], to[64];
	unsigned char *data;
	size_t i, len;

	if (place_new(state) < 0)
		return -1;
	for (i = 0; i < 2; i++) {
		snprintf(from, sizeof(from), "%s/%s", PLUGINS, names[i]);
		snprintf(to, sizeof(to), "a/%s", names[i]);
		data = slurp(from, &len);
		spill(to, data, len);
		free(data);
	}
	*state = new_host(at("a"));
	return 0;
}

static int
free_all(void **state)
{
	free_host(state);
	return folder_free(state);
}

static void
test_settings(void **state)
{
	static const struct {
		const char *auth, *param, *sentence, *advice;
	} rows[] = {
		{ "plian", NULL, "called \"plian\"", "\"plain\"" },
		{ "PLIAN", NULL, "called \"PLIAN\"", "\"PLAIN\"" },
		{ "Login", NULL, "called \"Login\"", "\"login\"" },
		{ "plain, xyzzy", NULL, "installed: login login-ir plain",
		  "install a plugin" },
		{ "* plain", NULL, "\"*\" is not the last", "" },
		{ "!plian *", NULL, "\"plian\"", "\"plain\"" },
		{ "plain !", NULL, "\"\"", "" },
		{ NULL, "plian.ir=never", "plian", "plain.ir" },
		{ NULL, "plain.ir=maybe", "not auto or never", "" },
		{ NULL, "plain.colour=red", "no parameter \"colour\"", "" },
		{ NULL, "plain", "ID.NAME=VALUE", "" },
	};
	const char *params[2] = { NULL, NULL };
	struct dialogue d;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		dialogue_init(&d, *state);
		params[0] = rows[i].param;
		d.login.auth = rows[i].auth;
		d.login.params = params;
		assert_int_equal(lk_auth_new(&d.auth, d.host, &d.login,
					     lk_profile_smtp(), &d.err), -1);
		assert_int_equal(d.err.cls, LK_E_CONFIG);
		if (!strstr(d.err.sentence, rows[i].sentence))
			fail_msg("row %zu: %s", i, d.err.sentence);
		if (!strstr(d.err.advice, rows[i].advice))
			fail_msg("row %zu: advice %s", i, d.err.advice);
	}
	dialogue_init(&d, *state);
	d.login.auth = "!gssapi !KERBEROS_V4 *";
	dialogue_open(&d, "");
	lk_auth_free(d.auth);
}

/* ---- why ---------------------------------------------------------------- */

static void
list(void *ctx, const struct lk_mech_info *info, const char *reason)
{
	char line[256];

	snprintf(line, sizeof(line), "%s%s%s", info->record->id,
		 *reason ? ": " : "", reason);
	add(ctx, 1024, line);
}

static void
test_why(void **state)
{
	struct lk_facts facts = { .size = sizeof(facts), .flags = TLS };
	char text[1024] = "";
	struct dialogue d;

	dialogue_init(&d, *state);
	dialogue_open(&d, "");
	lk_auth_why(d.auth, &facts, "login xoauth2", list, text);
	assert_string_equal(text, "login|login-ir|plain: not offered by the "
			    "server");
	*text = '\0';
	facts.flags = 0;
	lk_auth_why(d.auth, &facts, "LOGIN", list, text);
	assert_string_equal(text, "plain: not offered by the server|login: "
			    "plaintext mechanism on an unencrypted connection|"
			    "login-ir: plaintext mechanism on an unencrypted "
			    "connection");
	lk_auth_free(d.auth);
}

/* A list that is known at run time only: loaded for what nobody else says. */
static void
test_run_time_list(void **state)
{
	struct lk_host *host = new_host(LIST ":" PLUGINS);
	struct dialogue d;

	(void)state;
	dialogue_init(&d, host);
	d.offered = "PLAIN TWO";
	dialogue_run(&d, "504 no|235 ok");
	assert_non_null(strstr(d.said, "|AUTH TWO"));
	assert_string_equal(d.result.id, "list-two");
	lk_host_free(host);

	host = new_host(LIST ":" PLUGINS);
	dialogue_init(&d, host);
	d.offered = "PLAIN ONE TWO";
	d.login.auth = "list-one";
	dialogue_run(&d, "235 ok");
	assert_string_equal(d.said, "AUTH ONE T05FMw==");
	/* loaded or not, it ranks behind what is in a note */
	d.login.auth = NULL;
	dialogue_run(&d, "235 ok");
	assert_string_equal(d.result.id, "plain");
	lk_host_free(host);

	host = new_host(LIST);
	dialogue_init(&d, host);
	d.offered = "THREE";
	dialogue_run(&d, "");
	assert_int_equal(d.err.cls, LK_E_NO_MECH);
	assert_non_null(strstr(d.err.sentence, "list-one: not offered"));
	lk_host_free(host);
}

/* Their parameters: known before the list is, and after. */
static void
test_run_time_params(void **state)
{
	static const struct {
		const char *param, *before, *after;
	} rows[] = {
		{ "list-one.depth=9", "", "" },
		{ "list-one.depth=10", "10", "10" },
		{ "list-one.dept=9", "did you mean list-one.depth?",
		  "did you mean list-one.depth?" },
		{ "list-two.depth=9", "", "no parameter \"depth\"" },
		{ "list-six.depth=9", "", "called \"list-six\"" },
		{ "list-*.depth=9", "for each mechanism", "for each mech" },
	};
	struct lk_host *host = new_host(LIST);
	const char *params[2] = { NULL, NULL };
	struct dialogue d;
	const char *want;
	size_t i;
	int loaded, r;

	(void)state;
	for (loaded = 0; loaded < 2; loaded++) {
		for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
			want = loaded ? rows[i].after : rows[i].before;
			dialogue_init(&d, host);
			params[0] = rows[i].param;
			d.login.params = params;
			r = lk_auth_new(&d.auth, d.host, &d.login,
					lk_profile_smtp(), &d.err);
			if ((r < 0) != !!*want ||
			    (r < 0 && !strstr(d.err.sentence, want) &&
			     !strstr(d.err.advice, want)))
				fail_msg("%s, loaded %d: %s", params[0],
					 loaded, d.err.sentence);
			if (r == 0)
				lk_auth_free(d.auth);
		}
		assert_int_equal(lk_host_preload(host, NULL, &d.err), 0);
	}
	lk_host_free(host);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fresh_host, free_all)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_run_time_list),
		T(test_run_time_params),
		T(test_settings),
		T(test_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
