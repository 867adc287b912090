/* A session as its host sees it: what the services of a mechanism work on.
 * SPDX-License-Identifier: MIT */
#ifndef LK_MECH_SESSION_H
#define LK_MECH_SESSION_H

#include "mech/exchange.h"

/* What a callback may do. */
#define LK_MAY_GET     0x01u        /* what is no secret, and report */
#define LK_MAY_SECRET  0x02u        /* secrets that are at hand */
#define LK_MAY_RESOLVE 0x04u        /* secrets that must be asked for */
#define LK_MAY_EMIT    0x08u
#define LK_MAY_WAIT    0x10u

#define LK_MAY_AVAILABLE LK_MAY_GET
#define LK_MAY_OUTCOME   (LK_MAY_GET | LK_MAY_SECRET | LK_MAY_WAIT)
#define LK_MAY_ALL       (LK_MAY_OUTCOME | LK_MAY_RESOLVE | LK_MAY_EMIT)

struct lk_inside {
	struct lk_session head;     /* what the mechanism is given; first */
	struct lk_exchange_with with;
	uint32_t may;               /* LK_MAY_* of the callback under way */
	bool is_pending;            /* a get said so in this callback */
	bool has_emitted;           /* in this callback */
	bool has_leased;
	bool has_shown;             /* emitted since it leased */
	bool is_unproven;
	struct lk_buf out;          /* what was emitted */
	int32_t lost;               /* class of an emit that failed, or 0 */
	int32_t fd;
	uint32_t events;
	int32_t timeout_ms;
	char port[12];
	struct lk_error error;      /* what was reported */
};

/* Copies `with`. */
void lk_inside_init(struct lk_inside *, const struct lk_exchange_with *);
void lk_inside_wipe(struct lk_inside *);

/* A new callback begins: nothing is emitted, nothing to wait for. */
void lk_inside_turn(struct lk_inside *, uint32_t may);

/* Forget the response. */
void lk_inside_drop(struct lk_inside *);

/* Copy what begins with its size: min(size, room), the rest zero. */
void lk_inside_copy(void *to, size_t room, const void *from, uint32_t size);

/* A line for the log about this mechanism. */
void lk_inside_log(const struct lk_inside *, uint32_t level,
		   const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The service `get`. */
int32_t lk_inside_get(struct lk_session *, const struct lk_ask *,
		      struct lk_bytes *out);

struct lk_exchange {
	struct lk_inside session;   /* first: a session is its exchange */
	struct lk_server server;
	pid_t pid;                  /* of who made it */
	void *state;                /* the mechanism's */
	bool is_live;               /* it was started and had no outcome */
	bool is_held;               /* the response waits for a challenge */
	bool has_responded;         /* a response was handed out */
	int32_t last;               /* what the last call came to */
	struct lk_event event;      /* under way; kind 0: start */
	struct lk_buf in, raw;      /* its data */
	char enhanced[16];
	char text[512];
	unsigned steps;
	size_t octets;
};

/* A rule was broken: replaces what was reported, ends the attempt.  Returns
 * cls. */
int32_t lk_broke(struct lk_exchange *, int32_t cls, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
