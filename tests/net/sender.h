/* What the tests of the client share: accounts, a message, its dialogue.
 * SPDX-License-Identifier: MIT */
#ifndef LK_TEST_NET_SENDER_H
#define LK_TEST_NET_SENDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "net/peer.h"

#include <latchkey/client.h>

/* Who signs, the server's certificate, and the file of the authority. */
__attribute__((unused)) static struct cert authority, good;
__attribute__((unused)) static char ca[TEMP];

/* names: of the server. */
static inline void
authority_new(const char *names)
{
	authority = cert_new(NULL, "Test CA", NULL, -DAY, DAY);
	good = cert_new(&authority, "g", names, -DAY, DAY);
	cert_write(&authority, 0, ca);
}

static inline void
authority_free(void)
{
	cert_free(&authority);
	cert_free(&good);
	unlink(ca);
}

/* An account for this peer: pairs of key and value, then NULL. */
static inline struct lk_account *
account_for(const struct peer *p, const char *host, ...)
{
	struct lk_account *a;
	const char *key, *value;
	char port[8];
	va_list ap;

	assert_int_equal(lk_account_new(&a, NULL), 0);
	snprintf(port, sizeof(port), "%u", p->port);
	assert_int_equal(lk_account_set(a, "host", host, NULL), 0);
	assert_int_equal(lk_account_set(a, "port", port, NULL), 0);
	va_start(ap, host);
	while ((key = va_arg(ap, const char *))) {
		value = va_arg(ap, const char *);
		assert_int_equal(lk_account_set(a, key, value, NULL), 0);
	}
	va_end(ap);
	return a;
}

__attribute__((unused))
static char notes[4096];

static inline void
on_trace(void *ctx, const struct lk_trace *t)
{
	size_t used = strlen(notes);

	(void)ctx;
	if (t->from == LK_TRACE_NOTE)
		snprintf(notes + used, sizeof(notes) - used, "%s\n", t->line);
}

__attribute__((unused))
static const struct lk_client_options tracing = {
	.size = sizeof(tracing), .trace = on_trace,
};

__attribute__((unused))
static const struct lk_message hello = {
	.size = sizeof(hello), .fd = -1,
	.head = { (const unsigned char *)"A: b\n\nhi\n", 9 },
};

/* One message to one recipient; the account is freed. */
static inline int
send_hello(struct lk_account *a, struct lk_error *err)
{
	struct lk_recipient to = { .address = "r@example.org" };
	struct lk_envelope e = { .size = sizeof(e), .from = "s@example.org",
				 .to = &to, .count = 1 };
	int r;

	notes[0] = '\0';
	memset(err, 0, sizeof(*err));
	r = lk_client_send(NULL, a, &e, &hello, &tracing, err);
	lk_account_free(a);
	return r;
}

#define MAILED \
	{ HEAR, "MAIL FROM:<s@example.org>" }, { SAY, "250 ok\r\n" }, \
	{ HEAR, "RCPT TO:<r@example.org>" }, { SAY, "250 ok\r\n" }, \
	{ HEAR, "DATA" }, { SAY, "354 go\r\n" }, { BODY, NULL }, \
	{ SAY, "250 got it\r\n" }
#define GREETED \
	{ SAY, "220 mx\r\n" }, { HEAR, "EHLO " }, { SAY, "250 mx\r\n" }
#define BYE { HEAR, "QUIT" }, { SAY, "221 bye\r\n" }, { END, NULL }

#endif
