/* What the state directory does to logins, with a clock of its own.
 * SPDX-License-Identifier: MIT */
#include "remembered.h"

#define PUT_OFF "held back (try again later) for u"

/* One run of a program: a host, a login. */
static void
once(struct dialogue *d, const char *server)
{
	struct lk_host *host = remembering_host(PLUGINS);

	d->host = host;
	dialogue_run(d, server);
	lk_host_free(host);
	d->host = NULL;
}

static int32_t asked;

static int32_t
give_and_count(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
	       struct lk_error *err)
{
	asked++;
	return give(ctx, ask, to, err);
}

static void
init(struct dialogue *d)
{
	dialogue_init(d, NULL);
	d->offered = "PLAIN";
	d->login.secret = give_and_count;
	asked = 0;
}

static void
test_id_is_learnt(void **state)
{
	struct lk_host *host;
	struct dialogue d;

	(void)state;
	init(&d);
	d.offered = "LOGIN";
	once(&d, "334 UGFzc3dvcmQ6|501 cancelled|334 UGFzc3dvcmQ6|235 ok");
	/* the form that works, at once */
	once(&d, "334 UGFzc3dvcmQ6|235 ok");
	assert_int_equal(d.result.attempts, 1);
	host = remembering_host(PLUGINS);
	assert_string_equal(learnt_of(host, USER).id, "login-ir");
	assert_int_equal(learnt_of(host, USER).learnt_at, START);
	lk_host_free(host);
}

static void
test_no_cancel(void **state)
{
	struct lk_host *host;
	struct dialogue d;

	(void)state;
	init(&d);
	d.offered = "LOGIN";
	once(&d, "334 UGFzc3dvcmQ6|334 UGFzc3dvcmQ6|334 UGFzc3dvcmQ6|235 ok");
	assert_non_null(strstr(d.said, "RECONNECT"));
	host = remembering_host(PLUGINS);
	assert_int_equal(learnt_of(host, NULL).flags, LK_LEARNT_NO_CANCEL);
	lk_host_free(host);
}

/* Which writes are needed. */
static void
test_writes(void **state)
{
	static const struct {
		int64_t after;
		bool writes;
	} rows[] = {
		{ 0, true }, { MINUTE, false }, { 50 * MINUTE, false },
		{ 10 * MINUTE, true }, { 0, false }, { DAY, true },
	};
	struct stat before = { 0 }, st;
	struct dialogue d;
	size_t i;

	(void)state;
	init(&d);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		clock_now += rows[i].after;
		once(&d, "235 ok");
		assert_int_equal(stat(path_of(STATE_NAME), &st), 0);
		if (rows[i].writes != (st.st_ino != before.st_ino ||
				       st.st_mtim.tv_nsec !=
				       before.st_mtim.tv_nsec))
			fail_msg("row %zu", i);
		before = st;
	}
	assert_null(strstr(read_state_text(), PASSWORD));
}

static int64_t
until(void)
{
	struct lk_host *host = remembering_host(PLUGINS);
	int64_t then = learnt_of(host, USER).refused_until;

	lk_host_free(host);
	return then;
}

/* Nobody has logged in: two refusals, whatever they are shared by. */
static void
test_unknown_user(void **state)
{
	struct dialogue d;

	(void)state;
	init(&d);
	once(&d, "535 no");
	/* the next one may */
	assert_null(strstr(d.err.advice, "held back"));
	assert_int_equal(until(), 0);
	once(&d, "535 no");
	assert_non_null(strstr(d.err.advice, "\nthis user is held back until "
			       "2027-01-15 08:30 +0000"));
	assert_int_equal(until(), START + 30 * MINUTE);
	asked = 0;
	once(&d, "");
	assert_int_equal(asked, 0);
	assert_string_equal(d.said, "");
	assert_int_equal(d.err.cls, LK_E_CREDENTIALS);
	assert_non_null(strstr(d.err.sentence, "held back since "));
	assert_non_null(strstr(d.err.sentence, "2 times in a row, at last at "
			       "2027-01-15 08:00 +0000: it gets none before "
			       "2027-01-15 08:30 +0000"));
	assert_non_null(strstr(d.err.advice, "--retry"));
}

