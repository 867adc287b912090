/* What goes into a log is one line, whatever is in it.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../plugins/cyrus-bridge/bridge.h"

static void
test_line(void **state)
{
	static const struct {
		const char *sentence, *advice, *line;
	} rows[] = {
		{ "no", "", "no" },
		{ "no", "do", "no: do" },
		{ "no:\na: x\nb: y", "do\nor that", "no:; a: x; b: y: do; "
		  "or that" },
		{ "a\rNov 24 root: b\033[2J", "c\177d\te",
		  "a?Nov 24 root: b?[2J: c?d?e" },
		{ "k\303\266nnte %s %n", "\303\251", "k\303\266nnte %s %n: "
		  "\303\251" },
	};
	char line[LINE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(bridge_line(line, sizeof(line),
					     rows[i].sentence, rows[i].advice),
				 strlen(rows[i].line));
		assert_string_equal(line, rows[i].line);
	}
}

/* As long as they can be, each octet a line end: it all fits; and in a place
 * that is too small nothing goes over its end. */
static void
test_long(void **state)
{
	struct lk_error err;
	char line[2 * LINE], small[16];
	size_t n;

	(void)state;
	memset(err.sentence, '\n', sizeof(err.sentence));
	memset(err.advice, 'x', sizeof(err.advice));
	err.sentence[sizeof(err.sentence) - 1] = '\0';
	err.advice[sizeof(err.advice) - 1] = '\0';
	n = bridge_line(line, sizeof(line), err.sentence, err.advice);
	assert_int_equal(n, 2 * (sizeof(err.sentence) - 1) + 2 +
			 sizeof(err.advice) - 1);
	assert_null(strchr(line, '\n'));
	for (n = 1; n <= sizeof(small); n++)
		assert_in_range(bridge_line(small, n, err.sentence,
					    err.advice), 0, n - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
