/* After a login and a message nothing of the secret is left in memory: not in
 * what is in use, not in what was freed, not on the stack; raw or in base64.
 * SPDX-License-Identifier: MIT */
#include "mail.h"
#include "scan.h"

#include <latchkey/provider.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct mail m;               /* too large for a stack */
static size_t seen;                 /* during the login */
static char path[TEMP];             /* of a file that holds the secret */

/* One octet at a time: no copy of ours is left. */
static int32_t
give(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
     struct lk_error *err)
{
	size_t i;

	(void)ctx;
	(void)ask;
	(void)err;
	for (i = 0; i < SECRET; i++) {
		unsigned char c = scan_octet(i);

		if (lk_secret_add(to, &c, 1) < 0)
			return LK_E_NOMEM;
	}
	return LK_DONE;
}

static void
look(void *ctx)
{
	(void)ctx;
	if (seen == 0)
		seen = scan_memory(false);
}

static const struct scene {
	const char *name;
	struct manners manners;
	const char *from;           /* password-from, or NULL */
	int32_t result;
} scenes[] = {
	{ "PLAIN", { .auth = "PLAIN" }, NULL, 0 },
	{ "LOGIN", { .auth = "LOGIN" }, NULL, 0 },
	{ "PLAIN, echoed", { .auth = "PLAIN", .echoes = true }, NULL, 0 },
	{ "LOGIN, echoed", { .auth = "LOGIN", .echoes = true }, NULL, 0 },
	{ "twice", { .auth = "PLAIN LOGIN", .refusals = 1, .echoes = true },
	  NULL, 0 },
	{ "the name in the command", { .auth = "LOGIN",
	  .takes_name_from_ir = true }, NULL, 0 },
	{ "a new connection", { .auth = "PLAIN LOGIN", .refusals = 1,
	  .drops_at_refusal = true }, NULL, 0 },
	{ "refused", { .auth = "PLAIN LOGIN", .refusals = 9, .echoes = true },
	  NULL, LK_E_CREDENTIALS },
	{ "CRAM-MD5", { .auth = "CRAM-MD5" }, NULL, 0 },
	{ "SCRAM", { .auth = "SCRAM-SHA-256", .refusals = 9 }, NULL,
	  LK_E_CREDENTIALS },
	{ "a token", { .auth = "XOAUTH2", .echoes = true }, NULL, 0 },
	{ "a token, refused", { .auth = "XOAUTH2", .refusals = 9,
	  .echoes = true }, NULL, LK_E_CREDENTIALS },
	{ "from a file", { .auth = "PLAIN" }, "file:", 0 },
	{ "from a command", { .auth = "PLAIN" }, "cmd:cat ", 0 },
	{ "from a netrc", { .auth = "PLAIN" }, "netrc:", 0 },
};

static struct lk_account *
new_account(const char *from)
{
	struct lk_account *a;
	struct lk_error err;
	char source[TEMP + 16];

	snprintf(source, sizeof(source), "%s%s", from, path);
	if (lk_account_new(&a, &err) < 0 ||
	    lk_account_set(a, "host", "mx.example", &err) < 0 ||
	    lk_account_set(a, "user", "alice", &err) < 0 ||
	    lk_account_set(a, "password-from", source, &err) < 0)
		fail_msg("%s", err.sentence);
	m.login.size = sizeof(m.login);
	lk_account_login(a, &m.login);
	return a;
}

static void
run(const struct scene *s)
{
	struct lk_account *a = NULL;
	struct lk_error err;

	m.login = (struct lk_login){
		.size = sizeof(m.login), .host = "mx.example", .port = 465,
		.user = "alice", .secrets = "password oauth.token",
		.secret = give,
	};
	if (s->from)
		a = new_account(s->from);
	m.tls = LK_TLS_IMPLICIT;
	m.pause = look;
	server_init(&m.server, &s->manners);
	if (lk_host_new(&m.host, NULL, &err) < 0)
		fail_msg("%s", err.sentence);
	mail_run(&m);
	lk_account_free(a);
	if ((m.begun ? m.result[0] : m.cls) != s->result)
		fail_msg("%s: %s", s->name, m.error.sentence);
}

static void
test_login(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(scenes) / sizeof(*scenes); i++) {
		scan_renew();
		scan_write(path, scenes[i].from && *scenes[i].from == 'n'
			   ? "machine mx.example login alice password " : "");
		assert_int_equal(scan_memory(true), 0);
		seen = 0;
		run(&scenes[i]);
		unlink(path);
		if (seen == 0)
			fail_msg("%s: not even found while it was in use",
				 scenes[i].name);
		/* the host lives on in a program that waits for more mail */
		if (scan_memory(true) > 0)
			fail_msg("%s: it is still there", scenes[i].name);
		lk_host_free(m.host);
		if (scan_memory(true) > 0)
			fail_msg("%s: it is still there, and the host is not",
				 scenes[i].name);
	}
}

/* A block that was freed without a wipe would be seen. */
static void
test_freed(void **state)
{
	char *p, *volatile kept;
	size_t i;

	(void)state;
	scan_renew();
	assert_int_equal(scan_memory(true), 0);
	p = malloc(200);
	assert_non_null(p);
	for (i = 0; i < SECRET; i++)
		p[i] = (char)scan_octet(i);
	kept = p;
	free(kept);
	assert_true(scan_memory(false) > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
