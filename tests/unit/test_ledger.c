/* Budget, queue and what was learnt.  SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "mech/ledger.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

static int64_t clock_now;

static int64_t
now(void)
{
	return clock_now;
}

static int
open_ledger(void **state)
{
	struct lk_ledger *l = lk_ledger_new();

	assert_non_null(l);
	l->now = now;
	clock_now = 1000;
	*state = l;
	return 0;
}

static int
close_ledger(void **state)
{
	lk_ledger_free(*state);
	return 0;
}

static const struct lk_ledger_key one = { "host", 587, "user", 1 };
static const struct lk_ledger_key two = { "host", 587, "user", 2 };
static const struct lk_ledger_key none = { "host", 587, "user", 0 };

/* Ask once, and let go. */
static int
ask(struct lk_ledger *l, const struct lk_ledger_key *key, uint32_t budget)
{
	struct lk_claim c;
	int r;

	memset(&c, 0, sizeof(c));
	r = lk_ledger_claim(l, &c, key, budget);
	lk_ledger_release(l, &c, false);
	return r;
}

static void
test_two_then_one(void **state)
{
	struct lk_ledger *l = *state;
	struct lk_claim c;

	assert_int_equal(ask(l, &one, 0), LK_CLAIM_GO);
	lk_ledger_charge(l, &one);
	assert_int_equal(ask(l, &one, 0), LK_CLAIM_GO);
	clock_now += 5;
	lk_ledger_charge(l, &one);
	clock_now += 7;
	memset(&c, 0, sizeof(c));
	assert_int_equal(lk_ledger_claim(l, &c, &one, 0), LK_CLAIM_SPENT);
	assert_int_equal(c.age, 7);
	lk_ledger_release(l, &c, false);

	/* another secret starts anew */
	assert_int_equal(ask(l, &two, 0), LK_CLAIM_GO);
	lk_ledger_prove(l, &two);
	/* and from now on it is one */
	lk_ledger_charge(l, &two);
	assert_int_equal(ask(l, &two, 0), LK_CLAIM_SPENT);
	/* unless it is set */
	assert_int_equal(ask(l, &two, 3), LK_CLAIM_GO);
	/* success clears */
	lk_ledger_prove(l, &two);
	assert_int_equal(ask(l, &two, 0), LK_CLAIM_GO);
}