/* Two ids in one login count, too, and what was before them. */
static void
test_budget_of_all(void **state)
{
	struct dialogue d;

	(void)state;
	init(&d);
	once(&d, "535 no");
	d.offered = "PLAIN LOGIN";
	once(&d, "535 no");
	assert_non_null(strstr(d.err.sentence, "it gets none before"));
	init(&d);
	d.login.user = "another";
	d.login.failure_budget = 3;
	once(&d, "535 no");
	once(&d, "535 no");
	once(&d, "535 no");
	once(&d, "");
	assert_int_equal(d.err.cls, LK_E_CREDENTIALS);
}

/* One refusal where the user has logged in; a success ends it. */
static void
test_known_user(void **state)
{
	struct lk_host *host;
	struct dialogue d;

	(void)state;
	init(&d);
	once(&d, "235 ok");
	once(&d, "535 no");
	once(&d, "");
	assert_int_equal(d.err.cls, LK_E_CREDENTIALS);
	/* a person */
	d.login.flags = LK_LOGIN_RETRY;
	once(&d, "535 no");
	host = remembering_host(PLUGINS);
	assert_int_equal(learnt_of(host, USER).refusals, 2);
	assert_int_equal(learnt_of(host, USER).refused_until,
			 START + 30 * MINUTE);
	assert_int_equal(learnt_of(host, "ann").refusals, 0);
	lk_host_free(host);
	once(&d, "235 ok");
	d.login.flags = 0;
	once(&d, "235 ok");
	assert_null(strstr(read_state_text(), " 2 "));
}

/* Every quarter of an hour for a day. */
static void
test_a_day_of_cron(void **state)
{
	struct dialogue d;
	int i, sent = 0;

	(void)state;
	init(&d);
	for (i = 0; i < 4 * 24; i++) {
		struct lk_host *host = remembering_host(PLUGINS);
		struct lk_learnt_info info = learnt_of(host, USER);
		bool is_held = info.refusals > 1 &&
			       info.refused_until > clock_now;

		lk_host_free(host);
		*d.told = *logged = '\0';
		once(&d, is_held ? "" : "535 no");
		assert_int_equal(d.err.cls, LK_E_CREDENTIALS);
		assert_int_equal(*d.said != '\0', !is_held);
		sent += !is_held;
		clock_now += 15 * MINUTE;
	}
	assert_in_range(sent, 2, 8);
}

static void
test_setbacks(void **state)
{
	static const int minutes[] = { 15, 30, 60, 120, 240, 480, 960, 1440,
				       1440 };
	struct lk_setback s = { 0 };
	int64_t now = START;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(minutes) / sizeof(*minutes); i++) {
		lk_setback_refused(&s, now);
		assert_int_equal(s.until - now, minutes[i] * MINUTE);
		assert_true(lk_setback_holds(&s, now));
		now = s.until;
		assert_false(lk_setback_holds(&s, now));
	}
	assert_true(lk_setback_is_over(&s, now + DAY));
	lk_setback_refused(&s, now + DAY);
	assert_int_equal(s.count, 1);
	/* a clock that was in the future */
	assert_false(lk_setback_holds(&s, START));
	memset(&s, 0, sizeof(s));
	for (i = 0; i < 6; i++)
		lk_setback_put_off(&s, START, false);
	assert_int_equal(s.until - START, 15 * MINUTE);
	memset(&s, 0, sizeof(s));
	lk_setback_put_off(&s, START, false);
	assert_int_equal(s.until - START, MINUTE);
	memset(&s, 0, sizeof(s));
	lk_setback_put_off(&s, START, true);
	assert_int_equal(s.until - START, 15 * MINUTE);
}

