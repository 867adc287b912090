/* Leaders and followers: a secret that nobody has proven of late is tried by
 * one login at a time. SPDX-License-Identifier: MIT */
#include "mech/ledger.h"

#include <fcntl.h>
#include <unistd.h>

static uint32_t
budget_of(struct lk_ledger *l, const struct lk_ledger_key *key,
	  uint32_t failure_budget)
{
	struct lk_guess *user;

	if (failure_budget)
		return failure_budget;
	user = lk_ledger_find(l, key, 0);
	return user && user->proven ? 1 : 2;
}

static void
wake(const struct lk_claim *c)
{
	/* a full pipe is readable as well */
	if (write(c->pipe[1], "", 1) < 0)
		return;
}

static void
drain(const struct lk_claim *c)
{
	char octets[16];

	while (read(c->pipe[0], octets, sizeof(octets)) > 0)
		;
}

static void
leave_queue(struct lk_claim *c)
{
	struct lk_claim **at;

	for (at = &c->guess->waiting; *at != c; at = &(*at)->next)
		;
	*at = c->next;
	c->state = LK_CLAIM_NONE;
	close(c->pipe[0]);
	close(c->pipe[1]);
}

static int
join_queue(struct lk_claim *c, struct lk_guess *g)
{
	struct lk_claim **at;

	if (pipe2(c->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return LK_CLAIM_NOMEM;
	for (at = &g->waiting; *at; at = &(*at)->next)
		;
	*at = c;
	c->next = NULL;
	c->guess = g;
	c->refused = false;
	c->state = LK_CLAIM_FOLLOWS;
	return LK_CLAIM_WAIT;
}

static bool
is_fresh(const struct lk_ledger *l, const struct lk_guess *g)
{
	return g->proven && l->now() - g->proven_at < LK_LEDGER_FRESH;
}

/* Wake whoever should ask again: all, if they need not wait any more, else the
 * first, who will lead. */
static void
pass_on(struct lk_ledger *l, struct lk_guess *g, bool refused)
{
	struct lk_claim *c;

	for (c = g->waiting; c; c = c->next) {
		c->refused = c->refused || refused;
		wake(c);
		if (!refused && !is_fresh(l, g))
			break;
	}
}

static void
give_up(struct lk_ledger *l, struct lk_claim *c, bool refused)
{
	struct lk_guess *g = c->guess;

	if (c->state == LK_CLAIM_LEADS) {
		g->led = false;
		pass_on(l, g, refused);
	} else if (c->state == LK_CLAIM_FOLLOWS) {
		leave_queue(c);
		/* it may have been the one that was woken */
		if (!g->led)
			pass_on(l, g, false);
	}
	c->state = LK_CLAIM_NONE;
	c->guess = NULL;
}

void
lk_ledger_release(struct lk_ledger *l, struct lk_claim *c, bool refused)
{
	pthread_mutex_lock(&l->lock);
	give_up(l, c, refused);
	pthread_mutex_unlock(&l->lock);
}

static int
claim(struct lk_ledger *l, struct lk_claim *c, struct lk_guess *g,
      uint32_t budget)
{
	c->age = l->now() - g->refused_at;
	if (g->failures >= budget)
		return LK_CLAIM_SPENT;
	if (c->state == LK_CLAIM_FOLLOWS && c->refused)
		return LK_CLAIM_REFUSED;
	if (c->state == LK_CLAIM_LEADS)
		return LK_CLAIM_GO;
	if (is_fresh(l, g)) {
		give_up(l, c, false);
		return LK_CLAIM_GO;
	}
	if (!g->led) {
		if (c->state == LK_CLAIM_FOLLOWS)
			leave_queue(c);
		g->led = true;
		c->guess = g;
		c->state = LK_CLAIM_LEADS;
		return LK_CLAIM_GO;
	}
	if (c->state == LK_CLAIM_NONE)
		return join_queue(c, g);
	drain(c);
	return LK_CLAIM_WAIT;
}

int
lk_ledger_claim(struct lk_ledger *l, struct lk_claim *c,
		const struct lk_ledger_key *key, uint32_t failure_budget)
{
	struct lk_guess *g;
	int r = LK_CLAIM_NOMEM;

	if (!key->secret)
		return LK_CLAIM_GO;
	pthread_mutex_lock(&l->lock);
	failure_budget = budget_of(l, key, failure_budget);
	g = lk_ledger_find(l, key, key->secret);
	if (g && c->guess && c->guess != g)
		give_up(l, c, false);
	if (g)
		r = claim(l, c, g, failure_budget);
	pthread_mutex_unlock(&l->lock);
	return r;
}
