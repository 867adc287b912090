/* Which mechanism is next, and all that comes before its AUTH.
 * SPDX-License-Identifier: MIT */
#include "mech/auth.h"

#include "base/ascii.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
lk_auth_decide(struct lk_auth *a)
{
	struct lk_policy p;

	free(a->entries);
	free(a->candidates);
	a->candidates = NULL;
	a->n_candidates = 0;
	a->entries = lk_host_entries(a->host);
	lk_ledger_recall(a->host->ledger, a->login.host, a->login.port,
			 &a->learnt);
	p.entries = a->entries;
	p.login = &a->login;
	p.profile = &a->profile;
	p.facts = &a->facts;
	p.offered = a->offered;
	p.takes_ir = a->takes_ir;
	p.learnt = &a->learnt;
	if (a->entries &&
	    lk_policy_decide(&p, &a->candidates, &a->n_candidates) == 0)
		return 0;
	lk_auth_fail(a, LK_E_NOMEM, "out of memory");
	return -1;
}

/* ---- the connection ----------------------------------------------------- */

/* The name in a word that is offered, or NULL. */
static const char *
find_name(const struct lk_profile *p, const char *word)
{
	size_t len = p->offer_prefix ? strlen(p->offer_prefix) : 0;

	if (len && strncmp(word, p->offer_prefix, len) != 0)
		return NULL;
	return word[len] ? word + len : NULL;
}

/* Names in upper case, the array ended by NULL. */
static int
set_offer(struct lk_auth *a, const char *offer)
{
	const struct lk_profile *p = &a->profile;
	const char *at, *word;
	size_t len, n = 0, i;

	free(a->offered);
	free(a->offer);
	a->offered = NULL;
	a->takes_ir = (p->flags & LK_PROFILE_IR) && !p->offer_ir;
	a->offer = strdup(offer ? offer : "");
	if (!a->offer)
		return -1;
	for (i = 0; a->offer[i]; i++)
		a->offer[i] = lk_ascii_upper(a->offer[i]);
	for (at = a->offer; lk_ascii_next(&at, " \t\r\n", &len); n++)
		;
	a->offered = calloc(n + 1, sizeof(*a->offered));
	if (!a->offered)
		return -1;
	at = a->offer;
	i = 0;
	while ((word = lk_ascii_next(&at, " \t\r\n", &len))) {
		at += *at != '\0';
		a->offer[(size_t)(word - a->offer) + len] = '\0';
		a->offered[i] = find_name(p, word);
		i += a->offered[i] != NULL;
		if (p->offer_ir && strcmp(word, p->offer_ir) == 0)
			a->takes_ir = p->flags & LK_PROFILE_IR;
	}
	return 0;
}

static int
set_facts(struct lk_auth *a, const struct lk_facts *facts)
{
	free(a->peer_name);
	a->peer_name = NULL;
	memset(&a->facts, 0, sizeof(a->facts));
	memcpy(&a->facts, facts, facts->size < sizeof(a->facts)
				 ? facts->size : sizeof(a->facts));
	if (!a->facts.peer_name)
		return 0;
	a->peer_name = strdup(a->facts.peer_name);
	a->facts.peer_name = a->peer_name;
	return a->peer_name ? 0 : -1;
}

int
lk_auth_meet(struct lk_auth *a, const struct lk_facts *facts,
	     const char *offered)
{
	if (set_facts(a, facts) == 0 && set_offer(a, offered) == 0) {
		if (lk_auth_decide(a) < 0)
			return -1;
		if (a->n_tried == 0)
			lk_auth_note_unknown(a);
		return 0;
	}
	lk_auth_fail(a, LK_E_NOMEM, "out of memory");
	return -1;
}

/* ---- what was tried ----------------------------------------------------- */

static struct lk_tried *
find_tried(const struct lk_auth *a, const struct lk_entry *e)
{
	size_t i;

	for (i = 0; i < a->n_tried; i++)
		if (a->tried[i].entry == e)
			return &a->tried[i];
	return NULL;
}

