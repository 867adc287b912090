/* BDAT: the body while the envelope is still being answered.
 * SPDX-License-Identifier: MIT */
#include "unit/talk.h"

#include <stdio.h>

#define ENVELOPE "MAIL FROM:<>\r\nRCPT TO:<bob@example.net>\r\n"

static struct lk_recipient to[] = { { .address = "bob@example.net" } };
static struct lk_envelope envelope;

/* An engine that wants the body, its envelope unanswered. */
static struct lk_smtp *
begin(const struct lk_message_facts *facts)
{
	struct lk_smtp_options o = {
		.size = sizeof(o), .tls = LK_TLS_NONE, .ehlo = "me.example",
		.flags = LK_SMTP_BDAT,
	};
	struct lk_facts none = { .size = sizeof(none) };
	struct lk_smtp *s;

	assert_int_equal(lk_smtp_new(&s, &o, NULL), 0);
	lk_smtp_connected(s, &none);
	talk_say(s, "220 mx\r\n");
	talk_say(s, "250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n");
	envelope = (struct lk_envelope) {
		.size = sizeof(envelope), .from = "", .to = to, .count = 1,
	};
	assert_int_equal(lk_smtp_mail(s, &envelope, facts, NULL), 0);
	assert_int_equal(lk_smtp_want(s), LK_WANT_BODY);
	return s;
}

static void
send_some(struct lk_smtp *s, char *wire, size_t *got, size_t most)
{
	size_t n;
	const char *out = lk_smtp_output(s, &n);

	n = n < most ? n : most;
	memcpy(wire + *got, out, n);
	lk_smtp_sent(s, n);
	*got += n;
}

/* 200 KB in pieces; the envelope is answered while they go. */
static void
test_large(void **state)
{
	enum { LINES = 20000, ROOM = LINES * 11 + 200 };
	char *in = malloc(ROOM), *wire = malloc(ROOM), *want = malloc(ROOM);
	struct lk_message_facts f;
	size_t len = 0, all, got, fed, piece, i;
	struct lk_smtp *s;

	(void)state;
	all = (size_t)snprintf(want, ROOM, ENVELOPE "BDAT %d LAST\r\n",
			       LINES * 11);
	for (i = 0; i < LINES; i++) {
		memcpy(in + len, ".23456789\n", 10);
		memcpy(want + all, ".23456789\r\n", 11);
		len += 10;
		all += 11;
	}
	for (piece = 900; piece < 200000; piece = piece * 5 + 7) {
		f = talk_facts(in, len);
		s = begin(&f);
		for (fed = got = 0; got < all;) {
			uint32_t w = lk_smtp_want(s);

			if (w & LK_WANT_BODY) {
				fed += lk_smtp_body(s, in + fed, len - fed);
				if (fed == len)
					lk_smtp_body_end(s);
				continue;
			}
			assert_true(w & LK_WANT_SEND);
			send_some(s, wire, &got, piece);
			if (got > 50000 && got - piece <= 50000)
				lk_smtp_input(s, "250 ok\r\n250 ok\r\n", 16);
		}
		assert_memory_equal(wire, want, all);
		assert_int_equal(lk_smtp_want(s), LK_WANT_RECV);
		assert_true(lk_smtp_is_final(s));
		lk_smtp_input(s, "250 ok\r\n", 8);
		assert_int_equal(lk_smtp_mail_result(s, NULL), 0);
		lk_smtp_free(s);
	}
	free(in);
	free(wire);
	free(want);
}

/* Octets that were not announced would be commands: none goes out. */
static void
test_grown(void **state)
{
	struct lk_message_facts f = talk_facts("abc\n", 4);
	struct lk_smtp *s = begin(&f);
	struct lk_error err;

	(void)state;
	talk_flush(s);
	lk_smtp_body(s, "abc\nRSET\n", 9);
	assert_int_equal(lk_smtp_want(s), LK_WANT_CLOSED);
	assert_int_equal(lk_smtp_mail_result(s, &err), -1);
	assert_int_equal(err.cls, LK_E_MESSAGE);
	assert_int_equal(to[0].cls, LK_E_CANCELLED);
	lk_smtp_free(s);
}

static const struct early {
	const char *replies;
	int result, error;          /* of the message, of the end */
	int recipient;
} earlies[] = {
	{ "250 ok\r\n550 no such user\r\n", LK_E_RECIPIENT, LK_E_RECIPIENT,
	  LK_E_RECIPIENT },
	{ "550 not you\r\n", LK_E_REFUSED, LK_E_REFUSED, LK_E_CANCELLED },
	{ "250 ok\r\n250 ok\r\n552 too large\r\n", LK_E_REFUSED, LK_E_REFUSED,
	  LK_E_CANCELLED },
	{ "250 ok\r\n250 ok\r\n250 have it\r\n", LK_E_PROTOCOL, LK_E_PROTOCOL,
	  LK_E_CANCELLED },
	{ "250 ok\r\n250 ok\r\n250 have it\r\n250 what\r\n", LK_E_PROTOCOL,
	  LK_E_PROTOCOL, LK_E_CANCELLED },
	{ "421 closing\r\n", LK_E_TRANSIENT, LK_E_TRANSIENT,
	  LK_E_CANCELLED },
	{ "354 go\r\n", LK_E_PROTOCOL, LK_E_PROTOCOL, LK_E_CANCELLED },
};

/* Refused while the body goes: the rest of it does not. */
static void
test_early(void **state)
{
	struct lk_message_facts f = talk_facts("abc\ndef\n", 8);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(earlies) / sizeof(*earlies); i++) {
		struct lk_smtp *s = begin(&f);
		struct lk_error err;
		size_t n;

		lk_smtp_body(s, "abc\n", 4);
		lk_smtp_output(s, &n);
		lk_smtp_sent(s, n);
		lk_smtp_input(s, earlies[i].replies,
			      strlen(earlies[i].replies));
		assert_int_equal(lk_smtp_want(s), LK_WANT_CLOSED);
		assert_int_equal(lk_smtp_mail_result(s, &err), -1);
		assert_int_equal(err.cls, earlies[i].result);
		assert_int_equal(lk_smtp_error(s)->cls, earlies[i].error);
		assert_int_equal(to[0].cls, earlies[i].recipient);
		lk_smtp_free(s);
	}
}

/* An answer to what did not go out yet. */
static void
test_unasked(void **state)
{
	struct lk_message_facts f = talk_facts("abc\n", 4);
	struct lk_smtp *s = begin(&f);

	(void)state;
	lk_smtp_input(s, "250 ok\r\n", 8);
	assert_int_equal(lk_smtp_want(s), LK_WANT_CLOSED);
	assert_int_equal(lk_smtp_error(s)->cls, LK_E_PROTOCOL);
	lk_smtp_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_grown),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_unasked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
