/* All that comes before AUTH goes out: the plugin, its secrets, the queue.
 * SPDX-License-Identifier: MIT */
#include "mech/auth.h"

#include "base/ascii.h"
#include "base/error.h"
#include "mech/record.h"

#include <stdio.h>
#include <string.h>

/* Not tried after all, and nothing was sent.  Where memory is short, another
 * one would only hide it. */
static void
pass_over(struct lk_auth *a, int32_t cls, const char *words,
	  const char *advice)
{
	struct lk_tried *t = &a->tried[a->now];

	if (cls == LK_E_NOMEM) {
		lk_auth_fail(a, cls, "%s", words);
		return;
	}
	t->is_over = true;
	t->turn = ++a->n_turns;
	t->cls = cls;
	lk_ascii_copy(t->words, sizeof(t->words), words);
	lk_ascii_copy(t->advice, sizeof(t->advice), advice ? advice : "");
	lk_auth_note(a, "%s: %s", lk_policy_name(t->entry), words);
	lk_auth_drop(a);
}

/* The list that stands behind "prefix-*". */
static bool
load_list(struct lk_auth *a)
{
	a->tried[a->now].is_over = true;
	return lk_auth_decide(a) == 0;
}

static bool
open_session(struct lk_auth *a, struct lk_error *err)
{
	struct lk_tried *t = &a->tried[a->now];
	const char *ir = lk_params_find(a->login.params, t->entry->record.id,
					"ir");
	struct lk_exchange_with with = {
		.host = a->host,
		.entry = t->entry,
		.login = &a->login,
		.profile = &a->profile,
		.facts = &a->facts,
		.offered = a->offered,
		.store = a->store,
	};

	with.initial_response = a->takes_ir && !t->is_two_step &&
				!(ir && strcmp(ir, "never") == 0);
	return lk_exchange_new(&a->exchange, &with, err) == 0;
}

bool
lk_auth_open(struct lk_auth *a)
{
	struct lk_entry *e = a->tried[a->now].entry;
	const struct lk_error *said;
	struct lk_error err;

	if (lk_host_load_entry(a->host, e, &err) < 0) {
		pass_over(a, err.cls, err.sentence, err.advice);
		return false;
	}
	if (lk_record_is_prefix(&e->record)) {
		load_list(a);
		return false;
	}
	if (!open_session(a, &err)) {
		pass_over(a, err.cls, err.sentence, err.advice);
		return false;
	}
	if (lk_exchange_available(a->exchange) == LK_DONE)
		return true;
	said = lk_exchange_error(a->exchange);
	pass_over(a, said->cls ? said->cls : LK_E_UNSUPPORTED,
		  said->sentence[0] ? said->sentence
				    : "it is not available here",
		  said->advice);
	return false;
}

/* ---- secrets ------------------------------------------------------------ */

/* One need, "a|b": the first that is to be had.  A one-time password often
 * answers a challenge, and the mechanism knows the words to ask for it with: it
 * is asked for when it is used. */
static int32_t
resolve(struct lk_auth *a, const char *need, size_t len, struct lk_error *err)
{
	int32_t r = LK_DONE;
	const char *word;
	char keys[128], key[32];
	const char *at = keys;

	memcpy(keys, need, len);
	keys[len] = '\0';
	while ((word = lk_ascii_next(&at, "|", &len))) {
		if (len >= sizeof(key))
			continue;
		memcpy(key, word, len);
		key[len] = '\0';
		if (!lk_store_is_secret(key) || !lk_store_has(a->store, key))
			continue;
		if (strcmp(key, LK_P_OTP) == 0)
			return LK_DONE;
		r = lk_store_resolve(a->store, key, 0, err);
		if (r >= 0)
			return r;
	}
	return r;
}

/* What it needs must be there; what it wants as well, so that nobody is asked
 * while a server waits for the answer. */
static int32_t
resolve_all(struct lk_auth *a, struct lk_error *err)
{
	const struct lk_mech_record *r = &a->tried[a->now].entry->record;
	const char *needs = r->needs, *wants = r->wants, *word;
	struct lk_error ignored;
	int32_t got;
	size_t len;

	while ((word = lk_ascii_next(&needs, " ", &len))) {
		got = resolve(a, word, len, err);
		if (got != LK_DONE)
			return got;
	}
	if (r->flags & LK_F_NO_SECRET)
		return LK_DONE;
	while ((word = lk_ascii_next(&wants, " ", &len)))
		if (resolve(a, word, len, &ignored) == LK_PENDING)
			return LK_PENDING;
	return LK_DONE;
}

