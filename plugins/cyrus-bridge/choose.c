/* How a host is logged in to: as libsasl2 has chosen the name on the wire, there
 * is one id that says it. SPDX-License-Identifier: MIT */
#include "bridge.h"

#include <string.h>

/* ---- the account --------------------------------------------------------- */

struct search {
	struct bridge *bridge;
	const char *service, *host, *user;
	struct choice *choice;
};

static int
open_account(const struct search *s, const char *name, struct lk_error *err)
{
	const char *service = strcmp(s->service, "pop") == 0 ? "pop3"
							     : s->service;
	struct lk_account *a = NULL;
	struct lk_error ignored;
	size_t i;

	if (lk_account_new(&a, err) < 0)
		return -1;
	if (lk_config_account(s->bridge->config, name, NULL, a, err) < 0) {
		lk_account_free(a);
		return -1;
	}
	/* one without such a service may still be named for its token */
	if (strcmp(service, "smtp") != 0)
		lk_account_service(a, service, &ignored);
	s->choice->account = a;
	for (i = 0; i < s->bridge->n_kept; i++)
		if (strcmp(s->bridge->kept_names[i], name) == 0)
			s->choice->kept = s->bridge->kept[i];
	return 0;
}

static int
is_same(const char *a, const char *b)
{
	return a && b && bridge_equal(a, b);
}

static int
try_account(void *ctx, const char *name)
{
	struct search *s = ctx;
	struct choice *c = s->choice;
	struct lk_error ignored;

	if (open_account(s, name, &ignored) < 0)
		return 0;
	if (is_same(lk_account_get(c->account, "host"), s->host) &&
	    is_same(lk_account_get(c->account, "user"), s->user))
		return 1;
	lk_account_free(c->account);
	c->account = c->kept = NULL;
	return 0;
}

/* ---- the id -------------------------------------------------------------- */

/* The first word of the list that means one of them. */
static const struct lk_mech_record *
find_id(const struct offer *o, const char *list)
{
	char word[64];
	size_t i;

	while (list && bridge_next(&list, word))
		for (i = 0; i < o->n; i++)
			if (bridge_allows(word, o->ids[i]) > 0)
				return o->ids[i];
	return NULL;
}

static const struct lk_mech_record *
find_learnt(const struct search *s, const struct offer *o)
{
	struct lk_learnt_info info = { .size = sizeof(info) };
	struct lk_account *a = s->choice->account;

	if (!a || !lk_host_learnt(s->bridge->host, lk_account_get(a, "host"),
				  lk_account_number(a, "port"), NULL, &info))
		return NULL;
	return find_id(o, info.id);
}

int
bridge_choose(const struct offer *o, const char *service, const char *host,
	      const char *user, struct choice *c, struct lk_error *err)
{
	struct search s = { o->bridge, service, host, user, c };
	const struct place *p = bridge_conf_place(&o->bridge->conf, host);

	c->place = p;
	if (p && p->account && open_account(&s, p->account, err) < 0)
		return -1;
	if (!c->account && user)
		lk_config_each(o->bridge->config, LK_CONFIG_ACCOUNTS,
			       try_account, &s);
	c->id = p && p->auth ? find_id(o, p->auth) : NULL;
	if (p && p->auth && !c->id)
		return bridge_fail(err, LK_E_CONFIG, "[host %s]: auth = %s is "
				   "not %s, which the program has chosen",
				   host, p->auth, o->ids[0]->wire);
	if (!c->id && c->account)
		c->id = find_id(o, lk_account_get(c->account, "auth"));
	if (!c->id)
		c->id = find_learnt(&s, o);
	if (!c->id)
		c->id = o->ids[0];
	return 0;
}
