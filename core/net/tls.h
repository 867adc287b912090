/* TLS between memory and memory: OpenSSL without a socket.
 * SPDX-License-Identifier: MIT */
#ifndef LK_NET_TLS_H
#define LK_NET_TLS_H

#include "base/buf.h"

#include <latchkey/host.h>

#include <stdbool.h>

/* Whom to believe, and what to show; from an account. */
struct lk_trust_settings {
	const char *ca;             /* file or directory; NULL: the system's */
	const char *pin;            /* or NULL */
	const char *cert, *key;     /* or NULL */
	bool no_verify;
	bool alone;                 /* LK_CLIENT_ALONE */
};

struct lk_trust;

/* -1 with *err set: LK_E_CONFIG, a file that cannot be used or a bad pin. */
int lk_trust_new(struct lk_trust **ret, const struct lk_trust_settings *,
		 struct lk_error *err);
void lk_trust_free(struct lk_trust *);

struct lk_tls;

/* A session with `host`, an address or a name.  Borrows both.  It goes on with
 * the last session of this trust, if that was with the same host: what was
 * verified then still is. */
int lk_tls_new(struct lk_tls **ret, struct lk_trust *, const char *host,
	       struct lk_error *err);
void lk_tls_free(struct lk_tls *);

/* Octets from the socket, and for it.  -1: memory, or no room. */
int lk_tls_feed(struct lk_tls *, const void *data, size_t len);
int lk_tls_drain(struct lk_tls *, struct lk_buf *to);

/* 1: up and believed; 0: octets of the peer are needed; -1 with *err set.
 * Drain after each, also after a failure: an alert tells the peer. */
int lk_tls_handshake(struct lk_tls *, struct lk_error *err);

/* The peer hung up during the handshake: says what it looks like. -1. */
int lk_tls_cut(struct lk_tls *, struct lk_error *err);

/* Encrypts all of it.  0, or -1 with *err set. */
int lk_tls_write(struct lk_tls *, const void *data, size_t len,
		 struct lk_error *err);

#define LK_TLS_END (-2)             /* the peer has closed its side */

/* How many octets, 0: more are needed from the peer, LK_TLS_END, or -1 with
 * *err set. */
int lk_tls_read(struct lk_tls *, void *to, size_t room, struct lk_error *err);

/* Is there more of what was fed: worth another read? */
bool lk_tls_has_more(const struct lk_tls *);

/* Say that nothing more comes. */
void lk_tls_close(struct lk_tls *);

bool lk_tls_is_verified(const struct lk_tls *);
bool lk_tls_showed_cert(const struct lk_tls *);
bool lk_tls_is_resumed(const struct lk_tls *);
const char *lk_tls_version(const struct lk_tls *);

/* As lk_facts wants it; ctx: a struct lk_tls. */
int32_t lk_tls_binding(void *ctx, const char *type, struct lk_bytes *out);

#endif
