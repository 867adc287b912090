/* The configuration, for programs. SPDX-License-Identifier: MIT */
#include "conf/config.h"

#include "base/ascii.h"
#include "base/error.h"
#include "mech/record.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
read_layers(struct lk_config *c, const struct lk_config_options *o,
	    struct lk_error *err)
{
	const char *at = c->layers = lk_layers(o->dirs, err), *word;
	uint32_t rank = 0;
	int r = c->layers ? 0 : -1;
	char *dir;
	size_t n;

	while (r == 0 && (word = lk_ascii_next(&at, ":", &n))) {
		dir = strndup(word, n);
		if (!dir) {
			r = lk_fail_memory(err);
			break;
		}
		free(c->highest);
		c->highest = dir;
		r = lk_config_load(c, dir, rank++, o->flags, err);
	}
	if (r == 0 && o->file)
		r = lk_config_load_file(c, o->file, rank, err);
	return r;
}

int
lk_config_read(struct lk_config **ret, const struct lk_config_options *options,
	       struct lk_error *err)
{
	struct lk_config_options o = { 0 };
	struct lk_config *c = calloc(1, sizeof(*c));

	if (!c)
		return lk_fail_memory(err);
	if (options)
		memcpy(&o, options, options->size < sizeof(o) ? options->size
							      : sizeof(o));
	if (o.flags & LK_CRITICAL)
		lk_fail(err, LK_E_USAGE, "unknown critical flags 0x%08x of a "
			"configuration", o.flags & LK_CRITICAL);
	else if (read_layers(c, &o, err) == 0 &&
		 lk_config_index(c, err) == 0 &&
		 lk_config_plugins(c, err) == 0) {
		*ret = c;
		return 0;
	}
	lk_config_free(c);
	if (err)
		err->stage = LK_STAGE_CONFIG;
	return -1;
}

void
lk_config_free(struct lk_config *c)
{
	size_t i;

	if (!c)
		return;
	lk_sections_free(&c->sections);
	free(c->layers);
	free(c->highest);
	free(c->domains);
	free(c->plugins);
	free(c->params);
	for (i = 0; c->places && c->places[i]; i++)
		free(c->places[i]);
	free(c->places);
	free(c);
}

static void
each_unread(const struct lk_config *c,
	    int (*each)(void *ctx, const char *path), void *ctx)
{
	const char *at = c->layers, *word;
	char dir[PATH_MAX];
	size_t n;

	while ((word = lk_ascii_next(&at, ":", &n))) {
		snprintf(dir, sizeof(dir), "%.*s", (int)n, word);
		if (!lk_config_each_unread(dir, each, ctx))
			return;
	}
}

void
lk_config_each(const struct lk_config *c, int32_t kind,
	       int (*each)(void *ctx, const char *name), void *ctx)
{
	const struct lk_sections *s = &c->sections;
	size_t i;

	if (kind == LK_CONFIG_UNREAD) {
		each_unread(c, each, ctx);
		return;
	}
	for (i = lk_sections_first(s, kind);
	     i < s->n && s->list[i]->kind == kind; i++)
		if (each(ctx, s->list[i]->name) != 0)
			return;
}

int
lk_config_show(const struct lk_config *c, int32_t kind, const char *name,
	       int (*each)(void *ctx, const struct lk_setting *), void *ctx,
	       struct lk_error *err)
{
	const struct lk_section *s = lk_sections_find(&c->sections, kind, name);

	if (s) {
		lk_values_each(&s->values, each, ctx);
		return 0;
	}
	if (kind < LK_CONFIG_ACCOUNTS || kind > LK_CONFIG_PLUGINS)
		lk_fail(err, LK_E_USAGE, "%d is no kind of section", (int)kind);
	else
		lk_sections_unknown(&c->sections, kind, name, err);
	if (err)
		err->stage = LK_STAGE_CONFIG;
	return -1;
}

static bool
is_host_of(const struct lk_section *s, const char *host)
{
	static const enum lk_key_id hosts[] = {
		LK_KEY_HOST, LK_KEY_IMAP, LK_KEY_POP3, LK_KEY_LDAP,
		LK_KEY_SIEVE,
	};
	size_t i;

	for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		if (s->values.key[hosts[i]] &&
		    lk_ascii_equal(s->values.key[hosts[i]], host))
			return true;
	return false;
}

const char *
lk_config_provider_of(const struct lk_config *c, const char *host_or_address)
{
	const struct lk_sections *s = &c->sections;
	const struct lk_section *one = NULL;
	size_t i;

	if (strchr(host_or_address, '@'))
		one = lk_config_match(c, host_or_address);
	for (i = lk_sections_first(s, LK_CONFIG_PROVIDERS); !one && i < s->n &&
	     s->list[i]->kind == LK_CONFIG_PROVIDERS; i++)
		if (is_host_of(s->list[i], host_or_address))
			one = s->list[i];
	return one ? one->name : NULL;
}
