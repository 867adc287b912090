/* A peer that is never silent, and never says anything: it gets no more time
 * than a silent one. SPDX-License-Identifier: MIT */
#include "base/deadline.h"
#include "net/sender.h"

static int
make_all(void **state)
{
	(void)state;
	authority_new("DNS:localhost");
	return 0;
}

static int
free_all(void **state)
{
	(void)state;
	authority_free();
	return 0;
}

static const struct turn drips_greeting[] = {
	{ DRIP, "220-\r\n" }, { END, NULL },
};
static const struct turn drips_ehlo[] = {
	{ SAY, "220 mx\r\n" }, { HEAR, "EHLO " }, { DRIP, "250-\n" },
	{ END, NULL },
};
static const struct turn tickets[] = {
	{ TLS, NULL }, { TICKETS, NULL }, { END, NULL },
};
static const struct turn keys[] = {
	{ TLS, NULL }, { KEYS, NULL }, { END, NULL },
};
static const struct turn drips_bye[] = {
	GREETED, MAILED, { HEAR, "QUIT" }, { DRIP, "221-\r\n" },
	{ END, NULL },
};
static const struct turn tickets_bye[] = {
	{ TLS, NULL }, GREETED, MAILED, { HEAR, "QUIT" }, { TICKETS, NULL },
	{ END, NULL },
};
static const struct turn keys_bye[] = {
	{ TLS, NULL }, GREETED, MAILED, { HEAR, "QUIT" }, { KEYS, NULL },
	{ END, NULL },
};

static const struct row {
	const char *what;
	const struct turn *script;
	int32_t cls;
} rows[] = {
	{ "lines of a greeting", drips_greeting, LK_E_TRANSIENT },
	{ "lines of a reply", drips_ehlo, LK_E_TRANSIENT },
	{ "tickets", tickets, LK_E_TRANSIENT },
	{ "keys", keys, LK_E_TRANSIENT },
	{ "lines after QUIT", drips_bye, 0 },
	{ "tickets after QUIT", tickets_bye, 0 },
	{ "keys after QUIT", keys_bye, 0 },
};

static void
test_floods(void **state)
{
	struct lk_account *a;
	struct lk_error err;
	struct peer p;
	int64_t begin;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool tls = rows[i].script->kind == TLS;

		peer_start(&p, tls ? &good : NULL, rows[i].script);
		a = account_for(&p, "localhost", "tls",
				tls ? "implicit" : "none", "timeout", "1",
				tls ? "ca" : NULL, ca, NULL);
		begin = lk_now();
		r = send_hello(a, &err);
		begin = lk_now() - begin;
		peer_stop(&p);
		if (r != (rows[i].cls ? -1 : 0) || err.cls != rows[i].cls ||
		    begin < 900 || begin > 5000 || *p.wrong ||
		    (r < 0 && !strstr(err.sentence,
				      "no answer from localhost for 1 s")))
			fail_msg("%s: %d in %d ms, class %d: %s; server: %s",
				 rows[i].what, r, (int)begin, (int)err.cls,
				 err.sentence, p.wrong);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_floods),
	};

	return cmocka_run_group_tests(tests, make_all, free_all);
}
