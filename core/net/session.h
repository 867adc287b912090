/* The inside of a TLS session. SPDX-License-Identifier: MIT */
#ifndef LK_NET_SESSION_H
#define LK_NET_SESSION_H

#include "net/trust.h"

#include <openssl/evp.h>

#define LK_TLS_FIRST_ROOM 64

struct lk_tls {
	const struct lk_trust *trust;
	const char *host;
	SSL *ssl;
	BIO *from_peer, *to_peer;   /* owned by ssl */
	X509 *refused;              /* the certificate that failed, or NULL */
	int why;                    /* X509_V_ERR_* */
	bool asked;                 /* the peer wants to see our certificate */
	bool up, verified;
	size_t n_first;             /* what came first: is it TLS at all? */
	unsigned char first[LK_TLS_FIRST_ROOM];
	size_t n_binding;
	unsigned char binding[EVP_MAX_MD_SIZE];
};

/* OpenSSL gave up: what its queue, the certificate and the first octets of the
 * peer say.  Returns -1. */
int lk_tls_fail(struct lk_tls *, struct lk_error *err);

#endif
