/* A conversation file as a series of replies, each with what it answers.
 * SPDX-License-Identifier: MIT */
#ifndef CHAOS_CUT_H
#define CHAOS_CUT_H

#include "scripts/play.h"

#define REPLIES_MAX 64

struct reply {
	size_t end;                 /* octets of the server up to its end */
	int32_t stage;              /* LK_STAGE_* while it is awaited */
	int whole;                  /* the message, from 1, that is out as a
				       whole then, and not refused; or 0 */
	int ends;                   /* the message whose end it answers; or 0 */
};

struct plan {
	const struct lk_script *script;
	struct reply replies[REPLIES_MAX];
	size_t n;
	size_t total;               /* octets of the server */
};

/* Of the first session.  -1: it is none that can be cut: it hangs up by itself,
 * or needs more connections than one. */
int plan_make(struct plan *, const struct lk_script *);

/* The reply that is not whole when `octets` have come; NULL: all are. */
const struct reply *plan_at(const struct plan *, size_t octets);

/* Octets up to the end of the last reply to the end of this message; 0: there
 * is none. */
size_t plan_end(const struct plan *, int mail);

#endif
