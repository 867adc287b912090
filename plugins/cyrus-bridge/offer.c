/* The mechanisms of a program, as libsasl2 wants to be told of them.
 * SPDX-License-Identifier: MIT */
#include "bridge.h"

#include <stdlib.h>
#include <string.h>

#define PLUS "-PLUS"

/* In the units of rank(): libsasl2's SCRAM-SHA-1 has 20, SCRAM-SHA-512 has 64. */
#define BELOW_SHA_1 19
#define ABOVE_SHA_512 65

/* ---- which -------------------------------------------------------------- */

/* What goes through libsasl2 itself would come back here. */
static int
is_fit(const struct lk_mech_record *r)
{
	return *r->wire && strcmp(r->uses, "libsasl2") != 0;
}

static int
is_wanted(const struct bridge *b, const struct lk_mech_info *info)
{
	int says;

	if (!info->record || !is_fit(info->record))
		return 0;
	says = bridge_allows(b->conf.mechs, info->record);
	return says == 1 || (says == 2 && !(info->flags & LK_MECH_USER_DIR));
}

struct list {
	const struct bridge *bridge;
	char *ids;                  /* by blanks */
	int has_failed;
};

static int
add_id(void *ctx, const struct lk_mech_info *info)
{
	struct list *l = ctx;
	size_t old = strlen(l->ids);
	char *longer;

	if (!is_wanted(l->bridge, info) || info->state != LK_MECH_FOUND)
		return 0;
	longer = realloc(l->ids, old + strlen(info->record->id) + 2);
	if (!longer) {
		l->has_failed = 1;
		return 1;
	}
	l->ids = longer;
	longer[old] = ' ';
	memcpy(longer + old + 1, info->record->id,
	       strlen(info->record->id) + 1);
	return 0;
}

/* One that cannot be loaded is told of, and the others go on. */
static int
load(struct bridge *b, struct lk_error *err)
{
	struct list l = { b, calloc(1, 1), 0 };
	struct lk_error why;

	if (l.ids)
		lk_host_each(b->host, add_id, &l);
	if (!l.ids || l.has_failed) {
		free(l.ids);
		return bridge_fail(err, LK_E_NOMEM, "out of memory");
	}
	memset(&why, 0, sizeof(why));
	if (*l.ids && lk_host_preload(b->host, l.ids, &why) < 0)
		bridge_tell(b->utils, SASL_LOG_ERR, &why);
	lk_host_freeze(b->host);
	free(l.ids);
	return 0;
}

/* ---- what libsasl2 is told ---------------------------------------------- */

/* Who can do with a command alone comes first, then the stronger. */
static int
is_before(const struct lk_mech_record *a, const struct lk_mech_record *b)
{
	int a_ir = (a->flags & LK_F_IR_ONLY) != 0;
	int b_ir = (b->flags & LK_F_IR_ONLY) != 0;

	if (a_ir != b_ir)
		return a_ir < b_ir;
	if (a->strength != b->strength)
		return a->strength > b->strength;
	return strcmp(a->id, b->id) < 0;
}

static struct offer *
find_or_add(struct bridge *b, const char *wire)
{
	struct offer *o;
	size_t i;

	for (i = 0; i < b->n; i++)
		if (strcmp(b->offers[i]->ids[0]->wire, wire) == 0)
			return b->offers[i];
	o = b->n < MOST ? calloc(1, sizeof(*o)) : NULL;
	if (o) {
		o->bridge = b;
		b->offers[b->n++] = o;
	}
	return o;
}

static int
add(void *ctx, const struct lk_mech_info *info)
{
	struct list *l = ctx;
	struct bridge *b = (struct bridge *)l->bridge;
	struct lk_mech_record *r;
	struct offer *o;
	size_t i, place;

	if (!is_wanted(b, info) || info->state != LK_MECH_LOADED)
		return 0;
	r = malloc(sizeof(*r));
	o = r ? find_or_add(b, info->record->wire) : NULL;
	if (!o || o->n == MOST) {
		free(r);
		l->has_failed = 1;
		return 1;
	}
	*r = *info->record;
	place = bridge_place(b->conf.mechs, r);
	if (place && (!o->named || place < o->named))
		o->named = place;
	for (i = o->n++; i > 0 && is_before(r, o->ids[i - 1]); i--)
		o->ids[i] = o->ids[i - 1];
	o->ids[i] = r;
	return 0;
}

static int
has(const struct offer *o, uint32_t flag)
{
	size_t i = 0;

	while (i < o->n && (o->ids[i]->flags & flag))
		i++;
	return i == o->n;
}

static int
may(const struct offer *o, uint32_t flag)
{
	size_t i = 0;

	while (i < o->n && !(o->ids[i]->flags & flag))
		i++;
	return i < o->n;
}

static int
needs(const struct offer *o, const char *key)
{
	size_t i = 0;

	while (i < o->n && strstr(o->ids[i]->needs, key))
		i++;
	return i == o->n;
}

