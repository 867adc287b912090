/* A mechanism that is not ready, and programs that just poll: the client, and
 * lk_auth over other protocols. SPDX-License-Identifier: MIT */
#include "net/sender.h"

#include <fcntl.h>
#include <poll.h>

#define OFFERS(what) \
	{ SAY, "220 mx\r\n" }, { HEAR, "EHLO " }, \
	{ SAY, "250-mx\r\n250 AUTH " what "\r\n" }
#define FIRST "cGFzcw=="            /* pass */
#define ECHO "ZWNobzpoZWxsbw=="     /* echo:hello */

static const struct turn at_once[] = {
	OFFERS("WAITS"), { HEAR, "AUTH WAITS " FIRST }, { SAY, "235 ok\r\n" },
	MAILED, BYE,
};
static const struct turn asks[] = {
	OFFERS("WAITS"), { HEAR, "AUTH WAITS " FIRST },
	{ SAY, "334 aGVsbG8=\r\n" }, { HEAR, ECHO }, { SAY, "235 ok\r\n" },
	MAILED, BYE,
};
static const struct turn refuses[] = {
	OFFERS("WAITS"), { HEAR, "AUTH WAITS " FIRST },
	{ SAY, "535 5.7.8 no\r\n" }, { HEAR, "QUIT" }, { END, NULL },
};
static const struct turn cancelled[] = {
	OFFERS("WAITS"), { HEAR, "AUTH WAITS " FIRST },
	{ SAY, "334 aGVsbG8=\r\n" }, { HEAR, "*" }, { SAY, "501 ok\r\n" },
	{ HEAR, "QUIT" }, { END, NULL },
};
static const struct turn hangs_up[] = {
	OFFERS("WAITS"), { HEAR, "AUTH WAITS " FIRST },
	{ SAY, "334 aGVsbG8=\r\n" }, { HANG_UP, NULL }, { END, NULL },
};
static const struct turn hangs_up_early[] = {
	OFFERS("WAITS"), { HANG_UP, NULL }, { ACCEPT, NULL },
	OFFERS("WAITS"), { HEAR, "AUTH WAITS " FIRST }, { SAY, "235 ok\r\n" },
	MAILED, BYE,
};
static const struct turn never_asked[] = {
	OFFERS("WAITS"), { HEAR, "QUIT" }, { END, NULL },
};
static const struct turn blocked[] = {
	OFFERS("BLOCKS"), { HEAR, "AUTH BLOCKS " FIRST },
	{ SAY, "334 aGVsbG8=\r\n" }, { HEAR, ECHO }, { SAY, "235 ok\r\n" },
	MAILED, BYE,
};

/* The gate opens by a thread of the mechanism, unless it is closed for ever. */
static const struct row {
	const char *what, *at;
	const struct turn *script;
	const char *limit;          /* the gate is closed for ever; or NULL */
	int32_t cls;
	const char *sentence;
	const char *ms;             /* until it opens; or NULL */
} rows[] = {
	{ "start", "start", at_once, NULL, 0, NULL, NULL },
	{ "challenge", "challenge", asks, NULL, 0, NULL, NULL },
	{ "success", "success", at_once, NULL, 0, NULL, NULL },
	{ "failure", "failure", refuses, NULL, LK_E_CREDENTIALS, "535", NULL },
	{ "never, before AUTH", "start", never_asked, "50", LK_E_TRANSIENT,
	  "the gate stayed closed", NULL },
	{ "never, in the middle", "challenge", cancelled, "50",
	  LK_E_TRANSIENT, "the gate stayed closed", NULL },
	{ "lost meanwhile", "challenge", hangs_up, NULL, LK_E_PROTOCOL,
	  "hung up", NULL },
	{ "lost while it waits", "challenge", hangs_up, "20000",
	  LK_E_PROTOCOL, "hung up", NULL },
	{ "lost before AUTH", "start", hangs_up_early, NULL, 0, NULL, "300" },
	{ "blocking", "challenge", blocked, NULL, 0, NULL, NULL },
};

