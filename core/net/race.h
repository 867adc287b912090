/* Several addresses at once, the first that answers wins (after RFC 8305).
 * SPDX-License-Identifier: MIT */
#ifndef LK_NET_RACE_H
#define LK_NET_RACE_H

#include "net/address.h"

#include <stdint.h>

#define LK_RACE_MAX 16              /* addresses; more are left out */
#define LK_RACE_STEP_MS 250         /* head start of one before the next */

struct lk_try {
	struct lk_address address;
	int fd;                     /* -1: not begun, or over */
	int error;                  /* errno once it failed */
	int64_t until;              /* of lk_now() */
};

struct lk_race {
	struct lk_try tries[LK_RACE_MAX];
	size_t count, begun;
	int timeout_ms;             /* for each */
	int64_t next;               /* when the next one may begin */
};

void lk_race_init(struct lk_race *, int timeout_ms);

/* One more, unless it is there already or there is no room. */
void lk_race_add(struct lk_race *, const struct sockaddr *, socklen_t);

/* The families by turns, the first stays; so does the order within each. */
void lk_race_mix(struct lk_race *);

#define LK_RACE_LOST (-1)           /* all failed, see their errors */
#define LK_RACE_LATE (-2)           /* `until` came first; run it again */

/* Connect, until `until`.  The index of the winner, whose fd is the caller's,
 * non-blocking, close-on-exec and sends small writes at once; or LK_RACE_*. */
int lk_race_run(struct lk_race *, int64_t until);

/* Close what is left. */
void lk_race_end(struct lk_race *);

#endif
