/* Replies from pieces, lenient and bounded. SPDX-License-Identifier: MIT */
#include "smtp/reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *octets;
	int code;                   /* 0: refused */
	const char *enhanced;
	const char *text;           /* or the reason */
} replies[] = {
	{ "220 mx ready\r\n", 220, "", "mx ready" },
	{ "250\r\n", 250, "", "" },
	{ "334 \r\n", 334, "", "" },
	{ "334\n", 334, "", "" },
	{ "250-a\r\n250-b\n250 c\r\n", 250, "", "a\nb\nc" },
	{ "250-\r\n250\r\n", 250, "", "\n" },
	{ "250 x\r\r\n", 250, "", "x" },
	{ "535 5.7.8 no\r\n", 535, "5.7.8", "5.7.8 no" },
	{ "535-5.7.8 a\r\n535 5.7.9 b\r\n", 535, "5.7.8",
	  "5.7.8 a\n5.7.9 b" },
	{ "535-hm\r\n535 5.7.8 b\r\n", 535, "5.7.8", "hm\n5.7.8 b" },
	{ "535 5.7.139\r\n", 535, "5.7.139", "5.7.139" },
	{ "535 4.7.8 wrong class\r\n", 535, "", "4.7.8 wrong class" },
	{ "535 5.7 no\r\n", 535, "", "5.7 no" },
	{ "535 5.7.8000 no\r\n", 535, "", "5.7.8000 no" },
	{ "535 5.7.8x no\r\n", 535, "", "5.7.8x no" },
	{ "535 55.7.8 no\r\n", 535, "", "55.7.8 no" },
	{ "250-a\r\n251 b\r\n", 0, "", "the codes of one reply differ" },
	{ "+OK ready\r\n", 0, "", "that is no SMTP reply" },
	{ "\r\n", 0, "", "that is no SMTP reply" },
	{ "99 x\r\n", 0, "", "that is no SMTP reply" },
	{ "120 x\r\n", 0, "", "that is no SMTP reply" },
	{ "620 x\r\n", 0, "", "that is no SMTP reply" },
	{ "2500 x\r\n", 0, "", "that is no SMTP reply" },
	{ "250\tx\r\n", 0, "", "that is no SMTP reply" },
	{ "25", -1, "", "" },
	{ "250-a\r\n", -1, "", "" },
};

/* Feed in pieces; the code, 0: refused, -1: not whole. */
static int
feed(struct lk_reader *r, const char *octets, size_t len, size_t piece,
     const char **why)
{
	size_t used, n;

	while (len > 0) {
		n = len < piece ? len : piece;
		if (lk_reader_feed(r, octets, n, &used, why) < 0)
			return 0;
		assert_in_range(used, 1, n);
		octets += used;
		len -= used;
		if (r->done)
			return r->code;
	}
	return -1;
}

static void
reads(void **state)
{
	struct lk_reader r;
	const char *why;
	size_t i, piece;

	(void)state;
	for (i = 0; i < sizeof(replies) / sizeof(*replies); i++)
		for (piece = 1; piece < 40; piece++) {
			int code;

			lk_reader_init(&r);
			why = "";
			code = feed(&r, replies[i].octets,
				    strlen(replies[i].octets), piece, &why);
			assert_int_equal(code, replies[i].code);
			if (code == 0)
				assert_string_equal(why, replies[i].text);
			if (code > 0) {
				assert_string_equal(r.enhanced,
						    replies[i].enhanced);
				assert_int_equal(r.text.len,
						 strlen(replies[i].text));
				assert_memory_equal(r.text.data ?
					(char *)r.text.data : "",
					replies[i].text, r.text.len);
			}
			lk_reader_wipe(&r);
		}
}

static void
takes_one_reply_at_a_time(void **state)
{
	const char *two = "250 a\r\n354 b\r\n", *why;
	struct lk_reader r;
	size_t used;

	(void)state;
	lk_reader_init(&r);
	assert_int_equal(lk_reader_feed(&r, two, 14, &used, &why), 1);
	assert_int_equal(used, 7);
	lk_reader_next(&r);
	assert_int_equal(lk_reader_feed(&r, two + 7, 7, &used, &why), 1);
	assert_int_equal(r.code, 354);
	lk_reader_wipe(&r);
}

static void
is_bounded(void **state)
{
	static char line[LK_REPLY_LINE_MAX + 8];
	struct lk_reader r;
	const char *why = "";
	size_t n = 0, used;
	int code;

	(void)state;
	/* a challenge of 12288 octets is allowed (RFC 4954, 4) */
	memset(line, 'A', sizeof(line));
	memcpy(line, "334 ", 4);
	memcpy(line + 12292, "\r\n", 2);
	lk_reader_init(&r);
	assert_int_equal(feed(&r, line, 12294, 1000, &why), 334);
	lk_reader_wipe(&r);

	memset(line, 'A', sizeof(line));
	memcpy(line, "334 ", 4);
	assert_int_equal(feed(&r, line, sizeof(line), 1000, &why), 0);
	assert_string_equal(why, "the line is too long");
	assert_int_equal(r.line.len, LK_REPLY_LINE_MAX);
	lk_reader_wipe(&r);

	/* no half line is left to be shown */
	assert_int_equal(lk_reader_feed(&r, "250-\n", 5, &used, &why), 1);
	assert_int_equal(lk_reader_feed(&r, "250-half", 8, &used, &why), 0);
	assert_int_equal(lk_reader_feed(&r, line, sizeof(line), &used, &why),
			 -1);
	assert_int_equal(r.line.len, 0);
	lk_reader_wipe(&r);

	do
		code = lk_reader_feed(&r, "250-\n", 5, &used, &why);
	while (code == 1 && ++n < LK_REPLY_MAX);
	assert_int_equal(code, -1);
	assert_string_equal(why, "the reply is too long");
	assert_in_range(r.text.len, 0, LK_REPLY_MAX);
	lk_reader_wipe(&r);
}

static const struct {
	const char *text, *enhanced, *words;
} words[] = {
	{ "ok", "", "ok" },
	{ "", "", "" },
	{ "5.7.8 a\n5.7.8 b\n5.7.9 c", "5.7.8", "5.7.8 a b 5.7.9 c" },
	{ "a\n\nb\n", "", "a b" },
	{ "x\033[2J\xff", "", "x?[2J?" },
	{ "gr\xc3\xbc\xc3\x9f", "", "gr\xc3\xbc\xc3\x9f" },
};

static void
shows_words(void **state)
{
	char to[256], small[6];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		lk_reply_words(to, sizeof(to), words[i].enhanced,
			       words[i].text, strlen(words[i].text));
		assert_string_equal(to, words[i].words);
	}
	lk_reply_words(small, sizeof(small), "", "abc\ndef\nghi", 11);
	assert_string_equal(small, "abc d");
	lk_reply_words(small, sizeof(small), "", "abcde\nfgh", 9);
	assert_string_equal(small, "abcde");
	lk_reply_words(small, 1, "", "abcde\nfgh", 9);
	assert_string_equal(small, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(takes_one_reply_at_a_time),
		cmocka_unit_test(is_bounded),
		cmocka_unit_test(shows_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
