/* One login after the other, beside the other, and that waits.
 * SPDX-License-Identifier: MIT */
#include "talk.h"

/* What DIGEST-MD5 remembers is never sent, and spoils nothing: not with the
 * same server, nor another one, nor one that has forgotten all, nor a hostile
 * one that answers what was not said. */
static void
test_again(void **state)
{
	static const char *const names[] = { HOST, HOST, "other.example", HOST,
					     "other.example" };
	struct lk_bytes hostile = bytes("rspauth=00000000000000000000000000000"
					"000");
	struct attempt a;
	struct result r;
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++) {
		real_init(&a, "sasl-digest-md5");
		r = log_in(&a, names[i], NULL);
		if (r.cls != LK_DONE || r.has_ir || r.rounds != 3)
			fail_msg("login %zu: %d, initial response %d, %d "
				 "rounds: %s", i, r.cls, r.has_ir, r.rounds,
				 sentence(&a));
		attempt_close(&a);
	}
	for (i = 0; i < 2; i++) {
		real_init(&a, "sasl-digest-md5");
		a.login.host = i ? "never.example" : HOST;
		attempt_open(&a, true);
		assert_int_equal(lk_exchange_start(a.x), LK_CONTINUE);
		assert_null(lk_exchange_response(a.x).data);
		assert_true(lk_exchange_challenge(a.x, hostile, hostile, false)
			    < 0);
		attempt_close(&a);
	}
	/* a refusal is not remembered either */
	r = log_in_by("sasl-digest-md5", "wrong", NULL);
	assert_int_equal(r.cls, LK_E_CREDENTIALS);
	r = log_in_by("sasl-digest-md5", "s3cret", NULL);
	assert_int_equal(r.cls, LK_DONE);
}

static void
test_waits(void **state)
{
	static const char *const ids[] = { "sasl-plain", "sasl-login",
					   "sasl-cram-md5", "sasl-digest-md5" };
	struct lk_bytes out, none = { NULL, 0 };
	struct attempt a;
	sasl_conn_t *server;
	size_t i;
	int32_t r;
	int code, round;

	(void)state;
	for (i = 0; i < 4; i++) {
		server = server_new(HOST, NULL);
		real_init(&a, ids[i]);
		a.not_yet = 2;
		attempt_open(&a, true);
		r = lk_exchange_start(a.x);
		for (round = 0;; round++) {
			while (r == LK_PENDING)
				r = lk_exchange_resume(a.x);
			assert_true(r >= 0);
			code = serve(server, a.entry.record.wire,
				     lk_exchange_response(a.x), round == 0,
				     &out);
			if (code != SASL_CONTINUE)
				break;
			r = lk_exchange_challenge(a.x, out, out, false);
		}
		assert_int_equal(code, SASL_OK);
		assert_int_equal(lk_exchange_success(a.x, none), LK_DONE);
		assert_int_equal(a.not_yet, 0);
		attempt_close(&a);
		sasl_dispose(&server);
	}
}

/* Two hosts in the process, and one gone while the other logs in. */
static void
test_two_hosts(void **state)
{
	struct lk_host *first = installed;
	struct attempt a;

	real_init(&a, "sasl-digest-md5");
	load(state);
	assert_ptr_not_equal(installed, first);
	assert_int_equal(log_in_by("sasl-digest-md5", "s3cret", NULL).cls,
			 LK_DONE);
	unload(state);
	assert_int_equal(log_in(&a, HOST, NULL).cls, LK_DONE);
	attempt_close(&a);
	installed = first;
	list_entries();
	assert_int_equal(log_in_by("sasl-plain", "s3cret", NULL).cls, LK_DONE);
}

/* Somebody in the process says that libsasl2 is done with. */
static void
test_others_are_done(void **state)
{
	struct attempt a;

	(void)state;
	real_init(&a, "sasl-scram-sha-1");
	attempt_open(&a, true);
	assert_int_equal(lk_exchange_start(a.x), LK_CONTINUE);
	assert_int_equal(sasl_client_init(NULL), SASL_OK);
	sasl_client_done();
	attempt_close(&a);
	assert_int_equal(log_in_by("sasl-scram-sha-1", "s3cret", NULL).cls,
			 LK_DONE);
}

/* The server's side is brought down as well, and again: its count is one. */
static void
test_others_are_done_too_often(void **state)
{
	struct lk_bytes in = bytes("garbage");
	struct attempt a;
	int i;

	(void)state;
	real_init(&a, "sasl-scram-sha-1");
	attempt_open(&a, true);
	assert_int_equal(lk_exchange_start(a.x), LK_CONTINUE);
	for (i = 0; i < 5; i++)
		sasl_done();
	assert_int_equal(lk_exchange_challenge(a.x, in, in, false),
			 LK_E_PROTOCOL);
	attempt_close(&a);
	server_init();
	assert_int_equal(log_in_by("sasl-digest-md5", "s3cret", NULL).cls,
			 LK_DONE);
}

struct user {
	struct lk_entry **list;
	int lost;
};

static void *
log_in_often(void *arg)
{
	struct attempt *a = malloc(sizeof(*a));
	struct user *user = arg;
	int i;

	for (i = 0; i < 800 && a; i++) {
		real_init_in(a, user->list, i % 4 ? "sasl-digest-md5"
						  : "sasl-cram-md5");
		if (log_in(a, i % 3 ? HOST : "other.example", NULL).cls !=
		    LK_DONE)
			user->lost++;
		attempt_close(a);
	}
	free(a);
	return NULL;
}

/* Of one host and of two. */
static void
test_threads(void **state)
{
	struct lk_host *first = installed;
	struct lk_entry **list = entries;
	struct user users[4];
	pthread_t threads[4];
	size_t i;

	entries = NULL;
	load(state);
	for (i = 0; i < 4; i++) {
		users[i].list = i % 2 ? list : entries;
		users[i].lost = 0;
		assert_int_equal(pthread_create(&threads[i], NULL,
						log_in_often, &users[i]), 0);
	}
	for (i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(users[i].lost, 0);
	}
	unload(state);
	installed = first;
	entries = list;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_two_hosts),
		cmocka_unit_test(test_others_are_done),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_others_are_done_too_often),
	};

	return cmocka_run_group_tests(tests, begin, unload);
}
