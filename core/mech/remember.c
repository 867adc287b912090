/* What a login takes from the state directory, and what it leaves there.
 * SPDX-License-Identifier: MIT */
#include "mech/auth.h"

#include "base/ascii.h"
#include "mech/outcome.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Seconds that a clock may be put back, or that many logins in one second may
 * have moved a time on. */
#define SLACK 60

static struct lk_ledger_key
user_of(const struct lk_auth *a)
{
	struct lk_ledger_key key = { a->login.host, a->login.port,
				     a->login.user, 0 };

	return key;
}

static int64_t
date(const struct lk_auth *a)
{
	return a->host->ledger->date();
}

/* ---- what is known ------------------------------------------------------ */

/* What this host knows by itself is newer, but for what others met since. */
static void
take(struct lk_auth *a)
{
	const struct lk_state_user *u = lk_state_find(&a->state_file,
						      a->login.user);
	const struct lk_ledger_key user = user_of(a);

	lk_ledger_adopt(a->host->ledger, a->login.host, a->login.port,
			&a->state_file.learnt);
	if (u && u->proven_at)
		lk_ledger_meet(a->host->ledger, &user);
}

void
lk_auth_recall(struct lk_auth *a)
{
	if (!a->host->state_dir || a->has_state ||
	    (a->login.flags & LK_LOGIN_UNGUARDED))
		return;
	a->has_state = true;
	lk_state_read(a->host, a->login.host, a->login.port, &a->state_file);
	take(a);
}

static void
recall_anew(struct lk_auth *a)
{
	if (lk_state_is_current(a->host, a->login.host, a->login.port,
				&a->state_file))
		return;
	lk_state_wipe(&a->state_file);
	lk_state_read(a->host, a->login.host, a->login.port, &a->state_file);
	take(a);
}

/* ---- what holds back ---------------------------------------------------- */

/* A refusal that this host wrote was of a secret that it knows: another one is
 * free.  Of a secret that another process had nothing is known. */
static bool
is_refused(struct lk_auth *a, const struct lk_state_user *u, bool has_secret)
{
	const struct lk_ledger_key user = user_of(a);

	if (!lk_state_is_spent(u, a->login.failure_budget, date(a)))
		return false;
	return !lk_ledger_wrote(a->host->ledger, &user, &u->refused) ||
	       (has_secret && lk_ledger_failures(a->host->ledger, &a->key));
}

int32_t
lk_auth_is_held_back(struct lk_auth *a, bool has_secret, char words[224])
{
	const struct lk_state_user *u;
	const struct lk_ledger_key user = user_of(a);
	char at[32], until[32];

	if (!a->has_state || (a->login.flags & LK_LOGIN_RETRY))
		return 0;
	u = lk_state_find(&a->state_file, a->login.user);
	if (!u || lk_ledger_is_fresh(a->host->ledger, &user))
		return 0;
	if (is_refused(a, u, has_secret)) {
		lk_state_tell_time(at, u->refused.at);
		lk_state_tell_time(until, u->refused.until);
		snprintf(words, 224, "the server refused this user's secret "
			 "%u time%s in a row, at last at %s: it gets none "
			 "before %s", (unsigned)u->refused.count,
			 u->refused.count == 1 ? "" : "s", at, until);
		return LK_E_CREDENTIALS;
	}
	if (!a->was_put_off && lk_setback_holds(&u->put_off, date(a))) {
		lk_state_tell_time(at, u->put_off.at);
		lk_state_tell_time(until, u->put_off.until);
		snprintf(words, 224, "the server put this user off at %s: it "
			 "is not asked again before %s", at, until);
		return LK_E_TRANSIENT;
	}
	return 0;
}

bool
lk_auth_will_hold(const struct lk_auth *a, char until[32])
{
	const struct lk_state_user *u;

	if (!a->has_state || !a->was_refused ||
	    (a->login.flags & LK_LOGIN_RETRY))
		return false;
	u = lk_state_find(&a->state_file, a->login.user);
	if (!u || !lk_state_is_spent(u, a->login.failure_budget, date(a)))
		return false;
	lk_state_tell_time(until, u->refused.until);
	return true;
}

/* ---- one process at a time ---------------------------------------------- */

static uint32_t
lock_of(const struct lk_auth *a)
{
	return lk_state_lock_of(a->login.host, a->login.port,
				a->login.user ? a->login.user : "");
}

static int64_t
proven_at(const struct lk_auth *a)
{
	const struct lk_state_user *u = lk_state_find(&a->state_file,
						      a->login.user);

	return u ? u->proven_at : 0;
}

static bool
was_proven_meanwhile(const struct lk_auth *a)
{
	return a->waits && proven_at(a) > a->proven_before;
}

static void
begin_to_wait(struct lk_auth *a, uint32_t of)
{
	lk_auth_note(a, "another process logs in as this user: this one waits "
		     "for it");
	a->waits = true;
	a->proven_before = proven_at(a);
	lk_state_await(a->lock, of, true);
}

/* true: it may go on; false: ask again in a while. */
bool
lk_auth_lead(struct lk_auth *a)
{
	const uint32_t of = lock_of(a);
	int r;

	if (!a->has_state || a->leads || a->claim.state != LK_CLAIM_LEADS)
		return true;
	if (a->lock < 0)
		a->lock = lk_state_lock_open(a->host);
	r = a->lock < 0 ? -1 : lk_state_lead(a->lock, of);
	if (a->lock >= 0)
		recall_anew(a);
	if (r == 0 && !was_proven_meanwhile(a)) {
		if (!a->waits)
			begin_to_wait(a, of);
		return false;
	}
	if (a->waits)
		lk_state_await(a->lock, of, false);
	/* the secret is good, most likely: all may go */
	if (r < 0 || was_proven_meanwhile(a))
		lk_auth_follow(a);
	a->waits = false;
	a->leads = true;
	return true;
}

