/* A lexer for strict INI: no quotes, no escapes, no continuation.
 * SPDX-License-Identifier: MIT */
#include "conf/ini.h"

#include "base/ascii.h"
#include "base/error.h"

#include <stdbool.h>
#include <string.h>

#define BLANKS " \t"
#define BOM "\xef\xbb\xbf"

static int
bad(struct lk_error *err, const char *what, const char *advice)
{
	lk_fail(err, LK_E_CONFIG, "%s", what);
	if (advice)
		lk_advise(err, "%s", advice);
	return -1;
}

/* Without blanks at both ends; there is room for a NUL. */
static char *
trim(char *at, size_t len)
{
	while (len && strchr(BLANKS, at[len - 1]))
		len--;
	at[len] = '\0';
	return at + strspn(at, BLANKS);
}

/* As above; with what sed does to the file. */
static int
bad_file(const struct lk_ini *ini, struct lk_error *err, const char *what,
	 const char *sed)
{
	char path[512];

	if (ini->path)
		lk_ascii_printable(path, sizeof(path), ini->path,
				   strlen(ini->path));
	lk_fail(err, LK_E_CONFIG, "%s", what);
	lk_advise(err, "sed -i '%s' %s", sed, ini->path ? path : "FILE");
	return -1;
}

static int
check_text(const struct lk_ini *ini, const char *line, size_t len,
	   struct lk_error *err)
{
	char shown[LK_INI_LINE_MAX + 1];
	bool is_text;
	size_t i;

	if (len > LK_INI_LINE_MAX)
		return bad(err, "the line is longer than 4096 octets", NULL);
	if (memchr(line, '\0', len))
		return bad(err, "the line holds a NUL: this is no text", NULL);
	if (len && line[len - 1] == '\r')
		return bad_file(ini, err, "the line ends with CR LF: lines end "
				"with LF alone", "s/\\r$//");
	if (len >= 3 && memcmp(line, BOM, 3) == 0)
		return bad_file(ini, err, "the line begins with a byte order "
				"mark, which is no part of UTF-8 text",
				"1s/^\\xef\\xbb\\xbf//");
	is_text = lk_ascii_printable(shown, sizeof(shown), line, len) == len;
	for (i = 0; i < len && is_text; i++)
		is_text = shown[i] == line[i] || line[i] == '\t';
	if (!is_text)
		return bad(err, "the line holds a control character, or "
				"is not UTF-8", NULL);
	return 0;
}

/* [name], [name value] */
static int
read_section(struct lk_ini *ini, char *line, struct lk_error *err)
{
	const size_t n = strlen(line);
	char *end;

	if (line[n - 1] != ']')
		return bad(err, "the section's [ is not closed by a ] at the "
				"end of the line", NULL);
	line = trim(line + 1, n - 2);
	end = line + strcspn(line, BLANKS);
	ini->name = line;
	ini->value = end;
	if (*end) {
		*end = '\0';
		ini->value = end + 1 + strspn(end + 1, BLANKS);
	}
	return LK_INI_SECTION;
}

static bool
is_quoted(const char *value)
{
	const size_t n = strlen(value);

	return n >= 2 && value[0] == value[n - 1] && strchr("\"'", value[0]);
}

/* A line that is none is not shown: it may hold a secret. */
static int
read_key(struct lk_ini *ini, char *line, struct lk_error *err)
{
	char *equals = strchr(line, '=');

	if (!equals)
		return bad(err, "the line is neither KEY = VALUE nor "
				"[SECTION]", "a comment begins with # or ;");
	ini->name = trim(line, (size_t)(equals - line));
	ini->value = trim(equals + 1, strlen(equals + 1));
	if (!*ini->name)
		return bad(err, "no key stands before the =", NULL);
	if (is_quoted(ini->value))
		return bad(err, "the value stands in quotes, which would be a "
				"part of it", "leave them out: a value ends "
				"with its line");
	return LK_INI_KEY;
}

int
lk_ini_next(struct lk_ini *ini, struct lk_error *err)
{
	while (ini->left) {
		char *line = ini->text, *end = memchr(line, '\n', ini->left);
		const size_t n = end ? (size_t)(end - line) : ini->left;

		ini->line++;
		ini->text += n + (end != NULL);
		ini->left -= n + (end != NULL);
		if (check_text(ini, line, n, err) < 0)
			return -1;
		line = trim(line, n);
		if (*line == '[')
			return read_section(ini, line, err);
		if (*line && !strchr("#;", *line))
			return read_key(ini, line, err);
	}
	return LK_INI_END;
}
