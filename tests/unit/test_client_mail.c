/* The client with kept connections, large messages, client certificates.
 * SPDX-License-Identifier: MIT */
#include "net/sender.h"

#include "net/pump.h"

static struct cert own;
static char own_file[TEMP];

static int
make_all(void **state)
{
	(void)state;
	authority_new("DNS:localhost");
	own = cert_new(&authority, "o", "DNS:client.example", -DAY, DAY);
	cert_write(&own, 1, own_file);
	return 0;
}

static int
free_all(void **state)
{
	(void)state;
	authority_free();
	cert_free(&own);
	unlink(own_file);
	return 0;
}

static int
mail(struct lk_client *c, const struct lk_message *m, uint32_t flags,
     struct lk_error *err)
{
	struct lk_recipient to = { .address = "r@example.org" };
	struct lk_envelope e = { .size = sizeof(e), .from = "s@example.org",
				 .to = &to, .count = 1, .flags = flags };

	memset(err, 0, sizeof(*err));
	return lk_client_mail(c, &e, m, err);
}

/* ---- kept connections -------------------------------------------------- */

#define AGAIN { ACCEPT, NULL }, GREETED

static const struct turn two[] = { GREETED, MAILED, MAILED, BYE };
static const struct turn hung_up[] = {
	GREETED, MAILED, { HANG_UP, NULL }, AGAIN, MAILED, BYE,
};
static const struct turn impatient[] = {
	GREETED, MAILED, { SAY, "421 too slow\r\n" }, { HANG_UP, NULL }, AGAIN,
	MAILED, BYE,
};
static const struct turn hung_up_at_mail[] = {
	GREETED, MAILED, { HEAR, "MAIL" }, { HANG_UP, NULL }, AGAIN, MAILED,
	BYE,
};
static const struct turn late_421[] = {
	GREETED, MAILED, { HEAR, "MAIL" }, { SAY, "421 too slow\r\n" },
	{ HANG_UP, NULL }, AGAIN, MAILED, BYE,
};
static const struct turn twice_421[] = {
	GREETED, MAILED, { HEAR, "MAIL" }, { SAY, "421 too slow\r\n" },
	{ HANG_UP, NULL }, AGAIN, { HEAR, "MAIL" }, { SAY, "421 busy\r\n" },
	{ HANG_UP, NULL }, { END, NULL },
};
/* what was answered must not be sent twice */
static const struct turn cut_later[] = {
	GREETED, MAILED, { HEAR, "MAIL" }, { SAY, "250 ok\r\n" },
	{ HEAR, "RCPT" }, { HANG_UP, NULL }, { END, NULL },
};
static const struct turn cut_at_the_end[] = {
	GREETED, MAILED, { HEAR, "MAIL" }, { SAY, "250 ok\r\n" },
	{ HEAR, "RCPT" }, { SAY, "250 ok\r\n" },
	{ HEAR, "DATA" }, { SAY, "354 go\r\n" }, { BODY, NULL },
	{ HANG_UP, NULL }, { END, NULL },
};

static const struct kept {
	const char *what;
	const struct turn *script;
	int cls;
} kept[] = {
	{ "two messages", two, 0 },
	{ "hung up between", hung_up, 0 },
	{ "421 between", impatient, 0 },
	{ "hung up at MAIL", hung_up_at_mail, 0 },
	{ "421 at MAIL", late_421, 0 },
	{ "421 again", twice_421, LK_E_TRANSIENT },
	{ "cut after MAIL", cut_later, LK_E_PROTOCOL },
	{ "cut after the dot", cut_at_the_end, LK_E_UNKNOWN },
};

