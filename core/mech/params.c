/* Parameters of mechanisms, against what their notes say.
 * SPDX-License-Identifier: MIT */
#include "mech/wish.h"

#include "base/ascii.h"
#include "base/error.h"
#include "mech/value.h"

#include <string.h>

/* Every mechanism's: may the initial response go in the command? */
#define IR "ir"

/* One setting, taken apart.  An id has no dot. */
struct setting {
	const char *id, *name, *value;
	size_t id_len, name_len;
};

static bool
take_apart(const char *text, struct setting *s)
{
	const char *dot = strchr(text, '.'), *equals = strchr(text, '=');

	if (!dot || !equals || dot > equals || dot == text ||
	    equals == dot + 1)
		return false;
	s->id = text;
	s->id_len = (size_t)(dot - text);
	s->name = dot + 1;
	s->name_len = (size_t)(equals - dot - 1);
	s->value = equals + 1;
	return true;
}

static bool
is_same(const char *word, size_t len, const char *name)
{
	return strlen(name) == len && memcmp(word, name, len) == 0;
}

const char *
lk_params_find(const char *const *params, const char *id, const char *name)
{
	const char *value = NULL;
	struct setting s;

	for (; params && *params; params++)
		if (take_apart(*params, &s) && is_same(s.id, s.id_len, id) &&
		    is_same(s.name, s.name_len, name))
			value = s.value;
	return value;
}

/* ---- names -------------------------------------------------------------- */

static struct lk_entry *
find_entry(const struct setting *s, struct lk_entry *const *entries)
{
	size_t i;

	/* what a run-time list turns out to be has parameters, not the list */
	if (memchr(s->id, '*', s->id_len))
		return NULL;
	for (i = 0; entries[i]; i++)
		if (is_same(s->id, s->id_len, entries[i]->record.id))
			return entries[i];
	for (i = 0; entries[i]; i++)
		if (lk_wish_covers(&entries[i]->record, s->id, s->id_len))
			return entries[i];
	return NULL;
}

static const char *
nearest_name(const struct setting *s, const struct lk_entry *e)
{
	const char *best = NULL;
	unsigned least = 3, far;
	char given[64];
	size_t i;

	if (s->name_len >= sizeof(given))
		return NULL;
	memcpy(given, s->name, s->name_len);
	given[s->name_len] = '\0';
	for (i = 0; e->params && e->params[i]; i++) {
		far = lk_ascii_distance(given, e->params[i]->name);
		if (far < least) {
			least = far;
			best = e->params[i]->name;
		}
	}
	return best;
}

static int
fail_name(const struct setting *s, const struct lk_entry *e,
	  struct lk_error *err)
{
	const char *nearest = nearest_name(s, e);
	char shown[64];

	lk_ascii_printable(shown, sizeof(shown), s->name, s->name_len);
	lk_fail(err, LK_E_CONFIG, "%.*s.%s: the mechanism has no parameter "
		"\"%s\"", (int)s->id_len, s->id, shown, shown);
	if (nearest)
		lk_advise(err, "did you mean %.*s.%s?", (int)s->id_len, s->id,
			  nearest);
	else
		lk_advise(err, "latchkey mechs info %.*s lists what it has",
			  (int)s->id_len, s->id);
	return -1;
}

static int
fail_id(const struct setting *s, struct lk_entry *const *entries,
	struct lk_error *err)
{
	const char *nearest = lk_wish_nearest(s->id, s->id_len, entries);
	char shown[64];

	lk_ascii_printable(shown, sizeof(shown), s->id, s->id_len);
	lk_fail(err, LK_E_CONFIG, "%s.%.*s: no installed mechanism is called "
		"\"%s\"", shown, (int)s->name_len, s->name, shown);
	if (memchr(s->id, '*', s->id_len))
		lk_advise(err, "set it for each mechanism of the list: "
			  "latchkey mechs list");
	else if (nearest)
		lk_advise(err, "did you mean %s.%.*s?", nearest,
			  (int)s->name_len, s->name);
	return -1;
}

static int
check_one(const struct setting *s, struct lk_entry *const *entries,
	  struct lk_error *err)
{
	struct lk_entry *e = find_entry(s, entries);
	size_t i;

	if (!e)
		return fail_id(s, entries, err);
	if (is_same(s->name, s->name_len, IR)) {
		if (strcmp(s->value, "auto") != 0 &&
		    strcmp(s->value, "never") != 0)
			return lk_fail(err, LK_E_CONFIG, "%s.ir: \"%s\" is not "
				       "auto or never", e->record.id,
				       s->value);
		return 0;
	}
	for (i = 0; e->params && e->params[i]; i++)
		if (is_same(s->name, s->name_len, e->params[i]->name))
			return lk_value_check(e->params[i], s->value, err);
	/* a failed file may have it: it says so when its turn comes */
	if (e->state == LK_MECH_FAILED)
		return 0;
	return fail_name(s, e, err);
}

int
lk_params_check(const char *const *params, struct lk_entry *const *entries,
		struct lk_error *err)
{
	struct setting s;

	for (; params && *params; params++) {
		if (!take_apart(*params, &s))
			return lk_fail(err, LK_E_CONFIG, "a parameter is "
				       "ID.NAME=VALUE, and this one is not "
				       "(its %zu characters are not shown)",
				       strlen(*params));
		if (check_one(&s, entries, err) < 0)
			return -1;
	}
	return 0;
}
