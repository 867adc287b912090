/* What files say of one another: domains of several providers, and plugins.
 * SPDX-License-Identifier: MIT */
#include "cli/check.h"

#include "base/ascii.h"

#include <string.h>

/* ---- domains ------------------------------------------------------------- */

/* A provider, as far as it counts here. */
struct side {
	char host[256], tls[16], match[4097];
	bool has_service;           /* a host of another service */
	char place[PATH_MAX + 32];  /* of its match */
};

struct taken {
	struct lk_check *check;
	struct side own, other;
};

static int
fill(void *ctx, const struct lk_setting *s)
{
	const size_t len = strlen(s->key);
	struct side *side = ctx;

	if (strcmp(s->key, "host") == 0 || strcmp(s->key, "socket") == 0)
		lk_ascii_copy(side->host, sizeof(side->host), s->value);
	else if (strcmp(s->key, "tls") == 0)
		lk_ascii_copy(side->tls, sizeof(side->tls), s->value);
	else if (len > 5 && strcmp(s->key + len - 5, "-host") == 0)
		side->has_service = true;
	if (strcmp(s->key, "match") != 0)
		return 0;
	lk_ascii_copy(side->match, sizeof(side->match), s->value);
	snprintf(side->place, sizeof(side->place), "%s:%u",
		 s->file ? s->file : "", (unsigned)s->line);
	return 0;
}

static void
look_at(const struct lk_check *k, const char *name, struct side *side)
{
	memset(side, 0, sizeof(*side));
	lk_ascii_copy(side->tls, sizeof(side->tls), "starttls");
	lk_config_show(k->cli->config, LK_CONFIG_PROVIDERS, name, fill, side,
		       NULL);
}

static bool
is_weaker(const struct side *own, const struct side *other)
{
	const bool was_sure = strcmp(other->tls, "starttls") == 0 ||
			      strcmp(other->tls, "implicit") == 0;

	return (was_sure && strcmp(own->tls, "none") == 0) ||
	       (was_sure && strcmp(own->tls, "opportunistic") == 0);
}

/* Is it a domain of both, and is the one under check who has it? */
static bool
is_taken(const struct taken *t, const char *domain, size_t len)
{
	const char *at = t->other.match, *word, *has;
	char address[300];
	size_t n;

	while ((word = lk_ascii_next(&at, " \t", &n))) {
		if (n != len || memcmp(word, domain, n) != 0 || n > 255)
			continue;
		snprintf(address, sizeof(address), "x@%.*s", (int)n, word);
		has = lk_config_provider_of(t->check->cli->config, address);
		return has && strcmp(has, t->check->name) == 0;
	}
	return false;
}

static int
compare_with(void *ctx, const char *name)
{
	struct taken *t = ctx;
	const char *at = t->own.match, *word;
	char text[PATH_MAX + 1024];
	size_t n;

	if (strcmp(name, t->check->name) == 0)
		return 0;
	look_at(t->check, name, &t->other);
	if (lk_ascii_equal(t->own.host, t->other.host) &&
	    !is_weaker(&t->own, &t->other))
		return 0;
	while ((word = lk_ascii_next(&at, " \t", &n))) {
		if (!is_taken(t, word, n))
			continue;
		snprintf(text, sizeof(text), "match: it takes %.*s over from "
			 "the provider %s (%s): mail and secrets go to %s with "
			 "tls = %s, and not to %s with tls = %s", (int)n, word,
			 name, t->other.place, t->own.host, t->own.tls,
			 t->other.host, t->other.tls);
		lk_check_tell_at(t->check, false, "match", text);
		return 0;
	}
	return 0;
}

void
lk_check_domains(struct lk_check *k)
{
	struct taken t = { .check = k };

	look_at(k, k->name, &t.own);
	if (!*t.own.match)
		return;
	if (!*t.own.host && !t.own.has_service)
		lk_check_tell_at(k, false, "match", "match: addresses of these "
				 "domains find this provider, and it has no "
				 "host");
	lk_config_each(k->cli->config, LK_CONFIG_PROVIDERS, compare_with, &t);
}

/* ---- plugins ------------------------------------------------------------- */

struct plugin {
	const char *name;
	bool is_there;
	unsigned least;
	char near[80];
};

/* What it is called: its file without the directory and what follows the dot. */
static int
look_for(void *ctx, const struct lk_mech_info *info)
{
	const char *slash = strrchr(info->path, '/');
	const char *base = slash ? slash + 1 : info->path;
	struct plugin *p = ctx;
	char name[80];
	unsigned d;

	lk_ascii_copy(name, sizeof(name), base);
	name[strcspn(name, ".")] = '\0';
	d = lk_ascii_distance(p->name, name);
	p->is_there = p->is_there || d == 0;
	if (d < p->least) {
		p->least = d;
		lk_ascii_printable(p->near, sizeof(p->near), name,
				   strlen(name));
	}
	return 0;
}

static int
check_plugin(void *ctx, const char *name)
{
	struct plugin p = { .name = name };
	struct lk_check *k = ctx;
	char text[512];

	k->kind = "plugin";
	k->name = name;
	p.least = (unsigned)strlen(name) / 2 + 1;
	lk_host_each(k->cli->host, look_for, &p);
	if (p.is_there)
		return 0;
	snprintf(text, sizeof(text), "there is no plugin %.64s.so for "
		 "mechs.d/%.64s.conf%s%s; latchkey mechs list has all", name,
		 name, *p.near ? "; nearest: " : "", p.near);
	lk_check_tell(k, false, text);
	return 0;
}

void
lk_check_plugins(struct lk_check *k)
{
	if (!k->file)
		lk_config_each(k->cli->config, LK_CONFIG_PLUGINS, check_plugin,
			       k);
}

/* ---- names that are not read ---------------------------------------------- */

static int
tell_unread(void *ctx, const char *path)
{
	struct lk_check *k = ctx;
	char shown[PATH_MAX];

	lk_ascii_printable(shown, sizeof(shown), path, strlen(path));
	k->kind = "file";
	k->name = shown;
	lk_check_tell(k, false, "it is not read: its name does not end in "
		      ".conf");
	return 0;
}

void
lk_check_unread(struct lk_check *k)
{
	if (!k->file)
		lk_config_each(k->cli->config, LK_CONFIG_UNREAD, tell_unread,
			       k);
}