static void
keep(const struct kept *k)
{
	/* what the server does right after the first message must be there */
	struct timespec moment = { .tv_nsec = 30000000 };
	struct lk_client *c;
	struct lk_account *a;
	struct lk_error err;
	struct peer p;
	int r;

	peer_start(&p, NULL, k->script);
	a = account_for(&p, "localhost", "tls", "none", "timeout", "5", NULL);
	assert_int_equal(lk_client_new(&c, NULL, a, NULL, &err), 0);
	assert_int_equal(mail(c, &hello, 0, &err), 0);
	nanosleep(&moment, NULL);
	r = mail(c, &hello, 0, &err);
	lk_client_close(c);
	lk_client_free(c);
	lk_account_free(a);
	peer_stop(&p);
	if (r != (k->cls ? -1 : 0) || err.cls != k->cls || p.wrong[0])
		fail_msg("%s: %d, class %d: %s; server: %s", k->what, r,
			 (int)err.cls, err.sentence, p.wrong);
}

static void
test_kept(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		keep(&kept[i]);
}

/* A reconnect goes on with the TLS session. */
static void
test_resumed(void **state)
{
	static const struct turn script[] = {
		{ TLS, NULL }, GREETED, MAILED, { HANG_UP, NULL },
		{ ACCEPT, NULL }, { TLS, NULL }, GREETED, MAILED, BYE,
	};
	struct timespec moment = { .tv_nsec = 30000000 };
	struct lk_client *c;
	struct lk_account *a;
	struct lk_error err;
	struct peer p;

	(void)state;
	notes[0] = '\0';
	peer_start(&p, &good, script);
	a = account_for(&p, "localhost", "tls", "implicit", "ca", ca,
			"timeout", "5", NULL);
	assert_int_equal(lk_client_new(&c, NULL, a, &tracing, &err), 0);
	assert_int_equal(mail(c, &hello, 0, &err), 0);
	assert_null(strstr(notes, "resumed"));
	nanosleep(&moment, NULL);
	assert_int_equal(mail(c, &hello, 0, &err), 0);
	assert_non_null(strstr(notes, "TLSv1.3 is up (resumed), certificate "
			       "verified for localhost"));
	lk_client_close(c);
	lk_client_free(c);
	lk_account_free(a);
	peer_stop(&p);
	assert_string_equal(p.wrong, "");
}

/* ---- large messages ---------------------------------------------------- */

#define SOME 20000                  /* more than goes at once */
#define MANY 200000                 /* more than any socket's buffer */
#define LINE "01234567890123456789012345678901234567890123456789\n"

static int
large_file(int lines)
{
	char path[TEMP];
	int fd = temp_file(path, "latchkey-large");
	FILE *f = fdopen(dup(fd), "w");
	int i;

	unlink(path);
	fputs("A: b\n\n", f);
	for (i = 0; i < lines; i++)
		fputs(LINE, f);
	fclose(f);
	return fd;
}

static const struct turn slow[] = { { SLOW, NULL }, GREETED, MAILED, BYE };
static const struct turn slow_tls[] = {
	{ TLS, NULL }, { SLOW, NULL }, GREETED, MAILED, BYE,
};

static void
send_large(const struct cert *cert, const struct turn *script)
{
	struct lk_message m = { .size = sizeof(m), .fd = large_file(SOME) };
	struct lk_client *c;
	struct lk_account *a;
	struct lk_error err;
	struct peer p;
	int r;

	peer_start(&p, cert, script);
	a = account_for(&p, "localhost", "tls", cert ? "implicit" : "none",
			"timeout", "5", cert ? "ca" : NULL, ca, NULL);
	assert_int_equal(lk_client_new(&c, NULL, a, NULL, &err), 0);
	r = mail(c, &m, LK_MAIL_LAST, &err);
	lk_client_free(c);
	lk_account_free(a);
	peer_stop(&p);
	close(m.fd);
	if (r != 0 || p.wrong[0])
		fail_msg("%d: %s; server: %s", r, err.sentence, p.wrong);
	/* each line end has become two octets, and the dot's line */
	assert_int_equal(p.body, 4 + 4 + SOME * sizeof(LINE) + 3);
}