static void
send_by(struct lk_host *host, const struct row *r, int gate)
{
	const char *id = r->script == blocked ? "blocks" : "waits";
	char at[16], fd[16], limit[16], number[16];
	struct lk_recipient to = { .address = "r@example.org" };
	struct lk_envelope e = { .size = sizeof(e), .from = "s@example.org",
				 .to = &to, .count = 1 };
	struct lk_error err = { 0 };
	struct lk_account *a;
	struct peer p;
	int result;

	snprintf(at, sizeof(at), "%s.at", id);
	snprintf(fd, sizeof(fd), "%s.fd", id);
	snprintf(limit, sizeof(limit), "%s.limit", id);
	snprintf(number, sizeof(number), "%d", r->limit ? gate : -1);
	peer_start(&p, NULL, r->script);
	a = account_for(&p, "127.0.0.1", "tls", "none", "timeout", "20",
			"user", r->what, "password-from", "env:LK_TEST_SECRET",
			at, r->at, fd, number, limit,
			r->limit ? r->limit : "20000",
			r->ms ? "waits.ms" : NULL, r->ms, NULL);
	result = lk_client_send(host, a, &e, &hello, &tracing, &err);
	lk_account_free(a);
	peer_stop(&p);
	if (result != (r->cls ? -1 : 0) || err.cls != r->cls || *p.wrong ||
	    (r->sentence && !strstr(err.sentence, r->sentence)))
		fail_msg("%s: %d, class %d: %s; server: %s; heard: %s",
			 r->what, result, (int)err.cls, err.sentence, p.wrong,
			 p.heard);
}

static void
test_client(void **state)
{
	struct lk_host *host = NULL;
	struct lk_error err;
	int gate[2];
	size_t i;

	(void)state;
	assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
	assert_int_equal(lk_host_new(&host, NULL, &err), 0);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		send_by(host, &rows[i], gate[0]);
	lk_host_free(host);
	close(gate[0]);
	close(gate[1]);
}

/* ---- over other protocols --------------------------------------------------- */

static int32_t
give(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
     struct lk_error *err)
{
	(void)ctx;
	(void)ask;
	(void)err;
	return lk_secret_add(to, "pass", 4) == 0 ? LK_DONE : LK_E_NOMEM;
}

struct talk {
	struct lk_host *host;
	struct lk_auth *auth;
	int waits;                  /* how often it was waited */
	bool is_hasty;              /* ready is said before it is */
};

static uint32_t
next(struct talk *t, struct lk_auth_want *w)
{
	for (;;) {
		struct pollfd p = { .events = POLLIN };

		lk_auth_want(t->auth, w);
		if (w->kind != LK_AUTH_WAIT)
			return w->kind;
		t->waits++;
		assert_int_equal(w->events, LK_WAIT_READ);
		p.fd = w->fd;
		if (!t->is_hasty)
			assert_int_equal(poll(&p, 1, 20000), 1);
		else
			assert_true(poll(&p, 1, 1) >= 0);
		lk_auth_ready(t->auth);
	}
}

/* What the server says, then what comes of it. */
static void
hear(struct talk *t, int32_t code, const char *text, const char *raw)
{
	struct lk_reply r = { .size = sizeof(r), .enhanced = "", .code = code };
	char copy[64], data[64];
	struct lk_auth_want w = { .size = sizeof(w) };

	snprintf(copy, sizeof(copy), "%s", text);
	r.text.data = (const unsigned char *)copy;
	r.text.len = strlen(copy);
	if (raw) {
		snprintf(data, sizeof(data), "%s", raw);
		r.raw.data = (const unsigned char *)data;
		r.raw.len = strlen(data);
	}
	assert_int_equal(next(t, &w), LK_AUTH_READ);
	lk_auth_reply(t->auth, &r);
	/* it was only borrowed, and the event is repeated later */
	memset(copy, 'X', sizeof(copy));
	memset(data, 'X', sizeof(data));
}

static void
says(struct talk *t, const char *line)
{
	struct lk_auth_want w = { .size = sizeof(w) };

	assert_int_equal(next(t, &w), LK_AUTH_SEND);
	assert_string_equal(w.mech, "WAITS");
	assert_int_equal(w.line.len, strlen(line));
	assert_memory_equal(w.line.data, line, w.line.len);
	lk_auth_sent(t->auth);
}

