/* Of one user only one process at a time tries a secret.
 * SPDX-License-Identifier: MIT */
#include "remembered.h"

static void
begin(struct dialogue *d, struct lk_host *host)
{
	dialogue_init(d, NULL);
	d->offered = "PLAIN";
	d->host = host;
	dialogue_open(d, "");
	lk_auth_begin(d->auth, &d->facts, d->offered);
}

static uint32_t
want(struct dialogue *d)
{
	struct lk_auth_want w = { .size = sizeof(w) };

	lk_auth_want(d->auth, &w);
	if (w.kind == LK_AUTH_WAIT) {
		assert_int_equal(w.fd, -1);
		assert_int_equal(w.timeout_ms, LK_AUTH_POLL_MS);
	}
	return w.kind;
}

/* Hosts of one process are as strange to each other as processes are. */
static void
test_leader(void **state)
{
	static const struct {
		const char *reply;
		uint32_t then[2];   /* of the two that wait */
	} rows[] = {
		{ "535 no", { LK_AUTH_SEND, LK_AUTH_WAIT } },
		{ "454 later", { LK_AUTH_STOP, LK_AUTH_STOP } },
		{ "235 ok", { LK_AUTH_SEND, LK_AUTH_SEND } },
		{ "535 no", { LK_AUTH_STOP, LK_AUTH_STOP } },
	};
	struct lk_host *hosts[3];
	struct dialogue d[3];
	size_t i, j;

	(void)state;
	for (j = 0; j < 3; j++)
		hosts[j] = remembering_host(PLUGINS);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (j = 0; j < 3; j++) {
			lk_host_free(hosts[j]);
			hosts[j] = remembering_host(PLUGINS);
			begin(&d[j], hosts[j]);
			assert_int_equal(want(&d[j]), j ? LK_AUTH_WAIT
							: LK_AUTH_SEND);
		}
		lk_auth_ready(d[1].auth);
		assert_int_equal(want(&d[1]), LK_AUTH_WAIT);
		d[0].server = rows[i].reply;
		while (turn(&d[0]))
			;
		for (j = 1; j < 3; j++) {
			lk_auth_ready(d[j].auth);
			assert_int_equal(want(&d[j]), rows[i].then[j - 1]);
		}
		for (j = 0; j < 3; j++)
			dialogue_close(&d[j]);
		clock_now += 2 * DAY;
	}
	for (j = 0; j < 3; j++)
		lk_host_free(hosts[j]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_leader, make_place,
						remove_place),
	};

	return cmocka_run_group_tests_name("lead", tests, NULL, NULL);
}
