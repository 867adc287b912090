/* A server on a loopback port that plays a file: a provider and its quirks, or
 * one conversation.  For the command and for tests; blocking, one thread a
 * connection.  Whoever runs it ignores SIGPIPE.
 * SPDX-License-Identifier: MIT */
#ifndef LK_REHEARSE_REHEARSE_H
#define LK_REHEARSE_REHEARSE_H

#include <latchkey/smtp.h>

struct lk_rehearse_options {
	const char *path;           /* of the script */
	const char *address;        /* a loopback address; NULL: 127.0.0.1 */
	unsigned port;              /* 0: a free one */
	const char *tls;            /* starttls, implicit, none; NULL: as the
				       file says */
	const char *peer;           /* the name in its certificate; NULL: as the
				       file says, or the right one */
	const char *dir;            /* where mail and the certificate go */
	unsigned connections;       /* end after so many; 0: never */
	int stop;                   /* end when it can be read; -1: never */

	/* The dialogue, one line at a time, whatever thread; or NULL. */
	void (*trace)(void *ctx, const struct lk_trace *);
	void *trace_ctx;
};

struct lk_rehearse;

/* Read the file, make a certificate, listen.  -1 with *err set: LK_E_CONFIG, or
 * LK_E_USAGE for an address that is not loopback.  The strings are borrowed. */
int lk_rehearse_new(struct lk_rehearse **ret,
		    const struct lk_rehearse_options *, struct lk_error *err);

/* Until it is stopped, or has had its connections, or its conversation is over.
 * 0, or -1 with *err set: LK_E_PROTOCOL, the client left the conversation. */
int lk_rehearse_run(struct lk_rehearse *, struct lk_error *err);

/* NULL is allowed.  Removes the certificate; the mail stays. */
void lk_rehearse_free(struct lk_rehearse *);

/* How to reach it; valid until lk_rehearse_free. */
struct lk_rehearse_info {
	const char *address;
	unsigned port;
	const char *tls;
	const char *ca;             /* "" without TLS */
	const char *user, *password, *token; /* or NULL */
	int is_server;              /* 0: a conversation */
};

void lk_rehearse_get_info(const struct lk_rehearse *,
			  struct lk_rehearse_info *);

#endif
