/* A conversation file over real sockets: the client's side.
 * SPDX-License-Identifier: MIT */
#ifndef TEST_REHEARSE_CONVERSE_H
#define TEST_REHEARSE_CONVERSE_H

#include "net/pump.h"
#include "rehearse/inside.h"

/* What one session came to. */
struct outcome {
	struct lk_error error; /* of the connection: as lk_smtp_error */
	struct lk_client_info info;
	char mech[32], warning[512];
	size_t n_mails; /* that were begun */
	struct lk_error mails[LK_SCRIPT_MAILS];
	struct lk_recipient to[LK_SCRIPT_MAILS][LK_SCRIPT_TO];
	struct lk_buf trace;
};

/* Do with a client what the options of a session say, on this server. */
void session_run(struct outcome *, struct lk_host *,
		 const struct lk_script_options *,
		 const struct lk_rehearse_info *, bool is_slow);
void session_end(struct outcome *);

/* One line after END.  false: it does not hold; it has said so. */
bool session_check(const struct outcome *, const struct lk_script_options *,
		   const char *path, const struct lk_turn *);

/* The secret stands nowhere. */
bool session_is_clean(const struct outcome *, const struct lk_script_options *,
		      const char *path);

#endif
