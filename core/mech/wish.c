/* The `auth` list: an order and an allow-list. SPDX-License-Identifier: MIT */
#include "mech/wish.h"

#include "base/ascii.h"
#include "base/buf.h"
#include "base/error.h"
#include "mech/record.h"

#include <string.h>

#define SEPARATORS " \t\r\n,"

bool
lk_wish_covers(const struct lk_mech_record *r, const char *id, size_t len)
{
	char text[sizeof(r->id)];

	if (len >= sizeof(text))
		return false;
	memcpy(text, id, len);
	text[len] = '\0';
	return lk_record_covers(r, text);
}

static bool
is_same(const char *word, size_t len, const char *name)
{
	return strlen(name) == len && memcmp(word, name, len) == 0;
}

/* Is it this id, or does one of the two stand for a list that has the other? */
static bool
is_id(const char *word, size_t len, const struct lk_mech_record *r)
{
	size_t n = strlen(r->id);

	if (is_same(word, len, r->id) || lk_wish_covers(r, word, len))
		return true;
	return len > 2 && memcmp(word + len - 2, "-*", 2) == 0 &&
	       n > len - 1 && memcmp(word, r->id, len - 1) == 0;
}

void
lk_wish_read(const char *auth, const struct lk_mech_record *record,
	     struct lk_wish *out)
{
	size_t len, place = 0;
	const char *word;
	bool is_exact;

	memset(out, 0, sizeof(*out));
	out->place = (size_t)-1;
	while (auth && (word = lk_ascii_next(&auth, SEPARATORS, &len))) {
		bool forbids = *word == '!';

		word += forbids;
		len -= forbids;
		is_exact = is_same(word, len, record->id);
		if (is_same(word, len, "*")) {
			out->is_open = true;
		} else if (forbids) {
			out->is_forbidden |= is_exact ||
				(!lk_record_is_prefix(record) &&
				 is_id(word, len, record)) ||
				is_same(word, len, record->wire);
		} else {
			out->is_list = true;
			place++;
			if (is_id(word, len, record))
				out->is_named = true;
			else if (!is_same(word, len, record->wire))
				continue;
			out->is_listed = true;
			if (place < out->place)
				out->place = place;
		}
	}
}

/* ---- checking ----------------------------------------------------------- */

static bool
is_noted(const char *word, size_t len, struct lk_entry *const *entries)
{
	for (; *entries; entries++) {
		const struct lk_mech_record *r = &(*entries)->record;

		if (r->id[0] && (is_id(word, len, r) ||
				 is_same(word, len, r->wire)))
			return true;
	}
	return false;
}

/* A run-time list may have any wire name. */
static bool
is_known(const char *word, size_t len, struct lk_entry *const *entries)
{
	size_t i = 0;

	if (is_noted(word, len, entries))
		return true;
	while (i < len && lk_ascii_upper(word[i]) == word[i])
		i++;
	for (; i == len && *entries; entries++)
		if (lk_record_is_prefix(&(*entries)->record))
			return true;
	return false;
}

const char *
lk_wish_unknown(const char **auth, struct lk_entry *const *entries,
		size_t *len)
{
	const char *word;

	while (*auth && (word = lk_ascii_next(auth, SEPARATORS, len)))
		if (*word != '!' && !is_same(word, *len, "*") &&
		    !is_noted(word, *len, entries))
			return word;
	return NULL;
}

const char *
lk_wish_nearest(const char *word, size_t len, struct lk_entry *const *entries)
{
	const char *best = NULL;
	unsigned least = len < 5 ? 2 : 3;
	bool is_upper = true;
	char given[64];
	size_t i;

	if (len == 0 || len >= sizeof(given))
		return NULL;
	for (i = 0; i < len; i++) {
		given[i] = word[i];
		is_upper = is_upper && lk_ascii_upper(word[i]) == word[i];
	}
	given[len] = '\0';
	for (i = 0; !is_upper && given[i]; i++)
		given[i] = lk_ascii_lower(given[i]);
	for (i = 0; entries[i]; i++) {
		const struct lk_mech_record *r = &entries[i]->record;
		const char *name = is_upper ? r->wire : r->id;
		unsigned far = lk_ascii_distance(given, name);

		if (*name && far < least) {
			least = far;
			best = name;
		}
	}
	return best;
}

static void
list_installed(struct lk_entry *const *entries, struct lk_buf *to)
{
	size_t i;

	for (i = 0; entries[i]; i++)
		if (entries[i]->record.id[0] &&
		    entries[i]->state != LK_MECH_SHADOWED &&
		    lk_buf_printf(to, "%s%s", to->len ? " " : "",
				  entries[i]->record.id) < 0)
			return;
}

static int
fail_unknown(const char *word, size_t len, struct lk_entry *const *entries,
	     struct lk_error *err)
{
	const char *nearest = lk_wish_nearest(word, len, entries), *text;
	struct lk_buf installed;
	char shown[64];

	lk_ascii_printable(shown, sizeof(shown), word, len);
	lk_buf_init(&installed, 1024);
	list_installed(entries, &installed);
	text = lk_buf_text(&installed);
	lk_fail(err, LK_E_CONFIG, "auth: no installed mechanism is called "
		"\"%s\"; installed: %s", shown,
		text && *text ? text : "none");
	if (nearest)
		lk_advise(err, "did you mean \"%s\"?", nearest);
	else
		lk_advise(err, "install a plugin that has it, or take it out "
			  "of auth; ids are lower case, names on the wire "
			  "upper case");
	lk_buf_wipe(&installed);
	return -1;
}

int
lk_wish_check(const char *auth, struct lk_entry *const *entries,
	      struct lk_error *err)
{
	const char *at = auth, *word;
	bool was_star = false;
	size_t len;

	while (at && (word = lk_ascii_next(&at, SEPARATORS, &len))) {
		bool forbids = *word == '!';

		word += forbids;
		len -= forbids;
		if (was_star)
			return lk_fail(err, LK_E_CONFIG, "auth: \"*\" is not "
				       "the last word of \"%s\"", auth);
		was_star = is_same(word, len, "*") && !forbids;
		if (was_star || is_known(word, len, entries))
			continue;
		/* to forbid what is not there is no mistake, unless misspelt */
		if (forbids && len && !is_same(word, len, "*") &&
		    !lk_wish_nearest(word, len, entries))
			continue;
		return fail_unknown(word, len, entries, err);
	}
	return 0;
}