static void
talk_begin(struct talk *t, const char *at, const struct lk_profile *profile)
{
	static char param[32];
	static const char *const params[] = { param, "waits.ms=20", NULL };
	static const struct lk_login login = {
		.size = sizeof(login), .host = "localhost", .port = 1,
		.user = "alice", .params = params, .secrets = "password",
		.secret = give,
	};
	struct lk_facts facts = { .size = sizeof(facts),
				  .flags = LK_FACT_PRIVATE };
	struct lk_error err;

	memset(t, 0, sizeof(*t));
	snprintf(param, sizeof(param), "waits.at=%s", at);
	assert_int_equal(lk_host_new(&t->host, NULL, &err), 0);
	if (lk_auth_new(&t->auth, t->host, &login, profile, &err) < 0)
		fail_msg("%s", err.sentence);
	lk_auth_begin(t->auth, &facts, "WAITS AUTH=WAITS");
}

static void
talk_end(struct talk *t, uint32_t kind)
{
	struct lk_auth_want w = { .size = sizeof(w) };

	if (next(t, &w) != kind)
		fail_msg("%s", lk_auth_error(t->auth)->sentence);
	assert_true(t->waits > 0);
	lk_auth_free(t->auth);
	lk_host_free(t->host);
}

/* What a success carries is there again when the mechanism goes on. */
static void
test_success_is_repeated(void **state)
{
	struct talk t;

	(void)state;
	talk_begin(&t, "success", lk_profile_sieve());
	says(&t, "AUTHENTICATE \"WAITS\" \"cGFzcw==\"");
	hear(&t, 0, "OK (SASL \"dj1zaWc=\") \"done\"", NULL);
	talk_end(&t, LK_AUTH_DONE);

	talk_begin(&t, "success", lk_profile_ldap());
	says(&t, "pass");
	hear(&t, 0, "", "v=sig");
	talk_end(&t, LK_AUTH_DONE);
}

static void
test_challenge_is_repeated(void **state)
{
	struct talk t;

	(void)state;
	talk_begin(&t, "challenge", lk_profile_ldap());
	says(&t, "pass");
	hear(&t, 14, "", "hello");
	says(&t, "echo:hello");
	hear(&t, 0, "", NULL);
	talk_end(&t, LK_AUTH_DONE);

	talk_begin(&t, "challenge", lk_profile_pop3());
	says(&t, "AUTH WAITS cGFzcw==");
	hear(&t, 0, "+ aGVsbG8=", NULL);
	says(&t, ECHO);
	hear(&t, 0, "+OK", NULL);
	talk_end(&t, LK_AUTH_DONE);
}

static void
test_failure_is_repeated(void **state)
{
	struct talk t;

	(void)state;
	talk_begin(&t, "failure", lk_profile_imap());
	says(&t, "AUTHENTICATE WAITS");
	hear(&t, 0, "+ ", NULL);
	says(&t, FIRST);
	hear(&t, 0, "NO [AUTHENTICATIONFAILED] no", NULL);
	talk_end(&t, LK_AUTH_STOP);
}

/* A program that says ready too early asks once more. */
static void
test_too_early(void **state)
{
	struct talk t;

	(void)state;
	talk_begin(&t, "start", lk_profile_smtp());
	t.is_hasty = true;
	says(&t, "AUTH WAITS " FIRST);
	hear(&t, 235, "ok", NULL);
	talk_end(&t, LK_AUTH_DONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_client),
		cmocka_unit_test(test_success_is_repeated),
		cmocka_unit_test(test_challenge_is_repeated),
		cmocka_unit_test(test_failure_is_repeated),
		cmocka_unit_test(test_too_early),
	};

	setenv("LATCHKEY_PLUGIN_PATH", LK_TEST_BUILD_DIR
	       "/test-plugins/pending", 1);
	setenv("XDG_DATA_HOME", "/nonexistent", 1);
	setenv("LK_TEST_SECRET", "pass", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
