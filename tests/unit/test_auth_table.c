/* The table of outcomes, row by row. SPDX-License-Identifier: MIT */
#include "outcomes.h"

static void
check(const struct row *r, const struct dialogue *d)
{
	const char *winner = r->winner ? r->winner : "";

	if (strcmp(d->said, r->said) != 0)
		fail_msg("%s: said %s", r->name, d->said);
	if (strcmp(d->result.id, winner) != 0)
		fail_msg("%s: %s won: %s", r->name, d->result.id,
			 d->err.sentence);
	if (charged(d->host) != r->cost)
		fail_msg("%s: cost %u", r->name, (unsigned)charged(d->host));
	if (d->err.cls != r->cls || lk_error_exit(d->err.cls) != r->exit)
		fail_msg("%s: class %d, exit %d: %s", r->name,
			 (int)d->err.cls, lk_error_exit(d->err.cls),
			 d->err.sentence);
	if (d->is_closed != r->closes)
		fail_msg("%s: closes: %d", r->name, (int)d->is_closed);
	if (r->sentence && !strstr(d->err.sentence, r->sentence))
		fail_msg("%s: %s", r->name, d->err.sentence);
	if (r->advice && !strstr(d->err.advice, r->advice))
		fail_msg("%s: advice: %s", r->name, d->err.advice);
	if (r->cls && !d->err.advice[0] && r->exit != 76)
		fail_msg("%s: no advice", r->name);
}

static void
test_outcomes(void **state)
{
	struct dialogue d;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *r = &rows[i];
		const char *params[5] = { NULL };

		dialogue_init(&d, new_host(SCRIPTED));
		memcpy(params, r->scripts, sizeof(r->scripts));
		d.facts.flags = r->facts;
		d.login.flags = r->flags;
		d.login.auth = r->auth;
		d.login.params = params;
		d.offered = r->offered;
		d.fresh = r->fresh;
		dialogue_run(&d, r->server);
		check(r, &d);
		lk_host_free(d.host);
	}
}

static void
test_warning(void **state)
{
	static const char *const params[] = { "scripted" SPENDS, NULL };
	struct dialogue d;

	(void)state;
	dialogue_init(&d, new_host(SCRIPTED));
	d.offered = "SCRIPTED";
	d.login.params = params;
	dialogue_run(&d, "250 2.7.0 welcome");
	assert_string_equal(d.warning, "the server said 250, not 235");
	lk_host_free(d.host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_warning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
