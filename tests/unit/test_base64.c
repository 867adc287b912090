/* Base64: the vectors of RFC 4648, 10, and strictness.
 * SPDX-License-Identifier: MIT */
#include "base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *plain, *coded;
} vectors[] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
	{ "Username:", "VXNlcm5hbWU6" },
	{ "\xfb\xff\xfe", "+//+" },
};

static void
test_vectors(void **state)
{
	struct lk_buf b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		const char *plain = vectors[i].plain, *coded = vectors[i].coded;

		/* exactly as much room as it needs, and one less */
		lk_buf_init(&b, strlen(coded));
		assert_int_equal(lk_base64_encode(&b, plain, strlen(plain)),
				 0);
		assert_string_equal(lk_buf_text(&b), coded);
		lk_buf_wipe(&b);
		lk_buf_init(&b, strlen(plain));
		assert_int_equal(lk_base64_decode(&b, coded, strlen(coded)),
				 0);
		assert_non_null(b.data);
		assert_string_equal(lk_buf_text(&b), plain);
		lk_buf_wipe(&b);
		if (!*plain)
			continue;
		lk_buf_init(&b, strlen(coded) - 1);
		assert_int_equal(lk_base64_encode(&b, plain, strlen(plain)),
				 -1);
		assert_int_equal(b.len, 0);
		lk_buf_wipe(&b);
		lk_buf_init(&b, strlen(plain) - 1);
		assert_int_equal(lk_base64_decode(&b, coded, strlen(coded)),
				 -1);
		assert_int_equal(b.len, 0);
		lk_buf_wipe(&b);
	}
}

static void
test_strict(void **state)
{
	static const char *const bad[] = {
		"Z", "Zg", "Zg=", "=", "==", "===", "====", "Z===", "=g==",
		"Zg==Zg==", "Zg=v", "Zm9v=", "Zm9v====", "Zm9vYg=",
		"Zh==", "Zm9=", "Zm9vYh==", "Zn==", "/x==", "//9=",
		"Zm8-", "Zm8_", "Zm 9", "Zm9v\r\n", " Zm9", "Zm9\n", "Zm9\x80",
		"*", "Zm9v Zm9v", "!m9v", "Z\x7fg=",
	};
	struct lk_buf b;
	size_t i;

	(void)state;
	lk_buf_init(&b, 64);
	assert_int_equal(lk_buf_puts(&b, "kept"), 0);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (lk_base64_decode(&b, bad[i], strlen(bad[i])) != -1)
			fail_msg("\"%s\" is base64", bad[i]);
		assert_string_equal(lk_buf_text(&b), "kept");
	}
	assert_int_equal(lk_base64_decode(&b, "Zg\0=", 4), -1);
	assert_int_equal(lk_base64_decode(&b, "Zm9v", 4), 0);
	assert_string_equal(lk_buf_text(&b), "keptfoo");
	lk_buf_wipe(&b);
}

/* Every input of one and two octets, one of each of more. */
static void
round_trip(const unsigned char *data, size_t len)
{
	struct lk_buf coded, plain;

	lk_buf_init(&coded, LK_BASE64_SIZE(len));
	lk_buf_init(&plain, len);
	if (lk_base64_encode(&coded, data, len) < 0 ||
	    lk_base64_decode(&plain, coded.data, coded.len) < 0 ||
	    plain.len != len || memcmp(plain.data, data, len) != 0)
		fail_msg("%zu octets, %02x %02x...", len, data[0], data[1]);
	lk_buf_wipe(&coded);
	lk_buf_wipe(&plain);
}

static void
test_round_trip(void **state)
{
	unsigned char data[300];
	size_t i;

	(void)state;
	for (i = 0; i < 65536; i++) {
		data[0] = (unsigned char)(i >> 8);
		data[1] = (unsigned char)i;
		data[2] = (unsigned char)(i * 31);
		round_trip(data, 2);
		if (i < 256)
			round_trip(data + 1, 1);
		if (i % 16 == 0)
			round_trip(data, 3);
	}
	for (i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 167 + 13);
	for (i = 0; i < sizeof(data); i++)
		round_trip(data, i);
}

/* Of all texts of four characters that are one octet, 256 are base64. */
static void
test_one_spelling(void **state)
{
	size_t good = 0, i;
	struct lk_buf b;
	char text[5] = "xx==";

	(void)state;
	lk_buf_init(&b, 1);
	for (i = 0; i < 65536; i++) {
		text[0] = (char)(i >> 8);
		text[1] = (char)i;
		good += lk_base64_decode(&b, text, 4) == 0;
		lk_buf_clear(&b);
	}
	assert_int_equal(good, 256);
	lk_buf_wipe(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_strict),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_one_spelling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
