/* Line ends, dots, bounds of the body. SPDX-License-Identifier: MIT */
#include "unit/talk.h"

#define TEXT(s) s, sizeof(s) - 1

static const struct {
	const char *in;
	size_t len;
	const char *out;
} bodies[] = {
	{ TEXT("a\n"), "a\r\n.\r\n" },
	{ TEXT("a\r\n"), "a\r\n.\r\n" },
	{ TEXT("a"), "a\r\n.\r\n" },
	{ TEXT("\n"), "\r\n.\r\n" },
	{ TEXT("."), "..\r\n.\r\n" },
	{ TEXT(".\r\n"), "..\r\n.\r\n" },
	{ TEXT("..\n.\na.\n"), "...\r\n..\r\na.\r\n.\r\n" },
	{ TEXT("a\n\n\r\nb"), "a\r\n\r\n\r\nb\r\n.\r\n" },
	{ TEXT("a\n.\r\n.."), "a\r\n..\r\n...\r\n.\r\n" },
	{ TEXT("\xff\xfe\n"), "\xff\xfe\r\n.\r\n" },
};

static struct lk_recipient to[] = { { .address = "bob@example.net" } };

/* An engine that wants the body of a message with these facts. */
static struct lk_smtp *
begin(const struct lk_message_facts *facts, uint32_t flags)
{
	static struct lk_envelope e;
	struct lk_smtp *s = talk_ready(PIPELINING);
	struct lk_error err;

	e = (struct lk_envelope) { .size = sizeof(e), .flags = flags,
				   .from = "", .to = to, .count = 1 };
	assert_int_equal(lk_smtp_mail(s, &e, facts, &err), 0);
	talk_say(s, "250 ok\r\n250 ok\r\n354 go\r\n");
	assert_int_equal(lk_smtp_want(s), LK_WANT_BODY);
	return s;
}

static void
transforms(void **state)
{
	struct lk_message_facts f;
	struct lk_smtp *s;
	size_t i, piece, at, len;
	const char *out;

	(void)state;
	for (i = 0; i < sizeof(bodies) / sizeof(*bodies); i++)
		for (piece = 1; piece < 12; piece++) {
			f = talk_facts(bodies[i].in, bodies[i].len);
			s = begin(&f, 0);
			for (at = 0; at < bodies[i].len;) {
				size_t n = bodies[i].len - at;

				at += lk_smtp_body(s, bodies[i].in + at,
						   n < piece ? n : piece);
			}
			lk_smtp_body_end(s);
			out = lk_smtp_output(s, &len);
			assert_int_equal(len, strlen(bodies[i].out));
			assert_memory_equal(out, bodies[i].out, len);
			lk_smtp_free(s);
		}
}

/* The plainest way to do the same. */
static size_t
reference(char *out, const char *in, size_t len)
{
	size_t n = 0, i;
	char last = '\n';

	for (i = 0; i < len; last = in[i++]) {
		if (last == '\n' && in[i] == '.')
			out[n++] = '.';
		if (in[i] == '\n' && last != '\r')
			out[n++] = '\r';
		out[n++] = in[i];
	}
	if (last != '\n') {
		out[n++] = '\r';
		out[n++] = '\n';
	}
	memcpy(out + n, ".\r\n", 3);
	return n + 3;
}

/* Some text of lines of all lengths, dots and both line ends. */
static size_t
make_text(char *text, size_t room, unsigned seed)
{
	size_t n = 0;

	while (n + 4 < room) {
		seed = seed * 1103515245u + 12345u;
		switch (seed >> 16 & 15) {
		case 0:
			text[n++] = '\r';
			/* fall through */
		case 1:
			text[n++] = '\n';
			break;
		case 2:
		case 3:
			text[n++] = '.';
			break;
		default:
			text[n++] = (char)('a' + (seed >> 20 & 15));
		}
	}
	return n;
}

/* Octets that a socket takes at once do not change what is sent. */
static void
is_bounded_and_right(void **state)
{
	enum { ROOM = 300000 };
	char *in = malloc(ROOM), *want = malloc(2 * ROOM);
	size_t len, all, got, fed, n, piece;
	struct lk_message_facts f;
	struct lk_smtp *s;

	(void)state;
	for (piece = 1000; piece < 200000; piece = piece * 3 + 7) {
		len = make_text(in, ROOM, (unsigned)piece);
		all = reference(want, in, len);
		f = talk_facts(in, len);
		s = begin(&f, 0);
		for (fed = got = 0; got < all;) {
			uint32_t w = lk_smtp_want(s);
			const char *out = lk_smtp_output(s, &n);

			assert_in_range(n, 0, 140000);
			if (w & LK_WANT_SEND) {
				n = n < piece ? n : piece;
				assert_memory_equal(out, want + got, n);
				lk_smtp_sent(s, n);
				got += n;
				continue;
			}
			assert_int_equal(w, LK_WANT_BODY);
			fed += lk_smtp_body(s, in + fed, len - fed);
			if (fed == len)
				lk_smtp_body_end(s);
		}
		assert_int_equal(lk_smtp_want(s), LK_WANT_RECV);
		talk_say(s, "250 ok\r\n");
		assert_int_equal(lk_smtp_mail_result(s, NULL), 0);
		lk_smtp_free(s);
	}
	free(in);
	free(want);
}

