/* The clock, and poll() with a deadline. SPDX-License-Identifier: MIT */
#include "base/deadline.h"

#include <errno.h>
#include <limits.h>
#include <time.h>

int64_t
lk_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int
lk_poll(struct pollfd *fds, nfds_t count, int64_t deadline)
{
	int64_t left;
	int n;

	do {
		left = deadline - lk_now();
		if (left < 0)
			left = 0;
		if (left > INT_MAX)
			left = INT_MAX;
		n = poll(fds, count, (int)left);
	} while (n < 0 && errno == EINTR);
	return n;
}

int
lk_poll_one(int fd, short events, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = events };

	return lk_poll(&p, 1, deadline);
}