static void
test_who_is_who(void **state)
{
	static const struct lk_ledger_key others[] = {
		{ "other", 587, "user", 1 },
		{ "host", 465, "user", 1 },
		{ "host", 587, "User", 1 },
		{ "host", 587, NULL, 1 },
		{ "host", 587, "", 1 },
		{ "host", 587, "user", 3 },
	};
	static const struct lk_ledger_key same = { "HOST", 587, "user", 1 };
	struct lk_ledger *l = *state;
	size_t i;

	lk_ledger_charge(l, &one);
	for (i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_int_equal(ask(l, &others[i], 1), LK_CLAIM_GO);
	assert_int_equal(ask(l, &same, 1), LK_CLAIM_SPENT);
	/* no secret, no budget */
	lk_ledger_charge(l, &none);
	assert_int_equal(ask(l, &none, 1), LK_CLAIM_GO);
}

static bool
is_woken(const struct lk_claim *c)
{
	struct pollfd p = { c->pipe[0], POLLIN, 0 };

	return poll(&p, 1, 0) == 1;
}

/* A leader and two who wait. */
static void
line_up(struct lk_ledger *l, struct lk_claim c[3])
{
	memset(c, 0, 3 * sizeof(*c));
	assert_int_equal(lk_ledger_claim(l, &c[0], &one, 0), LK_CLAIM_GO);
	assert_int_equal(lk_ledger_claim(l, &c[1], &one, 0), LK_CLAIM_WAIT);
	assert_int_equal(lk_ledger_claim(l, &c[2], &one, 0), LK_CLAIM_WAIT);
	/* the leader goes on, the others wait on */
	assert_int_equal(lk_ledger_claim(l, &c[0], &one, 0), LK_CLAIM_GO);
	assert_int_equal(lk_ledger_claim(l, &c[1], &one, 0), LK_CLAIM_WAIT);
	assert_false(is_woken(&c[1]));
	assert_false(is_woken(&c[2]));
}

static void
test_success_lets_all_go(void **state)
{
	struct lk_ledger *l = *state;
	struct lk_claim c[3];

	line_up(l, c);
	lk_ledger_prove(l, &one);
	lk_ledger_release(l, &c[0], false);
	assert_true(is_woken(&c[1]) && is_woken(&c[2]));
	assert_int_equal(lk_ledger_claim(l, &c[2], &one, 0), LK_CLAIM_GO);
	assert_int_equal(lk_ledger_claim(l, &c[1], &one, 0), LK_CLAIM_GO);
	lk_ledger_release(l, &c[1], false);
	lk_ledger_release(l, &c[2], false);

	/* for ten minutes */
	clock_now += LK_LEDGER_FRESH - 1;
	memset(c, 0, sizeof(c));
	assert_int_equal(lk_ledger_claim(l, &c[0], &one, 0), LK_CLAIM_GO);
	assert_int_equal(lk_ledger_claim(l, &c[1], &one, 0), LK_CLAIM_GO);
	clock_now += 1;
	assert_int_equal(lk_ledger_claim(l, &c[0], &one, 0), LK_CLAIM_GO);
	assert_int_equal(lk_ledger_claim(l, &c[1], &one, 0), LK_CLAIM_WAIT);
	lk_ledger_release(l, &c[0], false);
	lk_ledger_release(l, &c[1], false);
}

static void
test_refusal_ends_all(void **state)
{
	struct lk_ledger *l = *state;
	struct lk_claim c[3];

	line_up(l, c);
	lk_ledger_charge(l, &one);
	clock_now += 3;
	lk_ledger_release(l, &c[0], true);
	assert_true(is_woken(&c[1]) && is_woken(&c[2]));
	assert_int_equal(lk_ledger_claim(l, &c[1], &one, 0), LK_CLAIM_REFUSED);
	assert_int_equal(c[1].age, 3);
	lk_ledger_release(l, &c[1], false);
	/* whoever left first does not make the other one lead */
	assert_int_equal(lk_ledger_claim(l, &c[2], &one, 0), LK_CLAIM_REFUSED);
	/* another secret is another matter */
	assert_int_equal(lk_ledger_claim(l, &c[2], &two, 0), LK_CLAIM_GO);
	lk_ledger_release(l, &c[2], false);
}

static void
test_next_one_leads(void **state)
{
	struct lk_ledger *l = *state;
	struct lk_claim c[3];

	line_up(l, c);
	lk_ledger_release(l, &c[0], false);
	assert_true(is_woken(&c[1]));
	assert_false(is_woken(&c[2]));
	assert_int_equal(lk_ledger_claim(l, &c[1], &one, 0), LK_CLAIM_GO);
	assert_int_equal(lk_ledger_claim(l, &c[2], &one, 0), LK_CLAIM_WAIT);

	/* whoever comes before the woken one leads, and nobody is forgotten */
	lk_ledger_release(l, &c[1], false);
	assert_int_equal(lk_ledger_claim(l, &c[0], &one, 0), LK_CLAIM_GO);
	assert_int_equal(lk_ledger_claim(l, &c[2], &one, 0), LK_CLAIM_WAIT);
	assert_false(is_woken(&c[2]));
	lk_ledger_release(l, &c[0], false);
	assert_true(is_woken(&c[2]));

	/* and if the woken one goes away, the one behind it is woken */
	assert_int_equal(lk_ledger_claim(l, &c[2], &one, 0), LK_CLAIM_GO);
	assert_int_equal(lk_ledger_claim(l, &c[0], &one, 0), LK_CLAIM_WAIT);
	assert_int_equal(lk_ledger_claim(l, &c[1], &one, 0), LK_CLAIM_WAIT);
	lk_ledger_release(l, &c[2], false);
	assert_true(is_woken(&c[0]));
	lk_ledger_release(l, &c[0], false);
	assert_true(is_woken(&c[1]));
	lk_ledger_release(l, &c[1], false);
}

static void
test_learnt(void **state)
{
	struct lk_learnt learnt = { .id = "login-ir", .two_step = true,
				    .n_failed = 1, .failed = { "login" } };
	struct lk_ledger *l = *state;
	struct lk_learnt got;

	lk_ledger_recall(l, "host", 25, &got);
	assert_string_equal(got.id, "");
	lk_ledger_no_cancel(l, "host", 25);
	lk_ledger_learn(l, "HOST", 25, &learnt);
	lk_ledger_recall(l, "host", 25, &got);
	assert_string_equal(got.id, "login-ir");
	assert_string_equal(got.failed[0], "login");
	assert_true(got.no_cancel && got.two_step);
	lk_ledger_recall(l, "host", 26, &got);
	assert_string_equal(got.id, "");
	lk_ledger_unlearn(l, "host", 25, "other");
	lk_ledger_recall(l, "host", 25, &got);
	assert_string_equal(got.id, "login-ir");
	lk_ledger_unlearn(l, "host", 25, "login-ir");
	lk_ledger_recall(l, "host", 25, &got);
	assert_string_equal(got.id, "");
	assert_int_equal(got.n_failed, 0);
	assert_true(got.no_cancel);
}

/* A long-lived program: memory has an end, and what is in use stays. */
static void
test_forgets(void **state)
{
	struct lk_learnt learnt = { .id = "x" }, got;
	struct lk_ledger *l = *state;
	struct lk_claim c[2];
	struct lk_ledger_key key = two;
	struct lk_guess *g;
	char host[16];
	size_t n = 0;

	memset(c, 0, sizeof(c));
	assert_int_equal(lk_ledger_claim(l, &c[0], &one, 0), LK_CLAIM_GO);
	assert_int_equal(lk_ledger_claim(l, &c[1], &one, 0), LK_CLAIM_WAIT);
	for (key.secret = 2; key.secret < 6000; key.secret++)
		lk_ledger_charge(l, &key);
	for (g = l->guesses; g; g = g->next)
		n++;
	assert_true(n <= 4096);
	assert_int_equal(ask(l, &two, 1), LK_CLAIM_GO);
	lk_ledger_release(l, &c[0], false);
	assert_true(is_woken(&c[1]));
	lk_ledger_release(l, &c[1], false);

	for (n = 0; n < 1100; n++) {
		snprintf(host, sizeof(host), "h%zu", n);
		lk_ledger_learn(l, host, 1, &learnt);
	}
	lk_ledger_recall(l, "h0", 1, &got);
	assert_string_equal(got.id, "");
	lk_ledger_recall(l, "h1099", 1, &got);
	assert_string_equal(got.id, "x");
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_ledger, close_ledger)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_two_then_one),
		T(test_who_is_who),
		T(test_success_lets_all_go),
		T(test_refusal_ends_all),
		T(test_next_one_leads),
		T(test_learnt),
		T(test_forgets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