/* libsasl2 passes over what asks for something that a program cannot say. */
static void
set_prompts(struct offer *o)
{
	size_t n = 0;

	if (needs(o, LK_P_AUTHID))
		o->prompts[n++] = SASL_CB_AUTHNAME;
	if (needs(o, LK_P_PASSWORD) && !needs(o, LK_P_PASSWORD "|"))
		o->prompts[n++] = SASL_CB_PASS;
	o->prompts[n] = SASL_CB_LIST_END;
}

static int
is_plus(const struct offer *o)
{
	const char *at = strstr(o->ids[0]->wire, PLUS);

	return at && at[strlen(PLUS)] == '\0';
}

/* Of two that are alike in all else libsasl2 would take any, its own and ours:
 * the strength of a hash, at which it looks last, decides.  What is named goes
 * first, as it stands in `mechs`; what takes a token, and is not named, last, so
 * that no password is kept from a server that would have it; the rest stands
 * behind libsasl2's SCRAM and before its PLAIN. */
static unsigned
rank(const struct offer *o)
{
	const struct bridge *b = o->bridge;
	unsigned r = BELOW_SHA_1;
	size_t i;

	if (o->named)
		return ABOVE_SHA_512 + MOST -
		       (o->named < MOST ? (unsigned)o->named : MOST);
	for (i = 0; i < b->n && r > 1; i++)
		if (!is_plus(b->offers[i]) &&
		    is_before(b->offers[i]->ids[0], o->ids[0]))
			r--;
	return o->is_token ? 0 : r;
}

/* libsasl2's own EXTERNAL says that nobody can guess what it does not send; what
 * is named says so, too, or would stand behind it. */
static unsigned
flags_of(const struct offer *o)
{
	return (may(o, LK_F_ANONYMOUS) ? 0 : SASL_SEC_NOANONYMOUS)
		| (may(o, LK_F_PLAINTEXT) ? 0 : SASL_SEC_NOPLAINTEXT)
		| (has(o, LK_F_PLAINTEXT) ? SASL_SEC_PASS_CREDENTIALS : 0)
		| (has(o, LK_F_MUTUAL) ? SASL_SEC_MUTUAL_AUTH : 0)
		| (has(o, LK_F_ACTIVE_SAFE) ? SASL_SEC_NOACTIVE : 0)
		| (o->named && has(o, LK_F_NO_SECRET) ? SASL_SEC_NODICTIONARY
		   : 0)
		| SASL_SET_HASH_STRENGTH_BITS(8 * rank(o));
}

static void
fill(struct offer *o, sasl_client_plug_t *p)
{
	set_prompts(o);
	o->is_server_first = has(o, LK_F_SERVER_FIRST);
	o->is_token = has(o, LK_F_TOKEN);
	p->mech_name = o->ids[0]->wire;
	p->security_flags = flags_of(o);
	p->features = SASL_FEAT_NEEDSERVERFQDN
		| (has(o, LK_F_CLIENT_FIRST) ? SASL_FEAT_WANT_CLIENT_FIRST : 0)
		| (o->is_server_first ? SASL_FEAT_SERVER_FIRST : 0)
		| (has(o, LK_F_PROXY) ? SASL_FEAT_ALLOWS_PROXY : 0)
		| (o->plus ? SASL_FEAT_CHANNEL_BINDING : 0);
	p->required_prompts = o->prompts;
	p->glob_context = o;
	p->mech_new = bridge_session_new;
	p->mech_step = bridge_session_step;
	p->mech_dispose = bridge_session_free;
	p->mech_free = bridge_release;
}

/* To libsasl2 a name that ends in -PLUS is a form of the one without. */
static void
add_form(struct bridge *b, struct offer *plus)
{
	const char *wire = plus->ids[0]->wire, *other;
	size_t n = strlen(wire) - strlen(PLUS), i;

	for (i = 0; i < b->n; i++) {
		other = b->offers[i]->ids[0]->wire;
		if (strlen(other) == n && memcmp(other, wire, n) == 0)
			b->offers[i]->plus = plus;
	}
}

int
bridge_offer(struct bridge *b, struct lk_error *err)
{
	struct list l = { b, NULL, 0 };
	size_t i;

	if (load(b, err) < 0)
		return -1;
	lk_host_each(b->host, add, &l);
	if (l.has_failed)
		return bridge_fail(err, LK_E_NOMEM, "out of memory, or more "
				   "than %d mechanisms", MOST);
	for (i = 0; i < b->n; i++)
		if (is_plus(b->offers[i]))
			add_form(b, b->offers[i]);
	for (i = 0; i < b->n; i++)
		if (!is_plus(b->offers[i]))
			fill(b->offers[i], &b->plugs[b->n_plugs++]);
	b->users = b->n_plugs;
	return 0;
}
