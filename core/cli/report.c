/* Errors for people. SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include "base/ascii.h"

#include <string.h>

/* Of a line "NAME: REASON": ": REASON", else NULL. */
static const char *
reason_of(const char *line, size_t *len)
{
	size_t n = strcspn(line, ": \n");

	*len = strcspn(line + n, "\n");
	return n && line[n] == ':' && line[n + 1] == ' ' ? line + n : NULL;
}

static bool
is_shared(const char *line, const char *next)
{
	size_t len, next_len;
	const char *a = reason_of(line, &len), *b = reason_of(next, &next_len);

	return a && b && len == next_len && memcmp(a, b, len) == 0;
}

/* A sentence may have a line for each thing that was tried; those in a row that
 * end alike share one. */
static void
print_lines(FILE *to, const char *text)
{
	const char *next;
	size_t len;

	for (; *text; text = next) {
		len = strcspn(text, "\n");
		next = text + len + (text[len] != '\0');
		if (*next && is_shared(text, next))
			fprintf(to, "%.*s, ", (int)strcspn(text, ":"), text);
		else
			fprintf(to, "%.*s%s", (int)len, text,
				*next ? "\n  " : "");
	}
	fputc('\n', to);
}

/* Does it say KEY=VALUE or KEY = VALUE and nothing else? */
static bool
is_setting(const char *advice, int *key_len, const char **value)
{
	size_t n = 0;

	while (advice[n] && (lk_ascii_is_alnum(advice[n]) ||
			     advice[n] == '-' || advice[n] == '.'))
		n++;
	*key_len = (int)n;
	*value = advice + n + strspn(advice + n, " ");
	if (n == 0 || advice[0] == '-' || **value != '=')
		return false;
	*value += 1;
	*value += strspn(*value, " ");
	return **value && !strpbrk(*value, " \n,");
}

/* Settings that are options of their own. */
static const char *const sources[] = { "password-from=", "token-from=" };

/* What can be pasted: a setting, alone or at the end, as an option. */
static void
print_advice(FILE *to, const char *advice)
{
	const char *last = NULL, *value, *p;
	size_t i, len;
	int n;

	for (p = advice; (p = strstr(p, ": ")); p++)
		last = p;

	if (is_setting(advice, &n, &value)) {
		fprintf(to, "  try: -o %.*s=%s\n", n, advice, value);
		return;
	}
	for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		len = strlen(sources[i]);
		if (strncmp(advice, sources[i], len) != 0)
			continue;
		fprintf(to, "  try: --%.*s %s\n", (int)len - 1, advice,
			advice + len);
		return;
	}
	fprintf(to, "  %s: ", advice[0] == '-' ? "try" : "hint");
	if (last && is_setting(last + 2, &n, &value))
		fprintf(to, "%.*s: -o %.*s=%s\n", (int)(last - advice),
			advice, n, last + 2, value);
	else
		print_lines(to, advice);
}

/* A server's words mostly begin with the enhanced code themselves. */
static void
print_words(FILE *to, int32_t code, const char *enhanced, const char *text)
{
	bool is_in = strncmp(text, enhanced, strlen(enhanced)) == 0;

	fprintf(to, ": %d %s%s%s", (int)code, is_in ? "" : enhanced,
		is_in ? "" : " ", text);
}

const char *
lk_cli_class(const struct lk_error *e)
{
	const char *class = lk_error_class(e->cls);

	if (!*e->sentence)
		return class;
	return e->cls == LK_E_USAGE || e->cls == LK_E_NOPROP ||
	       strstr(e->sentence, class) ? "" : class;
}

void
lk_cli_report_to(FILE *to, const struct lk_error *e)
{
	const char *class = lk_cli_class(e);

	fprintf(to, "latchkey: %s%s", class,
		*class && *e->sentence ? ": " : "");
	print_lines(to, e->sentence);
	if (*e->text && !strstr(e->sentence, e->text)) {
		fputs("  the server said", to);
		print_words(to, e->code, e->enhanced, e->text);
		fputc('\n', to);
	}
	lk_cli_report_advice(to, e);
}

void
lk_cli_report_advice(FILE *to, const struct lk_error *e)
{
	if (*e->advice)
		print_advice(to, e->advice);
}

void
lk_cli_report(const struct lk_error *e)
{
	lk_cli_report_to(stderr, e);
}

void
lk_cli_warn(const char *text)
{
	if (text && *text)
		fprintf(stderr, "latchkey: warning: %s\n", text);
}

size_t
lk_cli_report_recipients(const struct lk_envelope *envelope,
			 const struct lk_error *err)
{
	size_t refused = 0, i;

	for (i = 0; i < envelope->count; i++) {
		const struct lk_recipient *r = &envelope->to[i];

		if (r->cls != LK_E_RECIPIENT && r->cls != LK_E_TRANSIENT)
			continue;
		refused++;
		if (err->cls && strstr(err->sentence, r->address) &&
		    strstr(err->sentence, r->text))
			continue;
		fprintf(stderr, "latchkey: %s: %s", r->address,
			lk_error_class(r->cls));
		if (r->code)
			print_words(stderr, r->code, r->enhanced, r->text);
		fputc('\n', stderr);
	}
	return refused;
}
