/* How long a refusal holds back, and what programs ask of what is on disk.
 * SPDX-License-Identifier: MIT */
#include "mech/state.h"

#include "base/ascii.h"
#include "base/error.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define MINUTE 60
#define DAY (24 * 60 * MINUTE)

/* A clock that was wrong for a while must not lock anybody out: what lies in
 * the future counts for nothing, but for a clock that is put right a little. */
#define SLACK MINUTE

/* What is given lies in the first version of the struct. */
#define END_OF_1_0 (offsetof(struct lk_learnt_info, failure_budget) + \
		    sizeof(uint32_t))

bool
lk_setback_holds(const struct lk_setback *s, int64_t now)
{
	return s->count && s->at <= now + SLACK && now < s->until &&
	       s->until <= s->at + DAY;
}

bool
lk_setback_is_over(const struct lk_setback *s, int64_t now)
{
	return !s->count || s->at > now + SLACK || now - s->until >= DAY ||
	       s->until > s->at + DAY;
}

static void
add(struct lk_setback *s, int64_t now, int64_t first, int64_t most)
{
	int64_t wait = first;
	uint32_t i;

	if (lk_setback_is_over(s, now))
		s->count = 0;
	for (i = 0; i < s->count && wait < most; i++)
		wait *= 2;
	s->count += s->count < UINT16_MAX;
	s->at = now;
	s->until = now + (wait < most ? wait : most);
}

void
lk_setback_refused(struct lk_setback *s, int64_t now)
{
	add(s, now, 15 * MINUTE, DAY);
}

void
lk_setback_put_off(struct lk_setback *s, int64_t now, bool is_locked)
{
	add(s, now, is_locked ? 15 * MINUTE : MINUTE, 15 * MINUTE);
}

bool
lk_state_is_spent(const struct lk_state_user *u, uint32_t failure_budget,
		  int64_t now)
{
	uint32_t budget = failure_budget ? failure_budget
					 : u->proven_at ? 1 : 2;

	return lk_setback_holds(&u->refused, now) && u->refused.count >= budget;
}

void
lk_state_tell_time(char to[32], int64_t when)
{
	const time_t t = (time_t)when;
	struct tm tm;

	if (!localtime_r(&t, &tm) || !strftime(to, 32, "%Y-%m-%d %H:%M %z", &tm))
		lk_ascii_copy(to, 32, "a time to come");
}

/* ---- for programs ------------------------------------------------------- */

static void
fill(struct lk_learnt_info *to, const struct lk_learnt *learnt)
{
	lk_ascii_copy(to->id, sizeof(to->id), learnt->id);
	if (learnt->two_step)
		to->flags |= LK_LEARNT_TWO_STEP;
	if (learnt->no_cancel)
		to->flags |= LK_LEARNT_NO_CANCEL;
}

int
lk_host_learnt(struct lk_host *h, const char *host, uint32_t port,
	       const char *user, struct lk_learnt_info *out)
{
	const uint32_t size = out->size;
	const uint32_t budget = size < END_OF_1_0 ? 0 : out->failure_budget;
	struct lk_learnt_info info = { .size = size,
				       .failure_budget = budget };
	const struct lk_state_user *u;
	struct lk_learnt learnt;
	struct lk_state s;
	int64_t now = h->ledger->date();

	if (lk_state_read(h, host, port, &s) == 0) {
		fill(&info, &s.learnt);
		info.learnt_at = s.learnt_at;
		u = lk_state_find(&s, user);
		if (u && lk_setback_holds(&u->put_off, now))
			info.refused_until = u->put_off.until;
		if (u && lk_state_is_spent(u, budget, now) &&
		    u->refused.until > info.refused_until)
			info.refused_until = u->refused.until;
		if (u && !lk_setback_is_over(&u->refused, now))
			info.refusals = u->refused.count;
		lk_state_wipe(&s);
	}
	/* a file that is gone, or never came to be: what the next login uses */
	if (!info.id[0] && !info.flags) {
		lk_ledger_recall(h->ledger, host, port, &learnt);
		fill(&info, &learnt);
	}
	memcpy(out, &info, size < sizeof(info) ? size : sizeof(info));
	return info.id[0] || info.flags || info.refusals ||
	       info.refused_until ? 1 : 0;
}

int
lk_host_forget(struct lk_host *h, const char *host, uint32_t port,
	       struct lk_error *err)
{
	int fd = lk_state_open(h, false), lock, r = 0;
	char name[256];

	lk_ledger_forget(h->ledger, host, port);
	if (fd < 0 || !lk_state_place(host, port, name))
		return 0;
	lock = lk_state_lock_change(h);
	if (unlinkat(fd, name, 0) < 0 && errno != ENOENT)
		r = lk_fail(err, LK_E_CONFIG, "%.200s in the state directory "
			    "cannot be removed: %m", name);
	lk_state_lock_close(lock);
	return r;
}