/* The fullest that the output gets. */
static void
takes_what_it_says(void **state)
{
	static char text[200000];
	struct lk_message_facts f;
	struct lk_smtp *s;
	size_t at;

	(void)state;
	memset(text, 'a', sizeof(text));
	for (at = 65530; at < 65538; at++) {
		f = talk_facts(text, at + 65536);
		s = begin(&f, LK_MAIL_LAST);
		assert_int_equal(lk_smtp_body(s, text, at), at);
		if (at < 65536)
			assert_int_equal(lk_smtp_body(s, text, 65536), 65536);
		else
			assert_int_equal(lk_smtp_body(s, text, 65536), 0);
		if (at < 65536)
			lk_smtp_body_end(s);
		assert_int_equal(lk_smtp_want(s), LK_WANT_SEND | LK_WANT_RECV);
		lk_smtp_free(s);
	}
}

/* A small message, the final dot and QUIT go in one flight. */
static void
goes_in_one_flight(void **state)
{
	struct lk_message_facts f = talk_facts("a\n", 2);
	struct lk_smtp *s = begin(&f, LK_MAIL_LAST);
	const char *out;
	size_t len;

	(void)state;
	assert_int_equal(lk_smtp_body(s, "a", 1), 1);
	assert_int_equal(lk_smtp_want(s), LK_WANT_BODY);
	assert_int_equal(lk_smtp_body(s, "\n", 1), 1);
	assert_int_equal(lk_smtp_want(s), LK_WANT_BODY);
	lk_smtp_body_end(s);
	out = lk_smtp_output(s, &len);
	assert_int_equal(len, 12);
	assert_memory_equal(out, "a\r\n.\r\nQUIT\r\n", 12);
	lk_smtp_free(s);
}

/* A CR that was the last octet is half a line's end. */
static void
completes_a_cr(void **state)
{
	struct lk_message_facts f = talk_facts("a\n", 2);
	struct lk_smtp *s = begin(&f, 0);
	const char *out;
	size_t len;

	(void)state;
	lk_smtp_body(s, "a\r", 2);
	lk_smtp_body_end(s);
	out = lk_smtp_output(s, &len);
	assert_int_equal(len, 6);
	assert_memory_equal(out, "a\r\n.\r\n", 6);
	lk_smtp_free(s);
}

/* A file that changes under our hands is not sent in part. */
static void
notices_a_change(void **state)
{
	struct lk_message_facts f = talk_facts("abc\n", 4);
	struct lk_smtp *s = begin(&f, 0);
	struct lk_error err;

	(void)state;
	lk_smtp_body(s, "ab", 2);
	lk_smtp_body_end(s);
	assert_int_equal(lk_smtp_want(s), LK_WANT_CLOSED);
	assert_int_equal(lk_smtp_mail_result(s, &err), -1);
	assert_int_equal(err.cls, LK_E_MESSAGE);
	assert_int_equal(to[0].cls, LK_E_CANCELLED);
	lk_smtp_free(s);
}

/* Refused before its end: what is left of it must not be sent. */
static void
stops_when_refused(void **state)
{
	struct lk_message_facts f = talk_facts("abc\n", 4);
	struct lk_smtp *s = begin(&f, 0);
	struct lk_error err;

	(void)state;
	lk_smtp_body(s, "ab", 2);
	lk_smtp_input(s, "552 too large\r\n", 15);
	assert_int_equal(lk_smtp_want(s), LK_WANT_CLOSED);
	assert_int_equal(lk_smtp_mail_result(s, &err), -1);
	assert_int_equal(err.cls, LK_E_REFUSED);
	assert_int_equal(err.code, 552);
	lk_smtp_free(s);

	/* a yes before its end is none */
	s = begin(&f, 0);
	lk_smtp_body(s, "abc\n", 4);
	lk_smtp_body_end(s);
	lk_smtp_sent(s, 7);
	lk_smtp_input(s, "250 ok\r\n", 8);
	assert_int_equal(lk_smtp_want(s), LK_WANT_CLOSED);
	assert_int_equal(lk_smtp_mail_result(s, &err), -1);
	assert_int_equal(err.cls, LK_E_PROTOCOL);
	lk_smtp_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(transforms),
		cmocka_unit_test(is_bounded_and_right),
		cmocka_unit_test(takes_what_it_says),
		cmocka_unit_test(goes_in_one_flight),
		cmocka_unit_test(completes_a_cr),
		cmocka_unit_test(notices_a_change),
		cmocka_unit_test(stops_when_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
