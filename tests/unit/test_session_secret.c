/* The services where secrets are concerned. SPDX-License-Identifier: MIT */
#include "asks.h"

/* What is flagged so reads no secret, not even one that is at hand. */
static void
test_no_secret(void **state)
{
	struct attempt a;

	(void)state;
	prepare(&a);
	a.entry.record.flags |= LK_F_NO_SECRET;
	asked.key = "password";
	assert_int_equal(lk_store_new(&a.store, &a.login, NULL), 0);
	assert_int_equal(lk_store_resolve(a.store, "password", 0, NULL), 0);
	attempt_open(&a, true);
	lk_exchange_start(a.x);
	assert_int_equal(asked.result, LK_E_NOPROP);
	assert_false(lk_exchange_has_leased(a.x));
	assert_false(lk_store_spent(a.store));
	assert_string_equal(a.log, "test: asked for password, but is flagged "
			    "as one that needs no secret\n");
	attempt_close(&a);
}

/* A secret parameter is a secret. */
static void
test_secret_parameter(void **state)
{
	static const char *const given[] = { "test.key=s3cret-key", NULL };
	char text[] = "no s3cret-key, czNjcmV0LWtleQ==";
	struct attempt a;

	(void)state;
	prepare(&a);
	a.login.params = given;
	asked.key = "param:key";
	act(1, LK_CONTINUE, NULL);
	script[1].more = ask;
	attempt_open(&a, true);
	lk_exchange_start(a.x);
	assert_string_equal(asked.text, "s3cret-key");
	assert_true(lk_exchange_has_leased(a.x));
	assert_true(lk_store_spent(a.store));
	attempt_ask(&a, "again", false);
	assert_string_equal(asked.text, "s3cret-key");
	lk_store_forget(a.store);
	lk_store_scrub(a.store, text, strlen(text));
	assert_string_equal(text, "no **********, **************==");
	attempt_close(&a);

	/* none was given */
	prepare(&a);
	a.login.params = NULL;
	asked.key = "param:key";
	attempt_open(&a, true);
	lk_exchange_start(a.x);
	assert_int_equal(asked.result, LK_DONE);
	assert_false(lk_exchange_has_leased(a.x));
	attempt_close(&a);
}

static void
tell_octets(struct lk_session *s)
{
	struct lk_report r = { sizeof(r), 0, LK_E_CONFIG, 0, NULL,
			       "no \xffs3\ncret\xff", NULL };
	char text[530];

	lease(s);
	s->services->report(s, &r);
	s->services->log(s, LK_LOG_INFO, r.message);
	memset(text, 'x', 508);
	snprintf(text + 508, sizeof(text) - 508, "\xffs3\ncret\xff");
	s->services->log(s, LK_LOG_INFO, text);
}

/* A secret need not be printable, nor stand whole in what is shown. */
static void
test_report_of_octets(void **state)
{
	struct attempt a;

	(void)state;
	prepare(&a);
	a.password = bytes("\xffs3\ncret\xff");
	act(0, LK_E_CONFIG, NULL);
	script[0].more = tell_octets;
	attempt_open(&a, true);
	assert_int_equal(lk_exchange_start(a.x), LK_E_CONFIG);
	assert_string_equal(lk_exchange_error(a.x)->sentence,
			    "no *********");
	assert_memory_equal(a.log, "test: no *********\ntest: xxx", 28);
	assert_string_equal(strrchr(a.log, 'x'), "x***\n");
	attempt_close(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_secret),
		cmocka_unit_test(test_secret_parameter),
		cmocka_unit_test(test_report_of_octets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
