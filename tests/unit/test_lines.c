/* The exchange in lines: none, empty and some, limits, the two-step form.
 * SPDX-License-Identifier: MIT */
#include "scripted.h"

#define CLIENT LK_F_CLIENT_FIRST
#define SERVER LK_F_SERVER_FIRST

/* `len` octets as a text. */
static const char *
octets(size_t len)
{
	static char text[12300];

	assert_in_range(len, 0, sizeof(text) - 1);
	memset(text, 'a', len);
	text[len] = '\0';
	return text;
}

static void
test_command(void **state)
{
	static const struct {
		uint32_t flags;
		bool ir;
		const char *emit;
		int want;
		const char *line;
	} rows[] = {
		{ CLIENT, true, NULL, 0, "AUTH TEST" },
		{ CLIENT, true, "", 1, "AUTH TEST =" },
		{ CLIENT, true, "me", 1, "AUTH TEST bWU=" },
		{ CLIENT, false, NULL, 0, "AUTH TEST" },
		{ CLIENT, false, "", 0, "AUTH TEST" },
		{ CLIENT, false, "me", 0, "AUTH TEST" },
		{ SERVER, true, NULL, 0, "AUTH TEST" },
		{ CLIENT | LK_F_IR_ONLY, true, "me", 1, "AUTH TEST bWU=" },
		{ CLIENT | LK_F_IR_ONLY, false, "me", -1, NULL },
	};
	struct attempt a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *line;

		scripted_init(&a, rows[i].flags);
		act(0, LK_CONTINUE, rows[i].emit);
		attempt_open(&a, rows[i].ir);
		assert_int_equal(lk_exchange_start(a.x), LK_CONTINUE);
		line = attempt_command(&a, rows[i].want);
		if (rows[i].line) {
			assert_string_equal(line, rows[i].line);
			assert_string_equal(lk_buf_text(&a.shown),
					    rows[i].line);
		} else {
			assert_int_equal(lk_exchange_error(a.x)->cls,
					 LK_E_UNSUPPORTED);
		}
		attempt_close(&a);
	}
}

/* "AUTH TEST " and CRLF are 12 octets: 500 are left, 375 before base64. */
static void
test_command_limit(void **state)
{
	static const struct {
		uint32_t flags, limit;
		size_t len;
		int want;
	} rows[] = {
		{ CLIENT, 512, 375, 1 }, { CLIENT, 512, 376, 0 },
		{ CLIENT, 511, 375, 0 }, { CLIENT, 0, 9000, 1 },
		{ CLIENT | LK_F_IR_ONLY, 512, 375, 1 },
		{ CLIENT | LK_F_IR_ONLY, 512, 376, -1 },
	};
	struct attempt a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		scripted_init(&a, rows[i].flags);
		a.profile.command_limit = rows[i].limit;
		act(0, LK_CONTINUE, octets(rows[i].len));
		attempt_open(&a, true);
		lk_exchange_start(a.x);
		attempt_command(&a, rows[i].want);
		if (rows[i].want == 1 && rows[i].limit)
			assert_int_equal(a.line.len + 2, rows[i].limit);
		if (rows[i].want < 0)
			assert_string_equal(lk_exchange_error(a.x)->sentence,
					    "the command would have 516 "
					    "octets, 512 are allowed");
		attempt_close(&a);
	}
}

/* What is too long for the command goes with the first challenge, which the
 * mechanism does not see, whatever it says. */
static void
test_held(void **state)
{
	static const char *const challenges[] = { "", "go ahead", "aGk=" };
	struct attempt a;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		scripted_init(&a, CLIENT);
		act(0, LK_CONTINUE, "me");
		act(1, LK_DONE, "more");
		attempt_open(&a, false);
		lk_exchange_start(a.x);
		attempt_command(&a, 0);
		assert_int_equal(attempt_ask(&a, challenges[i], true),
				 LK_CONTINUE);
		assert_string_equal(attempt_answer(&a), "bWU=");
		assert_string_equal(seen, "s ");
		assert_int_equal(attempt_ask(&a, "next", false), LK_DONE);
		assert_string_equal(attempt_answer(&a), "bW9yZQ==");
		assert_string_equal(seen, "s c(next) ");
		attempt_close(&a);
	}
}

/* Neither form leaves a blank or a `=` behind in the second step. */
static void
test_held_empty(void **state)
{
	struct attempt a;

	(void)state;
	scripted_init(&a, CLIENT);
	act(0, LK_DONE, "");
	attempt_open(&a, false);
	lk_exchange_start(a.x);
	assert_string_equal(attempt_command(&a, 0), "AUTH TEST");
	assert_int_equal(attempt_ask(&a, "", true), LK_DONE);
	assert_string_equal(attempt_answer(&a), "");
	attempt_close(&a);
}

static void
test_answers(void **state)
{
	static const struct {
		const char *emit, *line;
	} rows[] = { { NULL, "" }, { "", "" }, { "me", "bWU=" } };
	struct attempt a;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		scripted_init(&a, SERVER);
		act(0, LK_CONTINUE, NULL);
		act(1, LK_CONTINUE, rows[i].emit);
		attempt_open(&a, true);
		lk_exchange_start(a.x);
		attempt_command(&a, 0);
		attempt_ask(&a, "x", false);
		assert_string_equal(attempt_answer(&a), rows[i].line);
		assert_string_equal(lk_buf_text(&a.shown), rows[i].line);
		attempt_close(&a);
	}
}

