/* What one host object remembers, in memory only: which secrets were refused,
 * who is trying one now, and what worked where.  Every function locks.
 * SPDX-License-Identifier: MIT */
#ifndef LK_MECH_LEDGER_H
#define LK_MECH_LEDGER_H

#include "mech/host.h"

#define LK_LEDGER_FRESH 600         /* seconds that a proof is good for */

/* What is being tried.  secret 0: none, which is neither counted nor
 * waited for. */
struct lk_ledger_key {
	const char *host;
	uint32_t port;
	const char *user;           /* NULL as "" */
	uint64_t secret;            /* lk_store_fingerprint() */
};

/* How often in a row, when last, and how long that holds back: seconds since
 * 1970. */
struct lk_setback {
	uint32_t count;
	int64_t at, until;
};

/* A secret of a user at a host and port; with secret 0 the user as such. */
struct lk_guess {
	struct lk_guess *next;
	char *host, *user;
	uint32_t port;
	uint64_t secret;
	uint32_t failures;
	bool proven;
	int64_t proven_at, refused_at;
	struct lk_setback written;  /* of a user: what this host wrote to disk */
	bool led;                   /* somebody tries it now */
	struct lk_claim *waiting;   /* in the order of arrival */
};

#define LK_LEARNT_FAILED 6

/* What worked last at a host and port. */
struct lk_learnt {
	char id[32];                /* "": nothing */
	bool two_step;              /* without an initial response */
	bool no_cancel;             /* the server does not know it */
	size_t n_failed;            /* ids that did not work in that login */
	char failed[LK_LEARNT_FAILED][32];
};

struct lk_place {
	struct lk_place *next;
	char *host;
	uint32_t port;
	struct lk_learnt learnt;
};

struct lk_ledger {
	pthread_mutex_t lock;
	unsigned char key[16];      /* of the fingerprints */
	int64_t (*now)(void);       /* seconds; tests set another */
	int64_t (*date)(void);      /* since 1970; tests set another */
	struct lk_guess *guesses;   /* used last first */
	struct lk_place *places;    /* newest first */
};

/* ---- ledger.c: the budget ----------------------------------------------- */

/* A refusal of this secret. */
void lk_ledger_charge(struct lk_ledger *, const struct lk_ledger_key *);

/* A login that worked: clears what this secret was charged. */
void lk_ledger_prove(struct lk_ledger *, const struct lk_ledger_key *);

/* The user has logged in before, with whatever secret. */
void lk_ledger_meet(struct lk_ledger *, const struct lk_ledger_key *);

/* Did the user log in just now, with whatever secret? */
bool lk_ledger_is_fresh(struct lk_ledger *, const struct lk_ledger_key *);

/* How often this secret was refused. */
uint32_t lk_ledger_failures(struct lk_ledger *, const struct lk_ledger_key *);

/* The refusal that this host wrote to disk last. */
void lk_ledger_write(struct lk_ledger *, const struct lk_ledger_key *,
		     const struct lk_setback *);
bool lk_ledger_wrote(struct lk_ledger *, const struct lk_ledger_key *,
		     const struct lk_setback *);

/* With the lock held: the entry, or a new one; NULL: no memory. */
struct lk_guess *lk_ledger_find(struct lk_ledger *,
				const struct lk_ledger_key *, uint64_t secret);

/* ---- queue.c: an unproven secret is tried by one login at a time -------- */

#define LK_CLAIM_GO      1          /* it may be sent */
#define LK_CLAIM_WAIT    2          /* another login tries it: see pipe[0] */
#define LK_CLAIM_SPENT   3          /* refused as often as the budget allows */
#define LK_CLAIM_REFUSED 4          /* while this one waited */
#define LK_CLAIM_NOMEM   5

#define LK_CLAIM_NONE    0
#define LK_CLAIM_LEADS   1
#define LK_CLAIM_FOLLOWS 2

/* One login's place in the queue for a secret.  Zero it before the first use;
 * it must stay where it is until lk_ledger_release(). */
struct lk_claim {
	int state;                  /* LK_CLAIM_NONE... */
	struct lk_guess *guess;     /* unless NONE */
	struct lk_claim *next;
	int pipe[2];                /* of FOLLOWS: [0] is readable when it is
				       time to ask again */
	bool refused;               /* the leader was, while this one waited */
	int64_t age;                /* of SPENT, REFUSED: seconds since then */
};

/* May this secret be sent now?  failure_budget as in struct lk_login.  Ask
 * before each attempt. */
int lk_ledger_claim(struct lk_ledger *, struct lk_claim *,
		    const struct lk_ledger_key *, uint32_t failure_budget);

/* Give it up.  refused: the server said no, and those who wait need not ask it
 * again; else the next of them leads, or all go if it was proven. */
void lk_ledger_release(struct lk_ledger *, struct lk_claim *, bool refused);

/* ---- learnt.c ----------------------------------------------------------- */

void lk_ledger_recall(struct lk_ledger *, const char *host, uint32_t port,
		      struct lk_learnt *out);

/* Did this id not work there? */
bool lk_learnt_has_failed(const struct lk_learnt *, const char *id);

/* Keeps no_cancel as it is. */
void lk_ledger_learn(struct lk_ledger *, const char *host, uint32_t port,
		     const struct lk_learnt *);

/* This id was refused: what was learnt of it counts no more. */
void lk_ledger_unlearn(struct lk_ledger *, const char *host, uint32_t port,
		       const char *id);

void lk_ledger_no_cancel(struct lk_ledger *, const char *host, uint32_t port);

/* What the disk says, unless more is known already. */
void lk_ledger_adopt(struct lk_ledger *, const char *host, uint32_t port,
		     const struct lk_learnt *);

/* All of a host and port, refusals included. */
void lk_ledger_forget(struct lk_ledger *, const char *host, uint32_t port);

#endif