static void
test_put_off(void **state)
{
	static const struct {
		const char *said;
		int minutes;        /* 0: not at all */
		bool hangs_up;
	} rows[] = {
		{ "454 later", 1, false },
		{ "535 5.7.8 too many failed attempts", 15, false },
		{ "hangs up", 1, true },
		{ "504 unknown|504 unknown", 0, false },
	};
	struct dialogue d;
	size_t i;
	char user[16];

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		init(&d);
		snprintf(user, sizeof(user), "u%zu", i);
		d.login.user = user;
		once(&d, rows[i].said);
		if (!rows[i].minutes) {
			once(&d, "235 ok");
			continue;
		}
		once(&d, "");
		assert_int_equal(d.err.cls, LK_E_TRANSIENT);
		assert_memory_equal(d.err.sentence, PUT_OFF, strlen(PUT_OFF));
		assert_non_null(strstr(d.err.sentence, ": the server put "));
		assert_non_null(strstr(d.err.advice, "--retry"));
		clock_now += rows[i].minutes * MINUTE - 1;
		once(&d, "");
		clock_now++;
		once(&d, "235 ok");
	}
}

/* A hung up connection does not keep the same login from its next id. */
static void
test_next_id_after_hanging_up(void **state)
{
	struct dialogue d;

	(void)state;
	init(&d);
	d.offered = "PLAIN LOGIN";
	once(&d, "hangs up|334 VXNlcm5hbWU6|334 UGFzc3dvcmQ6|235 ok");
	assert_int_equal(d.err.cls, 0);
}

/* One host knows which secret it was. */
static void
test_changed_secret(void **state)
{
	struct dialogue d;

	(void)state;
	init(&d);
	d.host = remembering_host(PLUGINS);
	dialogue_run(&d, "235 ok");
	dialogue_run(&d, "535 no");
	dialogue_run(&d, "");
	d.password = "another-secret";
	dialogue_run(&d, "235 ok");
	lk_host_free(d.host);
}

/* What one host has just proven is not stopped by another's stale secret. */
static void
test_fresh_host(void **state)
{
	struct lk_host *good = remembering_host(PLUGINS);
	struct dialogue d, stale;

	(void)state;
	init(&d);
	init(&stale);
	d.host = good;
	dialogue_run(&d, "235 ok");
	stale.password = "another-secret";
	once(&stale, "535 no");
	once(&stale, "");
	dialogue_run(&d, "235 ok");
	once(&stale, "535 no");
	lk_host_free(good);
}

static void
test_forget(void **state)
{
	struct lk_host *host = remembering_host(PLUGINS);
	struct dialogue d;
	struct lk_error err;

	(void)state;
	init(&d);
	d.host = host;
	dialogue_run(&d, "535 no");
	dialogue_run(&d, "535 no");
	dialogue_run(&d, "");
	assert_int_equal(lk_host_forget(host, HOST, 587, &err), 0);
	assert_int_equal(learnt_of(host, USER).refusals, 0);
	assert_string_equal(read_state_text(), "");
	dialogue_run(&d, "535 no");
	assert_int_equal(lk_host_forget(host, "nowhere", 1, &err), 0);
	lk_host_free(host);
}

/* The directory is opened before files are not to be touched any more. */
static void
test_frozen(void **state)
{
	struct lk_host *host = remembering_host(PLUGINS);
	struct lk_error err;
	struct dialogue d;
	char moved[TEMP + 16];

	(void)state;
	init(&d);
	assert_int_equal(lk_host_preload(host, NULL, &err), 0);
	lk_host_freeze(host);
	snprintf(moved, sizeof(moved), "%s/moved", above);
	assert_int_equal(rename(place, moved), 0);
	d.host = host;
	dialogue_run(&d, "235 ok");
	assert_string_equal(learnt_of(host, USER).id, "plain");
	snprintf(place, sizeof(place), "%s", moved);
	assert_non_null(strstr(read_state_text(), "learnt plain"));
	lk_host_free(host);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_place, remove_place)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_setbacks), TEST(test_id_is_learnt), TEST(test_no_cancel),
		TEST(test_writes), TEST(test_unknown_user),
		TEST(test_budget_of_all), TEST(test_known_user),
		TEST(test_a_day_of_cron), TEST(test_put_off),
		TEST(test_next_id_after_hanging_up), TEST(test_fresh_host),
		TEST(test_changed_secret), TEST(test_forget), TEST(test_frozen),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests_name("remember", tests, NULL, NULL);
}
