/* What a scan finds, however a message is cut. SPDX-License-Identifier: MIT */
#include <latchkey/smtp.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT(s) s, sizeof(s) - 1

static const struct {
	const char *data;
	size_t len;
	uint32_t flags;
	uint64_t octets, lines, longest;
} messages[] = {
	{ TEXT(""), 0, 0, 0, 0 },
	{ TEXT("a"), LK_MESSAGE_NO_END, 3, 1, 1 },
	{ TEXT("a\n"), 0, 3, 1, 1 },
	{ TEXT("a\r\n"), 0, 3, 1, 1 },
	{ TEXT("\n"), 0, 2, 1, 0 },
	{ TEXT("\r\n"), 0, 2, 1, 0 },
	{ TEXT("a\n\nbcd\r\n"), 0, 10, 3, 3 },
	{ TEXT("a\n.b"), LK_MESSAGE_NO_END, 7, 2, 2 },
	{ TEXT("a\rb\n"), LK_MESSAGE_LONE_CR, 5, 1, 3 },
	{ TEXT("a\r\r\n"), LK_MESSAGE_LONE_CR, 4, 1, 2 },
	{ TEXT("a\r"), LK_MESSAGE_LONE_CR | LK_MESSAGE_NO_END, 4, 1, 2 },
	{ TEXT("\ra\n"), LK_MESSAGE_LONE_CR, 4, 1, 2 },
	{ TEXT("a\0b\n"), LK_MESSAGE_NUL, 5, 1, 3 },
	{ TEXT("a\n\0"), LK_MESSAGE_NUL | LK_MESSAGE_NO_END, 6, 2, 1 },
	{ TEXT("h\xc3\xa9\n"), LK_MESSAGE_8BIT, 5, 1, 3 },
	{ TEXT("0123456789abcde\xff\n"), LK_MESSAGE_8BIT, 18, 1, 16 },
};

static void
scans(void **state)
{
	size_t i, piece, at;

	(void)state;
	for (i = 0; i < sizeof(messages) / sizeof(*messages); i++)
		for (piece = 1; piece < 20; piece++) {
			struct lk_message_facts f = { .size = sizeof(f) };

			for (at = 0; at < messages[i].len; at += piece) {
				size_t n = messages[i].len - at;

				lk_message_scan(&f, messages[i].data + at,
						n < piece ? n : piece);
				lk_message_scan(&f, NULL, 0);
			}
			lk_message_scan_end(&f);
			assert_int_equal(f.flags, messages[i].flags);
			assert_int_equal(f.octets, messages[i].octets);
			assert_int_equal(f.lines, messages[i].lines);
			assert_int_equal(f.longest, messages[i].longest);
		}
}

static void
measures_lines(void **state)
{
	static char line[1001];
	size_t n;

	(void)state;
	memset(line, 'a', sizeof(line));
	for (n = 997; n <= 999; n++) {
		struct lk_message_facts f = { .size = sizeof(f) };

		lk_message_scan(&f, line, n);
		lk_message_scan(&f, "\r", 1);
		lk_message_scan(&f, "\n", 1);
		lk_message_scan_end(&f);
		assert_int_equal(f.longest, n);
		assert_int_equal(f.flags, n > 998 ? LK_MESSAGE_LONG_LINE : 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scans),
		cmocka_unit_test(measures_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
