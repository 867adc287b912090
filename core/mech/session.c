/* What a mechanism may read. SPDX-License-Identifier: MIT */
#include "mech/session.h"
#include "base/ascii.h"
#include "base/error.h"

#include <stdio.h>
#include <string.h>

#define IS_PREFIX(p, key) (strncmp(p, key, sizeof(p) - 1) == 0)

void
lk_inside_copy(void *to, size_t room, const void *from, uint32_t size)
{
	memset(to, 0, room);
	memcpy(to, from, size < room ? size : room);
}

/* ---- properties, each: the text, or NULL ------------------------------- */

static const char *
some(const char *text)
{
	return text && *text ? text : NULL;
}

static const char *
authid(struct lk_inside *s)
{
	return some(s->with.login->user);
}

static const char *
authzid(struct lk_inside *s)
{
	return some(s->with.login->authzid);
}

static const char *
realm(struct lk_inside *s)
{
	return some(s->with.login->realm);
}

static const char *
service(struct lk_inside *s)
{
	return s->with.profile->service;
}

static const char *
host(struct lk_inside *s)
{
	return s->with.login->host;
}

static const char *
port(struct lk_inside *s)
{
	snprintf(s->port, sizeof(s->port), "%u", (unsigned)s->with.login->port);
	return s->with.login->port ? s->port : NULL;
}

static const char *
tls(struct lk_inside *s)
{
	uint32_t both = LK_FACT_ENCRYPTED | LK_FACT_VERIFIED;

	return (s->with.facts->flags & both) == both ? "yes" : "";
}

static const char *
certificate(struct lk_inside *s)
{
	uint32_t both = LK_FACT_ENCRYPTED | LK_FACT_CLIENT_CERT;

	return (s->with.facts->flags & both) == both ? "yes" : "";
}

static const struct property {
	const char *key;
	bool is_free;               /* need not be declared */
	const char *(*get)(struct lk_inside *);
} properties[] = {
	{ LK_P_AUTHID, false, authid },
	{ LK_P_AUTHZID, false, authzid },
	{ LK_P_REALM, false, realm },
	{ LK_P_SERVICE, true, service },
	{ LK_P_HOST, true, host },
	{ LK_P_PORT, true, port },
	{ LK_P_TLS, true, tls },
	{ LK_P_CERT, true, certificate },
};

static const struct property *
find_property(const char *key)
{
	size_t i;

	for (i = 0; i < sizeof(properties) / sizeof(*properties); i++)
		if (strcmp(properties[i].key, key) == 0)
			return &properties[i];
	return NULL;
}

/* ---- parameters -------------------------------------------------------- */

static const struct lk_param_record *
find_param(const struct lk_inside *s, const char *name)
{
	const struct lk_param_record *const *p = s->with.entry->params;

	for (; p && *p; p++)
		if (strcmp((*p)->id, s->with.entry->record.id) == 0 &&
		    strcmp((*p)->name, name) == 0)
			return *p;
	return NULL;
}

/* "ID.NAME=VALUE": the last one counts; else the default. */
static const char *
param(const struct lk_inside *s, const struct lk_param_record *p)
{
	const char *const *at = s->with.login->params, *value = p->dflt;
	size_t id = strlen(p->id), name = strlen(p->name);

	for (; at && *at; at++)
		if (strncmp(*at, p->id, id) == 0 && (*at)[id] == '.' &&
		    strncmp(*at + id + 1, p->name, name) == 0 &&
		    (*at)[id + 1 + name] == '=')
			value = *at + id + name + 2;
	return value;
}

/* ---- declared or not --------------------------------------------------- */

static bool
names(const char *list, const char *word)
{
	const char *w;
	size_t n;

	while ((w = lk_ascii_next(&list, " |", &n)))
		if (n == strlen(word) && memcmp(w, word, n) == 0)
			return true;
	return false;
}

/* A bare "cb:" declares every type. */
static bool
is_declared(const struct lk_inside *s, const char *key)
{
	const struct lk_mech_record *r = &s->with.entry->record;
	const struct property *p = find_property(key);

	if (p && p->is_free)
		return true;
	if (IS_PREFIX(LK_P_PARAM, key))
		return find_param(s, key + strlen(LK_P_PARAM));
	if (names(r->needs, key) || names(r->wants, key))
		return true;
	return IS_PREFIX(LK_P_CB, key) &&
	       (names(r->needs, LK_P_CB) || names(r->wants, LK_P_CB));
}

