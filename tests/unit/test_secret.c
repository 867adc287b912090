/* One secret: forgotten, and found in what is not it.
 * SPDX-License-Identifier: MIT */
#include "base/base64.h"
#include "mech/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Exactly the digits that hold a bit of the secret are overwritten, whatever
 * stands around it, and whether it is still known or not. */
static void
test_scrub_alignments(void **state)
{
	static const char secret[] = "Tr0ub4dor&3\xc3\xa9";
	size_t len, before, after, i;

	(void)state;
	for (len = 3; len < sizeof(secret); len++) {
		struct lk_secret *one = lk_secret_new();

		assert_non_null(one);
		lk_secret_add(one, secret, len);
		for (before = 0; before < 14; before++)
			for (after = 0; after < 4; after++) {
				struct lk_buf plain, text;

				lk_buf_init(&plain, 64);
				lk_buf_init(&text, 64);
				if (before == 7)
					lk_secret_forget(one);
				lk_buf_add(&plain, "{{{{{{{{{{{{{{", before);
				lk_buf_add(&plain, secret, len);
				lk_buf_add(&plain, "}}}}", after);
				lk_base64_encode(&text, plain.data, plain.len);
				lk_secret_scrub(one, (char *)text.data,
						text.len);
				for (i = 0; i < text.len; i++)
					assert_int_equal(
						text.data[i] == '*',
						6 * i + 6 > 8 * before &&
						6 * i < 8 * (before + len));
				lk_buf_wipe(&plain);
				lk_buf_wipe(&text);
			}
		lk_secret_free(one);
	}
}

static void
test_forget(void **state)
{
	char text[] = "hunter2 hunter22 unter2h 2hunter";
	struct lk_secret *one = lk_secret_new();

	(void)state;
	lk_secret_forget(one);
	lk_secret_scrub(one, text, strlen(text));
	lk_secret_add(one, "hunter2", 7);
	lk_secret_forget(one);
	assert_null(one->data);
	lk_secret_forget(one);
	/* the octets in another order have the same sum */
	lk_secret_scrub(one, text, strlen(text));
	assert_string_equal(text, "******* *******2 unter2h 2hunter");
	lk_secret_scrub(one, text, 3);
	lk_secret_free(one);
}

/* Cut by the lines of a reply, as they come and as they are kept; known and
 * forgotten. */
static void
test_lines(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "a hunter\n2 b", "a ******\n* b" },
		{ "535-hunter\r\n535 2", "535-******\r\n535 *" },
		{ "5.7.8 hunt\n5.7.8 er2 c", "5.7.8 ****\n5.7.8 *** c" },
		{ "535-5.7.8 hunt\r\n535-5.7.8 er\r\n535 5.7.8 2",
		  "535-5.7.8 ****\r\n535-5.7.8 **\r\n535 5.7.8 *" },
		{ "aHVu\ndGVyMg==", "****\n******==" },
		{ "hunter2\nhunter\n2", "*******\n******\n*" },
		{ "h\nu\nn\nt\ne\nr\n2", "*\n*\n*\n*\n*\n*\n*" },
		{ "hunter\n5.7. 2\n5.7.8", "hunter\n5.7. 2\n5.7.8" },
		{ "hunter 2\n", "hunter 2\n" },
		{ "\n", "\n" },
	};
	enum { N = sizeof(rows) / sizeof(*rows) };
	struct lk_secret *one = lk_secret_new();
	char text[64];
	size_t i;

	(void)state;
	lk_secret_add(one, "hunter2", 7);
	for (i = 0; i < 2 * N; i++) {
		if (i == N)
			lk_secret_forget(one);
		snprintf(text, sizeof(text), "%s", rows[i % N].text);
		lk_secret_scrub(one, text, strlen(text));
		assert_string_equal(text, rows[i % N].want);
	}
	lk_secret_free(one);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scrub_alignments),
		cmocka_unit_test(test_forget),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