static void
test_large(void **state)
{
	(void)state;
	send_large(NULL, slow);
	send_large(&good, slow_tls);
}

#define UP_TO_354 \
	GREETED, { HEAR, "MAIL" }, { SAY, "250 ok\r\n" }, \
	{ HEAR, "RCPT" }, { SAY, "250 ok\r\n" }, \
	{ HEAR, "DATA" }, { SAY, "354 go\r\n" }

/* A server that has heard enough says so and reads no more: whoever only
 * writes waits for ever. */
static const struct turn enough[] = {
	UP_TO_354, { PAUSE, NULL }, { SAY, "552 5.3.4 too large\r\n" },
	{ PAUSE, NULL }, { PAUSE, NULL }, { PAUSE, NULL }, { END, NULL },
};

static const struct turn enough_and_gone[] = {
	UP_TO_354, { HEAR, "A: b" }, { SAY, "552 5.3.4 too large\r\n" },
	{ HANG_UP, NULL }, { END, NULL },
};

static const struct turn deaf[] = {
	UP_TO_354, { HEAR, "A: b" }, { PAUSE, NULL }, { PAUSE, NULL },
	{ PAUSE, NULL }, { END, NULL },
};

static const struct early {
	const struct turn *script;
	int cls, code;
	const char *sentence;
} earlies[] = {
	{ enough, LK_E_REFUSED, 552, "too large" },
	{ enough_and_gone, LK_E_REFUSED, 552, "too large" },
	{ deaf, LK_E_TRANSIENT, 0, "took nothing more for 1 s" },
};

static void
test_early(void **state)
{
	struct lk_message m = { .size = sizeof(m), .fd = large_file(MANY) };
	struct lk_client *c;
	struct lk_account *a;
	struct lk_error err;
	struct peer p;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < sizeof(earlies) / sizeof(*earlies); i++) {
		peer_start(&p, NULL, earlies[i].script);
		a = account_for(&p, "localhost", "tls", "none", "timeout", "1",
				NULL);
		assert_int_equal(lk_client_new(&c, NULL, a, NULL, &err), 0);
		r = mail(c, &m, 0, &err);
		lk_client_free(c);
		lk_account_free(a);
		peer_stop(&p);
		if (r != -1 || err.cls != earlies[i].cls ||
		    err.code != earlies[i].code || p.wrong[0] ||
		    !strstr(err.sentence, earlies[i].sentence))
			fail_msg("%zu: %d, class %d, code %d: %s; server: %s",
				 i, r, (int)err.cls, (int)err.code,
				 err.sentence, p.wrong);
	}
	close(m.fd);
}

/* ---- our own certificate ----------------------------------------------- */

static const struct turn wants_cert[] = {
	{ TLS_CERT, ca }, GREETED, MAILED, BYE,
};
/* TLS 1.3: the server says so only after our side of the handshake */
static const struct turn no_cert[] = { { TLS_CERT, ca }, { END, NULL } };

static void
test_certificate(void **state)
{
	struct lk_account *a;
	struct lk_error err;
	struct peer p;

	(void)state;
	peer_start(&p, &good, wants_cert);
	a = account_for(&p, "localhost", "tls", "implicit", "ca", ca, "cert",
			own_file, NULL);
	assert_int_equal(send_hello(a, &err), 0);
	peer_stop(&p);
	assert_string_equal(p.wrong, "");
	assert_non_null(strstr(notes, "localhost, ours was shown"));

	peer_start(&p, &good, no_cert);
	a = account_for(&p, "localhost", "tls", "implicit", "ca", ca, NULL);
	assert_int_equal(send_hello(a, &err), -1);
	peer_stop(&p);
	assert_int_equal(err.cls, LK_E_HANDSHAKE);
	assert_non_null(strstr(err.sentence, "wants a client certificate"));
	assert_non_null(strstr(err.advice, "`cert` and `key`"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_resumed),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_certificate),
	};

	return cmocka_run_group_tests(tests, make_all, free_all);
}
