/* What follows from how an attempt ended. SPDX-License-Identifier: MIT */
#include "mech/auth.h"

#include "base/ascii.h"
#include "base/error.h"
#include "mech/outcome.h"

#include <stdio.h>
#include <string.h>

static struct lk_tried *
now(struct lk_auth *a)
{
	return &a->tried[a->now];
}

void
lk_auth_drop(struct lk_auth *a)
{
	lk_exchange_free(a->exchange);
	a->exchange = NULL;
	lk_buf_clear(&a->line);
	lk_buf_clear(&a->shown);
}

static uint32_t
flags_of(struct lk_auth *a, int end)
{
	uint32_t has = now(a)->entry->record.flags, flags = 0;
	bool is_reply = end < LK_END_DECLINED;
	bool is_kept = end == LK_END_LOCAL &&
		       !lk_exchange_has_shown(a->exchange);

	if (a->is_sent)
		flags |= LK_END_SENT;
	if (lk_store_spent(a->store) && !is_kept) {
		flags |= LK_END_SPENT;
		if (!now(a)->is_renewed)
			flags |= LK_END_RENEWABLE;
	}
	if (a->has_ir && a->is_first)
		flags |= LK_END_IR;
	if (is_reply && a->is_sent && !a->is_first)
		flags |= LK_END_ANSWERED;
	if (has & LK_F_IR_ONLY)
		flags |= LK_END_IR_ONLY;
	if (has & LK_F_TOKEN)
		flags |= LK_END_TOKEN;
	if (is_reply && a->reply.code >= 200 && a->reply.code <= 299)
		flags |= LK_END_POSITIVE;
	if (!(a->facts.flags & LK_FACT_ENCRYPTED) &&
	    (a->facts.flags & LK_FACT_TLS_OFFERED))
		flags |= LK_END_CAN_TLS;
	return flags;
}

/* ---- what is kept of it ------------------------------------------------- */

static void
keep_reply(struct lk_auth *a, struct lk_tried *t)
{
	const char *advice = lk_words_advice(&a->reply);

	t->code = a->reply.code;
	lk_ascii_copy(t->enhanced, sizeof(t->enhanced), a->enhanced);
	lk_auth_quote(a, t->text, sizeof(t->text), a->reply.text);
	if (advice)
		lk_ascii_copy(t->advice, sizeof(t->advice), advice);
}

/* Did a reply say no to what was sent? */
static bool
is_refusal(int end, const struct lk_outcome *o)
{
	return end == LK_REPLY_REFUSED || end == LK_REPLY_EXPIRED ||
	       (o->charge && o->cls == LK_E_CREDENTIALS);
}

/* Is it known now that it does not work here?  A connection that was cut tells
 * nothing, and what is better than plaintext must have been refused itself. */
static bool
is_failure(int end, const struct lk_outcome *o, const struct lk_entry *e)
{
	bool is_unknown = end == LK_REPLY_SYNTAX || end == LK_REPLY_NO_MECH;

	return is_refusal(end, o) || end == LK_END_DECLINED ||
	       (is_unknown && (e->record.flags & LK_F_PLAINTEXT));
}

static void
keep(struct lk_auth *a, int end, const struct lk_outcome *o)
{
	const struct lk_error *said = lk_exchange_error(a->exchange);
	bool is_reply = end < LK_END_DECLINED || end == LK_END_UNACCEPTED;
	struct lk_tried *t = now(a);

	t->turn = ++a->n_turns;
	t->cls = o->cls ? o->cls : a->end_cls;
	t->is_spent = t->is_spent || (a->end_flags & LK_END_SPENT);
	t->is_unproven = lk_exchange_is_unproven(a->exchange);
	t->has_hung_up = end == LK_END_HUNG_UP || end == LK_REPLY_BYE;
	t->is_refused = t->is_refused || is_refusal(end, o);
	t->has_failed = t->has_failed || is_failure(end, o, t->entry);
	t->advice[0] = t->text[0] = t->enhanced[0] = '\0';
	t->code = 0;
	if (is_reply)
		keep_reply(a, t);
	if (said->sentence[0]) {
		lk_ascii_copy(t->words, sizeof(t->words), said->sentence);
		if (said->advice[0])
			lk_ascii_copy(t->advice, sizeof(t->advice),
				      said->advice);
	} else {
		lk_ascii_copy(t->words, sizeof(t->words), o->words);
	}
}

