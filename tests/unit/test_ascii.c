/* Locale-free text, and what of a peer's bytes a person may see.
 * SPDX-License-Identifier: MIT */
#include "base/ascii.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
test_characters(void **state)
{
	int c;

	(void)state;
	for (c = 0; c < 256; c++) {
		char x = (char)c;
		bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z';
		bool digit = c >= '0' && c <= '9';

		assert_int_equal(lk_ascii_lower(x),
				 upper ? (char)(c + 32) : x);
		assert_int_equal(lk_ascii_upper(x),
				 lower ? (char)(c - 32) : x);
		assert_int_equal(lk_ascii_is_digit(x), digit);
		assert_int_equal(lk_ascii_is_alnum(x),
				 digit || upper || lower);
	}
}

static void
test_equal(void **state)
{
	(void)state;
	assert_true(lk_ascii_equal("", ""));
	assert_true(lk_ascii_equal("PlAiN", "pLaIn"));
	assert_false(lk_ascii_equal("PLAIN", "PLAI"));
	assert_false(lk_ascii_equal("PLAI", "PLAIN"));
	assert_false(lk_ascii_equal("[", "{"));
	assert_false(lk_ascii_equal("\xc4", "\xe4"));
	assert_true(lk_ascii_equal_n("PLAINx", 5, "plain"));
	assert_false(lk_ascii_equal_n("PLAIN", 4, "plain"));
	assert_true(lk_ascii_equal_n("x", 0, ""));
	assert_false(lk_ascii_equal_n("a\0c", 3, "a"));
}

static const struct {
	const char *text, *word;
	int at, whole;              /* -1: nowhere */
} finds[] = {
	{ "", "x", -1, -1 },
	{ "x", "x", 0, 0 },
	{ "Login FAILED", "failed", 6, 6 },
	{ "unfailed failed", "failed", 2, 9 },
	{ "failedfailed", "failed", 0, -1 },
	{ "failed2 x", "failed", 0, -1 },
	{ "(failed)", "failed", 1, 1 },
	{ "xx\xe4" "failed\xe4", "failed", 3, 3 },
	{ "faile", "failed", -1, -1 },
	{ "aab", "ab", 1, -1 },
	{ "aa aab ab", "ab", 4, 7 },
};

static void
test_find(void **state)
{
	const char *text, *p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(finds) / sizeof(*finds); i++) {
		text = finds[i].text;
		p = lk_ascii_find(text, strlen(text), finds[i].word);
		assert_int_equal(p ? p - text : -1, finds[i].at);
		p = lk_ascii_find_word(text, strlen(text), finds[i].word);
		assert_int_equal(p ? p - text : -1, finds[i].whole);
	}
	/* the length counts, not a NUL */
	assert_null(lk_ascii_find("failed", 5, "failed"));
	assert_null(lk_ascii_find_word("failed", 5, "failed"));
	assert_non_null(lk_ascii_find("a\0failed", 8, "failed"));
	assert_null(lk_ascii_find_word("abc", 3, ""));
	assert_null(lk_ascii_find_word("", 0, ""));
}

static void
test_words(void **state)
{
	const char *at = " ,a, bc ,,d", *word;
	size_t len, i;
	static const char *const wanted[] = { "a", "bc", "d" };

	(void)state;
	for (i = 0; (word = lk_ascii_next(&at, " ,", &len)); i++) {
		assert_in_range(i, 0, 2);
		assert_int_equal(len, strlen(wanted[i]));
		assert_memory_equal(word, wanted[i], len);
	}
	assert_int_equal(i, 3);
	assert_null(lk_ascii_next(&at, " ,", &len));
	assert_true(lk_ascii_has_word("a bc d", "bc", 2));
	assert_true(lk_ascii_has_word("a bc d", "bcx", 2));
	assert_true(lk_ascii_has_word("a bc d", "d", 1));
	assert_false(lk_ascii_has_word("a bc d", "b", 1));
	assert_false(lk_ascii_has_word("a bc d", "BC", 2));
	assert_false(lk_ascii_has_word("a bc d", "", 0));
	assert_false(lk_ascii_has_word("", "a", 1));
}

