/* Dial, TLS, log in, send: the engine on real sockets.  Blocking.
 *
 *   lk_client_send()   all of it in one call
 *
 * or step by step: lk_client_new, lk_client_connect, lk_client_mail as often as
 * you like, lk_client_close, lk_client_free.
 *
 * Threads: one client, one thread at a time.  SIGPIPE is never raised.
 * SPDX-License-Identifier: MIT */
#ifndef LATCHKEY_CLIENT_H
#define LATCHKEY_CLIENT_H

#include <latchkey/provider.h>
#include <latchkey/smtp.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A message: `head` in memory, then `fd` from `offset` on.
 * Read twice: first what it is, then to send it. */
struct lk_message {
	uint32_t size;              /* sizeof(struct lk_message) */
	int32_t fd;                 /* seekable, or -1 */
	uint64_t offset;
	struct lk_bytes head;
	uint64_t length;            /* octets of fd; 0: all up to its end */
};

/* Scan a message.  0, or -1 with *err set: unreadable, empty, NUL, lone CR. */
LK_API int lk_message_facts(const struct lk_message *,
			    struct lk_message_facts *, struct lk_error *err);

struct lk_client;

/* Nobody else in this process uses OpenSSL.  It is then set up the short way,
 * for the whole process: no clean-up when it ends, and no error texts until one
 * is needed here.  A tenth of the time that sending one message takes. */
#define LK_CLIENT_ALONE 0x1u

/* LK_LOGIN_RETRY for each login. */
#define LK_CLIENT_RETRY 0x2u

struct lk_client_options {
	uint32_t size;              /* sizeof(struct lk_client_options) */
	uint32_t flags;             /* LK_CLIENT_* */
	void (*trace)(void *ctx, const struct lk_trace *); /* or NULL */
	void *trace_ctx;
};

/* Host and account are borrowed until lk_client_free.  options may be NULL.
 * -1 with *err set: the account names no host, or contradicts itself. */
LK_API int lk_client_new(struct lk_client **ret, struct lk_host *,
			 struct lk_account *, const struct lk_client_options *,
			 struct lk_error *err);

/* Connect, TLS as the account says, log in if it has a `user`, an `auth` or
 * a source of a secret; if it only has a `cert`, then where the server lets that
 * log in.  Each address of the host is tried (15 s each).  0, or -1 with *err set
 * and everything closed; it may be called again. */
LK_API int lk_client_connect(struct lk_client *, struct lk_error *err);

/* Send one message; connected or not.  Results are in the envelope's
 * recipients.  0: a 250 confirmed it, -1: *err says why not; LK_E_UNKNOWN if it
 * may have been accepted.  With LK_MAIL_LAST the connection is closed after. */
LK_API int lk_client_mail(struct lk_client *, struct lk_envelope *,
			  const struct lk_message *, struct lk_error *err);

/* QUIT if connected, and close. */
LK_API void lk_client_close(struct lk_client *);

/* NULL is allowed.  Closes without a word if still connected. */
LK_API void lk_client_free(struct lk_client *);

/* How it stands, after a connect; strings valid until the next call. */
struct lk_client_info {
	uint32_t size;              /* sizeof(struct lk_client_info): set it */
	int32_t initial_response;
	const char *mech;           /* id, or "" without a login */
	const char *tls;            /* "TLSv1.3", or "" */
	const char *peer;           /* "127.0.0.1:587" */
	const char *warning;        /* or "" */
	int32_t attempts;
};

LK_API void lk_client_get_info(const struct lk_client *,
			       struct lk_client_info *);

/* new, connect, mail with LK_MAIL_LAST, free. */
LK_API int lk_client_send(struct lk_host *, struct lk_account *,
			  struct lk_envelope *, const struct lk_message *,
			  const struct lk_client_options *,
			  struct lk_error *err);

#ifdef __cplusplus
}
#endif
#endif
