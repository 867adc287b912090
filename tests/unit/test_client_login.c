/* The client logs in, with the plugins of this build.
 * SPDX-License-Identifier: MIT */
#include "net/sender.h"

#include <sys/stat.h>

static struct lk_host *host;

static int
make_all(void **state)
{
	struct lk_error err = { 0 };

	(void)state;
	setenv("LK_TEST_SECRET", "pass", 1);
	authority_new("DNS:localhost");
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
	return 0;
}

#define OFFERS(what) \
	{ SAY, "220 mx\r\n" }, { HEAR, "EHLO " }, \
	{ SAY, "250-mx\r\n250 AUTH " what "\r\n" }

/* NUL user NUL pass */
#define PLAIN_IR "AUTH PLAIN AHVzZXIAcGFzcw=="
#define LOGGED_IN { HEAR, PLAIN_IR }, { SAY, "235 ok\r\n" }

static const struct turn plain_starttls[] = {
	{ SAY, "220 mx\r\n" }, { HEAR, "EHLO " },
	{ SAY, "250-mx\r\n250 STARTTLS\r\n" },
	{ HEAR, "STARTTLS" }, { SAY, "220 go\r\n" }, { TLS, NULL },
	{ HEAR, "EHLO " }, { SAY, "250-mx\r\n250 AUTH PLAIN\r\n" },
	LOGGED_IN, MAILED, BYE,
};

static const struct turn plain_clear[] = {
	OFFERS("PLAIN"), LOGGED_IN, MAILED, BYE,
};

/* Whatever comes after EHLO is heard. */
static const struct turn offers_only[] = {
	OFFERS("PLAIN LOGIN"), { HEAR, "QUIT" }, { WAIT, NULL }, { END, NULL },
};

static const struct turn refuses[] = {
	{ TLS, NULL }, OFFERS("PLAIN"), { HEAR, PLAIN_IR },
	{ SAY, "535 5.7.8 no\r\n" }, { WAIT, NULL }, { END, NULL },
};

/* The password is asked for before the name was given, and `*` is taken for a
 * name: only a new connection helps. */
static const struct turn misunderstands[] = {
	{ TLS, NULL }, OFFERS("LOGIN"), { HEAR, "AUTH LOGIN" },
	{ SAY, "334 UGFzc3dvcmQ6\r\n" }, { HEAR, "*" },
	{ SAY, "334 UGFzc3dvcmQ6\r\n" }, { WAIT, NULL }, { HANG_UP, NULL },
	{ ACCEPT, NULL }, { TLS, NULL }, OFFERS("LOGIN"),
	{ HEAR, "AUTH LOGIN dXNlcg==" }, { SAY, "334 UGFzc3dvcmQ6\r\n" },
	{ HEAR, "cGFzcw==" }, { SAY, "235 ok\r\n" }, MAILED, BYE,
};

static const struct login {
	const char *what, *host, *tls;
	const struct turn *script;
	int cls;
	const char *unheard;        /* what the server must not have got */
} logins[] = {
	{ "starttls", "localhost", "starttls", plain_starttls, 0, NULL },
	{ "clear, private", "127.0.0.1", "none", plain_clear, 0, NULL },
	{ "clear, public", "127.0.0.2", "none", offers_only,
	  LK_E_ENCRYPTION, "AUTH" },
	{ "refused", "localhost", "implicit", refuses, LK_E_CREDENTIALS,
	  "MAIL" },
	{ "misunderstood", "localhost", "implicit", misunderstands, 0, NULL },
};

