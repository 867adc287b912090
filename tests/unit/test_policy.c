/* Which mechanisms are tried, and in which order.
 * SPDX-License-Identifier: MIT */
#include "world.h"

static void
test_order(void **state)
{
	struct world w;

	(void)state;
	init(&w);
	expect(&w, "bound token safe mutual hash first second only");
	w.offered = "SECOND FIRST HASH BOUND SAFE MUTUAL TOKEN TOKEN";
	expect(&w, "bound token safe mutual hash first second only");
	w.offered = "TICKET HASH FIRST";
	expect(&w, "hash first ticket");
	w.login.secrets = NULL;
	expect(&w, "ticket");
}

static void
test_list(void **state)
{
	static const struct {
		const char *auth, *order;
	} rows[] = {
		{ "second", "second" },
		{ "only second", "only second" },
		{ "SECOND", "second only" },
		{ "SECOND,HASH", "second only hash" },
		{ "hash, SECOND", "hash second only" },
		{ "first *", "first bound token safe mutual hash second only" },
		{ "!SECOND *", "bound token safe mutual hash first" },
		{ "!second !TOKEN !bound", "safe mutual hash first only" },
		{ "SECOND !only", "second" },
		{ "first-b", "first-b" },
		{ "nobody", "" },
		{ "", "bound token safe mutual hash first second only" },
		{ "*", "bound token safe mutual hash first second only" },
	};
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		init(&w);
		w.login.auth = rows[i].auth;
		expect(&w, rows[i].order);
	}
	init(&w);
	w.offered = "NOBODY TICKET";
	expect(&w, "ticket");
	w.login.auth = "NOBODY";
	expect(&w, "nobody");
	w.offered = "HASH X-NEW";
	w.login.auth = "X-NEW hash";
	expect(&w, "list-* hash");
	w.login.auth = "hash X-NEW";
	expect(&w, "hash list-*");
}

/* What worked last leads its class, and what failed then; never what is of a
 * higher class and was not tried. */
static void
test_learnt(void **state)
{
	static const struct {
		const char *id, *failed, *auth, *order;
	} rows[] = {
		{ "mutual", "", NULL,
		  "bound token mutual safe hash first second only" },
		{ "only", "", NULL,
		  "bound token safe mutual hash first second only" },
		{ "only", "second", NULL,
		  "bound token safe mutual hash first only second" },
		{ "first", "hash", NULL,
		  "bound token safe mutual first hash second only" },
		{ "only", "second", "SECOND", "only second" },
		{ "only", "second", "second only", "second only" },
		{ "gone", "second", NULL,
		  "bound token safe mutual hash first second only" },
	};
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		init(&w);
		w.login.auth = rows[i].auth;
		snprintf(w.learnt.id, sizeof(w.learnt.id), "%s", rows[i].id);
		snprintf(w.learnt.failed[0], sizeof(w.learnt.failed[0]), "%s",
			 rows[i].failed);
		w.learnt.n_failed = *rows[i].failed != '\0';
		expect(&w, rows[i].order);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_learnt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
