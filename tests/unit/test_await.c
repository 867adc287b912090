/* A login that may block, and one that reads lines.
 * SPDX-License-Identifier: MIT */
#include "dialogue.h"

#include "base/deadline.h"

#include <signal.h>
#include <sys/time.h>

/* What came of it, and how long it took. */
struct waited {
	int r;
	uint32_t kind;
	int64_t ms;
	struct lk_error err;
};

static struct waited
await(struct dialogue *d, int32_t timeout_ms)
{
	struct waited w = { .ms = lk_now() };
	struct lk_auth_want want = { .size = sizeof(want) };

	w.r = lk_auth_await(d->auth, timeout_ms, &want, &w.err);
	w.kind = want.kind;
	w.ms = lk_now() - w.ms;
	return w;
}

static void
begin(struct dialogue *d, struct lk_host *host, int pendings)
{
	dialogue_init(d, host);
	d->pendings = pendings;
	d->offered = "PLAIN";
	dialogue_open(d, "");
	lk_auth_begin(d->auth, &d->facts, d->offered);
}

static void
test_secret_comes(void **state)
{
	struct dialogue d;
	struct waited w;

	begin(&d, *state, 3);
	w = await(&d, 20000);
	assert_int_equal(w.r, 1);
	assert_int_equal(w.kind, LK_AUTH_SEND);
	assert_int_equal(d.pendings, 0);
	dialogue_close(&d);
}

/* Each wait is short; all of them together are too long. */
static void
test_secret_never_comes(void **state)
{
	struct dialogue d;
	struct waited w;

	begin(&d, *state, 1 << 30);
	w = await(&d, 50);
	assert_int_equal(w.r, -1);
	assert_int_equal(w.kind, LK_AUTH_STOP);
	assert_int_equal(w.err.cls, LK_E_TRANSIENT);
	assert_non_null(strstr(w.err.sentence, "the secret was not ready"));
	assert_in_range(w.ms, 50, 20000);
	assert_int_equal(await(&d, 50).r, -1);
	dialogue_close(&d);
}

/* Another login has the same secret: a descriptor, and no time of its own. */
static void
test_other_login(void **state)
{
	struct dialogue first, second;
	struct waited w;

	begin(&first, *state, 0);
	begin(&second, *state, 0);
	assert_int_equal(await(&first, 20000).kind, LK_AUTH_SEND);
	w = await(&second, 50);
	assert_int_equal(w.err.cls, LK_E_TRANSIENT);
	assert_in_range(w.ms, 50, 20000);
	dialogue_close(&second);
	begin(&second, *state, 0);
	dialogue_close(&first);
	assert_int_equal(await(&second, 20000).kind, LK_AUTH_SEND);
	dialogue_close(&second);
}

static void
on_alarm(int number)
{
	(void)number;
}

