/* Sections of configuration files, merged layer by layer.
 * SPDX-License-Identifier: MIT */
#include "conf/sections.h"

#include "base/ascii.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define NEAR 4                      /* letters, for "did you mean" */

int
lk_fail_place(struct lk_error *err, const struct lk_place *place)
{
	char advice[sizeof(err->advice)];

	if (!err || err->cls == LK_E_NOMEM)
		return -1;
	memcpy(advice, err->advice, sizeof(advice));
	if (place->line)
		lk_fail(err, err->cls, "%s:%u: %s", place->file, place->line,
			err->sentence);
	else
		lk_fail(err, err->cls, "%s: %s", place->file, err->sentence);
	memcpy(err->advice, advice, sizeof(advice));
	return -1;
}

const char *
lk_section_word(int32_t kind)
{
	static const char *const words[] = {
		[LK_CONFIG_ACCOUNTS] = "account",
		[LK_CONFIG_PROVIDERS] = "provider",
		[LK_CONFIG_PLUGINS] = "plugin",
	};

	return words[kind];
}

static void
section_free(struct lk_section *s)
{
	if (!s)
		return;
	lk_values_wipe(&s->values);
	free(s->place.file);
	free(s->name);
	free(s);
}

void
lk_sections_free(struct lk_sections *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		section_free(s->list[i]);
	free(s->list);
	memset(s, 0, sizeof(*s));
}

/* Where it is, or would be. */
static size_t
find(const struct lk_sections *s, int32_t kind, const char *name)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const struct lk_section *m = s->list[middle];

		if (m->kind < kind ||
		    (m->kind == kind && strcmp(m->name, name) < 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct lk_section *
lk_sections_find(const struct lk_sections *s, int32_t kind, const char *name)
{
	const size_t i = find(s, kind, name);

	return i < s->n && s->list[i]->kind == kind &&
	       strcmp(s->list[i]->name, name) == 0 ? s->list[i] : NULL;
}

size_t
lk_sections_first(const struct lk_sections *s, int32_t kind)
{
	return find(s, kind, "");
}

int
lk_sections_unknown(const struct lk_sections *s, int32_t kind,
		    const char *name, struct lk_error *err)
{
	const char *nearest = NULL, *word = lk_section_word(kind);
	unsigned best = NEAR;
	char shown[80];
	size_t i;

	for (i = lk_sections_first(s, kind);
	     i < s->n && s->list[i]->kind == kind; i++) {
		unsigned d = lk_ascii_distance(name, s->list[i]->name);

		if (d < best) {
			nearest = s->list[i]->name;
			best = d;
		}
	}
	lk_ascii_printable(shown, sizeof(shown), name, strlen(name));
	lk_fail(err, LK_E_CONFIG, "no %s is called \"%s\"%s%s", word, shown,
		nearest ? "; nearest: " : "", nearest ? nearest : "");
	lk_advise(err, kind == LK_CONFIG_PLUGINS ? "latchkey mechs list"
		  : "latchkey %ss list", word);
	return -1;
}

/* Takes it, at its place. */
static int
insert(struct lk_sections *s, struct lk_section *one, struct lk_error *err)
{
	const size_t i = find(s, one->kind, one->name);
	struct lk_section **more;

	if (s->n >= LK_SECTIONS_MAX)
		return lk_fail(err, LK_E_CONFIG, "more than %d sections",
			       LK_SECTIONS_MAX);
	more = reallocarray(s->list, s->n + 1, sizeof(*more));
	if (!more)
		return lk_fail_memory(err);
	s->list = more;
	memmove(more + i + 1, more + i, (s->n - i) * sizeof(*more));
	more[i] = one;
	s->n++;
	return 0;
}

struct lk_section *
lk_sections_add(struct lk_sections *s, int32_t kind, const char *name,
		const struct lk_place *place, struct lk_error *err)
{
	const struct lk_section *old = lk_sections_find(s, kind, name);
	struct lk_section *one;

	if (old) {
		lk_fail(err, LK_E_CONFIG, "[%s %s] is in %s:%u already",
			lk_section_word(kind), name, old->place.file,
			old->place.line);
		lk_advise(err, "one section a name in all files of a "
			  "directory");
		return NULL;
	}
	one = calloc(1, sizeof(*one));
	if (!one) {
		lk_fail_memory(err);
		return NULL;
	}
	one->kind = kind;
	one->name = strdup(name);
	one->place.file = strdup(place->file);
	one->place.line = place->line;
	if (!one->name || !one->place.file)
		lk_fail_memory(err);
	else if (insert(s, one, err) == 0)
		return one;
	section_free(one);
	return NULL;
}

/* ---- layers ----------------------------------------------------------- */

/* How little it protects. */
static int
weakness(enum lk_key_id id, const char *value)
{
	if (!value)
		value = lk_keys[id].dflt;
	return !value || strcmp(value, "no") == 0 ? 0
	     : strcmp(value, "yes") == 0 || strcmp(value, "none") == 0 ? 2
	     : strcmp(value, "opportunistic") == 0 ? 1 : 0;
}

/* Whoever uses a provider that was shipped counts on its TLS. */
static int
check_weaker(const struct lk_section *old, const struct lk_section *new,
	     struct lk_error *err)
{
	static const enum lk_key_id guarded[] = {
		LK_KEY_TLS, LK_KEY_NO_VERIFY, LK_KEY_PLAINTEXT,
		LK_KEY_IMAP + 2, LK_KEY_POP3 + 2, LK_KEY_LDAP + 2,
		LK_KEY_SIEVE + 2,
	};
	size_t i;

	if (old->kind != LK_CONFIG_PROVIDERS)
		return 0;
	for (i = 0; i < sizeof(guarded) / sizeof(guarded[0]); i++) {
		const enum lk_key_id id = guarded[i];
		const char *value = new->values.key[id];

		if (!value || weakness(id, value) <=
			      weakness(id, old->values.key[id]))
			continue;
		lk_fail(err, LK_E_CONFIG, "%s = %s takes TLS away from the "
			"provider \"%s\", which %s:%u defines",
			lk_keys[id].name, value, old->name, old->place.file,
			old->place.line);
		lk_advise(err, "say it in a provider of another name: "
			  "[provider my-%.40s]", old->name);
		return lk_fail_place(err, &new->values.key_place[id]);
	}
	return 0;
}

static int
merge(struct lk_section *old, struct lk_section *new, uint32_t rank,
      struct lk_error *err)
{
	if (check_weaker(old, new, err) < 0)
		return -1;
	if (new->values.key[LK_KEY_MATCH])
		old->layer = rank;
	if (lk_values_move(&old->values, &new->values) < 0)
		return lk_fail_memory(err);
	section_free(new);
	return 0;
}

int
lk_sections_merge(struct lk_sections *to, struct lk_sections *layer,
		  uint32_t rank, struct lk_error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; i < layer->n && r == 0; i++) {
		struct lk_section *new = layer->list[i];
		struct lk_section *old = lk_sections_find(to, new->kind,
							  new->name);

		new->layer = rank;
		r = old ? merge(old, new, rank, err) : insert(to, new, err);
		if (r < 0 && !old)
			lk_fail_place(err, &new->place);
	}
	/* what was not moved is still the layer's */
	if (r < 0)
		i--;
	layer->n -= i;
	if (layer->n)
		memmove(layer->list, layer->list + i,
			layer->n * sizeof(*layer->list));
	return r;
}
