/* What worked where. SPDX-License-Identifier: MIT */
#include "mech/ledger.h"

#include "base/ascii.h"

#include <stdlib.h>
#include <string.h>

#define MAX_PLACES 1024             /* the oldest one is forgotten */

static struct lk_place *
find(struct lk_ledger *l, const char *host, uint32_t port)
{
	struct lk_place *p;

	for (p = l->places; p; p = p->next)
		if (p->port == port && lk_ascii_equal(p->host, host))
			return p;
	return NULL;
}

static void
forget_oldest(struct lk_ledger *l)
{
	struct lk_place **at = &l->places;
	size_t n = 1;

	for (; *at && (*at)->next; at = &(*at)->next)
		n++;
	if (n <= MAX_PLACES)
		return;
	free((*at)->host);
	free(*at);
	*at = NULL;
}

static struct lk_place *
find_or_add(struct lk_ledger *l, const char *host, uint32_t port)
{
	struct lk_place *p = find(l, host, port);

	if (p)
		return p;
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->host = strdup(host);
	if (!p->host) {
		free(p);
		return NULL;
	}
	p->port = port;
	p->next = l->places;
	l->places = p;
	forget_oldest(l);
	return p;
}

bool
lk_learnt_has_failed(const struct lk_learnt *l, const char *id)
{
	size_t i;

	for (i = 0; i < l->n_failed; i++)
		if (strcmp(l->failed[i], id) == 0)
			return true;
	return false;
}

void
lk_ledger_recall(struct lk_ledger *l, const char *host, uint32_t port,
		 struct lk_learnt *out)
{
	const struct lk_place *p;

	memset(out, 0, sizeof(*out));
	pthread_mutex_lock(&l->lock);
	p = find(l, host, port);
	if (p)
		*out = p->learnt;
	pthread_mutex_unlock(&l->lock);
}

void
lk_ledger_learn(struct lk_ledger *l, const char *host, uint32_t port,
		const struct lk_learnt *learnt)
{
	struct lk_place *p;

	pthread_mutex_lock(&l->lock);
	p = find_or_add(l, host, port);
	if (p) {
		bool no_cancel = p->learnt.no_cancel;

		p->learnt = *learnt;
		p->learnt.no_cancel = no_cancel;
	}
	pthread_mutex_unlock(&l->lock);
}

void
lk_ledger_unlearn(struct lk_ledger *l, const char *host, uint32_t port,
		  const char *id)
{
	struct lk_place *p;

	pthread_mutex_lock(&l->lock);
	p = find(l, host, port);
	if (p && strcmp(p->learnt.id, id) == 0) {
		p->learnt.id[0] = '\0';
		p->learnt.n_failed = 0;
		p->learnt.two_step = false;
	}
	pthread_mutex_unlock(&l->lock);
}

void
lk_ledger_no_cancel(struct lk_ledger *l, const char *host, uint32_t port)
{
	struct lk_place *p;

	pthread_mutex_lock(&l->lock);
	p = find_or_add(l, host, port);
	if (p)
		p->learnt.no_cancel = true;
	pthread_mutex_unlock(&l->lock);
}

void
lk_ledger_adopt(struct lk_ledger *l, const char *host, uint32_t port,
		const struct lk_learnt *learnt)
{
	struct lk_place *p;

	if (!learnt->id[0] && !learnt->no_cancel)
		return;
	pthread_mutex_lock(&l->lock);
	p = find(l, host, port);
	if (p) {
		p->learnt.no_cancel = p->learnt.no_cancel || learnt->no_cancel;
	} else {
		p = find_or_add(l, host, port);
		if (p)
			p->learnt = *learnt;
	}
	pthread_mutex_unlock(&l->lock);
}

void
lk_ledger_forget(struct lk_ledger *l, const char *host, uint32_t port)
{
	struct lk_guess *g;
	struct lk_place *p;

	pthread_mutex_lock(&l->lock);
	p = find(l, host, port);
	if (p)
		memset(&p->learnt, 0, sizeof(p->learnt));
	for (g = l->guesses; g; g = g->next)
		if (g->port == port && lk_ascii_equal(g->host, host)) {
			g->failures = 0;
			g->proven = false;
			memset(&g->written, 0, sizeof(g->written));
		}
	pthread_mutex_unlock(&l->lock);
}
