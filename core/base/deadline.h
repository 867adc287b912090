/* Time that only goes forward, and the one place that waits.
 * SPDX-License-Identifier: MIT */
#ifndef LK_BASE_DEADLINE_H
#define LK_BASE_DEADLINE_H

#include <poll.h>
#include <stdint.h>

/* Milliseconds of the monotonic clock. */
int64_t lk_now(void);

/* poll() until `deadline` (of lk_now), whatever signals come: the number of
 * ready descriptors, 0 when the time is over, -1 with errno. */
int lk_poll(struct pollfd *fds, nfds_t count, int64_t deadline);

/* One descriptor and one kind of event: 1, 0 or -1 as above. */
int lk_poll_one(int fd, short events, int64_t deadline);

#endif