/* Make it the one under way; -1: no memory. */
static int
touch(struct lk_auth *a, const struct lk_candidate *c)
{
	struct lk_tried *t = find_tried(a, c->entry);
	struct lk_tried *more;

	if (!t && a->n_tried == a->room_tried) {
		more = realloc(a->tried, (a->room_tried + 8) * sizeof(*more));
		if (!more)
			return -1;
		a->tried = more;
		a->room_tried += 8;
	}
	if (!t) {
		t = &a->tried[a->n_tried++];
		memset(t, 0, sizeof(*t));
		t->entry = c->entry;
		t->is_two_step = a->learnt.two_step &&
				 strcmp(a->learnt.id, c->entry->record.id) == 0;
	}
	t->rank = c->rank;
	a->now = (size_t)(t - a->tried);
	return 0;
}

/* ---- what bars a candidate ---------------------------------------------- */

static bool
is_same_form(const struct lk_entry *a, const struct lk_entry *b)
{
	return !((a->record.flags ^ b->record.flags) & LK_F_IR_ONLY);
}

/* Another id of the same name on the wire, after a real trial: only in another
 * form, and only if the first one was guessed. */
static const struct lk_tried *
find_same_wire(const struct lk_auth *a, const struct lk_candidate *c)
{
	const struct lk_tried *t;
	size_t i;

	for (i = 0; i < a->n_tried; i++) {
		t = &a->tried[i];
		if (t->entry == c->entry || !t->is_sent || !t->is_spent ||
		    strcmp(t->entry->record.wire, c->entry->record.wire) != 0)
			continue;
		if (!t->is_unproven || is_same_form(t->entry, c->entry))
			return t;
	}
	return NULL;
}

static const struct lk_tried *
find_better(const struct lk_auth *a, bool is_safe)
{
	const uint32_t strong = LK_F_ACTIVE_SAFE | LK_F_MUTUAL |
				LK_F_CHANNEL_BINDING;
	const struct lk_tried *t;
	size_t i;

	for (i = 0; i < a->n_tried; i++) {
		t = &a->tried[i];
		if (!t->is_sent)
			continue;
		if (is_safe ? t->is_refused &&
			      (t->entry->record.flags & strong)
			    : !lk_policy_exposes(&t->entry->record))
			return t;
	}
	return NULL;
}

/* Who is in between, with a certificate that we trust, cannot pass on what is
 * bound to the channel, but can refuse it in the server's name.  What was
 * offered must be used (RFC 5802, 6): whatever the answer was, nothing weaker
 * follows. */
static bool
is_unbinding(const struct lk_auth *a, const struct lk_candidate *c,
	     char reason[192], char cure[160])
{
	size_t i = 0;

	if (c->entry->record.flags & LK_F_CHANNEL_BINDING)
		return false;
	while (i < a->n_tried &&
	       !(a->tried[i].is_sent && (a->tried[i].entry->record.flags &
					 LK_F_CHANNEL_BINDING)))
		i++;
	if (i == a->n_tried)
		return false;
	snprintf(reason, 192, "not tried: after %s nothing follows that is "
		 "not bound to the TLS channel, too",
		 a->tried[i].entry->record.id);
	snprintf(cure, 160, "-o auth=%s, if nobody can be in between",
		 c->entry->record.id);
	return true;
}

static bool
is_downgrade(const struct lk_auth *a, const struct lk_candidate *c,
	     char reason[192], char cure[160])
{
	bool is_safe = lk_policy_is_safe(&a->facts);
	bool is_lifted = a->may_transit ||
			 (a->login.flags & LK_LOGIN_FALLBACK_TO_PLAINTEXT);
	const struct lk_tried *better;

	if (!is_lifted && is_unbinding(a, c, reason, cure))
		return true;
	if (is_safe ? !(c->entry->record.flags & LK_F_PLAINTEXT)
		    : !lk_policy_exposes(&c->entry->record))
		return false;
	if (is_safe && is_lifted)
		return false;
	better = find_better(a, is_safe);
	if (!better)
		return false;
	if (is_safe) {
		snprintf(reason, 192, "not tried: plaintext does not follow "
			 "the refusal of %s", better->entry->record.id);
		snprintf(cure, 160, "-o fallback-to-plaintext=yes");
	} else {
		snprintf(reason, 192, "not tried: without verified TLS no "
			 "plaintext follows %s", better->entry->record.id);
	}
	return true;
}

