/* The inside of one login: what its parts share.
 *
 *   auth.c    what the program calls
 *   await.c   the same for one that may block
 *   pick.c    which mechanism is next
 *   prepare.c all that comes before its AUTH: plugin, secrets, the queue
 *   turn.c    one attempt: calls of the mechanism, lines, cancelling
 *   end.c     what follows from how it ended
 *   remember.c what is taken from the state directory, and left there
 *   report.c  what is told to people
 *   unknown.c names in their list that name nothing
 *   advice.c  what they can do about it
 * SPDX-License-Identifier: MIT */
#ifndef LK_MECH_AUTH_H
#define LK_MECH_AUTH_H

#include "base/buf.h"
#include "mech/exchange.h"
#include "mech/policy.h"
#include "mech/state.h"
#include "mech/store.h"

#define LK_AUTH_IDS        6        /* tried in one login */
#define LK_AUTH_LINES      8        /* AUTH commands */
#define LK_AUTH_RECONNECTS 2

enum lk_auth_state {
	LK_AT_CONNECT,              /* a connection is needed */
	LK_AT_TLS,
	LK_AT_SECRET,               /* waiting for a secret */
	LK_AT_CLAIM,                /* waiting for another login */
	LK_AT_RENEW,                /* waiting for a fresh secret */
	LK_AT_WORK,                 /* the mechanism may block */
	LK_AT_PENDING,              /* waiting for the mechanism */
	LK_AT_SEND,
	LK_AT_READ,
	LK_AT_SEND_CANCEL,
	LK_AT_READ_CANCEL,
	LK_AT_DONE,
	LK_AT_STOP,
	LK_AT_STATES
};

/* A call of the mechanism. */
enum lk_auth_call {
	LK_CALL_START,
	LK_CALL_LINE,
	LK_CALL_SUCCESS,
	LK_CALL_FAILURE
};

/* What became of one mechanism in this login. */
struct lk_tried {
	struct lk_entry *entry;
	int rank;
	bool is_over;               /* not again */
	bool is_sent;               /* an AUTH of it went out */
	bool is_spent;              /* a secret was leased */
	bool is_unproven;
	bool is_refused;            /* by a reply to it */
	bool has_failed;            /* it does not work here: worth learning */
	bool is_two_step;           /* without an initial response */
	bool owes_two_step;         /* when nothing else is left */
	bool is_renewed;            /* its secret was asked for again */
	bool has_hung_up;
	bool is_held;               /* by an earlier refusal: nothing was sent */
	bool has_no_secret;         /* its source failed: nothing was sent */
	unsigned turn;              /* larger = ended later; 0: under way */
	int32_t cls;
	int32_t code;
	char enhanced[16];
	char text[512];             /* the server's words */
	char words[512];            /* what happened */
	char advice[256];
};

struct lk_auth {
	struct lk_host *host;
	pid_t pid;
	struct lk_login login;
	const char **params;        /* of the host, then of the login */
	struct lk_profile profile;
	struct lk_facts facts;
	char *peer_name;
	char *offer;                /* as given, upper case, with NULs */
	const char **offered;       /* the names in it */
	bool takes_ir;              /* the server: initial responses */

	struct lk_entry **entries;
	struct lk_candidate *candidates;
	size_t n_candidates;
	struct lk_learnt learnt;
	struct lk_tried *tried;
	size_t n_tried, room_tried;

	struct lk_store *store;
	struct lk_claim claim;
	struct lk_ledger_key key;   /* of the attempt's secret */
	bool was_refused;           /* it, since the claim began */

	struct lk_state state_file; /* as it was read last */
	bool has_state;             /* there is a state directory */
	bool was_put_off;           /* in this login */
	int lock;                   /* between processes, or -1 */
	bool leads;                 /* nobody else tries this user now, or it
				       does not matter */
	bool waits;                 /* for another process */
	int64_t proven_before;      /* when that began: the user's last login */

	enum lk_auth_state state;
	bool is_broken;             /* the connection is of no more use */
	bool may_transit;           /* 432 */
	int weak_rank;              /* 534: only above it; else -2 */
	uint32_t n_ids, n_lines, n_reconnects, n_turns;

	size_t now;                 /* in tried: the attempt under way */
	struct lk_exchange *exchange; /* or NULL */
	enum lk_auth_call call;
	bool is_resumed;            /* the call goes on after PENDING */
	bool is_sent;               /* its AUTH went out */
	bool has_ir;                /* with an initial response */
	bool is_first;              /* the reply is to the AUTH line */
	int end;                    /* LK_END_*: kept while a fresh secret is
				       sought */
	uint32_t end_flags;
	int32_t end_cls;

	struct lk_reply reply;      /* the last, in the buffers below */
	struct lk_buf text, raw;
	char enhanced[16];
	int32_t kind;

