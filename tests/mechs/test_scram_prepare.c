/* SASLprep, by the examples and rules of RFC 4013.
 * SPDX-License-Identifier: MIT */
#include "linked.h"

#include "../../plugins/scram/scram.h"

#define CONTROL "it has a control or another character that is not allowed"
#define UNKNOWN "it has a character that Unicode 3.2 does not know"
#define MIXED   "it mixes writing from the right and from the left"

static const struct {
	const char *from, *to, *complaint;
} rows[] = {
	/* the table of section 3 */
	{ "I\xc2\xadX", "IX", NULL },
	{ "user", "user", NULL },
	{ "USER", "USER", NULL },
	{ "\xc2\xaa", "a", NULL },
	{ "\xe2\x85\xa8", "IX", NULL },
	{ "\007", NULL, CONTROL },
	{ "\xd8\xa7" "1", NULL, MIXED },
	/* mapped: spaces to a space, some to nothing */
	{ "a\xc2\xa0z", "a z", NULL },
	{ "a\xe3\x80\x80z", "a z", NULL },
	{ "a\xe2\x80\x8dz", "az", NULL },
	{ "\xef\xbb\xbfz", "z", NULL },
	{ "\xc2\xad", "", NULL },
	/* normalised: NFKC */
	{ "a\xcc\x88", "\xc3\xa4", NULL },
	{ "\xef\xac\x81", "fi", NULL },
	{ "\xef\xb7\xba", "\xd8\xb5\xd9\x84\xd9\x89 \xd8\xa7\xd9\x84\xd9\x84"
	  "\xd9\x87 \xd8\xb9\xd9\x84\xd9\x8a\xd9\x87 \xd9\x88\xd8\xb3\xd9\x84"
	  "\xd9\x85", NULL },
	/* prohibited */
	{ "a\x7f", NULL, CONTROL },
	{ "a\xc2\x80", NULL, CONTROL },
	{ "a\xee\x80\x80", NULL, CONTROL },
	{ "a\xef\xbf\xbd", NULL, CONTROL },
	{ "a\xe2\x80\x8e", NULL, CONTROL },
	{ "a\xf3\xa0\x80\x81", NULL, CONTROL },
	/* from the right to the left */
	{ "\xd8\xa7" "1\xd8\xa8", "\xd8\xa7" "1\xd8\xa8", NULL },
	{ "\xd8\xa7" "a\xd8\xa8", NULL, MIXED },
	/* what is as it is */
	{ " a ", " a ", NULL },
	{ "", "", NULL },
	{ "p\xc3\xa4ss", "p\xc3\xa4ss", NULL },
	{ "\xd0\xbf\xd0\xb0\xd1\x80", "\xd0\xbf\xd0\xb0\xd1\x80", NULL },
	/* no UTF-8 */
	{ "\xff", NULL, "it is not UTF-8" },
	{ "a\xc3", NULL, "it is not UTF-8" },
	{ "\xc0\x80", NULL, "it is not UTF-8" },
	{ "\xed\xa0\x80", NULL, "it is not UTF-8" },
};

static void
test_table(void **state)
{
	size_t i;
	int is_password;

	(void)state;
	for (i = 0; i < 2 * sizeof(rows) / sizeof(*rows); i++) {
		struct scram_text to = { NULL, 0, 0, 0 };
		const char *from = rows[i / 2].from, *complaint;

		is_password = i % 2;
		complaint = scram_prepare(&to, bytes(from), is_password);
		if (!complaint != !rows[i / 2].complaint)
			fail_msg("row %zu: %s", i / 2, complaint);
		if (complaint) {
			assert_string_equal(complaint, rows[i / 2].complaint);
			assert_int_equal(to.len, 0);
		} else {
			assert_int_equal(to.len, strlen(rows[i / 2].to));
			if (to.len)
				assert_memory_equal(to.data, rows[i / 2].to,
						    to.len);
		}
		assert_false(to.has_failed);
		scram_wipe(&to);
	}
}

/* Unassigned: a stored string may not have them, a query may. */
static void
test_unassigned(void **state)
{
	static const char key[] = "\xf0\x9f\x94\x91", after[] = "\xc8\xa1";
	struct scram_text to = { NULL, 0, 0, 0 };

	(void)state;
	assert_string_equal(scram_prepare(&to, bytes(key), 1), UNKNOWN);
	assert_string_equal(scram_prepare(&to, bytes(after), 1), UNKNOWN);
	assert_null(scram_prepare(&to, bytes(key), 0));
	assert_int_equal(to.len, strlen(key));
	scram_wipe(&to);
}

static void
test_nul(void **state)
{
	static const struct lk_bytes bad[] = {
		{ (const unsigned char *)"a\0b", 3 },
		{ (const unsigned char *)"\xc3\xa4\0b", 4 },
	};
	struct scram_text to = { NULL, 0, 0, 0 };

	(void)state;
	assert_string_equal(scram_prepare(&to, bad[0], 1), CONTROL);
	assert_string_equal(scram_prepare(&to, bad[1], 1), CONTROL);
}

/* The longest growth there is, many times. */
static void
test_growth(void **state)
{
	char text[3 * 1000 + 1];
	struct scram_text to = { NULL, 0, 0, 0 };
	size_t i;

	(void)state;
	for (i = 0; i < 1000; i++)
		memcpy(text + 3 * i, "\xef\xb7\xba", 3);
	text[sizeof(text) - 1] = '\0';
	assert_null(scram_prepare(&to, bytes(text), 1));
	assert_int_equal(to.len, 33 * 1000);
	scram_wipe(&to);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_unassigned),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_growth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
