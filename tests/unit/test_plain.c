/* PLAIN: its bytes, and what it refuses. SPDX-License-Identifier: MIT */
#include "../../plugins/plain/plain.c"

#include "attempt.h"

static void
test_bytes(void **state)
{
	static const struct {
		const char *authzid, *user, *password, *want;
		size_t len;
	} rows[] = {
		{ NULL, "alice", "pw", "\0alice\0pw", 9 },
		{ "", "alice", "pw", "\0alice\0pw", 9 },
		{ "root", "alice", "pw", "root\0alice\0pw", 13 },
		{ NULL, "j\xc3\xbcrgen", "p\xc3\xa4ss", "\0j\xc3\xbcrgen\0"
		  "p\xc3\xa4ss", 14 },
		{ NULL, " a ", "  ", "\0 a \0  ", 7 },
	};
	struct attempt a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct lk_bytes out;

		attempt_init(&a, &plain);
		a.login.authzid = rows[i].authzid;
		a.login.user = rows[i].user;
		a.password = bytes(rows[i].password);
		attempt_open(&a, true);
		assert_int_equal(lk_exchange_start(a.x), LK_DONE);
		out = lk_exchange_response(a.x);
		assert_int_equal(out.len, rows[i].len);
		assert_memory_equal(out.data, rows[i].want, out.len);
		assert_true(lk_exchange_has_leased(a.x));
		attempt_close(&a);
	}
}

static void
test_line(void **state)
{
	struct attempt a;

	(void)state;
	attempt_init(&a, &plain);
	attempt_open(&a, true);
	assert_int_equal(lk_exchange_start(a.x), LK_DONE);
	assert_string_equal(attempt_command(&a, 1),
			    "AUTH PLAIN AGFsaWNlAHMzY3JldA==");
	assert_string_equal(lk_buf_text(&a.shown), "AUTH PLAIN <13 octets>");
	assert_int_equal(lk_exchange_success(a.x, bytes(NULL)), LK_DONE);
	attempt_close(&a);
}

static void
test_two_steps(void **state)
{
	struct attempt a;

	(void)state;
	attempt_init(&a, &plain);
	attempt_open(&a, false);
	assert_int_equal(lk_exchange_start(a.x), LK_DONE);
	assert_string_equal(attempt_command(&a, 0), "AUTH PLAIN");
	assert_string_equal(lk_buf_text(&a.shown), "AUTH PLAIN");
	assert_int_equal(attempt_ask(&a, "", true), LK_DONE);
	assert_string_equal(attempt_answer(&a), "AGFsaWNlAHMzY3JldA==");
	assert_string_equal(lk_buf_text(&a.shown), "<13 octets>");
	assert_int_equal(attempt_ask(&a, "", true), LK_E_PROTOCOL);
	attempt_close(&a);
}

static void
test_nul(void **state)
{
	static const struct lk_bytes bad = { (const unsigned char *)"a\0b", 3 };
	struct attempt a;

	(void)state;
	attempt_init(&a, &plain);
	a.password = bad;
	attempt_open(&a, true);
	assert_int_equal(lk_exchange_start(a.x), LK_E_CONFIG);
	assert_string_equal(lk_exchange_error(a.x)->sentence, "the password "
			    "contains a NUL, which this mechanism cannot "
			    "carry");
	assert_string_equal(lk_exchange_error(a.x)->mech, "plain");
	assert_null(lk_exchange_response(a.x).data);
	attempt_close(&a);
}

static void
test_nothing_to_say(void **state)
{
	struct attempt a;

	(void)state;
	attempt_init(&a, &plain);
	a.login.user = NULL;
	a.login.authzid = "root";
	attempt_open(&a, true);
	assert_int_equal(lk_exchange_start(a.x), LK_E_NOPROP);
	assert_int_equal(a.asked, 0);
	attempt_close(&a);

	attempt_init(&a, &plain);
	a.password = bytes(NULL);
	attempt_open(&a, true);
	assert_int_equal(lk_exchange_start(a.x), LK_E_NOPROP);
	assert_string_equal(lk_exchange_error(a.x)->sentence,
			    "there is no password for alice at mail.example");
	attempt_close(&a);
}

static void
test_waits_for_its_password(void **state)
{
	struct attempt a;

	(void)state;
	attempt_init(&a, &plain);
	a.not_yet = 2;
	attempt_open(&a, true);
	assert_int_equal(lk_exchange_start(a.x), LK_PENDING);
	assert_int_equal(lk_exchange_resume(a.x), LK_PENDING);
	assert_int_equal(lk_exchange_resume(a.x), LK_DONE);
	assert_string_equal(attempt_command(&a, 1),
			    "AUTH PLAIN AGFsaWNlAHMzY3JldA==");
	attempt_close(&a);
}

/* The plugin itself, without a host that would not let it come so far. */
static void
test_its_own_rules(void **state)
{
	struct lk_event ev = { .size = sizeof(ev), .kind = LK_EV_CHALLENGE };
	struct attempt a;
	struct plain p = { 1 };

	(void)state;
	attempt_init(&a, &plain);
	attempt_open(&a, true);
	assert_int_equal(step(&p, (struct lk_session *)a.x, &ev),
			 LK_E_PROTOCOL);
	ev.kind = LK_EV_SUCCESS;
	assert_int_equal(step(&p, (struct lk_session *)a.x, &ev), LK_DONE);
	attempt_close(&a);
	assert_string_equal(LK_SYMBOL__(plain).name, "plain");
	assert_ptr_equal(LK_SYMBOL__(plain).mechs(NULL)[0], &plain);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_two_steps),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_nothing_to_say),
		cmocka_unit_test(test_waits_for_its_password),
		cmocka_unit_test(test_its_own_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