/* 12290 octets in base64 with CRLF is one quartet too much. */
static void
test_answer_limit(void **state)
{
	struct attempt a;

	(void)state;
	scripted_init(&a, SERVER);
	act(0, LK_CONTINUE, NULL);
	act(1, LK_CONTINUE, octets(9213));
	attempt_open(&a, true);
	lk_exchange_start(a.x);
	assert_int_equal(attempt_ask(&a, "x", false), LK_CONTINUE);
	attempt_answer(&a);
	assert_int_equal(a.line.len, 12284);
	attempt_close(&a);

	/* whatever the mechanism makes of it */
	scripted_init(&a, SERVER);
	act(0, LK_CONTINUE, NULL);
	act(1, LK_CONTINUE, octets(9214));
	attempt_open(&a, true);
	lk_exchange_start(a.x);
	assert_int_equal(attempt_ask(&a, "x", false), LK_E_PROTOCOL);
	assert_string_equal(lk_exchange_error(a.x)->sentence, "the response "
			    "would be longer than the 9213 octets that fit in "
			    "a line");
	attempt_close(&a);
}

static void
test_undecodable(void **state)
{
	static const char *const bad[] = {
		"Username:", "YQ", "YQ=", "YR==", "YQ==YQ==", " YQ==", "Y Q==",
		"====", "=", "\xff\xff\xff\xff",
	};
	struct attempt a;
	char want[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		/* one that wants to see it */
		scripted_init(&a, SERVER | LK_F_RAW_OK);
		act(0, LK_CONTINUE, NULL);
		act(1, LK_CONTINUE, "a");
		act(2, LK_CONTINUE, "b");
		attempt_open(&a, true);
		lk_exchange_start(a.x);
		assert_int_equal(attempt_ask(&a, bad[i], true), LK_CONTINUE);
		assert_int_equal(attempt_ask(&a, bad[i], true), LK_CONTINUE);
		snprintf(want, sizeof(want), "s u(%s) u(%s) ", bad[i], bad[i]);
		assert_string_equal(seen, want);
		attempt_close(&a);

		/* one that does not: empty at first, then the end */
		scripted_init(&a, SERVER);
		act(0, LK_CONTINUE, NULL);
		act(1, LK_CONTINUE, "a");
		attempt_open(&a, true);
		lk_exchange_start(a.x);
		assert_int_equal(attempt_ask(&a, bad[i], true), LK_CONTINUE);
		assert_int_equal(attempt_ask(&a, bad[i], true), LK_E_PROTOCOL);
		assert_string_equal(seen, "s c() ");
		attempt_close(&a);
		assert_string_equal(seen, "s c() cancel free ");
	}
}

/* An initial response was a response: what cannot be read then is the end. */
static void
test_undecodable_after_ir(void **state)
{
	struct attempt a;

	(void)state;
	scripted_init(&a, CLIENT);
	act(0, LK_CONTINUE, "me");
	attempt_open(&a, true);
	lk_exchange_start(a.x);
	attempt_command(&a, 1);
	assert_int_equal(attempt_ask(&a, "hm?", true), LK_E_PROTOCOL);
	attempt_close(&a);
}

static void
test_empty_challenge(void **state)
{
	struct attempt a;

	(void)state;
	scripted_init(&a, SERVER);
	act(0, LK_CONTINUE, NULL);
	act(1, LK_DONE, NULL);
	attempt_open(&a, true);
	lk_exchange_start(a.x);
	assert_int_equal(lk_exchange_line(a.x, bytes(NULL)), LK_DONE);
	assert_string_equal(seen, "s c() ");
	attempt_close(&a);
}

/* Until a secret was leased a line is shown, from then on its length. */
static void
test_shown(void **state)
{
	struct attempt a;

	(void)state;
	scripted_init(&a, CLIENT);
	act(0, LK_CONTINUE, "me");
	act(1, LK_CONTINUE, "abc");
	script[1].more = lease;
	act(2, LK_DONE, "");
	attempt_open(&a, true);
	lk_exchange_start(a.x);
	assert_false(lk_exchange_has_leased(a.x));
	attempt_command(&a, 1);
	assert_string_equal(lk_buf_text(&a.shown), "AUTH TEST bWU=");
	attempt_ask(&a, "x", false);
	assert_true(lk_exchange_has_leased(a.x));
	assert_string_equal(attempt_answer(&a), "YWJj");
	assert_string_equal(lk_buf_text(&a.shown), "<3 octets>");
	attempt_ask(&a, "x", false);
	attempt_answer(&a);
	assert_string_equal(lk_buf_text(&a.shown), "");
	attempt_close(&a);
}

/* A buffer that is too small, as when memory is out. */
static void
test_no_room(void **state)
{
	struct attempt a;
	struct lk_buf small;

	(void)state;
	lk_buf_init(&small, 10);
	scripted_init(&a, CLIENT);
	act(0, LK_CONTINUE, "me");
	attempt_open(&a, true);
	lk_exchange_start(a.x);
	assert_int_equal(lk_exchange_command(a.x, &small, &a.shown), -1);
	assert_int_equal(lk_exchange_error(a.x)->cls, LK_E_NOMEM);
	lk_buf_wipe(&small);
	attempt_close(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_command_limit),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_held_empty),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_answer_limit),
		cmocka_unit_test(test_undecodable),
		cmocka_unit_test(test_undecodable_after_ir),
		cmocka_unit_test(test_empty_challenge),
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
