/* Command lines without a shell. SPDX-License-Identifier: MIT */
#include "base/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *line;
	int n;
	const char *last, *shell;
} lines[] = {
	{ "", 0, NULL, NULL },
	{ " pass \t show mail ", 3, "mail", NULL },
	{ "sh -c 'pass show mail | head -1'", 3, "pass show mail | head -1",
	  NULL },
	{ "pass \"a b\"'c'd", 2, "a bcd", NULL },
	{ "pass ''", 2, "", NULL },
	{ "pass 'a", -2, NULL, NULL },
	{ "cat /x | head -1", 5, "-1", "|" },
	{ "cat /x 2>/dev/null", 3, "2>/dev/null", "2>/dev/null" },
	{ "cat /x; true", 3, "true", NULL },
	{ "cat /x && true", 4, "true", "&&" },
	{ "echo $(cat /x)", 3, "/x)", "$(cat" },
	{ "cat ~/x", 2, "~/x", "~/x" },
	{ "cat 2x 2", 3, "2", NULL },
};

static void
test_lines(void **state)
{
	char *argv[LK_COMMAND_WORDS], room[64];
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const char *word;

		n = lk_command_split(lines[i].line, room, argv);
		assert_int_equal(n, lines[i].n);
		if (n <= 0)
			continue;
		assert_string_equal(argv[n - 1], lines[i].last);
		assert_null(argv[n]);
		word = lk_command_shell(argv);
		assert_int_equal(word != NULL, lines[i].shell != NULL);
		if (word)
			assert_string_equal(word, lines[i].shell);
	}
}

static void
test_too_many(void **state)
{
	char *argv[LK_COMMAND_WORDS], line[3 * LK_COMMAND_WORDS], room[256];
	size_t i;

	(void)state;
	for (i = 0; i < LK_COMMAND_WORDS - 1; i++)
		memcpy(line + 2 * i, "x ", 3);
	assert_int_equal(lk_command_split(line, room, argv),
			 LK_COMMAND_WORDS - 1);
	memcpy(line + 2 * i, "x", 2);
	assert_int_equal(lk_command_split(line, room, argv), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