/* Of all secrets that it may read: a one-time password makes the pair new. */
static uint64_t
fingerprint(const struct lk_auth *a)
{
	static const char *const secrets[] = { LK_P_PASSWORD, LK_P_OTP,
					       LK_P_TOKEN };
	const struct lk_mech_record *r = &a->tried[a->now].entry->record;
	const char *lists[2] = { r->needs, r->wants }, *word;
	uint64_t sum = 0;
	size_t i, j, len;

	if (r->flags & LK_F_NO_SECRET)
		return 0;
	for (i = 0; i < 2; i++)
		while ((word = lk_ascii_next(&lists[i], " |", &len)))
			for (j = 0; j < 3; j++)
				if (strlen(secrets[j]) == len &&
				    memcmp(secrets[j], word, len) == 0)
					sum ^= lk_store_fingerprint(
						a->store, secrets[j],
						a->host->ledger->key);
	return sum;
}

/* ---- the queue ---------------------------------------------------------- */

static void
begin_claim(struct lk_auth *a)
{
	bool is_guarded = !(a->login.flags & LK_LOGIN_UNGUARDED);
	uint64_t secret = is_guarded ? fingerprint(a) : 0;

	if (secret != a->key.secret) {
		if (a->claim.state != LK_CLAIM_NONE)
			lk_ledger_release(a->host->ledger, &a->claim,
					  a->was_refused);
		a->was_refused = false;
	}
	a->key.host = a->login.host;
	a->key.port = a->login.port;
	a->key.user = a->login.user;
	a->key.secret = secret;
}

static const char *
age(int64_t seconds, char *to, size_t room)
{
	if (seconds < 120)
		snprintf(to, room, "%d s", (int)seconds);
	else if (seconds < 7200)
		snprintf(to, room, "%d minutes", (int)(seconds / 60));
	else
		snprintf(to, room, "%d hours", (int)(seconds / 3600));
	return to;
}

static void
refuse_at_once(struct lk_auth *a)
{
	char words[160], ago[32];

	snprintf(words, sizeof(words), "the server refused this secret %s ago; "
		 "it is not sent again", age(a->claim.age, ago, sizeof(ago)));
	a->tried[a->now].is_held = true;
	pass_over(a, LK_E_CREDENTIALS, words,
		  "correct the secret: another one is tried at once");
}

/* By what is on disk.  What needs no secret is free. */
static bool
is_held_back(struct lk_auth *a, bool has_secret)
{
	const struct lk_mech_record *r = &a->tried[a->now].entry->record;
	char words[224];
	int32_t cls;

	if ((r->flags & LK_F_NO_SECRET) || (has_secret && !a->key.secret))
		return false;
	cls = lk_auth_is_held_back(a, has_secret, words);
	if (!cls)
		return false;
	a->tried[a->now].is_held = true;
	pass_over(a, cls, words, cls == LK_E_CREDENTIALS ? "a corrected secret "
		  "is held back, too; to try it at once: --retry, or log in at "
		  "a terminal" : "to try it at once: --retry, or log in at a "
		  "terminal");
	return true;
}

/* ---- in this order ------------------------------------------------------ */

void
lk_auth_prepare(struct lk_auth *a)
{
	struct lk_error err;
	int32_t r;

	memset(&err, 0, sizeof(err));
	if (is_held_back(a, false)) {
		lk_auth_next(a);
		return;
	}
	r = resolve_all(a, &err);
	if (r == LK_PENDING) {
		a->state = LK_AT_SECRET;
		return;
	}
	if (r == LK_E_NOMEM || r == LK_E_CANCELLED) {
		lk_auth_fail(a, r, "%s", err.sentence);
		return;
	}
	if (r < 0) {
		a->tried[a->now].has_no_secret = true;
		pass_over(a, r, err.sentence, err.advice);
		lk_auth_next(a);
		return;
	}
	begin_claim(a);
	switch (lk_ledger_claim(a->host->ledger, &a->claim, &a->key,
				a->login.failure_budget)) {
	case LK_CLAIM_GO:
		break;
	case LK_CLAIM_WAIT:
		if (a->state != LK_AT_CLAIM)
			lk_auth_note(a, "another login tries this secret: "
				     "this one waits for it");
		a->state = LK_AT_CLAIM;
		return;
	case LK_CLAIM_NOMEM:
		lk_auth_fail(a, LK_E_NOMEM, "out of memory or descriptors");
		return;
	default:
		refuse_at_once(a);
		lk_auth_next(a);
		return;
	}
	if (!lk_auth_lead(a)) {
		a->state = LK_AT_CLAIM;
		return;
	}
	if (is_held_back(a, true)) {
		lk_auth_next(a);
		return;
	}
	if (a->is_broken) {
		lk_auth_reconnect(a);
		return;
	}
	lk_store_unspend(a->store);
	a->is_sent = a->has_ir = a->is_first = false;
	lk_auth_call(a, LK_CALL_START);
}
