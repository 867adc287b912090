/* One process at a time trades a refresh token in: some are good for one trade
 * only. SPDX-License-Identifier: MIT */
#include "secrets/oauth.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define TURNS 900               /* looks, 50 ms apart: longer than a request */

int
lk_tokens_lock(struct lk_tokens *t, struct lk_error *err)
{
	const struct timespec pause = { 0, 50000000 };
	int turn, r = -1;

	t->locked = openat(t->dir, t->lock, O_RDWR | O_CREAT | O_NOFOLLOW |
			   O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
	if (t->locked < 0)
		return lk_fail(err, LK_E_CONFIG, "%s/%s: %s", t->path, t->lock,
			       strerror(errno));
	for (turn = 0; r < 0 && turn < TURNS; turn++) {
		r = flock(t->locked, LOCK_EX | LOCK_NB);
		if (r < 0 && errno != EWOULDBLOCK && errno != EINTR)
			return lk_fail(err, LK_E_CONFIG, "%s/%s: %s", t->path,
				       t->lock, strerror(errno));
		if (r < 0)
			nanosleep(&pause, NULL);
	}
	if (r < 0)
		lk_fail(err, LK_E_TRANSIENT, "another process holds %s/%s for "
			"45 s now", t->path, t->lock);
	return r;
}

int
lk_oauth_write(int fd, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	for (; len; p += n, len -= (size_t)n) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			n = 0;
		if (n < 0)
			return -1;
	}
	return 0;
}
