/* Several addresses at once. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/deadline.h"
#include "net/ports.h"
#include "net/race.h"

#include <netinet/tcp.h>

static void
add(struct lk_race *r, const struct lk_address *a)
{
	lk_race_add(r, (const struct sockaddr *)&a->sa, a->len);
}

static int
count_open(const struct lk_race *r)
{
	size_t i;
	int n = 0;

	for (i = 0; i < r->count; i++)
		n += r->tries[i].fd >= 0;
	return n;
}

/* 6 and 4 are families, the order within one is by the last digit. */
static const struct mix {
	const char *before, *after;
} mixes[] = {
	{ "", "" },
	{ "61", "61" },
	{ "61 62 41 42", "61 41 62 42" },
	{ "41 61 62 63", "41 61 62 63" },
	{ "41 42 43 61", "41 61 42 43" },
	{ "61 62 63 41 42", "61 41 62 42 63" },
	{ "41 61 42 62", "41 61 42 62" },
};

static void
test_mix(void **state)
{
	char text[64], got[64];
	const char *p;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(mixes) / sizeof(*mixes); i++) {
		struct lk_race r;

		lk_race_init(&r, 100);
		for (p = mixes[i].before; *p; p += p[2] ? 3 : 2) {
			struct lk_address a;

			snprintf(text, sizeof(text), *p == '6' ? "fd00::%c"
				 : "10.0.0.%c", p[1]);
			a = address_of(text, 1);
			add(&r, &a);
			add(&r, &a);    /* once is enough */
		}
		lk_race_mix(&r);
		got[0] = '\0';
		for (j = 0; j < r.count; j++) {
			size_t at = strlen(got);

			lk_address_text(&r.tries[j].address, text,
					sizeof(text));
			p = strrchr(text, text[0] == '[' ? ']' : ':');
			snprintf(got + at, sizeof(got) - at, "%s%c%c",
				 j ? " " : "", text[0] == '[' ? '6' : '4',
				 p[-1]);
		}
		assert_string_equal(got, mixes[i].after);
		lk_race_end(&r);
	}
}

/* One that says nothing costs a head start, not its deadline. */
static void
test_mute_first(void **state)
{
	struct port mute = port_mute("::1", 0);
	struct port good = port_open("127.0.0.1", 0, 4);
	struct lk_race r;
	int64_t start;

	(void)state;
	lk_race_init(&r, 15000);
	add(&r, &mute.address);
	add(&r, &good.address);
	start = lk_now();
	assert_int_equal(lk_race_run(&r, INT64_MAX), 1);
	assert_in_range(lk_now() - start, LK_RACE_STEP_MS - 10, 5000);
	assert_int_equal(count_open(&r), 2);
	close(r.tries[1].fd);
	r.tries[1].fd = -1;
	lk_race_end(&r);
	assert_int_equal(count_open(&r), 0);
	port_close(&mute);
	port_close(&good);
}

/* One that refuses costs nothing; later ones are not begun. */
static void
test_refused_first(void **state)
{
	struct port bad = port_open("::1", 0, -1);
	struct port worse = port_open("127.0.0.1", 0, -1);
	struct port good = port_open("127.0.0.1", 0, 4);
	struct port later = port_open("::1", 0, 4);
	struct lk_race r;
	int on = 0;
	socklen_t len = sizeof(on);

	(void)state;
	lk_race_init(&r, 15000);
	add(&r, &bad.address);
	add(&r, &worse.address);
	add(&r, &good.address);
	add(&r, &later.address);
	assert_int_equal(lk_race_run(&r, INT64_MAX), 2);
	assert_int_equal(r.begun, 3);
	assert_int_equal(r.tries[0].error, ECONNREFUSED);
	assert_int_equal(r.tries[1].error, ECONNREFUSED);
	assert_int_equal(count_open(&r), 1);
	assert_true(fcntl(r.tries[2].fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(r.tries[2].fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(getsockopt(r.tries[2].fd, IPPROTO_TCP, TCP_NODELAY,
				    &on, &len), 0);
	assert_true(on);
	lk_race_end(&r);
	port_close(&bad);
	port_close(&worse);
	port_close(&good);
	port_close(&later);
}

/* The deadline is that of each address, from its own start on. */
static void
test_all_fail(void **state)
{
	struct port mute = port_mute("127.0.0.1", 0);
	struct port bad = port_open("::1", 0, -1);
	struct port other = port_mute("127.0.0.2", 0);
	struct lk_race r;
	int64_t start;

	(void)state;
	lk_race_init(&r, 600);
	add(&r, &mute.address);
	add(&r, &bad.address);
	add(&r, &other.address);
	start = lk_now();
	assert_int_equal(lk_race_run(&r, INT64_MAX), LK_RACE_LOST);
	assert_in_range(lk_now() - start, 600 + LK_RACE_STEP_MS - 10, 6000);
	assert_int_equal(r.tries[0].error, ETIMEDOUT);
	assert_int_equal(r.tries[1].error, ECONNREFUSED);
	assert_int_equal(r.tries[2].error, ETIMEDOUT);
	assert_int_equal(count_open(&r), 0);
	port_close(&mute);
	port_close(&bad);
	port_close(&other);
}

/* What is late stays in the race. */
static void
test_late(void **state)
{
	struct port mute = port_mute("127.0.0.1", 0);
	struct port good = port_open("::1", 0, 4);
	struct lk_race r;
	int winner, i;

	(void)state;
	lk_race_init(&r, 15000);
	add(&r, &mute.address);
	assert_int_equal(lk_race_run(&r, lk_now() + 50), LK_RACE_LATE);
	assert_int_equal(count_open(&r), 1);
	/* now there is room: the first one connects when it asks again */
	for (i = 0; i < 1 + mute.n; i++) {
		struct pollfd w = { .fd = mute.fd, .events = POLLIN };

		if (poll(&w, 1, 0) == 1)
			close(accept(mute.fd, NULL, NULL));
	}
	add(&r, &good.address);
	winner = lk_race_run(&r, INT64_MAX);
	assert_in_range(winner, 0, 1);
	lk_race_end(&r);
	lk_race_init(&r, 100);
	assert_int_equal(lk_race_run(&r, INT64_MAX), LK_RACE_LOST);
	port_close(&mute);
	port_close(&good);
}

/* Too many are left out. */
static void
test_many(void **state)
{
	struct lk_race r;
	char text[32];
	int i;

	(void)state;
	lk_race_init(&r, 100);
	for (i = 0; i < 2 * LK_RACE_MAX; i++) {
		struct lk_address a;

		snprintf(text, sizeof(text), "10.0.0.%d", i);
		a = address_of(text, 1);
		add(&r, &a);
	}
	assert_int_equal(r.count, LK_RACE_MAX);
	lk_race_end(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mix),
		cmocka_unit_test(test_mute_first),
		cmocka_unit_test(test_refused_first),
		cmocka_unit_test(test_all_fail),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
