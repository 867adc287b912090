/* What is said of a login that failed, and what is left out.
 * SPDX-License-Identifier: MIT */
#include "dialogue.h"

#include "base/error.h"

#define LIST LK_TEST_BUILD_DIR "/test-plugins/list"
#define HERE "make an app password at https://example.com/app"

static int32_t
give_nothing(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
	     struct lk_error *err)
{
	(void)ctx;
	(void)ask;
	(void)to;
	lk_fail(err, LK_E_NOPROP, "the file /x is not there");
	lk_advise(err, "touch /x");
	return LK_E_NOPROP;
}

/* Where it stands and where it does not; "|" parts texts. */
static void
check(size_t row, const struct lk_error *err, const char *says,
      const char *silent)
{
	char part[256];
	const char *lists[2] = { says, silent }, *at;
	size_t i, n;

	for (i = 0; i < 2; i++)
		for (at = lists[i]; *at; at += n + (at[n] == '|')) {
			n = strcspn(at, "|");
			snprintf(part, sizeof(part), "%.*s", (int)n, at);
			if (!strstr(err->sentence, part) !=
			    (lists[i] == silent))
				fail_msg("row %zu: %s\n%s", row, part,
					 err->sentence);
		}
}

/* ---- a list that is known at run time, and that nobody asked ------------- */

static void
test_idle_list(void **state)
{
	static const struct {
		const char *dirs, *offered, *auth, *server, *says, *silent;
	} rows[] = {
		/* all that is offered is known without it */
		{ LIST ":" PLUGINS, "PLAIN", NULL, "535 no", "plain: the server",
		  "list-*" },
		{ LIST ":" PLUGINS, "PLAIN", "login", "",
		  "plain: not in auth", "list-*" },
		{ LIST ":" PLUGINS, "", NULL, "", "it offers no mechanism",
		  "list-*" },
		/* it was asked */
		{ LIST ":" PLUGINS, "X-NEW", NULL, "", "others are not offered",
		  "list-*" },
		/* there is nothing else */
		{ LIST, "", NULL, "", "a list that is only known at run time",
		  "list-one" },
	};
	struct dialogue d;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		dialogue_init(&d, new_host(rows[i].dirs));
		d.offered = rows[i].offered;
		d.login.auth = rows[i].auth;
		dialogue_run(&d, rows[i].server);
		check(i, &d.err, rows[i].says, rows[i].silent);
		lk_host_free(d.host);
	}
}

/* ---- who knows the provider ---------------------------------------------- */

/* A list of a provider whose ways are known is not to be left. */
static void
test_list_of_a_provider(void **state)
{
	static const char *const params[] = {
		"scripted.script=start:send=password", NULL
	};
	static const struct {
		const char *auth, *own;
		bool leads_on;
	} rows[] = {
		{ "scripted", HERE, false }, { "scripted", NULL, true },
		/* nobody chose */
		{ NULL, HERE, true },
	};
	struct dialogue d;
	bool leads_on;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		dialogue_init(&d, new_host(SCRIPTED));
		d.login.params = params;
		d.login.auth = rows[i].auth;
		d.login.advice = rows[i].own;
		d.offered = rows[i].auth ? "SCRIPTED STRONG"
					 : "SCRIPTED NOBODY";
		dialogue_run(&d, "535 no");
		leads_on = strstr(d.err.advice, "-o auth=") != NULL;
		if (leads_on != rows[i].leads_on)
			fail_msg("row %zu: %s\n%s", i, d.err.sentence,
				 d.err.advice);
		lk_host_free(d.host);
	}
}

/* ---- words that name nothing ---------------------------------------------- */

static void
test_unknown_words(void **state)
{
	static const struct {
		const char *offered, *auth, *server;
		int32_t cls;
		const char *says, *silent, *advice;
	} rows[] = {
		/* it comes first where nothing was tried */
		{ "LOGIN", "PLAN", "", LK_E_NO_MECH, "it offers LOGIN\nauth: no "
		  "installed mechanism is called \"PLAN\"; nearest: PLAIN\n|"
		  "login: not in auth", "", "-o auth=login" },
		{ "PLAIN", "PLAN", "", LK_E_NO_MECH, "nearest: PLAIN\n", "",
		  "-o auth=PLAIN" },
		{ "LOGIN", "DIGEST-X", "", LK_E_NO_MECH, "\nauth: \"DIGEST-X\": "
		  "only list-* may have it, and the server does not offer it\n",
		  "installed", "" },
		{ "XOAUTH2", "PLAN XOAUTH2 LOGNI !PLIAN", "", LK_E_NOPROP,
		  "XOAUTH2\nauth: no installed mechanism is called \"PLAN\"|"
		  "\"LOGNI\"; nearest: LOGIN\n|xoauth2: no token source",
		  "PLIAN", "" },
		/* not where the others work */
		{ "PLAIN", "PLAN PLAIN", "235 ok", 0, "", "", "" },
		/* and last where they were refused */
		{ "PLAIN", "PLAN PLAIN", "535 no", LK_E_CREDENTIALS,
		  "plain: the server refused it: 535 no\nauth: no installed",
		  "", "" },
		{ "PLAIN", "PLAIN list-* !NTLM", "535 no", LK_E_CREDENTIALS,
		  "plain: the server", "auth:", "" },
	};
	struct dialogue d;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		dialogue_init(&d, new_host(LIST ":" PLUGINS));
		d.login.secrets = "password";
		d.offered = rows[i].offered;
		d.login.auth = rows[i].auth;
		dialogue_run(&d, rows[i].server);
		if (d.err.cls != rows[i].cls ||
		    !strstr(d.err.advice, rows[i].advice))
			fail_msg("row %zu: %d %s\n%s", i, (int)d.err.cls,
				 d.err.sentence, d.err.advice);
		check(i, &d.err, rows[i].says, rows[i].silent);
		/* in a trace also where it works */
		if (!strstr(d.told, "installed mechanism is called \"PLAN\"") ==
		    !strncmp(rows[i].auth, "PLAN", 4))
			fail_msg("row %zu: %s", i, d.told);
		lk_host_free(d.host);
	}
}

/* ---- one reason for all --------------------------------------------------- */

static void
test_no_secret(void **state)
{
	struct dialogue d;

	(void)state;
	dialogue_init(&d, new_host(LIST ":" PLUGINS));
	d.login.secret = give_nothing;
	d.login.secrets = "password";
	d.offered = "PLAIN LOGIN XOAUTH2";
	dialogue_run(&d, "");
	assert_string_equal(d.said, "");
	assert_int_equal(d.err.cls, LK_E_NOPROP);
	assert_string_equal(d.err.sentence, "no secret for " USER " at " HOST
			    ":587: the file /x is not there");
	assert_string_equal(d.err.advice, "touch /x");
	lk_host_free(d.host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_idle_list),
		cmocka_unit_test(test_list_of_a_provider),
		cmocka_unit_test(test_unknown_words),
		cmocka_unit_test(test_no_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