/* ---- the service ------------------------------------------------------- */

static int32_t
give(const char *text, struct lk_bytes *out)
{
	if (!text)
		return LK_E_NOPROP;
	out->data = (const unsigned char *)text;
	out->len = strlen(text);
	return LK_DONE;
}

static int32_t
give_param(struct lk_inside *s, const char *name, struct lk_bytes *out)
{
	const struct lk_param_record *p = find_param(s, name);
	int32_t r = give(param(s, p), out);

	if (r != LK_DONE || out->len == 0 || !(p->flags & LK_PARAM_SECRET))
		return r;
	s->has_leased = true;
	return lk_store_expose(s->with.store, out->data, out->len);
}

static int32_t
give_binding(struct lk_inside *s, const char *type, struct lk_bytes *out)
{
	const struct lk_facts *f = s->with.facts;

	if (!(f->flags & LK_FACT_ENCRYPTED) || !f->channel_binding ||
	    f->channel_binding(f->ctx, type, out) != LK_DONE)
		return LK_E_NOPROP;
	return LK_DONE;
}

static int32_t
give_secret(struct lk_inside *s, const struct lk_ask *ask,
	    struct lk_bytes *out)
{
	struct lk_error why;
	int32_t r = LK_DONE;

	if (!(s->may & LK_MAY_SECRET)) {
		lk_inside_log(s, LK_LOG_WARN, "asked for %s before its start",
			      ask->key);
		return LK_E_NOPROP;
	}
	/* the budget did not reckon with it */
	if (s->with.entry->record.flags & LK_F_NO_SECRET) {
		lk_inside_log(s, LK_LOG_WARN, "asked for %s, but is flagged as "
			      "one that needs no secret", ask->key);
		return LK_E_NOPROP;
	}
	if ((s->may & LK_MAY_RESOLVE) && !(ask->flags & LK_ASK_NOPROMPT))
		r = lk_store_ask(s->with.store, ask, &why);
	if (r == LK_PENDING) {
		s->is_pending = true;
		lk_store_wait(s->with.store, &s->fd, &s->events,
			      &s->timeout_ms);
		return r;
	}
	if (r != LK_DONE) {
		s->error = why;
		return r;
	}
	r = lk_store_lease(s->with.store, ask->key, out);
	if (r == LK_DONE)
		s->has_leased = true;
	return r;
}

static int32_t
give_any(struct lk_inside *s, const struct lk_ask *ask, struct lk_bytes *out)
{
	const struct property *p = find_property(ask->key);

	if (p)
		return give(p->get(s), out);
	if (lk_store_is_secret(ask->key))
		return give_secret(s, ask, out);
	if (IS_PREFIX(LK_P_PARAM, ask->key))
		return give_param(s, ask->key + strlen(LK_P_PARAM), out);
	if (IS_PREFIX(LK_P_CB, ask->key))
		return give_binding(s, ask->key + strlen(LK_P_CB), out);
	return LK_E_NOPROP;
}

int32_t
lk_inside_get(struct lk_session *session, const struct lk_ask *from,
	      struct lk_bytes *out)
{
	struct lk_inside *s = (struct lk_inside *)session;
	struct lk_ask ask;
	char key[64];

	if (!s || !from || !out)
		return LK_E_INTERNAL;
	out->data = NULL;
	out->len = 0;
	lk_inside_copy(&ask, sizeof(ask), from, from->size);
	if (!ask.key || ask.flags >> 16)
		return LK_E_NOPROP;
	lk_ascii_printable(key, sizeof(key), ask.key, strlen(ask.key));
	if (!(s->may & LK_MAY_GET)) {
		lk_inside_log(s, LK_LOG_WARN, "asked for %s outside of start "
			      "and step", key);
		return LK_E_NOPROP;
	}
	if (!is_declared(s, ask.key)) {
		lk_inside_log(s, LK_LOG_WARN, "asked for %s, which its note "
			      "does not declare", key);
		return LK_E_NOPROP;
	}
	return give_any(s, &ask, out);
}
