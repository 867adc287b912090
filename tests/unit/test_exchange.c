/* The exchange: its rules, each with a mechanism that keeps or breaks it.
 * SPDX-License-Identifier: MIT */
#include "scripted.h"

#define CLIENT LK_F_CLIENT_FIRST
#define SERVER LK_F_SERVER_FIRST

static void
test_start(void **state)
{
	static const struct {
		uint32_t flags;
		int32_t result;
		const char *emit;
		int32_t want;
		const char *response;
	} rows[] = {
		{ CLIENT, LK_DONE, "hi", LK_DONE, "hi" },
		{ CLIENT, LK_CONTINUE, "", LK_CONTINUE, "" },
		{ CLIENT, LK_CONTINUE, NULL, LK_CONTINUE, "(none)" },
		{ SERVER, LK_CONTINUE, NULL, LK_CONTINUE, "(none)" },
		{ SERVER, LK_CONTINUE, "hi", LK_E_INTERNAL, "(none)" },
		{ SERVER, LK_CONTINUE, "", LK_E_INTERNAL, "(none)" },
		{ CLIENT, LK_EXPECT_FAIL, "hi", LK_E_INTERNAL, "(none)" },
		{ CLIENT, LK_PENDING, NULL, LK_PENDING, "(none)" },
		{ CLIENT, LK_PENDING, "hi", LK_E_INTERNAL, "(none)" },
		{ CLIENT, 4, "hi", LK_E_INTERNAL, "(none)" },
		{ CLIENT, -14, "hi", LK_E_INTERNAL, "(none)" },
		{ CLIENT, LK_E_UNSUPPORTED, "hi", LK_E_UNSUPPORTED, "(none)" },
		{ CLIENT, LK_E_NOPROP, NULL, LK_E_NOPROP, "(none)" },
		{ CLIENT | LK_F_IR_ONLY, LK_CONTINUE, NULL, LK_E_INTERNAL,
		  "(none)" },
	};
	struct attempt a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		scripted_init(&a, rows[i].flags);
		act(0, rows[i].result, rows[i].emit);
		attempt_open(&a, true);
		assert_int_equal(lk_exchange_start(a.x), rows[i].want);
		assert_string_equal(attempt_response(&a), rows[i].response);
		if (rows[i].want < 0) {
			assert_int_equal(lk_exchange_error(a.x)->cls,
					 rows[i].want);
			assert_string_not_equal(
				lk_exchange_error(a.x)->sentence, "");
			assert_string_equal(lk_exchange_error(a.x)->mech,
					    "test");
		}
		attempt_close(&a);
	}
}

/* What a challenge's result is, and what may come next. */
static void
test_step(void **state)
{
	static const struct {
		int32_t result;
		const char *emit;
		int32_t want, challenge, success;
	} rows[] = {
		{ LK_CONTINUE, "x", LK_CONTINUE, LK_DONE, LK_DONE },
		{ LK_CONTINUE, NULL, LK_CONTINUE, LK_DONE, LK_DONE },
		{ LK_DONE, "x", LK_DONE, LK_E_PROTOCOL, LK_DONE },
		{ LK_EXPECT_FAIL, "x", LK_EXPECT_FAIL, LK_E_PROTOCOL,
		  LK_E_MUTUAL },
		{ LK_PENDING, "x", LK_E_INTERNAL, LK_E_INTERNAL,
		  LK_E_PROTOCOL },
		{ 99, "x", LK_E_INTERNAL, LK_E_INTERNAL, LK_E_PROTOCOL },
		{ -99, "x", LK_E_INTERNAL, LK_E_INTERNAL, LK_E_PROTOCOL },
		{ LK_E_CONFIG, "x", LK_E_CONFIG, LK_E_INTERNAL,
		  LK_E_PROTOCOL },
	};
	struct attempt a;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (j = 0; j < 2; j++) {
			scripted_init(&a, SERVER);
			act(0, LK_CONTINUE, NULL);
			act(1, rows[i].result, rows[i].emit);
			act(2, LK_DONE, NULL);
			attempt_open(&a, false);
			lk_exchange_start(a.x);
			assert_int_equal(attempt_ask(&a, "c", false),
					 rows[i].want);
			if (rows[i].want < 0)
				assert_null(lk_exchange_response(a.x).data);
			if (j == 0)
				assert_int_equal(attempt_ask(&a, "d", false),
						 rows[i].challenge);
			else
				assert_int_equal(
					lk_exchange_success(a.x, bytes(NULL)),
					rows[i].success);
			attempt_close(&a);
		}
}

