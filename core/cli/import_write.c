/* A configuration file of ours, line by line.  SPDX-License-Identifier: MIT */
#include "cli/import.h"

#include "base/ascii.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define OUT_MAX (8 * LK_IMPORT_MAX)
#define COMMENT_MAX 512
#define VALUE_MAX 4000              /* of a line that has 4096 octets at most */

int
lk_import_init(struct lk_import *i, struct lk_error *err)
{
	memset(i, 0, sizeof(*i));
	lk_buf_init(&i->out, OUT_MAX);
	return lk_account_new(&i->scratch, err);
}

void
lk_import_wipe(struct lk_import *i)
{
	lk_account_free(i->scratch);
	lk_buf_wipe(&i->out);
}

static void
put_text(struct lk_import *i, const char *text)
{
	if (lk_buf_puts(&i->out, text) < 0)
		i->is_full = true;
}

static void
put_comment(struct lk_import *i, const char *head, const char *format,
	    va_list list) __attribute__((format(printf, 3, 0)));

static void
put_comment(struct lk_import *i, const char *head, const char *format,
	    va_list list)
{
	char text[COMMENT_MAX], shown[COMMENT_MAX];

	vsnprintf(text, sizeof(text), format, list);
	lk_ascii_printable(shown, sizeof(shown), text, strlen(text));
	put_text(i, head);
	put_text(i, shown);
	put_text(i, "\n");
}

void
lk_import_comment(struct lk_import *i, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	put_comment(i, "# ", format, list);
	va_end(list);
}

void
lk_import_lose(struct lk_import *i, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	put_comment(i, "# not kept: ", format, list);
	va_end(list);
	i->lost++;
}

void
lk_import_line(struct lk_import *i, const char *format, ...)
{
	char text[VALUE_MAX + 64];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	put_text(i, text);
	put_text(i, "\n");
}

/* The rules of a line, whatever the key. */
static const char *
line_rule(const char *value)
{
	const size_t n = strlen(value);
	char shown[VALUE_MAX + 1];

	if (n == 0)
		return "the value is empty";
	if (n > VALUE_MAX)
		return "the value is too long for a line";
	lk_ascii_printable(shown, sizeof(shown), value, n);
	if (strcmp(shown, value) != 0)
		return "the value holds a control character, or is not UTF-8";
	if (value[0] == ' ' || value[n - 1] == ' ')
		return "the value begins or ends with a blank";
	if (n >= 2 && value[0] == value[n - 1] && strchr("\"'", value[0]))
		return "the value stands in quotes";
	return NULL;
}

const char *
lk_import_rule(struct lk_import *i, const char *key, const char *value)
{
	const char *rule = line_rule(value), *colon;

	if (rule || lk_account_set(i->scratch, key, value, &i->err) == 0)
		return rule;
	/* its key is said already */
	colon = strstr(i->err.sentence, ": ");
	return colon ? colon + 2 : i->err.sentence;
}

void
lk_import_put(struct lk_import *i, const char *key, const char *value)
{
	const char *rule = lk_import_rule(i, key, value);

	if (rule) {
		lk_import_lose(i, "%s: %s", key, rule);
		return;
	}
	put_text(i, key);
	put_text(i, " = ");
	put_text(i, value);
	put_text(i, "\n");
}

void
lk_import_name(char to[65], const char *wish)
{
	size_t n = 0;

	for (; *wish && n < 64; wish++) {
		const char c = lk_ascii_lower(*wish);

		if (lk_ascii_is_alnum(c) || c == '.' || c == '_' || c == '-')
			to[n++] = c;
		else if (n && to[n - 1] != '-')
			to[n++] = '-';
	}
	while (n && to[n - 1] == '-')
		n--;
	to[n] = '\0';
	if (n == 0)
		lk_ascii_copy(to, 65, "imported");
}