static void
tell(struct lk_auth *a, const struct lk_tried *t)
{
	if (t->text[0])
		lk_auth_note(a, "%s: %s: %s", t->entry->record.id, t->words,
			     t->text);
	else
		lk_auth_note(a, "%s: %s", t->entry->record.id, t->words);
}

/* What a secret came to, for the state directory. */
static int
what_of(int end, const struct lk_outcome *o)
{
	if (o->charge && is_refusal(end, o))
		return LK_REMEMBER_REFUSED;
	if (end == LK_REPLY_TEMPORARY || (o->charge && end != LK_END_LOCAL))
		return LK_REMEMBER_PUT_OFF;
	return LK_REMEMBER_NOTHING;
}

static void
pay(struct lk_auth *a, int end, const struct lk_outcome *o)
{
	const char *id = now(a)->entry->record.id;
	bool is_spent = a->end_flags & LK_END_SPENT;
	bool is_wrong = is_refusal(end, o) || end == LK_REPLY_SYNTAX ||
			end == LK_REPLY_NO_MECH;

	if (o->charge && is_spent)
		lk_ledger_charge(a->host->ledger, &a->key);
	if (is_spent && is_refusal(end, o))
		a->was_refused = true;
	if (is_wrong)
		lk_ledger_unlearn(a->host->ledger, a->login.host,
				  a->login.port, id);
	lk_auth_remember(a, is_spent ? what_of(end, o) : LK_REMEMBER_NOTHING,
			 is_wrong ? id : NULL);
}

/* ---- then --------------------------------------------------------------- */

static void
go_on(struct lk_auth *a, int end)
{
	bool is_open = (end == LK_END_DECLINED || end == LK_END_LOCAL) &&
		       a->is_sent;

	now(a)->is_over = true;
	lk_auth_drop(a);
	if (is_open)
		lk_auth_cancel(a);
	else
		lk_auth_next(a);
}

static void
decide(struct lk_auth *a, bool is_told)
{
	const struct lk_outcome *o = lk_outcome_find(a->end, a->end_flags);
	struct lk_tried *t = now(a);

	if (o->close)
		a->is_broken = true;
	keep(a, a->end, o);
	if (!is_told)
		tell(a, t);
	if (o->then == LK_THEN_RENEW) {
		lk_auth_renew(a);
		return;
	}
	pay(a, a->end, o);
	switch (o->then) {
	case LK_THEN_STOP:
		t->is_over = true;
		lk_auth_drop(a);
		lk_auth_stop(a, t, o->close ? LK_AUTH_CLOSE : 0);
		return;
	case LK_THEN_TWO_STEP:
		t->is_two_step = true;
		lk_auth_note(a, "%s: once more, without a response in the "
			     "command", t->entry->record.id);
		lk_auth_again(a);
		return;
	case LK_THEN_TLS:
		lk_auth_drop(a);
		a->state = LK_AT_TLS;
		return;
	case LK_THEN_LATER:
		t->owes_two_step = true;
		break;
	case LK_THEN_PLAIN:
		a->may_transit = true;
		break;
	case LK_THEN_STRONGER:
		if (t->rank > a->weak_rank)
			a->weak_rank = t->rank;
		break;
	default:
		break;
	}
	go_on(a, a->end);
}

void
lk_auth_end(struct lk_auth *a, int end, int32_t cls)
{
	a->end = end;
	a->end_cls = cls;
	a->end_flags = flags_of(a, end);
	decide(a, false);
}

/* ---- a fresh secret ----------------------------------------------------- */