void
lk_auth_follow(struct lk_auth *a)
{
	if (a->pid == getpid())
		lk_state_lock_close(a->lock);
	else if (a->lock >= 0)
		close(a->lock);
	a->lock = -1;
	a->leads = false;
	a->waits = false;
}

/* ---- what it leaves ----------------------------------------------------- */

struct failure {
	const struct lk_auth *a;
	const char *id;             /* that does not work, or NULL */
	int what;                   /* LK_REMEMBER_* */
	bool is_locked;
};

/* Make the change only if it is one: most logins have nothing to write. */
static void
change(struct lk_auth *a, bool (*make)(struct lk_state *, int64_t, void *),
       void *ctx)
{
	if (a->has_state && make(&a->state_file, date(a), ctx)) {
		/* from what is there now, not from what was */
		memset(&a->state_file.mtime, 0xff, sizeof(a->state_file.mtime));
		lk_state_change(a->host, a->login.host, a->login.port, make,
				ctx, &a->state_file);
	}
}

static bool
fail(struct lk_state *s, int64_t now, void *ctx)
{
	const struct failure *f = ctx;
	struct lk_state_user *u;
	bool is_new = false;

	if (f->id && strcmp(s->learnt.id, f->id) == 0) {
		s->learnt.id[0] = '\0';
		s->learnt.n_failed = 0;
		s->learnt.two_step = false;
		s->learnt_at = 0;
		is_new = true;
	}
	if (f->what == LK_REMEMBER_NOTHING)
		return is_new;
	u = lk_state_touch(s, f->a->login.user);
	if (!u)
		return is_new;
	if (f->what == LK_REMEMBER_REFUSED)
		lk_setback_refused(&u->refused, now);
	else
		lk_setback_put_off(&u->put_off, now, f->is_locked);
	return true;
}

void
lk_auth_remember(struct lk_auth *a, int what, const char *id)
{
	struct failure f = { a, id, what, false };
	const struct lk_ledger_key user = user_of(a);
	const struct lk_state_user *u;

	if (what == LK_REMEMBER_PUT_OFF) {
		f.is_locked = a->end == LK_REPLY_TEMPORARY &&
			      lk_words_mean_locked(&a->reply);
		a->was_put_off = true;
	}
	change(a, fail, &f);
	u = a->has_state ? lk_state_find(&a->state_file, a->login.user) : NULL;
	if (u && what == LK_REMEMBER_REFUSED)
		lk_ledger_write(a->host->ledger, &user, &u->refused);
}

static bool
no_cancel(struct lk_state *s, int64_t now, void *ctx)
{
	(void)now;
	(void)ctx;
	if (s->learnt.no_cancel)
		return false;
	return s->learnt.no_cancel = true;
}

void
lk_auth_remember_no_cancel(struct lk_auth *a)
{
	change(a, no_cancel, NULL);
}

struct success {
	const struct lk_auth *a;
	struct lk_learnt learnt;
	bool is_awaited;
};

static bool
is_same(const struct lk_learnt *a, const struct lk_learnt *b)
{
	size_t i;

	if (strcmp(a->id, b->id) != 0 || a->two_step != b->two_step ||
	    a->n_failed != b->n_failed)
		return false;
	for (i = 0; i < a->n_failed; i++)
		if (strcmp(a->failed[i], b->failed[i]) != 0)
			return false;
	return true;
}

static bool
succeed(struct lk_state *s, int64_t now, void *ctx)
{
	const struct success *ok = ctx;
	const struct lk_state_user *had = lk_state_find(s, ok->a->login.user);
	struct lk_learnt learnt = ok->learnt;
	struct lk_state_user *u;

	if (had && !had->refused.count && !had->put_off.count &&
	    had->proven_at <= now + SLACK &&
	    now - had->proven_at < LK_STATE_FRESH &&
	    !ok->is_awaited && is_same(&s->learnt, &ok->learnt))
		return false;
	learnt.no_cancel = learnt.no_cancel || s->learnt.no_cancel;
	s->learnt = learnt;
	s->learnt_at = now;
	u = lk_state_touch(s, ok->a->login.user);
	if (u) {
		/* who waits sees that it has become larger */
		if (ok->is_awaited && u->proven_at >= now &&
		    u->proven_at < now + SLACK)
			u->proven_at++;
		else
			u->proven_at = now;
		memset(&u->refused, 0, sizeof(u->refused));
		memset(&u->put_off, 0, sizeof(u->put_off));
	}
	return true;
}

void
lk_auth_remember_success(struct lk_auth *a)
{
	struct success ok = { .a = a };

	if (!a->has_state)
		return;
	lk_ledger_recall(a->host->ledger, a->login.host, a->login.port,
			 &ok.learnt);
	ok.is_awaited = a->lock >= 0 &&
			lk_state_is_awaited(a->lock, lock_of(a));
	if (strcmp(a->state_file.learnt.id, ok.learnt.id) != 0)
		lk_auth_note(a, "remembered; to make it permanent: auth = %s",
			     ok.learnt.id);
	change(a, succeed, &ok);
}
