/* Bounded buffers: bounds, and nothing left behind.
 * SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
test_bounds(void **state)
{
	struct lk_buf b;
	char *text;

	(void)state;
	lk_buf_init(&b, 5);
	assert_null(b.data);
	assert_int_equal(lk_buf_add(&b, "abc", 3), 0);
	assert_int_equal(lk_buf_add(&b, "def", 3), -1);
	assert_int_equal(b.len, 3);
	assert_int_equal(lk_buf_add(&b, "x", SIZE_MAX), -1);
	assert_int_equal(lk_buf_puts(&b, "de"), 0);
	assert_int_equal(lk_buf_puts(&b, ""), 0);
	assert_int_equal(lk_buf_puts(&b, "f"), -1);
	assert_null(lk_buf_reserve(&b, 1));
	assert_non_null(lk_buf_reserve(&b, 0));
	/* the NUL is not counted */
	text = lk_buf_text(&b);
	assert_string_equal(text, "abcde");
	assert_int_equal(b.len, 5);
	assert_int_equal(b.max, 5);
	lk_buf_wipe(&b);
	assert_null(b.data);
	assert_int_equal(b.len + b.room, 0);
	assert_int_equal(b.max, 5);
	lk_buf_wipe(&b);
}

static void
test_empty(void **state)
{
	struct lk_buf b;

	(void)state;
	lk_buf_init(&b, 0);
	lk_buf_drop(&b, 0);
	lk_buf_clear(&b);
	assert_null(b.data);
	/* empty is not none */
	assert_int_equal(lk_buf_add(&b, NULL, 0), 0);
	assert_non_null(b.data);
	assert_int_equal(b.len, 0);
	assert_string_equal(lk_buf_text(&b), "");
	assert_int_equal(lk_buf_add(&b, "x", 1), -1);
	lk_buf_wipe(&b);
	/* a text of nothing */
	assert_string_equal(lk_buf_text(&b), "");
	lk_buf_wipe(&b);
}

static void
test_printf(void **state)
{
	struct lk_buf b;

	(void)state;
	lk_buf_init(&b, 8);
	assert_int_equal(lk_buf_printf(&b, "%d-%s", 12, "ab"), 0);
	assert_int_equal(lk_buf_printf(&b, "%s", "long"), -1);
	assert_int_equal(b.len, 5);
	assert_int_equal(lk_buf_printf(&b, "%s", "xyz"), 0);
	assert_string_equal(lk_buf_text(&b), "12-abxyz");
	assert_int_equal(lk_buf_printf(&b, "%s", ""), 0);
	assert_int_equal(lk_buf_printf(&b, "%s", "!"), -1);
	lk_buf_wipe(&b);
	lk_buf_init(&b, SIZE_MAX);
	assert_int_equal(lk_buf_printf(&b, "%s", "no limit"), 0);
	assert_string_equal(lk_buf_text(&b), "no limit");
	lk_buf_wipe(&b);
}

static void
test_grow(void **state)
{
	struct lk_buf b;
	size_t i;

	(void)state;
	lk_buf_init(&b, 100000);
	for (i = 0; i < 100000; i++) {
		unsigned char c = (unsigned char)(i * 7);

		assert_int_equal(lk_buf_add(&b, &c, 1), 0);
	}
	assert_int_equal(lk_buf_add(&b, "x", 1), -1);
	for (i = 0; i < b.len; i++)
		assert_int_equal(b.data[i], (unsigned char)(i * 7));
	lk_buf_wipe(&b);
}

static void
test_wiped(void **state)
{
	struct lk_buf b;
	size_t i;

	(void)state;
	lk_buf_init(&b, 100);
	assert_int_equal(lk_buf_puts(&b, "0123456789"), 0);
	lk_buf_drop(&b, 4);
	assert_int_equal(b.len, 6);
	assert_memory_equal(b.data, "456789\0\0\0\0", 10);
	lk_buf_drop(&b, 6);
	assert_int_equal(b.len, 0);
	assert_memory_equal(b.data, "\0\0\0\0\0\0\0\0\0\0", 10);
	assert_int_equal(lk_buf_puts(&b, "secret"), 0);
	lk_buf_text(&b);
	lk_buf_clear(&b);
	assert_int_equal(b.len, 0);
	for (i = 0; i < b.room; i++)
		assert_int_equal(b.data[i], 0);
	lk_buf_wipe(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_printf),
		cmocka_unit_test(test_grow),
		cmocka_unit_test(test_wiped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