/* What comes in, what is shown. */
static const struct {
	const char *from, *shown;
} prints[] = {
	{ "plain text", "plain text" },
	{ "a\tb", "a b" },
	{ "a\r\nb", "a??b" },
	{ "\033[31mred", "?[31mred" },
	{ "\x7f\x01", "??" },
	{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x91",
	  "\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x91" },
	{ "\xc2\xa0", "\xc2\xa0" },
	{ "\xf4\x8f\xbf\xbd", "\xf4\x8f\xbf\xbd" },
	{ "\xe4", "?" },                        /* Latin-1 */
	{ "\xe4x", "?x" },
	{ "\x9b" "31m", "?31m" },               /* C1, raw */
	{ "\xc2\x9b" "31m", "?31m" },           /* C1, encoded */
	{ "\xc2\x80\xc2\x9f", "??" },
	{ "\xc0\xaf", "??" },                   /* overlong / */
	{ "\xc1\xbf", "??" },
	{ "\xe0\x80\xaf", "???" },
	{ "\xe0\x9f\xbf", "???" },
	{ "\xe0\xa0\x80", "\xe0\xa0\x80" },
	{ "\xf0\x80\x80\xaf", "????" },
	{ "\xf0\x8f\xbf\xbf", "????" },
	{ "\xf0\x90\x80\x80", "\xf0\x90\x80\x80" },
	{ "\xed\x9f\xbf", "\xed\x9f\xbf" },
	{ "\xed\xa0\x80", "???" },              /* surrogates */
	{ "\xed\xbf\xbf", "???" },
	{ "\xf4\x90\x80\x80", "????" },         /* over U+10FFFF */
	{ "\xf5\x80\x80\x80", "????" },
	{ "\xff\xfe", "??" },
	{ "\xc3", "?" },                        /* cut short */
	{ "\xe2\x82", "??" },
	{ "\xf0\x9f\x94", "???" },
	{ "\xe2\x82x", "??x" },
	{ "\xc3\xc3\xa4", "?\xc3\xa4" },
	{ "a\xe2\x80\xae" "b", "a?b" },         /* right-to-left override */
	{ "\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xac\xe2\x80\xad", "????" },
	{ "\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9", "????" },
	{ "\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "???" },  /* marks */
	{ "\xe2\x80\xa8\xe2\x80\xa9", "??" },   /* line, paragraph */
	{ "\xe2\x80\xa7\xe2\x80\xaf", "\xe2\x80\xa7\xe2\x80\xaf" },
	{ "\xe2\x81\x9f\xe2\x81\xb0", "\xe2\x81\x9f\xe2\x81\xb0" },
	/* what is not to be seen: soft hyphen, zero width, tags */
	{ "\xc2\xad\xe1\xa0\x8e\xe2\x80\x8b", "???" },
	{ "\xe2\x81\xa0\xe2\x81\xa5\xe2\x81\xaa\xe2\x81\xaf", "????" },
	{ "\xef\xbb\xbf\xef\xbf\xb9\xef\xbf\xbb", "???" },
	{ "\xf3\xa0\x80\x80\xf3\xa0\x81\xbf", "??" },
	{ "\xc2\xac\xc2\xae\xef\xbf\xb8\xf3\xa0\x82\x80",
	  "\xc2\xac\xc2\xae\xef\xbf\xb8\xf3\xa0\x82\x80" },
	/* joiners are parts of words */
	{ "\xe2\x80\x8c\xe2\x80\x8d", "\xe2\x80\x8c\xe2\x80\x8d" },
	{ "\xd8\x9b\xd8\x9d", "\xd8\x9b\xd8\x9d" },
};

static void
test_printable(void **state)
{
	char to[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(prints) / sizeof(*prints); i++) {
		size_t n = lk_ascii_printable(to, sizeof(to), prints[i].from,
					      strlen(prints[i].from));

		assert_string_equal(to, prints[i].shown);
		assert_int_equal(n, strlen(prints[i].shown));
	}
	assert_int_equal(lk_ascii_printable(to, sizeof(to), "a\0b", 3), 3);
	assert_string_equal(to, "a?b");
	assert_int_equal(lk_ascii_printable(to, sizeof(to), NULL, 0), 0);
	assert_string_equal(to, "");
}

static void
test_printable_room(void **state)
{
	static const char text[] = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x91z";
	static const size_t cut[] = { 0, 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11,
				      11 };
	char to[16];
	size_t room, n;

	(void)state;
	for (room = 0; room < sizeof(cut) / sizeof(*cut); room++) {
		memset(to, 0x55, sizeof(to));
		n = lk_ascii_printable(to, room, text, strlen(text));
		assert_int_equal(n, cut[room]);
		assert_memory_equal(to, text, n);
		assert_int_equal(to[n], room ? 0 : 0x55);
		assert_int_equal(to[room], 0x55);
	}
}

/* No octets whatsoever make an output that is not printable. */
static void
test_printable_all(void **state)
{
	unsigned char from[4];
	char to[16], again[16];
	uint32_t x = 1;
	size_t i, n;

	(void)state;
	for (i = 0; i < 200000; i++) {
		x = x * 1664525 + 1013904223;
		from[0] = (unsigned char)(x >> 24);
		from[1] = (unsigned char)(x >> 16);
		from[2] = (unsigned char)(0x80 | (x >> 8));
		from[3] = (unsigned char)(0x80 | (x >> 4));
		n = lk_ascii_printable(to, sizeof(to), from, 4);
		assert_int_equal(lk_ascii_printable(again, sizeof(again), to,
						    n), n);
		assert_string_equal(to, again);
	}
}

static void
test_copy(void **state)
{
	char to[4] = "xyz";

	(void)state;
	assert_true(lk_ascii_copy(to, sizeof(to), "abc"));
	assert_string_equal(to, "abc");
	assert_false(lk_ascii_copy(to, sizeof(to), "abcd"));
	assert_string_equal(to, "abc");
	assert_true(lk_ascii_copy(to, sizeof(to), ""));
	assert_string_equal(to, "");
	assert_false(lk_ascii_copy(to, 1, "a"));
	assert_false(lk_ascii_copy(to, 0, "a"));
	assert_string_equal(to, "");
}

static const struct {
	const char *text;
	long max, value;
} numbers[] = {
	{ "0", 0, 0 },
	{ "1", 0, -1 },
	{ "7", 5, -1 },
	{ "5", 5, 5 },
	{ "10", 9, -1 },
	{ "65535", 65535, 65535 },
	{ "65536", 65535, -1 },
	{ "655350", 65535, -1 },
	{ "0025", 65535, 25 },
	{ "2147483647", 2147483647, 2147483647 },
	{ "2147483648", 2147483647, -1 },
	{ "99999999999999999999999999", LONG_MAX, -1 },
	{ "", 9, -1 },
	{ "-1", 9, -1 },
	{ "+1", 9, -1 },
	{ " 1", 9, -1 },
	{ "1 ", 9, -1 },
	{ "0x1", 99, -1 },
	{ "\xd9\xa1", 99, -1 },
};

static void
test_number(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		assert_int_equal(lk_ascii_number(numbers[i].text,
						 strlen(numbers[i].text),
						 numbers[i].max),
				 numbers[i].value);
	assert_int_equal(lk_ascii_number("123", 2, 99), 12);
}

static const struct {
	const char *a, *b;
	unsigned far;
} distances[] = {
	{ "", "", 0 },
	{ "", "abc", 3 },
	{ "abc", "", 3 },
	{ "host", "host", 0 },
	{ "hots", "host", 2 },
	{ "hst", "host", 1 },
	{ "hosts", "host", 1 },
	{ "hast", "host", 1 },
	{ "kitten", "sitting", 3 },
	{ "passwordfrom", "password-from", 1 },
};

static void
test_distance(void **state)
{
	char longest[100];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(distances) / sizeof(*distances); i++) {
		assert_int_equal(lk_ascii_distance(distances[i].a,
						   distances[i].b),
				 distances[i].far);
		assert_int_equal(lk_ascii_distance(distances[i].b,
						   distances[i].a),
				 distances[i].far);
	}
	memset(longest, 'x', sizeof(longest));
	longest[99] = '\0';
	assert_int_equal(lk_ascii_distance("x", longest), 99);
	assert_int_equal(lk_ascii_distance(longest, "x"), 98);
	longest[63] = '\0';
	assert_int_equal(lk_ascii_distance("", longest), 63);
	assert_int_equal(lk_ascii_distance(longest, longest), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_characters),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_printable),
		cmocka_unit_test(test_printable_room),
		cmocka_unit_test(test_printable_all),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_distance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
