/* One mechanism under an exchange, for the targets of plugins.
 * SPDX-License-Identifier: MIT */
#ifndef FUZZ_TRIAL_H
#define FUZZ_TRIAL_H

#include "fuzz.h"
#include "mech/exchange.h"

struct trial {
	struct lk_login login;
	struct lk_facts facts;
	struct lk_store *store;
	struct lk_exchange *x;
	struct lk_buf line, shown;
	struct lk_buf secret;       /* as the program gives it */
	struct lk_buf last;         /* response */
	unsigned pendings;          /* how often it is not ready */
};

void trial_open(struct trial *, const char *id, bool initial_response);
void trial_close(struct trial *);

/* The start, resumed until it is over. */
int32_t trial_start(struct trial *);

/* What happens next, by its first octet: a challenge as it stands, a challenge
 * in base64, a success, a failure.  *kind: which ('r', 'c', 's', 'f').  Octet 1
 * in a text stands for the last response, octet 2 for the nonce in it (r=). */
int32_t trial_event(struct trial *, struct feed *, char *kind);

/* The response: "(none)", or its octets, until the next call. */
const char *trial_response(struct trial *, size_t *len);

/* Nothing that is shown holds the secret. */
void trial_check(struct trial *);

#endif
