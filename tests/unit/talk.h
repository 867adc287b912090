/* An engine to talk with, for its tests. SPDX-License-Identifier: MIT */
#ifndef TALK_H
#define TALK_H

#include <latchkey/smtp.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PIPELINING "220 mx\r\n", "250-mx\r\n250-PIPELINING\r\n250 SIZE\r\n"

static inline struct lk_smtp *
talk_new(void (*trace)(void *, const struct lk_trace *), void *ctx)
{
	struct lk_smtp_options o = {
		.size = sizeof(o),
		.tls = LK_TLS_NONE,
		.ehlo = "me.example",
		.trace = trace,
		.trace_ctx = ctx,
	};
	struct lk_facts facts = { .size = sizeof(facts) };
	struct lk_smtp *s = NULL;
	struct lk_error err;

	assert_int_equal(lk_smtp_new(&s, &o, &err), 0);
	assert_int_equal(lk_smtp_want(s), LK_WANT_CONNECT);
	lk_smtp_connected(s, &facts);
	return s;
}

/* Send all that is to be sent; the number of octets. */
static inline size_t
talk_flush(struct lk_smtp *s)
{
	size_t all = 0, len;

	while (lk_smtp_want(s) & LK_WANT_SEND) {
		lk_smtp_output(s, &len);
		assert_true(len > 0);
		lk_smtp_sent(s, len);
		all += len;
	}
	return all;
}

static inline void
talk_say(struct lk_smtp *s, const char *text)
{
	talk_flush(s);
	lk_smtp_input(s, text, strlen(text));
}

/* Greeted, and MAIL is wanted. */
static inline struct lk_smtp *
talk_ready(const char *greeting, const char *ehlo)
{
	struct lk_smtp *s = talk_new(NULL, NULL);

	talk_say(s, greeting);
	talk_say(s, ehlo);
	assert_int_equal(lk_smtp_want(s), LK_WANT_MAIL);
	return s;
}

static inline struct lk_message_facts
talk_facts(const void *data, size_t len)
{
	struct lk_message_facts f = { .size = sizeof(f) };

	lk_message_scan(&f, data, len);
	lk_message_scan_end(&f);
	return f;
}

#endif
