/* The client with a certificate and nothing else to log in with.
 * SPDX-License-Identifier: MIT */
#include "net/sender.h"

static struct cert own;
static struct lk_host *host;
static char own_file[TEMP];

static int
make_all(void **state)
{
	struct lk_error err = { 0 };

	(void)state;
	authority_new("DNS:localhost");
	own = cert_new(&authority, "o", "DNS:client.example", -DAY, DAY);
	cert_write(&own, 1, own_file);
	if (lk_host_new(&host, NULL, &err) < 0)
		fprintf(stderr, "%s\n", err.sentence);
	return host ? 0 : -1;
}

static int
free_all(void **state)
{
	(void)state;
	lk_host_free(host);
	authority_free();
	cert_free(&own);
	unlink(own_file);
	return 0;
}

#define OFFERS(what) \
	{ SAY, "220 mx\r\n" }, { HEAR, "EHLO " }, \
	{ SAY, "250-mx\r\n250 " what "\r\n" }
#define ASKS { TLS_CERT, ca }

static const struct turn logs_in[] = {
	ASKS, OFFERS("AUTH PLAIN EXTERNAL"), { HEAR, "AUTH EXTERNAL =" },
	{ SAY, "235 ok\r\n" }, MAILED, BYE,
};
static const struct turn refuses[] = {
	ASKS, OFFERS("AUTH EXTERNAL"), { HEAR, "AUTH EXTERNAL =" },
	{ SAY, "535 5.7.8 no\r\n" }, { HEAR, "QUIT" }, { SAY, "221 bye\r\n" },
	{ WAIT, NULL }, { END, NULL },
};
static const struct turn knows_all[] = {
	ASKS, OFFERS("SIZE"), MAILED, BYE,
};
static const struct turn wants_passwords[] = {
	ASKS, OFFERS("AUTH PLAIN LOGIN"), MAILED, BYE,
};
static const struct turn asks_for_none[] = {
	{ TLS, NULL }, OFFERS("AUTH EXTERNAL"), MAILED, BYE,
};
static const struct turn wants_a_login[] = {
	ASKS, OFFERS("AUTH PLAIN"), { HEAR, "MAIL" },
	{ SAY, "530 5.7.0 log in first\r\n" }, { HEAR, "QUIT" },
	{ SAY, "221 bye\r\n" }, { WAIT, NULL }, { END, NULL },
};
static const struct turn must_log_in[] = {
	ASKS, OFFERS("AUTH PLAIN"), { HEAR, "QUIT" }, { SAY, "221 bye\r\n" },
	{ WAIT, NULL }, { END, NULL },
};

static const struct row {
	const char *what;
	const struct turn *script;
	const char *user;           /* or NULL */
	int32_t cls;
	const char *note, *advice;  /* parts, or NULL */
} rows[] = {
	{ "it logs in", logs_in, NULL, 0, "external: logged in", NULL },
	{ "it is refused", refuses, NULL, LK_E_CREDENTIALS,
	  "refused", NULL },
	{ "there is no login", knows_all, NULL, 0, "it goes on without",
	  NULL },
	{ "others log in", wants_passwords, NULL, 0, "it goes on without",
	  NULL },
	{ "the server did not ask for it", asks_for_none, NULL, 0,
	  "no client certificate", NULL },
	{ "the server wants more", wants_a_login, NULL, LK_E_REFUSED,
	  "it goes on without", "user and password-from" },
	/* who says who he is wants to be logged in */
	{ "a user is named", must_log_in, "ann", LK_E_NOPROP, NULL, NULL },
};

static void
test_certificate_alone(void **state)
{
	struct lk_recipient to = { .address = "r@example.org" };
	struct lk_envelope e = { .size = sizeof(e), .from = "s@example.org",
				 .to = &to, .count = 1 };
	struct lk_account *a;
	struct lk_error err;
	struct peer p;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];

		peer_start(&p, &good, row->script);
		a = account_for(&p, "localhost", "tls", "implicit", "ca", ca,
				"cert", own_file, row->user ? "user" : NULL,
				row->user, NULL);
		notes[0] = '\0';
		memset(&err, 0, sizeof(err));
		r = lk_client_send(host, a, &e, &hello, &tracing, &err);
		lk_account_free(a);
		peer_stop(&p);
		if (*p.wrong || (r == 0) != (row->cls == 0) ||
		    err.cls != row->cls)
			fail_msg("%s: %s; class %d: %s", row->what, p.wrong,
				 (int)err.cls, err.sentence);
		if ((row->note && !strstr(notes, row->note)) ||
		    (row->advice && !strstr(err.advice, row->advice)))
			fail_msg("%s: %s\nadvice: %s", row->what, notes,
				 err.advice);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_certificate_alone),
	};

	return cmocka_run_group_tests(tests, make_all, free_all);
}
