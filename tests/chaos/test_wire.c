/* After a login and a message over a socket, in the clear and with TLS, nothing
 * of the secret is left in memory. SPDX-License-Identifier: MIT */
#include "peer.h"
#include "scan.h"

#include <latchkey/client.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static size_t seen;                 /* during the login */
static char path[TEMP];             /* of a file that holds the secret */

static void
look(void *ctx, const struct lk_trace *t)
{
	(void)ctx;
	(void)t;
	if (seen == 0)
		seen = scan_memory(false);
}

static const struct scene {
	const char *name;
	struct manners manners;
	const char *tls;
	int32_t cls;
} scenes[] = {
	{ "clear, PLAIN", { .auth = "PLAIN" }, "none", 0 },
	{ "clear, LOGIN, echoed", { .auth = "LOGIN", .echoes = true }, "none",
	  0 },
	{ "STARTTLS, PLAIN, echoed", { .auth = "PLAIN", .echoes = true,
	  .starttls = true }, "starttls", 0 },
	{ "TLS, LOGIN", { .auth = "LOGIN" }, "implicit", 0 },
	{ "TLS, twice, echoed", { .auth = "PLAIN LOGIN", .refusals = 1,
	  .echoes = true }, "implicit", 0 },
	{ "TLS, a new connection", { .auth = "PLAIN LOGIN", .refusals = 1,
	  .drops_at_refusal = true }, "implicit", 0 },
	{ "TLS, refused, echoed", { .auth = "PLAIN LOGIN", .refusals = 9,
	  .echoes = true }, "implicit", LK_E_CREDENTIALS },
};

static struct lk_account *
new_account(const struct peer *p, const char *tls)
{
	char port[16], from[TEMP + 8];
	const char *const keys[][2] = {
		{ "host", "127.0.0.1" }, { "port", port }, { "tls", tls },
		{ "user", "alice" }, { "ca", p->ca },
		{ "password-from", from },
	};
	struct lk_account *a;
	struct lk_error err;
	size_t i;

	snprintf(port, sizeof(port), "%u", p->port);
	snprintf(from, sizeof(from), "file:%s", path);
	assert_int_equal(lk_account_new(&a, &err), 0);
	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if ((keys[i][1] != p->ca || strcmp(tls, "none") != 0) &&
		    lk_account_set(a, keys[i][0], keys[i][1], &err) < 0)
			fail_msg("%s", err.sentence);
	return a;
}

static void
run(const struct scene *s)
{
	static const struct lk_message hello = {
		.size = sizeof(hello), .fd = -1,
		.head = { (const unsigned char *)"A: b\n\nhi\n", 9 },
	};
	struct lk_client_options o = { .size = sizeof(o), .trace = look };
	struct lk_recipient to = { .address = "r@example.org" };
	struct lk_envelope e = { .size = sizeof(e), .from = "s@example.org",
				 .to = &to, .count = 1 };
	struct lk_host *host = NULL;
	struct lk_error err = { 0 };
	struct lk_account *a;
	struct peer p;

	if (lk_host_new(&host, NULL, &err) < 0)
		fail_msg("%s", err.sentence);
	peer_begin(&p, &s->manners, strcmp(s->tls, "implicit") == 0);
	a = new_account(&p, s->tls);
	lk_client_send(host, a, &e, &hello, &o, &err);
	lk_account_free(a);
	lk_host_free(host);
	peer_end(&p);
	if (err.cls != s->cls)
		fail_msg("%s: %s", s->name, err.sentence);
}

static void
test_wire(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(scenes) / sizeof(*scenes); i++) {
		scan_renew();
		scan_write(path, "");
		assert_int_equal(scan_memory(true), 0);
		seen = 0;
		run(&scenes[i]);
		unlink(path);
		if (seen == 0)
			fail_msg("%s: not even found while it was in use",
				 scenes[i].name);
		if (scan_memory(true) > 0)
			fail_msg("%s: it is still there", scenes[i].name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
