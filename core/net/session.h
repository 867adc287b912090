/* The inside of a TLS session. SPDX-License-Identifier: MIT */
#ifndef LK_NET_SESSION_H
#define LK_NET_SESSION_H

#include "net/trust.h"

#include <openssl/evp.h>

#define LK_TLS_FIRST_ROOM 64

struct lk_tls {
	struct lk_trust *trust;
	const char *host;
	SSL *ssl;
	BIO *from_peer, *to_peer;   /* owned by ssl */
	X509 *refused;              /* the certificate that failed, or NULL */
	int why;                    /* X509_V_ERR_* */
	bool asked;                 /* the peer wants to see our certificate */
	bool up, verified;
	bool failed;                /* TLS itself, on either side */
	const SSL_SESSION *offered; /* to go on with; owned by ssl */
	bool offered_asked;
	size_t n_first;             /* what came first: is it TLS at all? */
	unsigned char first[LK_TLS_FIRST_ROOM];
	size_t n_binding;
	unsigned char binding[EVP_MAX_MD_SIZE];
};

/* OpenSSL gave up: what its queue, the certificate and the first octets of the
 * peer say.  Returns -1. */
int lk_tls_fail(struct lk_tls *, struct lk_error *err);

/* ---- resume.c ---------------------------------------------------------- */

/* Before the handshake: go on with the last session, if it was with this
 * host. */
void lk_resume_offer(struct lk_tls *);

/* After it: is it a new session, or one of a verified peer? */
bool lk_resume_is_sound(struct lk_tls *);

/* At the end of a session that was up: the next one may go on with it. */
void lk_resume_keep(struct lk_tls *);

#endif
