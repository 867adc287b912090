/* What may follow a mechanism that is bound to the TLS channel.
 * SPDX-License-Identifier: MIT */
#include "dialogue.h"

#define P64 PASSWORD64
#define BOUND "AUTH BOUND " P64
#define SPENDS ".script=start:send=password"
#define FALLS LK_LOGIN_FALLBACK_TO_PLAINTEXT

static int32_t
bind_channel(void *ctx, const char *type, struct lk_bytes *out)
{
	(void)ctx;
	if (strcmp(type, "tls-exporter") != 0)
		return LK_E_NOPROP;
	out->data = (const unsigned char *)"channel";
	out->len = 7;
	return LK_DONE;
}

static const struct row {
	uint32_t facts, flags;
	const char *offered, *bound, *server, *said;
	const char *sentence;       /* or NULL: it succeeds */
} rows[] = {
	/* refused, with the secret and without */
	{ TLS, 0, "BOUND HASH", "bound" SPENDS, "535 no", BOUND,
	  "\nhash: not tried: after bound nothing follows" },
	{ TLS, 0, "BOUND HASH", "bound.script=start:emit=x", "535 no",
	  "AUTH BOUND eA==", "\nhash: not tried: after bound" },
	/* whatever is weaker */
	{ TLS, 0, "BOUND MUTUAL", "bound" SPENDS, "535 no", BOUND,
	  "\nmutual: not tried: after bound" },
	{ TLS, 0, "BOUND TOKEN", "bound" SPENDS, "535 no", BOUND,
	  "\ntoken: not tried: after bound" },
	{ TLS, 0, "BOUND TICKET", "bound" SPENDS, "535 no", BOUND,
	  "\nticket: not tried: after bound" },
	{ LK_FACT_ENCRYPTED, 0, "BOUND HASH", "bound" SPENDS, "535 no", BOUND,
	  "\nhash: not tried: after bound" },
	/* other answers that anybody can give */
	{ TLS, 0, "BOUND HASH", "bound.script=start:emit=", "504 no|504 no",
	  "AUTH BOUND =|AUTH BOUND", "\nhash: not tried: after bound" },
	{ TLS, 0, "BOUND HASH", "bound" SPENDS, "hangs up", BOUND,
	  "\nhash: not tried: after bound" },
	{ TLS, 0, "BOUND HASH", "bound.script=c:unsupported",
	  "334 |501 cancelled", "AUTH BOUND|*",
	  "\nhash: not tried: after bound" },
	/* what was not sent does not count */
	{ TLS, 0, "BOUND HASH", "bound.script=start:unsupported", "235 ok",
	  "AUTH HASH " P64, NULL },
	{ TLS, 0, "HASH", "bound" SPENDS, "235 ok", "AUTH HASH " P64, NULL },
	/* consent: the user's, or the server's need */
	{ TLS, FALLS, "BOUND HASH", "bound" SPENDS, "535 no|235 ok",
	  BOUND "|AUTH HASH " P64, NULL },
	{ TLS, FALLS, "BOUND SCRIPTED", "bound" SPENDS, "535 no|235 ok",
	  BOUND "|AUTH SCRIPTED " P64, NULL },
	{ TLS, 0, "BOUND SCRIPTED", "bound" SPENDS, "432 4.7.12 no|235 ok",
	  BOUND "|AUTH SCRIPTED " P64, NULL },
	/* which is no consent to the open */
	{ LK_FACT_ENCRYPTED, FALLS | LK_LOGIN_INSECURE_PLAINTEXT,
	  "BOUND SCRIPTED", "bound" SPENDS, "535 no", BOUND,
	  "\nscripted: not tried: without verified TLS" },
};

static void
test_nothing_unbound_follows(void **state)
{
	struct dialogue d;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *r = &rows[i];
		const char *params[] = { r->bound, "hash" SPENDS,
					 "scripted" SPENDS, NULL };

		dialogue_init(&d, new_host(SCRIPTED));
		d.facts.flags = r->facts;
		d.facts.channel_binding = bind_channel;
		d.login.flags = r->flags;
		d.login.params = params;
		d.login.failure_budget = 3;
		d.offered = r->offered;
		dialogue_run(&d, r->server);
		if (strcmp(d.said, r->said) != 0)
			fail_msg("row %zu: said %s", i, d.said);
		if (r->sentence ? !strstr(d.err.sentence, r->sentence)
				: d.err.cls != 0)
			fail_msg("row %zu: %s", i, d.err.sentence);
		lk_host_free(d.host);
	}
}

/* The hint names what gives the binding up, and when that is safe; what was
 * refused comes first. */
static void
test_hint(void **state)
{
	const char *params[] = { "bound" SPENDS, NULL };
	struct dialogue d;

	(void)state;
	dialogue_init(&d, new_host(SCRIPTED));
	d.facts.channel_binding = bind_channel;
	d.login.params = params;
	d.offered = "BOUND HASH";
	dialogue_run(&d, "535 no");
	assert_int_equal(d.err.cls, LK_E_CREDENTIALS);
	assert_non_null(strstr(d.err.advice, "check the user name"));
	assert_non_null(strstr(d.err.advice, "-o auth=hash, if nobody can be "
			       "in between"));
	lk_host_free(d.host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_unbound_follows),
		cmocka_unit_test(test_hint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
