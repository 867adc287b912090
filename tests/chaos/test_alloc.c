/* Each allocation of a whole login and message fails once: it ends with an
 * error that says so, nothing is lost, and nothing is called sent that was not.
 * SPDX-License-Identifier: MIT */
#include "fail.h"
#include "mail.h"

#include <latchkey/provider.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PASSWORD "correct-horse-battery"

static struct mail m;               /* too large for a stack */
static unsigned complaints;

static int32_t
give(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
     struct lk_error *err)
{
	(void)ctx;
	(void)ask;
	(void)err;
	return lk_secret_add(to, PASSWORD, strlen(PASSWORD)) < 0 ? LK_E_NOMEM
								 : LK_DONE;
}

static void
hear(void *ctx, const char *text)
{
	(void)ctx;
	assert_null(strstr(text, PASSWORD));
}

static const struct scene {
	const char *name;
	struct manners manners;
	uint32_t tls;
	const char *auth;
	uint32_t flags;
	unsigned messages, recipients;
	int32_t result;             /* of the last message, or of the session */
	unsigned sent;
} scenes[] = {
	{ "PLAIN at once", { .auth = "PLAIN LOGIN" }, LK_TLS_IMPLICIT, NULL,
	  0, 1, 1, 0, 1 },
	{ "LOGIN after STARTTLS", { .auth = "LOGIN", .starttls = true },
	  LK_TLS_STARTTLS, NULL, 0, 1, 1, 0, 1 },
	{ "the name in the command", { .auth = "LOGIN",
	  .takes_name_from_ir = true }, LK_TLS_IMPLICIT, NULL, 0, 1, 1, 0, 1 },
	{ "the second try", { .auth = "PLAIN LOGIN", .refusals = 1 },
	  LK_TLS_IMPLICIT, NULL, 0, 1, 1, 0, 1 },
	{ "the second connection", { .auth = "PLAIN LOGIN", .refusals = 1,
	  .drops_at_refusal = true }, LK_TLS_IMPLICIT, NULL, 0, 1, 1, 0, 1 },
	{ "refused", { .auth = "PLAIN LOGIN", .refusals = 9 },
	  LK_TLS_IMPLICIT, NULL, 0, 1, 1, LK_E_CREDENTIALS, 0 },
	{ "nothing usable", { .auth = "X-OTHER X-UNHEARD-OF" },
	  LK_TLS_IMPLICIT, NULL, 0, 1, 1, LK_E_NO_MECH, 0 },
	{ "messages, pipelined", { .auth = "PLAIN", .words = "PIPELINING\n"
	  "SIZE 10000\n8BITMIME", .refuses_second = true }, LK_TLS_IMPLICIT,
	  "plain", LK_MAIL_PARTIAL, 3, 3, 0, 3 },
	{ "all or nothing", { .auth = "PLAIN", .refuses_second = true },
	  LK_TLS_IMPLICIT, NULL, 0, 1, 2, LK_E_RECIPIENT, 0 },
	{ "QUIT with it", { .auth = "PLAIN", .words = "PIPELINING" },
	  LK_TLS_IMPLICIT, NULL, LK_MAIL_LAST, 1, 1, 0, 1 },
	{ "refused at the end", { .auth = "PLAIN", .final = 554 },
	  LK_TLS_IMPLICIT, NULL, 0, 1, 1, LK_E_REFUSED, 0 },
};

static int32_t
last_result(void)
{
	return m.begun ? m.result[m.begun - 1] : m.cls;
}

/* What may be said of an allocation that failed. */
static bool
is_honest(const struct scene *s, unsigned accepted)
{
	int32_t r = last_result();
	unsigned i, sent = 0, unsure = 0;

	for (i = 0; i < m.begun; i++) {
		sent += m.result[i] == 0;
		unsure += m.result[i] == LK_E_UNKNOWN;
	}
	/* sent is what was accepted, but for what nobody knows */
	if (sent != m.sent || sent > accepted || accepted > sent + unsure)
		return false;
	/* the memory is missed, or it was not needed for the outcome */
	return r == LK_E_NOMEM || r == LK_E_UNKNOWN ||
	       (r == s->result && sent == s->sent);
}