static void
test_success(void **state)
{
	static const struct {
		uint32_t flags;
		int32_t result, want;
	} rows[] = {
		{ CLIENT, LK_DONE, LK_DONE },
		{ CLIENT, LK_CONTINUE, LK_E_PROTOCOL },
		{ CLIENT, LK_EXPECT_FAIL, LK_E_PROTOCOL },
		{ CLIENT, 77, LK_E_PROTOCOL },
		{ CLIENT, LK_E_INTERNAL, LK_E_PROTOCOL },
		{ CLIENT, LK_E_MUTUAL, LK_E_MUTUAL },
		{ CLIENT | LK_F_MUTUAL, LK_DONE, LK_DONE },
		{ CLIENT | LK_F_MUTUAL, LK_CONTINUE, LK_E_MUTUAL },
		{ CLIENT | LK_F_MUTUAL, LK_E_PROTOCOL, LK_E_MUTUAL },
	};
	struct attempt a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		scripted_init(&a, rows[i].flags);
		act(0, LK_CONTINUE, "hi");
		act(1, rows[i].result, NULL);
		attempt_open(&a, true);
		lk_exchange_start(a.x);
		attempt_command(&a, 1);
		assert_int_equal(lk_exchange_success(a.x, bytes("v=1")),
				 rows[i].want);
		assert_string_equal(seen, "s S(v=1) ");
		attempt_close(&a);
		assert_string_equal(seen, "s S(v=1) free ");
	}
}

/* A success when the mechanism's first message was never handed out. */
static void
test_success_before_the_response(void **state)
{
	struct attempt a;

	(void)state;
	scripted_init(&a, CLIENT);
	act(0, LK_DONE, "hi");
	attempt_open(&a, false);
	lk_exchange_start(a.x);
	attempt_command(&a, 0);
	assert_int_equal(lk_exchange_success(a.x, bytes(NULL)), LK_E_PROTOCOL);
	attempt_close(&a);
	assert_string_equal(seen, "s cancel free ");
}

static void
test_failure(void **state)
{
	static const struct {
		int32_t first, result, want;
	} rows[] = {
		{ LK_CONTINUE, LK_DONE, LK_E_CREDENTIALS },
		{ LK_CONTINUE, LK_CONTINUE, LK_E_CREDENTIALS },
		{ LK_CONTINUE, 1000, LK_E_CREDENTIALS },
		{ LK_CONTINUE, -1000, LK_E_CREDENTIALS },
		{ LK_CONTINUE, LK_E_EXPIRED, LK_E_EXPIRED },
		{ LK_DONE, LK_E_TRANSIENT, LK_E_TRANSIENT },
	};
	struct attempt a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		scripted_init(&a, CLIENT);
		act(0, rows[i].first, "hi");
		act(1, rows[i].result, NULL);
		attempt_open(&a, true);
		lk_exchange_start(a.x);
		assert_int_equal(lk_exchange_failure(a.x, LK_E_CREDENTIALS,
						     NULL, "go\x1b away"),
				 rows[i].want);
		attempt_close(&a);
		assert_string_equal(seen, "s F(go? away) free ");
	}
}

/* An attempt that is over by itself is not told of a refusal. */
static void
test_failure_after_an_error(void **state)
{
	struct attempt a;

	(void)state;
	scripted_init(&a, CLIENT);
	act(0, LK_E_NOPROP, NULL);
	attempt_open(&a, true);
	lk_exchange_start(a.x);
	assert_int_equal(lk_exchange_failure(a.x, LK_E_CREDENTIALS, NULL, ""),
			 LK_E_CREDENTIALS);
	attempt_close(&a);
	assert_string_equal(seen, "s free ");
}

static void
will_wait(struct lk_session *s)
{
	s->services->wait(s, 5, LK_WAIT_WRITE, 1000);
}

static void
test_pending(void **state)
{
	struct attempt a;
	char challenge[] = "Y2hhbGxlbmdl";
	uint32_t events;
	int32_t fd, ms;

	(void)state;
	scripted_init(&a, SERVER);
	act(0, LK_PENDING, NULL);
	act(1, LK_CONTINUE, NULL);
	act(2, LK_PENDING, NULL);
	script[2].more = will_wait;
	act(3, LK_PENDING, NULL);
	act(4, LK_DONE, "r");
	act(5, LK_PENDING, NULL);
	act(6, LK_DONE, NULL);
	attempt_open(&a, true);
	assert_int_equal(lk_exchange_start(a.x), LK_PENDING);
	lk_exchange_wait(a.x, &fd, &events, &ms);
	assert_int_equal(fd, -1);
	assert_int_equal(ms, -1);
	assert_int_equal(lk_exchange_resume(a.x), LK_CONTINUE);
	assert_int_equal(attempt_ask(&a, challenge, true), LK_PENDING);
	memset(challenge, 'x', sizeof(challenge));
	lk_exchange_wait(a.x, &fd, &events, &ms);
	assert_int_equal(fd, 5);
	assert_int_equal(events, LK_WAIT_WRITE);
	assert_int_equal(ms, 1000);
	assert_int_equal(lk_exchange_resume(a.x), LK_PENDING);
	lk_exchange_wait(a.x, &fd, &events, &ms);
	assert_int_equal(fd, -1);
	assert_int_equal(lk_exchange_resume(a.x), LK_DONE);
	assert_string_equal(attempt_response(&a), "r");
	assert_int_equal(lk_exchange_success(a.x, bytes(NULL)), LK_PENDING);
	assert_int_equal(lk_exchange_resume(a.x), LK_DONE);
	assert_int_equal(lk_exchange_resume(a.x), LK_E_INTERNAL);
	attempt_close(&a);
	assert_string_equal(seen, "s R s c(challenge) R c(challenge) "
			    "R c(challenge) S R S free ");
}

