/* One attempt: a mechanism's session, its rules enforced, with two faces: bytes
 * (LDAP) and lines (SMTP, IMAP, POP3, Sieve: base64, `=`, `*`, limits).  In a
 * forked child it is dead: freeing it calls no mechanism.
 *
 * Every call that runs the mechanism returns LK_DONE, LK_CONTINUE, LK_PENDING,
 * LK_EXPECT_FAIL or an error class; of the latter lk_exchange_error() tells
 * more.  After LK_PENDING: lk_exchange_wait(), then lk_exchange_resume().
 * SPDX-License-Identifier: MIT */
#ifndef LK_MECH_EXCHANGE_H
#define LK_MECH_EXCHANGE_H

#include "base/buf.h"
#include "mech/host.h"
#include "mech/store.h"

#define LK_EXCHANGE_STEPS 32        /* challenges in one attempt */
#define LK_EXCHANGE_OCTETS 1048576  /* both ways together */

struct lk_exchange;

/* What an attempt is made of.  All borrowed until lk_exchange_free. */
struct lk_exchange_with {
	struct lk_host *host;
	struct lk_entry *entry;     /* loaded */
	const struct lk_login *login;
	const struct lk_profile *profile;
	const struct lk_facts *facts;
	const char *const *offered; /* wire names, NULL-terminated */
	struct lk_store *store;
	bool initial_response;      /* may go in the command */
};

int lk_exchange_new(struct lk_exchange **ret, const struct lk_exchange_with *,
		    struct lk_error *);

/* cancel if it was started and had no outcome, then the mechanism's free. */
void lk_exchange_free(struct lk_exchange *);

/* ---- bytes ------------------------------------------------------------ */

/* The mechanism's `available`: LK_DONE if it has none. */
int32_t lk_exchange_available(struct lk_exchange *);

int32_t lk_exchange_start(struct lk_exchange *);

/* A challenge.  in: decoded; raw: as it came; undecodable: in is none.  After
 * DONE or EXPECT_FAIL the mechanism does not see it: LK_E_PROTOCOL. */
int32_t lk_exchange_challenge(struct lk_exchange *, struct lk_bytes in,
			      struct lk_bytes raw, bool undecodable);

/* The server's success; LK_DONE only if the mechanism accepts it; else
 * LK_E_PROTOCOL, or LK_E_MUTUAL if it is flagged mutual or expected a failure,
 * or LK_PENDING. */
int32_t lk_exchange_success(struct lk_exchange *, struct lk_bytes data);

/* The server's refusal, read by the host as cls: the refined class. */
int32_t lk_exchange_failure(struct lk_exchange *, int32_t cls,
			    const struct lk_reply *, const char *text);

/* Repeat the interrupted call. */
int32_t lk_exchange_resume(struct lk_exchange *);
void lk_exchange_wait(const struct lk_exchange *, int32_t *fd,
		      uint32_t *events, int32_t *timeout_ms);

/* The response of the last call; data NULL = none.  Until the next call. */
struct lk_bytes lk_exchange_response(const struct lk_exchange *);

/* ---- lines ------------------------------------------------------------ */

/* With LK_PROFILE_BYTES the four below code nothing: `line` stays empty, and the
 * octets are lk_exchange_response().  After start: the first line, "AUTH LOGIN", with the initial response if it is
 * allowed and fits; else it is held for the first challenge.  `shown` is the
 * same with secrets by length.  Returns 1: the response went with it, 0: not,
 * -1: it would have to and cannot (ir-only). */
int lk_exchange_command(struct lk_exchange *, struct lk_buf *line,
			struct lk_buf *shown);

/* A challenge's data as it came: decodes it; hands out the held response, or runs the
 * mechanism by the rules for undecodable ones. */
int32_t lk_exchange_line(struct lk_exchange *, struct lk_bytes raw);

/* The same for what a success carries: none, or the octets or base64. */
int32_t lk_exchange_accept(struct lk_exchange *, struct lk_bytes raw);

/* The response to a challenge, in base64; none and empty are the same.  -1: too
 * long for the profile. */
int lk_exchange_answer(struct lk_exchange *, struct lk_buf *line,
		       struct lk_buf *shown);

/* ---- what became of it ------------------------------------------------- */

/* Did the mechanism say the form is unproven? */
bool lk_exchange_is_unproven(const struct lk_exchange *);

/* Did it lease a secret? */
bool lk_exchange_has_leased(const struct lk_exchange *);

/* And has it said anything since?  What it says may be made of the secret. */
bool lk_exchange_has_shown(const struct lk_exchange *);

/* Has it said all, and was all of it sent? */
bool lk_exchange_is_done(const struct lk_exchange *);

/* What it reported, or what rule was broken. */
const struct lk_error *lk_exchange_error(const struct lk_exchange *);

#endif
