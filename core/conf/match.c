/* Which provider a domain is of. SPDX-License-Identifier: MIT */
#include "conf/config.h"

#include "base/ascii.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static int
compare(const struct lk_domain *a, const struct lk_domain *b)
{
	size_t i;

	for (i = 0; i < a->len && i < b->len; i++) {
		const unsigned char x = (unsigned char)lk_ascii_lower(a->at[i]);
		const unsigned char y = (unsigned char)lk_ascii_lower(b->at[i]);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return a->len == b->len ? 0 : a->len < b->len ? -1 : 1;
}

/* By domain; of the same one the highest layer comes first. */
static int
by_domain(const void *a, const void *b)
{
	const struct lk_domain *x = a, *y = b;
	const int r = compare(x, y);

	if (r || x->provider->layer == y->provider->layer)
		return r;
	return x->provider->layer > y->provider->layer ? -1 : 1;
}

static int
by_domain_alone(const void *a, const void *b)
{
	return compare(a, b);
}

static int
add(struct lk_config *c, const struct lk_section *s, struct lk_error *err)
{
	const char *at = s->values.key[LK_KEY_MATCH], *word;
	struct lk_domain *more;
	size_t len, n = 0;

	for (at = s->values.key[LK_KEY_MATCH];
	     at && lk_ascii_next(&at, " \t", &len); n++)
		;
	more = reallocarray(c->domains, c->n_domains + n + 1, sizeof(*more));
	if (!more)
		return lk_fail_memory(err);
	c->domains = more;
	at = s->values.key[LK_KEY_MATCH];
	while (at && (word = lk_ascii_next(&at, " \t", &len)))
		more[c->n_domains++] = (struct lk_domain){ word, len, s };
	return 0;
}

static int
check_pair(const struct lk_domain *a, const struct lk_domain *b,
	   struct lk_error *err)
{
	const struct lk_place *other =
		&a->provider->values.key_place[LK_KEY_MATCH];

	if (a->provider == b->provider ||
	    a->provider->layer != b->provider->layer)
		return 0;
	lk_fail(err, LK_E_CONFIG, "match: %.*s is matched by the provider "
		"\"%s\" already, in %s:%u", (int)b->len, b->at,
		a->provider->name, other->file, other->line);
	return lk_fail_place(err, &b->provider->values.key_place[LK_KEY_MATCH]);
}

int
lk_config_index(struct lk_config *c, struct lk_error *err)
{
	const struct lk_sections *s = &c->sections;
	size_t i, n;

	for (i = lk_sections_first(s, LK_CONFIG_PROVIDERS);
	     i < s->n && s->list[i]->kind == LK_CONFIG_PROVIDERS; i++)
		if (add(c, s->list[i], err) < 0)
			return -1;
	if (c->n_domains == 0)
		return 0;
	qsort(c->domains, c->n_domains, sizeof(*c->domains), by_domain);
	/* a higher layer wins */
	for (i = n = 1; i < c->n_domains; i++) {
		const struct lk_domain *last = &c->domains[n - 1];

		if (compare(last, &c->domains[i]) != 0)
			c->domains[n++] = c->domains[i];
		else if (check_pair(last, &c->domains[i], err) < 0)
			return -1;
	}
	c->n_domains = n;
	return 0;
}

const struct lk_section *
lk_config_match(const struct lk_config *c, const char *address)
{
	const char *at = strrchr(address, '@');
	const struct lk_domain *found;
	struct lk_domain key = { NULL, 0, NULL };

	if (!at || !c->n_domains)
		return NULL;
	key.at = at + 1;
	key.len = strlen(key.at);
	found = bsearch(&key, c->domains, c->n_domains, sizeof(key),
			by_domain_alone);
	return found ? found->provider : NULL;
}
