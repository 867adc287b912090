/* Several addresses at once. SPDX-License-Identifier: MIT */
#include "net/race.h"

#include "base/deadline.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

void
lk_race_init(struct lk_race *r, int timeout_ms)
{
	memset(r, 0, sizeof(*r));
	r->timeout_ms = timeout_ms;
}

void
lk_race_add(struct lk_race *r, const struct sockaddr *sa, socklen_t len)
{
	struct lk_try *t = &r->tries[r->count];
	size_t i;

	if (r->count == LK_RACE_MAX || len > sizeof(t->address.sa))
		return;
	for (i = 0; i < r->count; i++)
		if (r->tries[i].address.len == len &&
		    memcmp(&r->tries[i].address.sa, sa, len) == 0)
			return;
	memcpy(&t->address.sa, sa, len);
	t->address.len = len;
	t->fd = -1;
	r->count++;
}

void
lk_race_mix(struct lk_race *r)
{
	struct lk_try other;
	size_t i, j;

	for (i = 1; i < r->count; i++) {
		int last = r->tries[i - 1].address.sa.ss_family;

		for (j = i; j < r->count; j++)
			if (r->tries[j].address.sa.ss_family != last)
				break;
		if (j == r->count)
			return;
		other = r->tries[j];
		memmove(&r->tries[i + 1], &r->tries[i],
			(j - i) * sizeof(other));
		r->tries[i] = other;
	}
}

static void
fail(struct lk_try *t, int error)
{
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	t->error = error;
}

/* Begin the next one.  true: it is connected already. */
static bool
begin(struct lk_race *r)
{
	struct lk_try *t = &r->tries[r->begun++];
	const struct lk_address *a = &t->address;
	int64_t now = lk_now();

	r->next = now + LK_RACE_STEP_MS;
	t->until = now + r->timeout_ms;
	t->fd = socket(a->sa.ss_family,
		       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (t->fd >= 0 &&
	    connect(t->fd, (const struct sockaddr *)&a->sa, a->len) == 0)
		return true;
	if (t->fd < 0 || (errno != EINPROGRESS && errno != EINTR)) {
		fail(t, errno);
		r->next = now;
	}
	return false;
}

/* What poll() said about it.  true: it is connected. */
static bool
look(struct lk_race *r, struct lk_try *t, short events)
{
	socklen_t len = sizeof(int);
	int e = 0;

	if (!events) {
		if (lk_now() < t->until)
			return false;
		e = ETIMEDOUT;
	} else if (getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &e, &len) < 0) {
		e = errno;
	}
	if (!e)
		return true;
	fail(t, e);
	r->next = lk_now();
	return false;
}

/* Wait for one of them, for the next one's turn, or until `until`.  The winner,
 * or LK_RACE_LATE: none yet. */
static int
wait_for_one(struct lk_race *r, int64_t until)
{
	struct pollfd fds[LK_RACE_MAX];
	size_t i;

	if (r->begun < r->count && r->next < until)
		until = r->next;
	for (i = 0; i < r->begun; i++) {
		fds[i].fd = r->tries[i].fd;
		fds[i].events = POLLOUT;
		fds[i].revents = 0;
		if (fds[i].fd >= 0 && r->tries[i].until < until)
			until = r->tries[i].until;
	}
	if (lk_poll(fds, r->begun, until) < 0)
		for (i = 0; i < r->begun; i++)
			fds[i].revents = 0;
	for (i = 0; i < r->begun; i++)
		if (fds[i].fd >= 0 &&
		    look(r, &r->tries[i], fds[i].revents))
			return (int)i;
	return LK_RACE_LATE;
}

static bool
is_lost(const struct lk_race *r)
{
	size_t i;

	for (i = 0; i < r->begun; i++)
		if (r->tries[i].fd >= 0)
			return false;
	return r->begun == r->count;
}

int
lk_race_run(struct lk_race *r, int64_t until)
{
	int winner = LK_RACE_LATE;
	int on = 1;

	while (winner < 0) {
		if (is_lost(r))
			return LK_RACE_LOST;
		if (r->begun < r->count && lk_now() >= r->next) {
			if (begin(r))
				winner = (int)r->begun - 1;
			continue;
		}
		winner = wait_for_one(r, until);
		if (winner < 0 && lk_now() >= until)
			return is_lost(r) ? LK_RACE_LOST : LK_RACE_LATE;
	}
	/* a flight is one write: waiting to fill a segment only costs time */
	setsockopt(r->tries[winner].fd, IPPROTO_TCP, TCP_NODELAY, &on,
		   sizeof(on));
	return winner;
}

void
lk_race_end(struct lk_race *r)
{
	size_t i;

	for (i = 0; i < r->begun; i++)
		if (r->tries[i].fd >= 0)
			fail(&r->tries[i], ECANCELED);
}
