/* Values of a mechanism's parameters. SPDX-License-Identifier: MIT */
#include "mech/value.h"

#include "base/ascii.h"
#include "base/error.h"

#include <stdio.h>
#include <string.h>

#define ENUM "enum:"

static bool
is_bool(const struct lk_param_record *p, const char *v)
{
	(void)p;
	return strcmp(v, "yes") == 0 || strcmp(v, "no") == 0;
}

static bool
is_in_range(const struct lk_param_record *p, const char *digits, int sign)
{
	long n = lk_ascii_number(digits, strlen(digits), INT32_MAX);

	if (n < 0)
		return false;
	n *= sign;
	return p->min >= p->max || (n >= p->min && n <= p->max);
}

static bool
is_int(const struct lk_param_record *p, const char *v)
{
	return is_in_range(p, v + (*v == '-'), *v == '-' ? -1 : 1);
}

static bool
is_duration(const struct lk_param_record *p, const char *v)
{
	return is_in_range(p, v, 1);
}

static bool
is_string(const struct lk_param_record *p, const char *v)
{
	(void)p;
	return v != NULL;
}

static bool
is_path(const struct lk_param_record *p, const char *v)
{
	(void)p;
	return *v == '/';
}

/* A scheme (RFC 3986, 3.1), a colon, and something. */
static bool
is_uri(const struct lk_param_record *p, const char *v)
{
	size_t n = 0;

	(void)p;
	while (lk_ascii_is_alnum(v[n]) || v[n] == '+' || v[n] == '.' ||
	       v[n] == '-')
		n++;
	return n > 0 && lk_ascii_is_alnum(*v) && !lk_ascii_is_digit(*v) &&
	       v[n] == ':' && v[n + 1];
}

static bool
is_choice(const struct lk_param_record *p, const char *v)
{
	const char *at = p->type + strlen(ENUM), *word;
	size_t n;

	while ((word = lk_ascii_next(&at, "|", &n)))
		if (n == strlen(v) && memcmp(word, v, n) == 0)
			return true;
	return false;
}

static const struct type {
	const char *name;
	bool (*is_good)(const struct lk_param_record *, const char *value);
	const char *rule;
} types[] = {
	{ "bool", is_bool, "yes or no" },
	{ "int", is_int, "a number" },
	{ "duration", is_duration, "a number of seconds" },
	{ "string", is_string, "a text" },
	{ "path", is_path, "an absolute path" },
	{ "uri", is_uri, "a URI" },
	{ ENUM, is_choice, "one of " },
};

static const struct type *
find_type(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	if (strncmp(name, ENUM, strlen(ENUM)) == 0)
		return &types[i - 1];
	return NULL;
}

/* Choices: [a-z0-9-]+ by single bars. */
static bool
has_choices(const char *at)
{
	size_t n;

	do {
		for (n = 0; at[n] && at[n] != '|'; n++)
			if (at[n] != '-' && (!lk_ascii_is_alnum(at[n]) ||
					     at[n] != lk_ascii_lower(at[n])))
				return false;
		if (n == 0)
			return false;
		at += n;
	} while (*at++ == '|');
	return true;
}

bool
lk_value_is_type(const char *type)
{
	const struct type *t = find_type(type);

	return t && (t->is_good != is_choice ||
		     has_choices(type + strlen(ENUM)));
}

int
lk_value_check(const struct lk_param_record *p, const char *value,
	       struct lk_error *err)
{
	const char *shown = p->flags & LK_PARAM_SECRET ? "its value" : value;
	const struct type *t = find_type(p->type);
	char range[64] = "";
	bool is_number;

	if (!t)
		return lk_fail(err, LK_E_CONFIG, "%s.%s: unknown type \"%s\"",
			       p->id, p->name, p->type);
	if (t->is_good(p, value))
		return 0;
	is_number = t->is_good == is_int || t->is_good == is_duration;
	if (is_number && p->min < p->max)
		snprintf(range, sizeof(range), " from %d to %d", (int)p->min,
			 (int)p->max);
	return lk_fail(err, LK_E_CONFIG, "%s.%s: \"%s\" is not %s%s%s", p->id,
		       p->name, shown, t->rule,
		       t->is_good == is_choice ? p->type + strlen(ENUM) : "",
		       range);
}
