/* Words of `auth` that nothing answers to. SPDX-License-Identifier: MIT */
#include "mech/auth.h"

#include "base/ascii.h"
#include "mech/record.h"

#include <stdio.h>

#define UNKNOWN_MAX 3               /* that are told */

/* A list that was not looked at, and could have it; or NULL. */
static const char *
find_list(const struct lk_auth *a)
{
	size_t i;

	for (i = 0; a->entries[i]; i++)
		if (a->entries[i]->state == LK_MECH_FOUND &&
		    lk_record_is_prefix(&a->entries[i]->record))
			return a->entries[i]->record.id;
	return NULL;
}

/* The next one; false: there is none. */
static bool
next_unknown(const struct lk_auth *a, const char **at, char text[256])
{
	const char *list = find_list(a), *nearest, *word;
	char shown[40];
	size_t len;

	do {
		word = lk_wish_unknown(at, a->entries, &len);
		if (!word)
			return false;
		lk_ascii_printable(shown, sizeof(shown), word, len);
	} while (list && lk_policy_is_offered(a->offered, shown));
	nearest = lk_wish_nearest(word, len, a->entries);
	if (list && !nearest)
		snprintf(text, 256, "auth: \"%s\": only %s may have it, and "
			 "the server does not offer it", shown, list);
	else
		snprintf(text, 256, "auth: no installed mechanism is called "
			 "\"%s\"%s%s", shown, nearest ? "; nearest: " : "",
			 nearest ? nearest : "");
	return true;
}

size_t
lk_auth_add_unknown(const struct lk_auth *a, struct lk_buf *to)
{
	const char *at = a->login.auth;
	char text[256];
	size_t n = 0;

	for (; n < UNKNOWN_MAX && a->entries && next_unknown(a, &at, text); n++)
		lk_buf_printf(to, "\n%s", text);
	return n;
}

void
lk_auth_note_unknown(struct lk_auth *a)
{
	const char *at = a->login.auth;
	char text[256];

	while (next_unknown(a, &at, text))
		lk_auth_note(a, "%s", text);
}

bool
lk_auth_find_meant(const struct lk_auth *a, char cure[160])
{
	const char *at = a->login.auth, *word, *nearest;
	size_t len;

	while (a->entries &&
	       (word = lk_wish_unknown(&at, a->entries, &len))) {
		nearest = lk_wish_nearest(word, len, a->entries);
		if (!nearest || !lk_policy_is_offered(a->offered, nearest))
			continue;
		snprintf(cure, 160, "-o auth=%s", nearest);
		return true;
	}
	return false;
}
