/* What a person is told to do after a refusal. SPDX-License-Identifier: MIT */
#include "dialogue.h"

#define SENDS ".script=start:send=password"
#define SENDS_TOKEN "token.script=start:send=oauth.token"
#define HERE "make an app password at https://example.com/app"

static const struct row {
	const char *offered, *script, *own, *server, *advice, *not;
} rows[] = {
	{ "SCRIPTED", "scripted" SENDS, NULL, "535 no",
	  "many providers want an app password", NULL },
	{ "TOKEN", SENDS_TOKEN, NULL, "535 no",
	  "has expired or lacks the scope", "app password" },
	{ "TICKET", "ticket.script=start:emit=x", NULL, "535 no",
	  "knows your certificate or ticket", "app password" },
	/* the program knows where it is to be had */
	{ "SCRIPTED", "scripted" SENDS, HERE, "535 no", HERE,
	  "check the user name" },
	{ "TOKEN", SENDS_TOKEN, HERE, "535 no", HERE, "has expired" },
	{ "STRONG SCRIPTED", "strong" SENDS, HERE, "535 no",
	  HERE "\nif the user name and the secret are right: -o ", NULL },
	{ "SCRIPTED", "scripted.script=start:send=password f:expired", HERE,
	  "535 no", HERE, "password-from" },
	/* but not what the server wants, or what is no secret's fault */
	{ "SCRIPTED", "scripted" SENDS, HERE, "454 later", "later", HERE },
	{ "TICKET", "ticket.script=start:emit=x", HERE, "535 no",
	  "knows your certificate or ticket", HERE },
	{ "SCRIPTED", "scripted" SENDS, HERE,
	  "534 5.7.9 Application-specific password required", "app password",
	  HERE },
};

static void
test_advice(void **state)
{
	struct dialogue d;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *r = &rows[i];
		const char *params[] = { r->script, NULL };

		dialogue_init(&d, new_host(SCRIPTED));
		d.login.params = params;
		d.login.advice = r->own;
		d.offered = r->offered;
		dialogue_run(&d, r->server);
		if (!strstr(d.err.advice, r->advice) ||
		    (r->not && strstr(d.err.advice, r->not)))
			fail_msg("row %zu: %s\nadvice: %s", i, d.err.sentence,
				 d.err.advice);
		lk_host_free(d.host);
	}
}

/* A program that does not know the member. */
static void
test_older_program(void **state)
{
	const char *params[] = { "scripted" SENDS, NULL };
	struct dialogue d;

	(void)state;
	dialogue_init(&d, new_host(SCRIPTED));
	d.login.size = offsetof(struct lk_login, advice);
	d.login.advice = HERE;
	d.login.params = params;
	d.offered = "SCRIPTED";
	dialogue_run(&d, "535 no");
	assert_null(strstr(d.err.advice, HERE));
	lk_host_free(d.host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_advice),
		cmocka_unit_test(test_older_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
