/* The budget: which secrets were refused, and how often.
 * SPDX-License-Identifier: MIT */
#include "mech/ledger.h"

#include "base/ascii.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* A long-lived program meets many users and renews many tokens: what was not
 * used longest is forgotten. */
#define MAX_GUESSES 4096

static int64_t
monotonic(void)
{
	struct timespec t = { 0, 0 };

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec;
}

static int64_t
date(void)
{
	return (int64_t)time(NULL);
}

struct lk_ledger *
lk_ledger_new(void)
{
	struct lk_ledger *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	if (getrandom(l->key, sizeof(l->key), 0) != (ssize_t)sizeof(l->key) ||
	    pthread_mutex_init(&l->lock, NULL) != 0) {
		free(l);
		return NULL;
	}
	l->now = monotonic;
	l->date = date;
	return l;
}

static void
free_guess(struct lk_guess *g)
{
	free(g->host);
	free(g->user);
	explicit_bzero(g, sizeof(*g));
	free(g);
}

void
lk_ledger_free(struct lk_ledger *l)
{
	struct lk_guess *g;
	struct lk_place *p;

	if (!l)
		return;
	while ((g = l->guesses)) {
		l->guesses = g->next;
		free_guess(g);
	}
	while ((p = l->places)) {
		l->places = p->next;
		free(p->host);
		free(p);
	}
	pthread_mutex_destroy(&l->lock);
	explicit_bzero(l->key, sizeof(l->key));
	free(l);
}

static bool
is_idle(const struct lk_guess *g)
{
	return !g->led && !g->waiting;
}

static void
forget_oldest(struct lk_ledger *l)
{
	struct lk_guess **at, **oldest = NULL, *gone;
	size_t n = 0;

	for (at = &l->guesses; *at; at = &(*at)->next, n++)
		if (n > 0 && is_idle(*at))
			oldest = at;
	if (n <= MAX_GUESSES || !oldest)
		return;
	gone = *oldest;
	*oldest = gone->next;
	free_guess(gone);
}

struct lk_guess *
lk_ledger_find(struct lk_ledger *l, const struct lk_ledger_key *key,
	       uint64_t secret)
{
	const char *user = key->user ? key->user : "";
	struct lk_guess **at, *g;

	for (at = &l->guesses; (g = *at); at = &g->next)
		if (g->secret == secret && g->port == key->port &&
		    lk_ascii_equal(g->host, key->host) &&
		    strcmp(g->user, user) == 0)
			break;
	if (g) {
		*at = g->next;
	} else {
		g = calloc(1, sizeof(*g));
		if (!g)
			return NULL;
		g->host = strdup(key->host);
		g->user = strdup(user);
		g->port = key->port;
		g->secret = secret;
		if (!g->host || !g->user) {
			free_guess(g);
			return NULL;
		}
	}
	g->next = l->guesses;
	l->guesses = g;
	forget_oldest(l);
	return g;
}

void
lk_ledger_charge(struct lk_ledger *l, const struct lk_ledger_key *key)
{
	struct lk_guess *g;

	if (!key->secret)
		return;
	pthread_mutex_lock(&l->lock);
	g = lk_ledger_find(l, key, key->secret);
	if (g) {
		g->failures++;
		g->proven = false;
		g->refused_at = l->now();
	}
	pthread_mutex_unlock(&l->lock);
}

void
lk_ledger_prove(struct lk_ledger *l, const struct lk_ledger_key *key)
{
	struct lk_guess *g;

	pthread_mutex_lock(&l->lock);
	g = lk_ledger_find(l, key, 0);
	if (g) {
		g->proven = true;
		g->proven_at = l->now();
	}
	g = key->secret ? lk_ledger_find(l, key, key->secret) : NULL;
	if (g) {
		g->failures = 0;
		g->proven = true;
		g->proven_at = l->now();
	}
	pthread_mutex_unlock(&l->lock);
}

/* ---- the user ----------------------------------------------------------- */

void
lk_ledger_meet(struct lk_ledger *l, const struct lk_ledger_key *key)
{
	struct lk_guess *g;

	pthread_mutex_lock(&l->lock);
	g = lk_ledger_find(l, key, 0);
	if (g && !g->proven) {
		g->proven = true;
		g->proven_at = l->now() - LK_LEDGER_FRESH;
	}
	pthread_mutex_unlock(&l->lock);
}

bool
lk_ledger_is_fresh(struct lk_ledger *l, const struct lk_ledger_key *key)
{
	const struct lk_guess *g;
	bool is_fresh;

	pthread_mutex_lock(&l->lock);
	g = lk_ledger_find(l, key, 0);
	is_fresh = g && g->proven &&
		   l->now() - g->proven_at < LK_LEDGER_FRESH;
	pthread_mutex_unlock(&l->lock);
	return is_fresh;
}

uint32_t
lk_ledger_failures(struct lk_ledger *l, const struct lk_ledger_key *key)
{
	const struct lk_guess *g;
	uint32_t n;

	pthread_mutex_lock(&l->lock);
	g = key->secret ? lk_ledger_find(l, key, key->secret) : NULL;
	n = g ? g->failures : 0;
	pthread_mutex_unlock(&l->lock);
	return n;
}

void
lk_ledger_write(struct lk_ledger *l, const struct lk_ledger_key *key,
		const struct lk_setback *refused)
{
	struct lk_guess *g;

	pthread_mutex_lock(&l->lock);
	g = lk_ledger_find(l, key, 0);
	if (g)
		g->written = *refused;
	pthread_mutex_unlock(&l->lock);
}

bool
lk_ledger_wrote(struct lk_ledger *l, const struct lk_ledger_key *key,
		const struct lk_setback *refused)
{
	const struct lk_guess *g;
	bool is_same;

	pthread_mutex_lock(&l->lock);
	g = lk_ledger_find(l, key, 0);
	is_same = g && g->written.count == refused->count &&
		  g->written.at == refused->at;
	pthread_mutex_unlock(&l->lock);
	return is_same;
}
