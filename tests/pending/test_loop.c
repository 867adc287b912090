/* A hundred logins at once on one thread, each waiting for something of its own;
 * and one that blocks, on a worker. SPDX-License-Identifier: MIT */
#include "pending/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct loop loop;

static int
set_up(void **state)
{
	(void)state;
	loop_begin(&loop);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	loop_end(&loop);
	return 0;
}

static const char *const events[] = { "start", "challenge", "success",
				      "failure" };

static bool
all_wait(const struct loop *l)
{
	return l->waiting == l->count;
}

static int wanted;

static bool
wanted_are_done(const struct loop *l)
{
	return l->done == wanted;
}

static void
check_all(const struct loop *l)
{
	int i;

	for (i = 0; i < l->count; i++)
		assert_int_equal(l->logins[i].cls, l->logins[i].refuses
				 ? LK_E_CREDENTIALS : 0);
	assert_int_equal(l->waiting, 0);
	assert_int_equal(l->threads, 0);
}

/* All of them wait before any is woken, in whatever event; then one after the
 * other, in an order that has nothing to do with the first, and each time one
 * goes on and the others wait. */
static void
test_any_order(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < LOGINS; i++)
		loop_add(&loop, "waits", events[i % 4], NULL, true);
	loop_run(&loop, all_wait);
	assert_int_equal(loop.done, 0);
	for (i = 0; i < LOGINS; i++) {
		struct login *l = &loop.logins[(i * 37 + 11) % LOGINS];

		assert_false(l->is_done);
		loop_open(l);
		wanted = i + 1;
		loop_run(&loop, wanted_are_done);
		assert_true(l->is_done);
		assert_int_equal(loop.waiting, LOGINS - wanted);
	}
	check_all(&loop);
}

/* All gates open before the loop turns again. */
static void
test_all_at_once(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < LOGINS; i++)
		loop_add(&loop, "waits", events[i % 4], NULL, true);
	loop_run(&loop, all_wait);
	for (i = 0; i < LOGINS; i++)
		loop_open(&loop.logins[i]);
	loop_run(&loop, all_done);
	check_all(&loop);
}

/* Woken by threads of the mechanism, when they please. */
static void
test_woken_by_threads(void **state)
{
	char ms[16];
	int i;

	(void)state;
	for (i = 0; i < LOGINS; i++) {
		snprintf(ms, sizeof(ms), "ms=%d", i * 37 % 50);
		loop_add(&loop, "waits", events[i % 4], ms, false);
	}
	loop_run(&loop, all_done);
	check_all(&loop);
}

/* Two gates are never opened: of one the mechanism has enough, of the other the
 * program.  A server hangs up on a third.  The others do not notice. */
static void
test_time_and_loss(void **state)
{
	struct login *its_limit, *our_limit, *lost;
	int i;

	(void)state;
	its_limit = loop_add(&loop, "waits", "challenge", "limit=20", true);
	our_limit = loop_add(&loop, "waits", "start", NULL, true);
	lost = loop_add(&loop, "waits", "challenge", NULL, true);
	our_limit->deadline = 0;
	lost->hangs_up = true;
	for (i = 3; i < LOGINS; i++)
		loop_add(&loop, "waits", events[i % 4], NULL, true);
	wanted = 3;
	loop_run(&loop, wanted_are_done);
	assert_int_equal(its_limit->cls, LK_E_TRANSIENT);
	assert_non_null(strstr(lk_smtp_error(its_limit->smtp)->sentence,
			       "the gate stayed closed"));
	assert_int_equal(our_limit->cls, LK_E_TRANSIENT);
	assert_non_null(strstr(lk_smtp_error(our_limit->smtp)->sentence,
			       "the mechanism was not ready in time"));
	assert_int_equal(lost->cls, LK_E_PROTOCOL);
	for (i = 3; i < LOGINS; i++)
		loop_open(&loop.logins[i]);
	loop_run(&loop, all_done);
	for (i = 3; i < LOGINS; i++)
		assert_int_equal(loop.logins[i].cls, loop.logins[i].refuses
				 ? LK_E_CREDENTIALS : 0);
}

static bool
all_but_four(const struct loop *l)
{
	return l->done == l->count - 4;
}

/* Four are blocked in four workers, one in each event, and 96 log in meanwhile
 * on the loop's thread: their gates are opened before. */
static void
test_worker(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 4; i++)
		loop_add(&loop, "blocks", events[i], NULL, true);
	for (i = 4; i < LOGINS; i++)
		loop_open(loop_add(&loop, "waits", events[i % 4], NULL,
				   true));
	loop_run(&loop, all_but_four);
	for (i = 0; i < 4; i++) {
		assert_false(loop.logins[i].is_done);
		loop_open(&loop.logins[i]);
		wanted = LOGINS - 3 + i;
		loop_run(&loop, wanted_are_done);
		assert_true(loop.logins[i].is_done);
	}
	/* every call of theirs was a worker's: start and the outcome, and the
	 * challenge of one */
	assert_int_equal(loop.threads, 9);
	loop.threads = 0;
	check_all(&loop);
}

/* Blocked beyond the time: an error as any other. */
static void
test_worker_gives_up(void **state)
{
	struct login *l;

	(void)state;
	l = loop_add(&loop, "blocks", "challenge", "limit=20", true);
	loop_run(&loop, all_done);
	assert_int_equal(l->cls, LK_E_TRANSIENT);
}

/* Freed while they wait: nothing leaks, nothing hangs. */
static void
test_given_up(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < LOGINS; i++)
		loop_add(&loop, "waits", events[i % 4], NULL, true);
	loop_run(&loop, all_wait);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_any_order),
		T(test_all_at_once),
		T(test_woken_by_threads),
		T(test_time_and_loss),
		T(test_worker),
		T(test_worker_gives_up),
		T(test_given_up),
	};

	setenv("LATCHKEY_PLUGIN_PATH", LK_TEST_BUILD_DIR
	       "/test-plugins/pending", 1);
	setenv("XDG_DATA_HOME", "/nonexistent", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
