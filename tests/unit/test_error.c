/* Every class has a name and an exit status; texts are cut at a character.
 * SPDX-License-Identifier: MIT */
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
test_classes(void **state)
{
	static const int good[] = { 64, 65, 67, 68, 69, 70, 74, 75, 76, 77,
				    78 };
	int32_t cls, other;
	size_t i;

	(void)state;
	assert_int_equal(lk_error_exit(0), 0);
	assert_non_null(lk_error_class(0));
	/* mechanisms have room for more */
	assert_int_equal(LK_E_USAGE, -64);
	for (cls = LK_E_USAGE + 1; cls < LK_E_MECH_LAST; cls++) {
		assert_string_equal(lk_error_class(cls),
				    lk_error_class(LK_E_INTERNAL));
		assert_int_equal(lk_error_exit(cls), 70);
	}
	for (cls = LK_E_LAST; cls < 0; cls++) {
		if (cls == LK_E_USAGE + 1)
			cls = LK_E_MECH_LAST;
		assert_non_null(lk_error_class(cls));
		assert_true(*lk_error_class(cls));
		for (i = 0; i < sizeof(good) / sizeof(*good); i++)
			if (lk_error_exit(cls) == good[i])
				break;
		assert_in_range(i, 0, sizeof(good) / sizeof(*good) - 1);
		for (other = LK_E_LAST; other < cls; other++)
			if (other <= LK_E_USAGE || other >= LK_E_MECH_LAST)
				assert_string_not_equal(
					lk_error_class(cls),
					lk_error_class(other));
	}
	/* unknown ones are bugs */
	assert_int_equal(lk_error_exit(1), 70);
	assert_int_equal(lk_error_exit(LK_E_LAST - 1), 70);
	assert_int_equal(lk_error_exit(INT32_MIN), 70);
	assert_string_equal(lk_error_class(INT32_MIN),
			    lk_error_class(LK_E_INTERNAL));
}

static void
test_field_report(void **state)
{
	(void)state;
	assert_string_equal(lk_error_class(LK_E_ENCRYPTION),
			    "unencrypted connection");
	assert_string_equal(lk_error_class(LK_E_HOST_NAME),
			    "wrong host name");
	assert_string_equal(lk_error_class(LK_E_CREDENTIALS),
			    "authentication failed");
	/* a script that tries again on 75 does not */
	assert_int_equal(lk_error_exit(LK_E_CANCELLED), 77);
}

static void
test_stages(void **state)
{
	int32_t stage;

	(void)state;
	for (stage = LK_STAGE_CONFIG; stage <= LK_STAGE_QUIT; stage++) {
		assert_non_null(lk_error_stage(stage));
		assert_true(*lk_error_stage(stage));
	}
	assert_string_equal(lk_error_stage(LK_STAGE_NONE), "");
	assert_string_equal(lk_error_stage(-1), "");
	assert_string_equal(lk_error_stage(LK_STAGE_QUIT + 1), "");
}

static void
test_fail(void **state)
{
	struct lk_error err;

	(void)state;
	memset(&err, 0x55, sizeof(err));
	assert_int_equal(lk_fail(&err, LK_E_CONFIG, "port: \"%s\" is not %d",
				 "x", 25), -1);
	assert_int_equal(err.cls, LK_E_CONFIG);
	assert_string_equal(err.sentence, "port: \"x\" is not 25");
	assert_int_equal(err.stage, 0);
	assert_int_equal(err.code, 0);
	assert_string_equal(err.enhanced, "");
	assert_string_equal(err.mech, "");
	assert_string_equal(err.text, "");
	assert_string_equal(err.advice, "");
	lk_advise(&err, "set %s", "port");
	assert_string_equal(err.advice, "set port");
	assert_string_equal(err.sentence, "port: \"x\" is not 25");
	/* its own words may be used again */
	lk_fail(&err, err.cls, "%s: %s (%s)", "file", err.sentence,
		err.advice);
	assert_string_equal(err.sentence,
			    "file: port: \"x\" is not 25 (set port)");
	assert_int_equal(err.cls, LK_E_CONFIG);
	assert_int_equal(lk_fail_memory(&err), -1);
	assert_int_equal(err.cls, LK_E_NOMEM);
	assert_int_equal(lk_fail(NULL, LK_E_CONFIG, "%s", "x"), -1);
	assert_int_equal(lk_fail_memory(NULL), -1);
	lk_advise(NULL, "%s", "x");
}

/* Whatever is in a name, a terminal and JSON can have it. */
static void
test_printable(void **state)
{
	struct lk_error err;

	(void)state;
	lk_fail(&err, LK_E_CONFIG, "%s: no\n%s: \xc3\xa4", "a\xff" "b\033[2J",
		"\xc2\x85");
	assert_string_equal(err.sentence, "a?b?[2J: no\n?: \xc3\xa4");
	lk_advise(&err, "%s\n", "\xe2\x82");
	assert_string_equal(err.advice, "??\n");
}

/* Characters of 1 to 4 octets at every distance from the end of the room. */
static void
test_cut(void **state)
{
	static const char *const characters[] = {
		"x", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x94\x91"
	};
	static char text[4096];
	struct lk_error err;
	size_t i, shift, n, len;

	(void)state;
	for (i = 0; i < 4; i++)
		for (shift = 0; shift < 4; shift++) {
			n = i + 1;
			memset(text, 'a', shift);
			for (len = shift; len + n < 3000; len += n)
				memcpy(text + len, characters[i], n);
			text[len] = '\0';
			lk_fail(&err, LK_E_CONFIG, "%s", text);
			len = strlen(err.sentence);
			assert_memory_equal(err.sentence, text, len);
			assert_int_equal((len - shift) % n, 0);
			assert_in_range(len, sizeof(err.sentence) - 1 - 4,
					sizeof(err.sentence) - 1);
			lk_advise(&err, "%s", text);
			len = strlen(err.advice);
			assert_int_equal((len - shift) % n, 0);
			assert_in_range(len, sizeof(err.advice) - 1 - 4,
					sizeof(err.advice) - 1);
		}
	/* exactly full is not cut */
	memset(text, 'y', sizeof(err.advice) - 1);
	text[sizeof(err.advice) - 1] = '\0';
	lk_advise(&err, "%s", text);
	assert_string_equal(err.advice, text);
	/* what is no UTF-8 at all still ends */
	memset(text, 0x80, 3000);
	text[3000] = '\0';
	lk_fail(&err, LK_E_CONFIG, "%s", text);
	assert_in_range(strlen(err.sentence), 0, sizeof(err.sentence) - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_field_report),
		cmocka_unit_test(test_stages),
		cmocka_unit_test(test_fail),
		cmocka_unit_test(test_printable),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
