/* What a server sees, told by somebody who knows nothing of the engine: is the
 * client's side of the dialogue right, and what became of each message?
 * SPDX-License-Identifier: MIT */
#ifndef FUZZ_JUDGE_H
#define FUZZ_JUDGE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JUDGE_TO 8                  /* recipients of a message */
#define JUDGE_QUEUE 256

/* Replies to the end of a message. */
#define NOT_YET 0
#define NO_REPLY (-1)               /* what is no reply, or does not fit */

struct judge {
	bool lmtp;
	bool has_login;             /* MAIL needs one */

	/* the client */
	struct lk_buf line;         /* under way */
	struct lk_buf last;         /* the last whole one of the login */
	char queue[JUDGE_QUEUE];    /* commands that wait for replies, each by
				       a letter */
	size_t first, n;
	bool in_auth;               /* AUTH was said, and no outcome came */
	bool is_plaintext;          /* its mechanism gives the secret away */
	bool is_hidden;             /* its mechanism never shows the secret */
	bool logged_in;             /* a 2xx ended AUTH */
	bool tls_asked;
	bool data_asked;
	bool in_body;               /* the message's lines, up to the dot */
	uint64_t left;              /* octets of it behind BDAT */
	struct lk_buf body;         /* as it came, dots undone */

	/* the server */
	struct lk_buf reply;        /* the line under way */
	int code;                   /* of the reply under way, or 0 */
	bool garbled;               /* what is no reply, or does not fit: what
				       follows does not count */
	bool closing;               /* 421 */

	/* the message */
	bool is_bdat;
	bool is_whole;              /* all of it, or the dot, went out */
	size_t asked;               /* RCPT commands */
	int mail;                   /* code of the reply to MAIL */
	int rcpt[JUDGE_TO];         /* to each RCPT, in their order */
	size_t rcpts;               /* replies to RCPT */
	int final[JUDGE_TO];        /* to the end: one, or by LMTP one for each
				       recipient that was accepted */
	size_t finals;

	/* must not go out in the clear, or to who is not verified */
	const char *secrets[3];
	bool is_exposed;
};

void judge_init(struct judge *);
void judge_wipe(struct judge *);

/* A new connection: a greeting is due.  TLS is up: none is. */
void judge_connect(struct judge *);
void judge_tls_up(struct judge *);

/* Another message begins; its octets come, if not behind BDAT. */
void judge_mail(struct judge *);
void judge_body(struct judge *);

/* The client sent these octets; the server is about to say these. */
void judge_client(struct judge *, const void *data, size_t len);
void judge_server(struct judge *, const void *data, size_t len);

/* Recipients that were accepted, by the replies to RCPT. */
size_t judge_accepted(const struct judge *);

#endif