static void
test_pending_failure_and_cancel(void **state)
{
	struct attempt a;

	(void)state;
	scripted_init(&a, CLIENT);
	act(0, LK_CONTINUE, "hi");
	act(1, LK_PENDING, NULL);
	act(2, LK_E_EXPIRED, NULL);
	attempt_open(&a, true);
	lk_exchange_start(a.x);
	assert_int_equal(lk_exchange_failure(a.x, LK_E_CREDENTIALS, NULL, "no"),
			 LK_PENDING);
	assert_int_equal(lk_exchange_resume(a.x), LK_E_EXPIRED);
	attempt_close(&a);
	assert_string_equal(seen, "s F(no) R F(no) free ");

	scripted_init(&a, CLIENT);
	act(0, LK_PENDING, NULL);
	attempt_open(&a, true);
	lk_exchange_start(a.x);
	assert_int_equal(attempt_ask(&a, "c", false), LK_E_INTERNAL);
	attempt_close(&a);
	assert_string_equal(seen, "s cancel free ");
}

static void
test_never_started(void **state)
{
	struct attempt a;

	(void)state;
	scripted_init(&a, CLIENT);
	attempt_open(&a, true);
	attempt_close(&a);
	assert_string_equal(seen, "");
}

static void
test_available(void **state)
{
	static const struct {
		int32_t result, want;
	} rows[] = {
		{ LK_DONE, LK_DONE }, { LK_CONTINUE, LK_E_INTERNAL },
		{ LK_PENDING, LK_E_INTERNAL }, { -20, LK_E_INTERNAL },
		{ LK_E_NOPROP, LK_E_NOPROP },
	};
	struct attempt a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		scripted_init(&a, CLIENT);
		act(0, rows[i].result, NULL);
		attempt_open(&a, true);
		assert_int_equal(lk_exchange_available(a.x), rows[i].want);
		attempt_close(&a);
		assert_string_equal(seen, "a ");
	}
	a.entry.calls.available = NULL;
	attempt_open(&a, true);
	assert_int_equal(lk_exchange_available(a.x), LK_DONE);
	attempt_close(&a);
}

static void
test_limits(void **state)
{
	struct attempt a;
	size_t i;

	(void)state;
	scripted_init(&a, SERVER);
	for (i = 0; i <= LK_EXCHANGE_STEPS + 1; i++)
		act(i, LK_CONTINUE, NULL);
	attempt_open(&a, true);
	lk_exchange_start(a.x);
	for (i = 0; i < LK_EXCHANGE_STEPS; i++)
		assert_int_equal(attempt_ask(&a, "", true), LK_CONTINUE);
	assert_int_equal(attempt_ask(&a, "", true), LK_E_PROTOCOL);
	attempt_close(&a);

	scripted_init(&a, SERVER);
	for (i = 0; i < 8; i++)
		act(i, LK_CONTINUE, NULL);
	attempt_open(&a, true);
	lk_exchange_start(a.x);
	for (i = 0; i < 4; i++) {
		static char big[LK_EXCHANGE_OCTETS / 4];
		struct lk_bytes in = { (const unsigned char *)big,
				       sizeof(big) };

		assert_int_equal(lk_exchange_challenge(a.x, in, bytes(NULL),
						       false), LK_CONTINUE);
	}
	assert_int_equal(attempt_ask(&a, "YQ==", true), LK_E_PROTOCOL);
	attempt_close(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_step),
		cmocka_unit_test(test_success),
		cmocka_unit_test(test_success_before_the_response),
		cmocka_unit_test(test_failure),
		cmocka_unit_test(test_failure_after_an_error),
		cmocka_unit_test(test_pending),
		cmocka_unit_test(test_pending_failure_and_cancel),
		cmocka_unit_test(test_never_started),
		cmocka_unit_test(test_available),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
