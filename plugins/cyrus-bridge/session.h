/* One login, inside. SPDX-License-Identifier: MIT */
#ifndef BRIDGE_SESSION_H
#define BRIDGE_SESSION_H

#include "bridge.h"

struct session {
	struct offer *offer;
	struct choice choice;
	struct answer answers[WHATS];
	struct lk_login account_login; /* of the account that has a token */
	struct lk_auth *auth;
	char *out;                  /* given to libsasl2, until the next step */
	size_t out_len;
	int is_ready;               /* everything is asked and chosen */
	int has_spoken;             /* something of ours went out */
};

/* Ask, choose and begin.  SASL_OK; SASL_INTERACT: again, with answers; or
 * SASL_*. */
int bridge_session_prepare(struct session *, sasl_client_params_t *,
			   sasl_interact_t **prompts, sasl_out_params_t *);

/* Tell the program's log, and give the SASL_* for it. */
int bridge_session_fail(const struct session *, const sasl_client_params_t *,
			const struct lk_error *);

#endif
