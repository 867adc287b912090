/* Secrets that take their time, and ends in the middle of a login.
 * SPDX-License-Identifier: MIT */
#include "dialogue.h"

#include <sys/wait.h>
#include <unistd.h>

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

static void
test_secret_takes_its_time(void **state)
{
	struct dialogue d;

	dialogue_spends(&d, *state);
	d.pendings = 2;
	dialogue_run(&d, "235 ok");
	assert_int_equal(d.err.cls, 0);

	/* it was lost, and the connection with it */
	dialogue_spends(&d, *state);
	d.pendings = 1;
	dialogue_open(&d, "235 ok");
	lk_auth_begin(d.auth, &d.facts, d.offered);
	assert_int_equal(kind(&d), LK_AUTH_WAIT);
	lk_auth_lost(d.auth, LK_E_PROTOCOL);
	while (turn(&d))
		;
	dialogue_close(&d);
	assert_memory_equal(d.said, "RECONNECT|AUTH SCRIPTED ", 24);
	assert_int_equal(d.err.cls, 0);
}

static void
test_no_secret_after_all(void **state)
{
	struct dialogue d;

	dialogue_spends(&d, *state);
	d.password = NULL;
	dialogue_run(&d, "");
	assert_string_equal(d.said, "");
	assert_int_equal(d.err.cls, LK_E_NOPROP);
	assert_int_equal(lk_error_exit(d.err.cls), 78);
	assert_non_null(strstr(d.err.sentence, "no password is here"));
}

/* Asked for anew while the server waits. */
static void
test_fresh_token_takes_its_time(void **state)
{
	static const char *const params[] = {
		"token.script=start:send=oauth.token", NULL };
	struct dialogue d;

	dialogue_spends(&d, *state);
	d.offered = "TOKEN";
	d.login.params = params;
	d.fresh = FRESH;
	dialogue_open(&d, "535 no|235 ok");
	lk_auth_begin(d.auth, &d.facts, d.offered);
	turn(&d);
	d.pendings = 1;
	turn(&d);
	assert_int_equal(kind(&d), LK_AUTH_WAIT);
	while (turn(&d))
		;
	dialogue_close(&d);
	assert_int_equal(d.err.cls, 0);
	assert_int_equal(d.renewals, 1);
	assert_int_equal(charged(*state), 0);
}

static int32_t
give_up(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
	struct lk_error *err)
{
	if (ask->flags & LK_ASK_RENEW)
		return LK_E_CANCELLED;
	return give(ctx, ask, to, err);
}

/* Nobody types another one: that the first was refused counts. */
static void
test_fresh_secret_is_not_typed(void **state)
{
	struct dialogue d;

	dialogue_spends(&d, *state);
	d.login.secret = give_up;
	dialogue_run(&d, "535 your password has expired");
	assert_int_equal(d.err.cls, LK_E_CANCELLED);
	assert_int_equal(charged(*state), 1);
}

/* A one-time password is not asked for before there is something to ask. */
static void
test_code_is_asked_for_when_it_is_used(void **state)
{
	static const char *const params[] = {
		"code.script=start:emit=x c:send=otp", NULL };
	struct dialogue d;

	dialogue_spends(&d, *state);
	d.offered = "CODE";
	d.login.params = params;
	d.login.secrets = "otp";
	d.pendings = 1;
	dialogue_open(&d, "334 |235 ok");
	lk_auth_begin(d.auth, &d.facts, d.offered);
	assert_int_equal(kind(&d), LK_AUTH_SEND);
	turn(&d);
	turn(&d);
	assert_int_equal(kind(&d), LK_AUTH_WAIT);
	while (turn(&d))
		;
	dialogue_close(&d);
	assert_string_equal(d.said, "AUTH CODE eA==|" PASSWORD64);
	assert_int_equal(d.err.cls, 0);
}

/* ---- ends --------------------------------------------------------------- */

static void
test_freed_anywhere(void **state)
{
	static const char *const params[] = {
		"slow.script=start:wait=1,send=password c:wait=1,emit=x "
		"s:wait=1,done", NULL };
	struct dialogue d;
	int steps, i;
	bool goes_on = true;

	for (steps = 0; goes_on; steps++) {
		dialogue_spends(&d, *state);
		d.offered = "SLOW";
		d.login.params = params;
		d.pendings = 1;
		dialogue_open(&d, "334 |235 ok");
		if (steps)
			lk_auth_begin(d.auth, &d.facts, d.offered);
		for (i = 1; i < steps && goes_on; i++)
			goes_on = turn(&d);
		lk_auth_free(d.auth);
	}
	assert_true(steps > 8);
	lk_auth_free(NULL);
}

/* The connection is lost at each step: it ends, and nothing leaks. */
static void
test_lost_anywhere(void **state)
{
	static const int32_t classes[] = { LK_E_PROTOCOL, LK_E_TRANSIENT };
	static const char *const params[] = {
		"slow.script=start:wait=1,send=password c:wait=1,emit=x",
		"other.script=c:unsupported", NULL };
	struct dialogue d;
	int steps, i, j;

	(void)state;
	for (j = 0; j < 2; j++)
		for (steps = 0; steps < 14; steps++) {
			struct lk_host *host = new_host(SCRIPTED);

			dialogue_spends(&d, host);
			d.offered = "SLOW OTHER";
			d.login.params = params;
			d.pendings = 1;
			dialogue_open(&d, "334 |501 cancelled|334 |235 ok|"
				      "334 |235 ok|535 no|535 no");
			lk_auth_begin(d.auth, &d.facts, d.offered);
			for (i = 0; i < steps && turn(&d); i++)
				;
			lk_auth_lost(d.auth, classes[j]);
			while (turn(&d))
				;
			dialogue_close(&d);
			assert_true(d.err.cls <= 0);
			lk_host_free(host);
		}
}

/* However it ends, the secret is gone, and what is echoed later is hidden. */
static void
test_secret_is_wiped(void **state)
{
	static const char *const replies[] = { "235 ok", "454 later",
					       "535 no|535 no" };
	struct lk_bytes out;
	struct dialogue d;
	size_t i;

	for (i = 0; i < sizeof(replies) / sizeof(*replies); i++) {
		char echo[] = "250 " PASSWORD " is " PASSWORD64;

		begin(&d, *state, replies[i]);
		while (turn(&d))
			;
		assert_int_equal(lk_store_lease(d.auth->store, "password",
						&out), LK_E_NOPROP);
		lk_auth_scrub(d.auth, echo, strlen(echo));
		assert_string_equal(echo, "250 ************** is "
				    "*******************=");
		dialogue_close(&d);
	}
}

static void
test_forked(void **state)
{
	struct dialogue d;
	int status = 0;
	pid_t child;

	begin(&d, *state, "235 ok");
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		int ok = kind(&d) == LK_AUTH_STOP;

		lk_auth_sent(d.auth);
		ok = ok && lk_auth_error(d.auth)->cls == LK_E_INTERNAL;
		ok = ok && strstr(lk_auth_error(d.auth)->sentence, "fork");
		lk_auth_free(d.auth);
		_exit(ok ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	while (turn(&d))
		;
	dialogue_close(&d);
	assert_int_equal(d.err.cls, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, scripted_host, free_host)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_secret_takes_its_time),
		T(test_no_secret_after_all),
		T(test_fresh_token_takes_its_time),
		T(test_fresh_secret_is_not_typed),
		T(test_freed_anywhere),
		T(test_lost_anywhere),
		T(test_forked),
		T(test_secret_is_wiped),
		T(test_code_is_asked_for_when_it_is_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