bool
lk_auth_is_barred(const struct lk_auth *a, const struct lk_candidate *c,
		  char reason[192], char cure[160])
{
	const struct lk_tried *t = find_tried(a, c->entry);
	const struct lk_tried *same = find_same_wire(a, c);

	*reason = *cure = '\0';
	if (!(t && t->is_sent) && a->n_ids >= LK_AUTH_IDS)
		snprintf(reason, 192, "not tried: %d mechanisms are the limit "
			 "of one login", LK_AUTH_IDS);
	else if (a->n_lines >= LK_AUTH_LINES)
		snprintf(reason, 192, "not tried: %d attempts are the limit "
			 "of one login",
			 LK_AUTH_LINES);
	else if (c->rank <= a->weak_rank)
		snprintf(reason, 192, "not tried: no stronger than what was "
			 "too weak");
	else if (same)
		snprintf(reason, 192, "not tried: %s says %s, too",
			 same->entry->record.id, c->entry->record.wire);
	if (same && !is_same_form(same->entry, c->entry))
		snprintf(cure, 160, "-o auth=%s", c->entry->record.id);
	return *reason || is_downgrade(a, c, reason, cure);
}

/* ---- choosing ----------------------------------------------------------- */

static const struct lk_candidate *
choose(struct lk_auth *a, bool is_owed)
{
	char reason[192], cure[160];
	struct lk_tried *t;
	size_t i;

	for (i = 0; i < a->n_candidates && a->candidates[i].cls == 0; i++) {
		t = find_tried(a, a->candidates[i].entry);
		if (is_owed != (t && t->is_over && t->owes_two_step))
			continue;
		if (!is_owed && t && t->is_over)
			continue;
		if (!lk_auth_is_barred(a, &a->candidates[i], reason, cure))
			return &a->candidates[i];
	}
	return NULL;
}

/* Would TLS help, and can it be had? */
static bool
needs_tls(const struct lk_auth *a)
{
	size_t i;

	if ((a->facts.flags & LK_FACT_ENCRYPTED) ||
	    !(a->facts.flags & LK_FACT_TLS_OFFERED))
		return false;
	if (!a->offered[0])
		return true;
	for (i = 0; i < a->n_candidates; i++)
		if (a->candidates[i].cls == LK_E_ENCRYPTION)
			return true;
	return false;
}

void
lk_auth_reconnect(struct lk_auth *a)
{
	lk_auth_drop(a);
	if (a->n_reconnects >= LK_AUTH_RECONNECTS) {
		lk_auth_note(a, "%d new connections are the limit of one "
			     "login", LK_AUTH_RECONNECTS);
		lk_auth_stop(a, NULL, LK_AUTH_CLOSE);
		return;
	}
	a->n_reconnects++;
	a->state = LK_AT_CONNECT;
}

void
lk_auth_next(struct lk_auth *a)
{
	const struct lk_candidate *c;
	struct lk_tried *t;
	bool is_owed;

	while (a->state != LK_AT_STOP) {
		is_owed = false;
		c = choose(a, false);
		if (!c) {
			is_owed = true;
			c = choose(a, true);
		}
		if (!c && needs_tls(a) && !a->is_broken) {
			lk_auth_note(a, "nothing may be tried without TLS: "
				     "it is started");
			a->state = LK_AT_TLS;
			return;
		}
		if (!c && a->n_lines == 0 && !a->is_broken &&
		    (a->login.flags & LK_LOGIN_IF_POSSIBLE)) {
			lk_auth_waive(a);
			return;
		}
		if (!c) {
			lk_auth_stop(a, NULL, a->is_broken ? LK_AUTH_CLOSE : 0);
			return;
		}
		if (a->is_broken) {
			lk_auth_reconnect(a);
			return;
		}
		if (touch(a, c) < 0) {
			lk_auth_fail(a, LK_E_NOMEM, "out of memory");
			return;
		}
		t = &a->tried[a->now];
		if (is_owed) {
			t->is_over = t->owes_two_step = false;
			t->is_two_step = true;
		}
		if (lk_auth_open(a)) {
			lk_auth_prepare(a);
			return;
		}
	}
}

void
lk_auth_again(struct lk_auth *a)
{
	lk_auth_drop(a);
	if (a->is_broken)
		lk_auth_reconnect(a);
	else if (a->n_lines < LK_AUTH_LINES && lk_auth_open(a))
		lk_auth_prepare(a);
	else
		lk_auth_next(a);
}
