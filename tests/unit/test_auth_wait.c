/* Several logins at once. SPDX-License-Identifier: MIT */
#include "dialogue.h"

#include <pthread.h>
#include <unistd.h>

/* The age is told, and nothing is sent. */
static void
test_spent(void **state)
{
	struct dialogue d;

	dialogue_spends(&d, *state);
	dialogue_run(&d, "535 no");
	dialogue_run(&d, "535 no");
	assert_int_equal(charged(*state), 2);
	dialogue_run(&d, "");
	assert_string_equal(d.said, "");
	assert_int_equal(d.err.cls, LK_E_CREDENTIALS);
	assert_non_null(strstr(d.err.sentence, "refused this secret "));
	assert_non_null(strstr(d.err.sentence, " ago; it is not sent again"));
	assert_non_null(strstr(d.err.advice, "correct the secret"));

	d.password = "another-password";
	dialogue_run(&d, "235 ok");
	assert_int_equal(d.err.cls, 0);
	/* this user has logged in: one from now on */
	d.password = "third-password";
	dialogue_run(&d, "535 no");
	dialogue_run(&d, "");
	assert_string_equal(d.said, "");
}

/* ---- ten at once -------------------------------------------------------- */

static struct {
	pthread_mutex_t lock;
	pthread_barrier_t all;
	int auths, now, most;
} server = { .lock = PTHREAD_MUTEX_INITIALIZER };

struct client {
	pthread_t thread;
	struct lk_host *host;
	const char *reply;
	struct dialogue d;
	bool can_go_at_once;
};

static void
count(int step)
{
	pthread_mutex_lock(&server.lock);
	server.now += step;
	server.auths += step > 0;
	if (server.now > server.most)
		server.most = server.now;
	pthread_mutex_unlock(&server.lock);
}

static void *
log_in(void *arg)
{
	struct client *c = arg;
	struct lk_auth_want w = { .size = sizeof(w) };

	pthread_barrier_wait(&server.all);
	lk_auth_begin(c->d.auth, &c->d.facts, c->d.offered);
	for (;;) {
		lk_auth_want(c->d.auth, &w);
		if (w.kind == LK_AUTH_SEND) {
			count(1);
			usleep(2000);
			count(-1);
		}
		if (!turn(&c->d))
			return NULL;
	}
}

static void
ten_at_once(struct lk_host *host, const char *reply, struct client c[10])
{
	int i;

	server.auths = server.now = server.most = 0;
	assert_int_equal(pthread_barrier_init(&server.all, NULL, 10), 0);
	for (i = 0; i < 10; i++) {
		dialogue_spends(&c[i].d, host);
		dialogue_open(&c[i].d, reply);
		assert_int_equal(pthread_create(&c[i].thread, NULL, log_in,
						&c[i]), 0);
	}
	for (i = 0; i < 10; i++) {
		pthread_join(c[i].thread, NULL);
		dialogue_close(&c[i].d);
	}
	pthread_barrier_destroy(&server.all);
}

static void
test_ten_refused(void **state)
{
	struct client c[10];
	int i;

	ten_at_once(*state, "535 no", c);
	assert_in_range(server.auths, 1, 2);
	assert_int_equal(server.most, 1);
	assert_in_range(charged(*state), 1, 2);
	for (i = 0; i < 10; i++)
		assert_int_equal(c[i].d.err.cls, LK_E_CREDENTIALS);
}

static void
test_ten_accepted(void **state)
{
	struct client c[10];
	int i;

	ten_at_once(*state, "235 ok", c);
	assert_int_equal(server.auths, 10);
	for (i = 0; i < 10; i++)
		assert_int_equal(c[i].d.err.cls, 0);
}

/* A temporary answer says nothing about the secret: each asks, in turn. */
static void
test_ten_later(void **state)
{
	struct client c[10];
	int i;

	ten_at_once(*state, "454 later", c);
	assert_int_equal(server.auths, 10);
	assert_int_equal(server.most, 1);
	assert_int_equal(charged(*state), 0);
	for (i = 0; i < 10; i++)
		assert_int_equal(c[i].d.err.cls, LK_E_TRANSIENT);
}

/* ---- one after the other ------------------------------------------------ */

static uint32_t
kind(struct dialogue *d)
{
	struct lk_auth_want w = { .size = sizeof(w) };

	lk_auth_want(d->auth, &w);
	return w.kind;
}

static void
begin(struct dialogue *d, struct lk_host *host, const char *replies)
{
	dialogue_spends(d, host);
	dialogue_open(d, replies);
	lk_auth_begin(d->auth, &d->facts, d->offered);
}

/* A leader that is freed, in whatever state, does not keep the others. */
static void
test_leader_goes_away(void **state)
{
	struct dialogue leader, follower;
	int steps;

	for (steps = 0; steps < 4; steps++) {
		int i;

		begin(&leader, *state, "454 later");
		begin(&follower, *state, "454 later");
		assert_int_equal(kind(&leader), LK_AUTH_SEND);
		assert_int_equal(kind(&follower), LK_AUTH_WAIT);
		lk_auth_ready(follower.auth);
		assert_int_equal(kind(&follower), LK_AUTH_WAIT);
		for (i = 0; i < steps; i++)
			turn(&leader);
		if (steps == 3)
			assert_int_equal(kind(&follower), LK_AUTH_WAIT);
		lk_auth_free(leader.auth);
		lk_auth_ready(follower.auth);
		assert_int_equal(kind(&follower), LK_AUTH_SEND);
		lk_auth_free(follower.auth);
	}
}

/* One that waits loses its connection meanwhile. */
static void
test_connection_is_lost_while_waiting(void **state)
{
	struct dialogue leader, follower;

	begin(&leader, *state, "235 ok");
	begin(&follower, *state, "235 ok");
	lk_auth_lost(follower.auth, LK_E_PROTOCOL);
	assert_int_equal(kind(&follower), LK_AUTH_WAIT);
	while (turn(&leader))
		;
	dialogue_close(&leader);
	while (turn(&follower))
		;
	dialogue_close(&follower);
	assert_memory_equal(follower.said, "RECONNECT|AUTH SCRIPTED ", 24);
	assert_int_equal(follower.err.cls, 0);
}

static void
test_nobody_waits_for_ever(void **state)
{
	struct dialogue leader, follower;

	begin(&leader, *state, "235 ok");
	begin(&follower, *state, "235 ok");
	lk_auth_lost(follower.auth, LK_E_TRANSIENT);
	assert_int_equal(kind(&follower), LK_AUTH_STOP);
	dialogue_close(&follower);
	assert_int_equal(follower.err.cls, LK_E_TRANSIENT);
	lk_auth_free(leader.auth);
}

#define T(name) cmocka_unit_test_setup_teardown(name, scripted_host, free_host)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_spent),
		T(test_ten_refused),
		T(test_ten_accepted),
		T(test_ten_later),
		T(test_leader_goes_away),
		T(test_connection_is_lost_while_waiting),
		T(test_nobody_waits_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
