/* What one login teaches the next, and what is told of it.
 * SPDX-License-Identifier: MIT */
#include "dialogue.h"

/* What led once without a refusal of what is better does not lead again. */
static void
test_learnt_from_refusals_only(void **state)
{
	static const struct {
		const char *offered, *first, *second;
	} rows[] = {
		{ "STRONG SCRIPTED", "hangs up|235 ok", "AUTH STRONG" },
		{ "STRONG SCRIPTED", "504 what|235 ok", "AUTH STRONG" },
		{ "STRONG SCRIPTED", "501 what|235 ok", "AUTH STRONG" },
		{ "STRONG SCRIPTED", "999 what|235 ok", "AUTH STRONG" },
		{ "STRONG SCRIPTED", "535 no|235 ok", "AUTH SCRIPTED" },
		{ "HASH SCRIPTED", "hangs up|235 ok", "AUTH HASH" },
		/* of the same kind */
		{ "SCRIPTED OTHER", "504 what|235 ok", "AUTH OTHER" },
		{ "SCRIPTED OTHER", "535 no|235 ok", "AUTH OTHER" },
	};
	struct lk_host *host;
	struct dialogue d;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		host = new_host(SCRIPTED);
		dialogue_init(&d, host);
		d.login.flags = LK_LOGIN_FALLBACK_TO_PLAINTEXT;
		d.offered = rows[i].offered;
		dialogue_run(&d, rows[i].first);
		assert_int_equal(d.err.cls, 0);
		dialogue_run(&d, "235 ok");
		if (strcmp(d.said, rows[i].second) != 0)
			fail_msg("%s, %s: %s", rows[i].offered, rows[i].first,
				 d.said);
		lk_host_free(host);
	}
}

/* Nobody is sent to what is known not to work, nor away from what does. */
static void
test_hint_knows_what_was_learnt(void **state)
{
	struct lk_host *host = new_host(PLUGINS);
	struct dialogue d;

	(void)state;
	dialogue_init(&d, host);
	d.offered = "LOGIN";
	dialogue_run(&d, "334 UGFzc3dvcmQ6|501 cancelled|334 UGFzc3dvcmQ6|"
		     "235 ok");
	assert_string_equal(d.result.id, "login-ir");
	/* a form that was not proven yet */
	d.offered = "LOGIN PLAIN";
	d.login.auth = "plain";
	d.password = "another-password";
	dialogue_run(&d, "535 no");
	assert_non_null(strstr(d.err.advice, "-o auth=login-ir"));
	/* the form that worked */
	d.offered = "LOGIN";
	d.login.auth = NULL;
	d.password = "a-third-password";
	dialogue_run(&d, "334 UGFzc3dvcmQ6|535 no");
	assert_string_equal(d.err.mech, "login-ir");
	assert_non_null(strstr(d.err.advice, "check the user name"));
	assert_null(strstr(d.err.advice, "-o auth"));
	lk_host_free(host);
}

/* Many plugins: what matters is not pushed out of the message. */
static void
test_many_mechanisms(void **state)
{
	struct lk_host *host = new_host(SCRIPTED);
	struct dialogue d;

	(void)state;
	dialogue_init(&d, host);
	d.facts.flags = 0;
	d.offered = "X-OTHER OTHER";
	d.login.auth = "hash *";
	dialogue_run(&d, "");
	assert_non_null(strstr(d.err.sentence, "\nother: plaintext"));
	assert_non_null(strstr(d.err.sentence, "\nhash: not offered"));
	assert_null(strstr(d.err.sentence, "\nstrong: "));
	assert_non_null(strstr(d.err.sentence, "\n11 others are not "
			       "offered"));
	lk_host_free(host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_learnt_from_refusals_only),
		cmocka_unit_test(test_hint_knows_what_was_learnt),
		cmocka_unit_test(test_many_mechanisms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
