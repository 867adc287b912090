/* bridge.conf: who is offered what, and how a host is logged in to.
 * SPDX-License-Identifier: MIT */
#include "bridge.h"

#include <stdlib.h>
#include <string.h>

/* Where a line may stand, and where its value goes. */
enum part { PROGRAM, HOST };

static const struct key {
	const char *name;
	enum part part;
	size_t at;                  /* a char *; or the int is_trusted */
	int is_tls;
} keys[] = {
	{ "mechs", PROGRAM, offsetof(struct conf, mechs), 0 },
	{ "accounts", PROGRAM, offsetof(struct conf, accounts), 0 },
	{ "state", PROGRAM, offsetof(struct conf, state), 0 },
	{ "tls", PROGRAM, offsetof(struct conf, is_trusted), 1 },
	{ "auth", HOST, offsetof(struct place, auth), 0 },
	{ "account", HOST, offsetof(struct place, account), 0 },
	{ "tls", HOST, offsetof(struct place, is_trusted), 1 },
};

struct reading {
	struct conf *conf;
	const char *program;
	unsigned own;               /* keys that its own section has said */
	unsigned all;               /* keys that were said for all programs */
};

/* The section's, or the part of the program's that is filled. */
static struct place *
find_or_add(struct conf *c, const char *name, struct lk_error *err)
{
	struct place **to = &c->places;

	while (*to && !bridge_equal((*to)->name, name))
		to = &(*to)->next;
	if (*to)
		return *to;
	*to = calloc(1, sizeof(**to));
	if (*to)
		(*to)->name = strdup(name);
	if (*to && !(*to)->name) {
		free(*to);
		*to = NULL;
	}
	if (!*to)
		bridge_fail(err, LK_E_NOMEM, "out of memory");
	return *to;
}

static int
set(void *base, const struct key *k, const char *value, struct lk_error *err)
{
	char **text = (void *)((char *)base + k->at), *copy;
	int *is_trusted = (void *)((char *)base + k->at);

	if (k->is_tls) {
		*is_trusted = strcmp(value, "trusted") == 0;
		if (*is_trusted || strcmp(value, "unknown") == 0)
			return 0;
		return bridge_fail(err, LK_E_CONFIG, "tls: \"%.64s\" is "
				   "neither trusted nor unknown", value);
	}
	copy = strdup(value);
	if (!copy)
		return bridge_fail(err, LK_E_NOMEM, "out of memory");
	free(*text);
	*text = copy;
	return 0;
}

static const struct key *
find_key(enum part part, const struct lk_line *line, struct lk_error *err)
{
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (keys[i].part == part &&
		    strcmp(keys[i].name, line->key) == 0)
			return &keys[i];
	bridge_fail(err, LK_E_CONFIG, "unknown key \"%.64s\": %s", line->key,
		    part == HOST ? "a [host] has auth, account and tls"
		    : "a program has mechs, accounts, tls and state");
	return NULL;
}

/* Its own section goes over what is said for all, wherever that stands; in one
 * of them the same key twice is a mistake. */
static int
take_program(struct reading *r, const struct lk_line *line,
	     const struct key *k, struct lk_error *err)
{
	int is_own = *line->kind != '\0';
	unsigned bit = 1u << (k - keys);
	unsigned *said = is_own ? &r->own : &r->all;

	if (is_own && strcmp(line->name, r->program) != 0)
		return 0;
	if (*said & bit)
		return bridge_fail(err, LK_E_CONFIG, "%s is said twice",
				   k->name);
	*said |= bit;
	if (!is_own && (r->own & bit))
		return 0;
	return set(r->conf, k, line->value, err);
}

static int
take(void *ctx, const struct lk_line *line, struct lk_error *err)
{
	int is_host = strcmp(line->kind, "host") == 0;
	struct reading *r = ctx;
	const struct key *k;
	struct place *place;

	if (*line->kind && !is_host && strcmp(line->kind, "program") != 0)
		return bridge_fail(err, LK_E_CONFIG, "unknown section "
				   "[%.64s]: [program NAME] or [host NAME]",
				   line->kind);
	if (*line->kind && !*line->name)
		return bridge_fail(err, LK_E_CONFIG, "[%s] has no name",
				   line->kind);
	k = find_key(is_host ? HOST : PROGRAM, line, err);
	if (!k)
		return -1;
	if (!is_host)
		return take_program(r, line, k, err);
	place = find_or_add(r->conf, line->name, err);
	return place ? set(place, k, line->value, err) : -1;
}

int
bridge_conf_read(struct conf *c, const char *program, struct lk_error *err)
{
	struct reading r = { c, program, 0, 0 };

	return lk_config_lines(NULL, "bridge.conf", take, &r, err) < 0 ? -1
								       : 0;
}

void
bridge_conf_free(struct conf *c)
{
	struct place *p;

	while ((p = c->places)) {
		c->places = p->next;
		free(p->name);
		free(p->auth);
		free(p->account);
		free(p);
	}
	free(c->mechs);
	free(c->accounts);
	free(c->state);
	memset(c, 0, sizeof(*c));
}

const struct place *
bridge_conf_place(const struct conf *c, const char *host)
{
	const struct place *p = c->places;

	while (p && !bridge_equal(p->name, host))
		p = p->next;
	return p;
}
