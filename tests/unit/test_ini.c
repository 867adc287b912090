/* The lexer of configuration files. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "conf/ini.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each item as LINE:[name|value] or LINE:name|value, by blanks; an error as
 * LINE:! and its sentence. */
static const struct {
	const char *text, *items;
} cases[] = {
	{ "", "" },
	{ "\n\n", "" },
	{ "# a\n ; b\n\t# c", "" },
	{ "a = b", "1:a|b " },
	{ "a=b\n", "1:a|b " },
	{ "\n\t a \t=\t b c \t\n", "2:a|b c " },
	{ "a =", "1:a| " },
	{ "a = b ; c # d", "1:a|b ; c # d " },
	{ "a = b = c", "1:a|b = c " },
	{ "a = \\\n# b", "1:a|\\ " },
	{ "a = \"b\" c", "1:a|\"b\" c " },
	{ "a = '", "1:a|' " },
	{ "a = j\xc3\xb6rg", "1:a|j\xc3\xb6rg " },
	{ "[a]\n[a b]\n [ a \t b ] \n[]", "1:[a|] 2:[a|b] 3:[a|b] 4:[|] " },
	{ "[a b c]", "1:[a|b c] " },
	{ "[a]]", "1:[a]|] " },
	{ "[a\nb", "1:!the section's [ is not closed" },
	{ "[a] # b", "1:!the section's [ is not closed" },
	{ "[", "1:!the section's [ is not closed" },
	{ "x", "1:!the line is neither KEY = VALUE nor [SECTION]" },
	{ "a = b\n\n= b", "1:a|b 3:!no key stands before the =" },
	{ "a = \"b\"", "1:!the value stands in quotes" },
	{ "a = 'b c'", "1:!the value stands in quotes" },
	{ "a = b\r\nc = d\r\n", "1:!the line ends with CR LF" },
	{ "\r\n", "1:!the line ends with CR LF" },
	{ "# a\rb", "1:!the line holds a control character" },
	{ "\xef\xbb\xbf" "a = b", "1:!the line begins with a byte order mark" },
	{ "a = b\x1b[2J", "1:!the line holds a control character" },
	{ "# caf\xe9", "1:!the line holds a control character, or is not UTF-8" },
	{ "a = \xc0\xaf", "1:!the line holds a control character" },
	{ "a = \xed\xa0\x80", "1:!the line holds a control character" },
	{ "a = \xe2\x80\xae" "b", "1:!the line holds a control character" },
	{ "a = \xc2\x85", "1:!the line holds a control character" },
};

static void
list(const char *text, size_t len, char out[512])
{
	char *copy = malloc(len + 1);
	struct lk_ini ini = { .text = copy, .left = len };
	struct lk_error err;
	size_t n = 0;
	int kind;

	assert_non_null(copy);
	memcpy(copy, text, len);
	*out = '\0';
	do {
		kind = lk_ini_next(&ini, &err);
		if (kind > 0)
			n += (size_t)snprintf(out + n, 512 - n,
				kind == LK_INI_SECTION ? "%u:[%s|%s] "
						       : "%u:%s|%s ",
				ini.line, ini.name, ini.value);
		if (kind < 0)
			snprintf(out + n, 512 - n, "%u:!%s", ini.line,
				 err.sentence);
	} while (kind > 0);
	assert_true(kind < 0 || kind == LK_INI_END);
	free(copy);
}

static void
test_cases(void **state)
{
	char out[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const size_t n = strlen(cases[i].items);
		const int is_error = strchr(cases[i].items, '!') != NULL;

		list(cases[i].text, strlen(cases[i].text), out);
		if (is_error ? strncmp(out, cases[i].items, n) != 0
			     : strcmp(out, cases[i].items) != 0)
			fail_msg("%zu: \"%s\" gave %s, not %s", i,
				 cases[i].text, out, cases[i].items);
	}
}

static void
test_nul(void **state)
{
	char out[512];

	(void)state;
	list("a = b\nc\0d = e", 13, out);
	assert_string_equal(out, "1:a|b 2:!the line holds a NUL: this is no "
			    "text");
}

static void
test_long(void **state)
{
	static char line[LK_INI_LINE_MAX + 2], out[512];

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line, "# ", 2);
	line[LK_INI_LINE_MAX] = '\n';
	list(line, LK_INI_LINE_MAX + 1, out);
	assert_string_equal(out, "");
	line[LK_INI_LINE_MAX] = 'x';
	line[LK_INI_LINE_MAX + 1] = '\n';
	list(line, sizeof(line), out);
	assert_string_equal(out, "1:!the line is longer than 4096 octets");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