static void
log_in(const struct login *l)
{
	bool none = strcmp(l->tls, "none") == 0;
	struct lk_recipient to = { .address = "r@example.org" };
	struct lk_envelope e = { .size = sizeof(e), .from = "s@example.org",
				 .to = &to, .count = 1 };
	struct lk_error err = { 0 };
	struct lk_account *a;
	struct peer p;
	int r;

	peer_start_on(&p, none ? l->host : "127.0.0.1", &good, l->script);
	a = account_for(&p, l->host, "tls", l->tls, "timeout", "5", "user",
			"user", "password-from", "env:LK_TEST_SECRET",
			none ? NULL : "ca", ca, NULL);
	notes[0] = '\0';
	r = lk_client_send(host, a, &e, &hello, &tracing, &err);
	lk_account_free(a);
	peer_stop(&p);
	if (r != (l->cls ? -1 : 0) || err.cls != l->cls || p.wrong[0] ||
	    strstr(notes, "pass\n") ||
	    (l->unheard && strstr(p.heard, l->unheard)))
		fail_msg("%s: %d, class %d: %s (%s); server: %s; heard: %s; "
			 "notes: %s", l->what, r, (int)err.cls, err.sentence,
			 err.advice, p.wrong, p.heard, notes);
}

static void
test_logins(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(logins) / sizeof(*logins); i++)
		log_in(&logins[i]);
}

/* The pump waits for the program that knows the secret. */
static void
test_wait(void **state)
{
	static const struct turn script[] = {
		{ TLS, NULL }, OFFERS("PLAIN"), LOGGED_IN, MAILED, BYE,
	};
	struct lk_recipient to = { .address = "r@example.org" };
	struct lk_envelope e = { .size = sizeof(e), .from = "s@example.org",
				 .to = &to, .count = 1 };
	char program[TEMP], source[TEMP + 16];
	struct lk_error err = { 0 };
	struct lk_account *a;
	struct peer p;
	int r, fd = temp_file(program, "latchkey-program");

	(void)state;
	dprintf(fd, "#!/bin/sh\nsleep 0.3\necho pass\n");
	fchmod(fd, 0700);
	close(fd);
	snprintf(source, sizeof(source), "cmd:%s", program);
	peer_start(&p, &good, script);
	a = account_for(&p, "localhost", "tls", "implicit", "ca", ca, "user",
			"user", "password-from", source, NULL);
	r = lk_client_send(host, a, &e, &hello, &tracing, &err);
	lk_account_free(a);
	peer_stop(&p);
	unlink(program);
	if (r != 0 || p.wrong[0])
		fail_msg("%d: %s; server: %s", r, err.sentence, p.wrong);
}

/* Each connection logs in anew; info tells how. */
static void
test_twice(void **state)
{
	static const struct turn script[] = {
		{ TLS, NULL }, OFFERS("PLAIN"), LOGGED_IN,
		{ HEAR, "QUIT" }, { SAY, "221 bye\r\n" }, { HANG_UP, NULL },
		{ ACCEPT, NULL },
		{ TLS, NULL }, OFFERS("PLAIN"), LOGGED_IN, BYE,
	};
	struct lk_client_info info = { .size = sizeof(info) };
	struct lk_error err = { 0 };
	struct lk_client *c;
	struct lk_account *a;
	struct peer p;
	int i;

	(void)state;
	peer_start(&p, &good, script);
	a = account_for(&p, "localhost", "tls", "implicit", "ca", ca, "user",
			"user", "password-from", "env:LK_TEST_SECRET", NULL);
	assert_int_equal(lk_client_new(&c, host, a, NULL, &err), 0);
	for (i = 0; i < 2; i++) {
		if (lk_client_connect(c, &err) < 0)
			fail_msg("%d: %s; %s", i, err.sentence, p.wrong);
		lk_client_get_info(c, &info);
		assert_string_equal(info.mech, "plain");
		assert_int_equal(info.initial_response, 1);
		assert_int_equal(info.attempts, 1);
		lk_client_close(c);
	}
	lk_client_free(c);
	lk_account_free(a);
	peer_stop(&p);
	assert_string_equal(p.wrong, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logins),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_twice),
	};

	return cmocka_run_group_tests(tests, make_all, free_all);
}