static void
complain(const struct scene *s, size_t n, const char *what)
{
	complaints++;
	print_error("%s: allocation %zu (%s): class %d, %u sent, %d accepted: "
		    "%s\n", s->name, n, fail_where(), (int)last_result(),
		    m.sent, m.server.accepted, what);
}

static bool
run_once(const struct scene *s, size_t n)
{
	size_t before = fail_live();
	struct lk_error err;
	bool failed;

	/* its own host: what was refused would be remembered */
	if (lk_host_new(&m.host, NULL, &err) < 0)
		fail_msg("%s", err.sentence);
	m.tls = s->tls;
	m.login.auth = s->auth;
	m.flags = s->flags;
	m.messages = s->messages;
	m.recipients = s->recipients;
	server_init(&m.server, &s->manners);
	fail_at(n);
	mail_run(&m);
	failed = fail_stop();
	lk_host_free(m.host);
	if (fail_live() != before && failed)
		complain(s, n, "it leaks");
	if (!is_honest(s, (unsigned)m.server.accepted))
		complain(s, n, m.error.sentence);
	return failed;
}

static void
test_mail(void **state)
{
	size_t i, n, all = 0;

	(void)state;
	m.login = (struct lk_login){
		.size = sizeof(m.login), .host = "mx.example", .port = 465,
		.user = "alice@example.org", .secrets = "password",
		.secret = give, .note = hear,
	};
	mail_load_all();
	for (i = 0; i < sizeof(scenes) / sizeof(*scenes); i++) {
		run_once(&scenes[i], (size_t)-1);
		if (last_result() != scenes[i].result ||
		    m.sent != scenes[i].sent)
			fail_msg("%s: class %d, %u sent: %s", scenes[i].name,
				 (int)last_result(), m.sent,
				 m.error.sentence);
		for (n = 0; run_once(&scenes[i], n); n++)
			;
		assert_true(n > 20);
		all += n;
	}
	print_message("%zu allocations\n", all);
	assert_int_equal(complaints, 0);
}

/* ---- accounts ---------------------------------------------------------- */

/* Each returns -1 with err set, and then nothing has changed. */
static int
fill(struct lk_account *a, unsigned step, struct lk_error *err)
{
	static const char *const keys[][2] = {
		{ "user", "alice@example.org" }, { "auth", "PLAIN LOGIN" },
		{ "password-from", "env:CHAOS_PASSWORD" },
		{ "plain.ir", "never" }, { "login.ir", "auto" },
		{ "plain.ir", "auto" }, { "timeout", "30" },
	};

	if (step == 0)
		return lk_account_url(a, "smtp://bob%40x@mx.example:2525"
				      "?auth=plain&login.ir=never", err);
	if (step > sizeof(keys) / sizeof(*keys))
		return 1;
	return lk_account_set(a, keys[step - 1][0], keys[step - 1][1], err);
}

/* Returns whether an allocation failed. */
static bool
account_once(size_t n)
{
	size_t before = fail_live(), again = 0;
	struct lk_login login = { .size = sizeof(login) };
	struct lk_error err = { 0 };
	struct lk_account *a = NULL;
	unsigned step;
	int r;

	fail_at(n);
	while (lk_account_new(&a, &err) < 0 && again++ == 0)
		assert_int_equal(err.cls, LK_E_NOMEM);
	for (step = 0; (r = fill(a, step, &err)) <= 0;) {
		step += r == 0;
		again += r < 0;
		if (r < 0)
			assert_int_equal(err.cls, LK_E_NOMEM);
	}
	assert_int_equal(again, fail_stop());
	lk_account_login(a, &login);
	assert_string_equal(login.user, "alice@example.org");
	assert_string_equal(login.params[0], "login.ir=auto");
	assert_string_equal(login.params[1], "plain.ir=auto");
	assert_null(login.params[2]);
	assert_int_equal(lk_account_number(a, "timeout"), 30);
	lk_account_free(a);
	assert_int_equal(fail_live(), before);
	return again > 0;
}

static void
test_account(void **state)
{
	size_t n = 0;

	(void)state;
	while (account_once(n))
		n++;
	print_message("%zu allocations\n", n);
	assert_true(n > 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_account),
		cmocka_unit_test(test_mail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
