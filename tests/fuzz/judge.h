/* What a server sees, told by somebody who knows nothing of the engine: is the
 * client's side of the dialogue right, and what became of each message?
 * SPDX-License-Identifier: MIT */
#ifndef FUZZ_JUDGE_H
#define FUZZ_JUDGE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the reply to the final dot says. */
enum verdict {
	NO_DOT,                     /* it never went out whole */
	NO_REPLY,
	ACCEPTED,                   /* 250 */
	REFUSED,                    /* 5xx */
	REFUSED_FOR_NOW,            /* 4xx */
	NO_VERDICT,                 /* what is no reply, or does not fit */
};

struct judge {
	/* the client */
	struct lk_buf line;         /* under way */
	struct lk_buf last;         /* the last whole one of the login */
	bool in_body;               /* the message's lines, up to the dot */
	bool in_auth;               /* AUTH was said, and no outcome came */
	bool is_plaintext;          /* its mechanism gives the secret away */
	bool has_login;             /* MAIL needs one */
	bool logged_in;             /* a 2xx ended AUTH */
	bool tls_asked;
	struct lk_buf body;         /* as it came, dots undone */

	/* the server */
	struct lk_buf reply;        /* the line under way */
	int code;                   /* of the reply under way, or 0 */
	enum verdict verdict;       /* of the newest message */

	/* must not go out in the clear, or to who is not verified */
	const char *secrets[3];
	bool is_exposed;
};

void judge_init(struct judge *);
void judge_wipe(struct judge *);

/* A new connection, or TLS is up: nothing is under way. */
void judge_forget(struct judge *);

/* Another message begins. */
void judge_mail(struct judge *);

/* The client sent these octets; the server is about to say these. */
void judge_client(struct judge *, const void *data, size_t len);
void judge_server(struct judge *, const void *data, size_t len);

#endif
