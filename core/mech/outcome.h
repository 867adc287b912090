/* What a server's words mean, and what follows from how an attempt ended: two
 * tables, and nothing that decides besides them.
 * SPDX-License-Identifier: MIT */
#ifndef LK_MECH_OUTCOME_H
#define LK_MECH_OUTCOME_H

#include <latchkey/host.h>

#include <stdbool.h>

/* ---- words.c: what replies say ------------------------------------------ */

/* Of SMTP: LK_REPLY_* by code, enhanced code and text. */
int32_t lk_smtp_kind(const struct lk_reply *);

/* The text of a refusal of any protocol may mean something else: that, or
 * `kind`. */
int32_t lk_words_kind(const struct lk_reply *, int32_t kind);

/* Does it complain about the command, where the protocol has no code for it? */
bool lk_words_mean_syntax(const struct lk_reply *);

/* Do they speak of too many attempts? */
bool lk_words_mean_locked(const struct lk_reply *);

/* What a person should do about these words of a server, or NULL.  Static. */
const char *lk_words_advice(const struct lk_reply *);

/* ---- outcome.c ---------------------------------------------------------- */

/* How an attempt ended: by a reply (LK_REPLY_*), or else by one of these. */
#define LK_END_DECLINED   16        /* UNSUPPORTED or NOPROP before any lease */
#define LK_END_LOCAL      17        /* the mechanism failed, or a limit */
#define LK_END_MUTUAL     18        /* the mechanism: no proof of the server */
#define LK_END_UNACCEPTED 19        /* a success that it did not accept */
#define LK_END_HUNG_UP    20
#define LK_END_DEADLINE   21

/* What else counts. */
#define LK_END_SENT      0x01u      /* AUTH went out */
#define LK_END_SPENT     0x02u      /* a secret was leased; not if the mechanism
				       failed before it said more */
#define LK_END_IR        0x04u      /* the reply is to a line with an initial
				       response */
#define LK_END_IR_ONLY   0x08u      /* LK_F_IR_ONLY */
#define LK_END_TOKEN     0x10u      /* LK_F_TOKEN */
#define LK_END_RENEWABLE 0x20u      /* the source was not asked again yet */
#define LK_END_POSITIVE  0x40u      /* the code says yes */
#define LK_END_CAN_TLS   0x80u      /* TLS can be started, and is not on */
#define LK_END_ANSWERED  0x100u     /* the reply is to a response in a line of
				       its own */

#define LK_THEN_STOP     1
#define LK_THEN_NEXT     2
#define LK_THEN_TWO_STEP 3          /* the same id without initial response */
#define LK_THEN_LATER    4          /* next; that only when nothing is left */
#define LK_THEN_TLS      5          /* start TLS, the same id again */
#define LK_THEN_PLAIN    6          /* next, plaintext allowed */
#define LK_THEN_STRONGER 7          /* a higher class only */
#define LK_THEN_RENEW    8          /* once more with a fresh secret */

/* One row of the table. */
struct lk_outcome {
	uint32_t ends;              /* 1 << LK_REPLY_* or LK_END_* */
	uint32_t with, without;     /* LK_END_SENT... */
	bool charge;                /* 1, if spent */
	bool close;                 /* without a word */
	int then;                   /* LK_THEN_* */
	int32_t cls;                /* LK_E_*, 0: the mechanism's own */
	const char *words;          /* for a person: "the server refused it" */
};

/* The first row that fits; there is always one. */
const struct lk_outcome *lk_outcome_find(int end, uint32_t flags);

/* The class that a mechanism is told, and the end that its answer makes of a
 * reply: it may only refine. */
int32_t lk_outcome_class(int32_t kind);
int lk_outcome_refine(int32_t kind, int32_t cls);

/* What a plugin means that returns a class and reports nothing.  Static. */
const char *lk_outcome_said(int32_t cls);

#endif