	struct lk_buf line, shown;
	const char *meaning;
	struct lk_error error;
	uint32_t stop_flags;
	const struct lk_entry *winner;
	int32_t winner_ir;
	char warning[128];
};

/* ---- pick.c ------------------------------------------------------------- */

/* What the connection is and what the server offers; -1: the login is over. */
int lk_auth_meet(struct lk_auth *, const struct lk_facts *,
		 const char *offered);

/* Decide anew from what is installed and offered now; -1: no memory, and the
 * login is over. */
int lk_auth_decide(struct lk_auth *);

/* Go on with the next mechanism, or with what it needs first, or end. */
void lk_auth_next(struct lk_auth *);

/* Go on with the one under way: as a new session. */
void lk_auth_again(struct lk_auth *);

/* A new connection, or the end. */
void lk_auth_reconnect(struct lk_auth *);

/* Why a candidate that the policy allows is not tried now in this login, or
 * false.  The texts may be NULL. */
bool lk_auth_is_barred(const struct lk_auth *, const struct lk_candidate *,
		       char reason[192], char cure[160]);

/* ---- prepare.c ---------------------------------------------------------- */

/* Load it, open a session, ask whether it is available.  false: passed over. */
bool lk_auth_open(struct lk_auth *);

/* Secrets, then the queue, then start: where it was interrupted. */
void lk_auth_prepare(struct lk_auth *);

/* ---- turn.c ------------------------------------------------------------- */

void lk_auth_call(struct lk_auth *, enum lk_auth_call);
void lk_auth_run(struct lk_auth *);
void lk_auth_cancel(struct lk_auth *);

/* The server's answer to a cancel, or NULL: none came. */
void lk_auth_cancelled(struct lk_auth *, const struct lk_reply *);

/* ---- end.c -------------------------------------------------------------- */

/* The attempt ended: LK_END_* or LK_REPLY_*; cls of the mechanism, or 0. */
void lk_auth_end(struct lk_auth *, int end, int32_t cls);

/* Ask for a fresh secret, or ask again. */
void lk_auth_renew(struct lk_auth *);

void lk_auth_succeed(struct lk_auth *);

/* Nothing can be tried, and it need not be. */
void lk_auth_waive(struct lk_auth *);

/* The mechanism's session is no more. */
void lk_auth_drop(struct lk_auth *);

/* ---- remember.c --------------------------------------------------------- */

#define LK_REMEMBER_NOTHING 0
#define LK_REMEMBER_REFUSED 1
#define LK_REMEMBER_PUT_OFF 2

#define LK_AUTH_POLL_MS 50          /* for another process */

/* Before the first decision. */
void lk_auth_recall(struct lk_auth *);

/* Must this user wait?  0, or the class with words.  has_secret: key is set. */
int32_t lk_auth_is_held_back(struct lk_auth *, bool has_secret,
			     char words[224]);

/* Did this login do that to the next one?  Not where a person is. */
bool lk_auth_will_hold(const struct lk_auth *, char until[32]);

/* Be the one process that tries this user.  false: ask again in a while. */
bool lk_auth_lead(struct lk_auth *);

/* Not any more; also of one that does not lead. */
void lk_auth_follow(struct lk_auth *);

/* A secret did not work; id: it was not the one to begin with, or NULL. */
void lk_auth_remember(struct lk_auth *, int what, const char *id);
void lk_auth_remember_no_cancel(struct lk_auth *);

/* What the ledger has learnt, and that the user has logged in. */
void lk_auth_remember_success(struct lk_auth *);

/* ---- report.c ----------------------------------------------------------- */

/* A decision, for a trace. */
void lk_auth_note(struct lk_auth *, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Printable, scrubbed, in one line. */
void lk_auth_quote(const struct lk_auth *, char *to, size_t room,
		   struct lk_bytes text);

/* It is over: compose the error from what was tried.  main: whose fault it is,
 * or NULL. */
void lk_auth_stop(struct lk_auth *, const struct lk_tried *main,
		  uint32_t flags);

/* What became of it, or NULL: it was not tried. */
const struct lk_tried *lk_auth_find_tried(const struct lk_auth *,
					  const struct lk_entry *);

/* It is over for a reason of its own. */
void lk_auth_fail(struct lk_auth *, int32_t cls, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- unknown.c ---------------------------------------------------------- */

/* A line for each word of `auth` that nothing answers to, of the first few.
 * Returns how many. */
size_t lk_auth_add_unknown(const struct lk_auth *, struct lk_buf *to);

/* The same for a trace, once it was decided. */
void lk_auth_note_unknown(struct lk_auth *);

/* What the server offers and one of them nearly is, as a setting. */
bool lk_auth_find_meant(const struct lk_auth *, char cure[160]);

/* ---- advice.c ----------------------------------------------------------- */

/* What a person can do about the error; main as above. */
void lk_auth_advise(struct lk_auth *, const struct lk_tried *main);

#endif