/* The secret that was refused: a token, or else the first that it needs. */
static const char *
find_key(const struct lk_auth *a)
{
	static const char *const keys[] = { LK_P_TOKEN, LK_P_PASSWORD,
					    LK_P_OTP };
	const struct lk_mech_record *r = &a->tried[a->now].entry->record;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (lk_store_has(a->store, keys[i]) &&
		    (lk_ascii_find_word(r->needs, strlen(r->needs), keys[i]) ||
		     lk_ascii_find_word(r->wants, strlen(r->wants), keys[i])))
			return keys[i];
	return NULL;
}

void
lk_auth_renew(struct lk_auth *a)
{
	const char *key = find_key(a), *id = now(a)->entry->record.id;
	struct lk_error err;
	int32_t r = LK_E_NOPROP;

	memset(&err, 0, sizeof(err));
	if (key)
		r = lk_store_resolve(a->store, key, LK_ASK_RENEW, &err);
	if (r == LK_PENDING) {
		a->state = LK_AT_RENEW;
		return;
	}
	if (r == LK_E_NOMEM || r == LK_E_CANCELLED) {
		a->end_flags &= ~LK_END_RENEWABLE;
		pay(a, a->end, lk_outcome_find(a->end, a->end_flags));
		lk_auth_fail(a, r, "%s", err.sentence);
		return;
	}
	now(a)->is_renewed = true;
	if (r == LK_DONE && !lk_store_is_same(a->store, key)) {
		lk_auth_note(a, "%s: once more, with a fresh secret", id);
		lk_auth_again(a);
		return;
	}
	lk_auth_note(a, r == LK_DONE ? "%s: the source gave the same secret "
		     "again" : "%s: there is no fresh secret", id);
	a->end_flags &= ~LK_END_RENEWABLE;
	decide(a, true);
}

/* ---- success ------------------------------------------------------------ */

static void
add_failed(struct lk_learnt *l, const char *id)
{
	if (!lk_learnt_has_failed(l, id) && l->n_failed < LK_LEARNT_FAILED)
		lk_ascii_copy(l->failed[l->n_failed++], sizeof(l->failed[0]),
			      id);
}

/* What did not work stays known as long as the same id works. */
static void
learn(struct lk_auth *a)
{
	const struct lk_tried *t = now(a);
	const char *id = t->entry->record.id;
	struct lk_learnt learnt;
	size_t i;

	lk_ledger_recall(a->host->ledger, a->login.host, a->login.port,
			 &learnt);
	if (strcmp(learnt.id, id) != 0)
		memset(&learnt, 0, sizeof(learnt));
	lk_ascii_copy(learnt.id, sizeof(learnt.id), id);
	learnt.two_step = t->is_two_step;
	for (i = 0; i < a->n_tried; i++)
		if (i != a->now && a->tried[i].is_sent &&
		    a->tried[i].has_failed)
			add_failed(&learnt, a->tried[i].entry->record.id);
	lk_ledger_learn(a->host->ledger, a->login.host, a->login.port,
			&learnt);
}

void
lk_auth_succeed(struct lk_auth *a)
{
	struct lk_ledger_key key = a->key;

	if (!lk_store_spent(a->store))
		key.secret = 0;
	lk_ledger_prove(a->host->ledger, &key);
	lk_ledger_release(a->host->ledger, &a->claim, false);
	learn(a);
	lk_auth_remember_success(a);
	lk_auth_follow(a);
	a->winner = now(a)->entry;
	a->winner_ir = a->has_ir;
	if (a->kind == LK_REPLY_ACCEPTED)
		snprintf(a->warning, sizeof(a->warning), "the server said %d, "
			 "not 235", (int)a->reply.code);
	lk_auth_note(a, "%s: logged in", a->winner->record.id);
	lk_auth_drop(a);
	lk_store_forget(a->store);
	a->state = LK_AT_DONE;
}

void
lk_auth_waive(struct lk_auth *a)
{
	lk_ledger_release(a->host->ledger, &a->claim, false);
	lk_auth_follow(a);
	lk_auth_note(a, "there is nothing to log in with here: it goes on "
		     "without");
	lk_auth_drop(a);
	lk_store_forget(a->store);
	a->state = LK_AT_DONE;
}
