/* The in-memory player's state. SPDX-License-Identifier: MIT */
#ifndef PLAY_H
#define PLAY_H

#include "rehearse/script.h"
#include "base/buf.h"

#include <latchkey/smtp.h>

struct player {
	const struct lk_script *script;
	const struct lk_turn *turn; /* now: for messages */
	size_t chunk;
	struct lk_script_options options;
	bool failed;

	struct lk_host *host;       /* of all sessions */
	struct lk_auth *auth;
	struct lk_smtp *smtp;       /* NULL: no session */
	struct lk_login login;
	struct lk_buf said;         /* by the client, and not matched yet */
	struct lk_buf log;          /* the trace */
	bool ended;                 /* END was reached */
	bool in_body;               /* lines may be long */
	bool challenged;            /* the last reply was a 334 */
	unsigned asked;
	struct lk_error error;      /* of lk_auth_new, or the last refused mail */

	size_t mail;                /* the next one to begin */
	bool mail_runs;
	size_t fed;                 /* octets of it */
	struct lk_envelope envelope;
	struct lk_recipient to[LK_SCRIPT_MAILS][LK_SCRIPT_TO];
	int32_t results[LK_SCRIPT_MAILS];
	struct lk_error mail_errors[LK_SCRIPT_MAILS];
};

/* Say what is wrong, once. */
void play_fail(struct player *, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- session.c: one session on a host ---------------------------------- */

void session_begin(struct player *);

/* Obey the engine until it can only go on by what the server does. */
void session_pump(struct player *);
void session_connect(struct player *);
void session_tls(struct player *);
void session_free(struct player *);

/* ---- check.c ----------------------------------------------------------- */

/* What must always hold, at END. */
void check_always(struct player *);

/* One line after END. */
void check_line(struct player *, const char *word, const char *text);

#endif