/* A signal every millisecond neither ends a wait nor keeps it from its end. */
static void
test_signals(void **state)
{
	struct itimerval often = { { 0, 1000 }, { 0, 1000 } }, never = { 0 };
	struct sigaction action = { .sa_handler = on_alarm }, old;
	struct dialogue first, second;
	struct waited w;

	begin(&first, *state, 0);
	begin(&second, *state, 0);
	assert_int_equal(sigaction(SIGALRM, &action, &old), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	w = await(&second, 100);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_int_equal(sigaction(SIGALRM, &old, NULL), 0);
	assert_int_equal(w.r, -1);
	assert_in_range(w.ms, 100, 20000);
	dialogue_close(&second);
	dialogue_close(&first);
}

/* ---- how it ends ---------------------------------------------------------- */

static void
test_done(void **state)
{
	struct lk_reply ok = { .size = sizeof(ok), .code = 235 };
	struct dialogue d;
	struct lk_auth_want w = { .size = sizeof(w) };

	begin(&d, *state, 0);
	assert_int_equal(lk_auth_await(d.auth, 1000, &w, NULL), 1);
	lk_auth_sent(d.auth);
	assert_int_equal(await(&d, 1000).kind, LK_AUTH_READ);
	lk_auth_reply(d.auth, &ok);
	assert_int_equal(await(&d, 1000).r, 0);
	dialogue_close(&d);
}

/* A program that was built when the structs had fewer members. */
static void
test_older_program(void **state)
{
	static const char none[] = "untouched";
	const struct lk_auth_want was = {
		.size = offsetof(struct lk_auth_want, timeout_ms),
		.timeout_ms = 77, .mech = none,
	};
	struct lk_auth_result result = {
		.size = offsetof(struct lk_auth_result, warning),
		.warning = none, .attempts = 77,
	};
	struct lk_auth_want w = was;
	struct dialogue d;

	begin(&d, *state, 0);
	assert_int_equal(lk_auth_await(d.auth, 1000, &w, NULL), 1);
	assert_int_equal(w.kind, LK_AUTH_SEND);
	assert_int_equal(w.fd, -1);
	assert_int_equal(w.size, was.size);
	assert_int_equal(w.timeout_ms, 77);
	assert_ptr_equal(w.mech, none);
	w = was;
	lk_auth_want(d.auth, &w);
	assert_int_equal(w.kind, LK_AUTH_SEND);
	assert_int_equal(w.size, was.size);
	assert_ptr_equal(w.mech, none);
	lk_auth_get_result(d.auth, &result);
	assert_string_equal(result.wire, "");
	assert_ptr_equal(result.warning, none);
	assert_int_equal(result.attempts, 77);
	dialogue_close(&d);
}

/* A new login wants a connection; that there is none is its end. */
static void
test_no_connection(void **state)
{
	struct dialogue d;
	struct waited w;

	dialogue_init(&d, *state);
	dialogue_open(&d, "");
	assert_int_equal(await(&d, 0).kind, LK_AUTH_RECONNECT);
	lk_auth_lost(d.auth, LK_E_CONNECT);
	w = await(&d, 0);
	assert_int_equal(w.r, -1);
	assert_int_equal(w.err.cls, LK_E_CONNECT);
	assert_string_equal(w.err.sentence, "no connection to " HOST ":587");
	dialogue_close(&d);
}

/* ---- lines ---------------------------------------------------------------- */

static const struct row {
	const struct lk_profile *(*profile)(void);
	const char *tag, *line;     /* NULL: the server hung up */
	uint32_t kind;              /* then */
	int32_t cls;                /* of STOP */
} rows[] = {
	{ lk_profile_imap, "A", "A OK in\r\n", LK_AUTH_DONE, 0 },
	{ lk_profile_imap, "A", "A OK in", LK_AUTH_DONE, 0 },
	{ lk_profile_imap, "A12", "A12 OK in\n", LK_AUTH_DONE, 0 },
	{ lk_profile_imap, "A", "A NO no\r\n", LK_AUTH_STOP,
	  LK_E_CREDENTIALS },
	{ lk_profile_imap, "A", "* 3 EXISTS\r\n", LK_AUTH_READ, 0 },
	{ lk_profile_imap, "A", "* OK A OK\r\n", LK_AUTH_READ, 0 },
	{ lk_profile_imap, "A1", "A OK in\r\n", LK_AUTH_READ, 0 },
	{ lk_profile_imap, "A", "A1 OK in\r\n", LK_AUTH_READ, 0 },
	{ lk_profile_imap, "A", "AOK\r\n", LK_AUTH_READ, 0 },
	{ lk_profile_imap, "A", "A", LK_AUTH_READ, 0 },
	{ lk_profile_imap, "A", "\r\n", LK_AUTH_READ, 0 },
	{ lk_profile_imap, "A", "", LK_AUTH_READ, 0 },
	{ lk_profile_imap, "A", "* BYE off\r\n", LK_AUTH_STOP, LK_E_PROTOCOL },
	{ lk_profile_imap, "A", "* bye", LK_AUTH_STOP, LK_E_PROTOCOL },
	{ lk_profile_imap, "A", "* BY", LK_AUTH_READ, 0 },
	{ lk_profile_imap, "A", "+ \r\n", LK_AUTH_SEND, 0 },
	{ lk_profile_imap, "A", "+", LK_AUTH_SEND, 0 },
	{ lk_profile_imap, "A", NULL, LK_AUTH_STOP, LK_E_PROTOCOL },
	{ lk_profile_imap, "A", "A \r\n", LK_AUTH_STOP, LK_E_PROTOCOL },
	{ lk_profile_pop3, NULL, "+OK in\r\n", LK_AUTH_DONE, 0 },
	{ lk_profile_pop3, NULL, "-ERR [AUTH] no\r\n", LK_AUTH_STOP,
	  LK_E_CREDENTIALS },
	{ lk_profile_pop3, NULL, "* BYE\r\n", LK_AUTH_STOP, LK_E_PROTOCOL },
	{ lk_profile_pop3, NULL, "", LK_AUTH_STOP, LK_E_PROTOCOL },
	{ lk_profile_pop3, NULL, NULL, LK_AUTH_STOP, LK_E_PROTOCOL },
};

static void
test_lines(void **state)
{
	struct dialogue d;
	struct waited w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *r = &rows[i];

		dialogue_init(&d, new_host(PLUGINS));
		d.login.auth = "plain";
		if (lk_auth_new(&d.auth, d.host, &d.login, r->profile(),
				&d.err) < 0)
			fail_msg("%s", d.err.sentence);
		lk_auth_begin(d.auth, &d.facts, "PLAIN AUTH=PLAIN SASL-IR");
		assert_int_equal(await(&d, 1000).kind, LK_AUTH_SEND);
		lk_auth_sent(d.auth);
		lk_auth_line(d.auth, r->tag, r->line);
		w = await(&d, 1000);
		if (w.kind != r->kind ||
		    (r->kind == LK_AUTH_STOP && w.err.cls != r->cls))
			fail_msg("%zu, %s: %u, class %d: %s", i,
				 r->line ? r->line : "-", (unsigned)w.kind,
				 (int)w.err.cls, w.err.sentence);
		dialogue_close(&d);
		lk_host_free(d.host);
	}
}

static int
setup(void **state)
{
	*state = new_host(PLUGINS);
	return 0;
}

static int
teardown(void **state)
{
	lk_host_free(*state);
	return 0;
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_secret_comes), TEST(test_secret_never_comes),
		TEST(test_other_login), TEST(test_signals), TEST(test_done),
		TEST(test_older_program),
		TEST(test_no_connection), cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
