/* The inside of a trust. SPDX-License-Identifier: MIT */
#ifndef LK_NET_TRUST_H
#define LK_NET_TRUST_H

#include "net/tls.h"
#include "net/verify.h"

#include <openssl/ssl.h>

/* A session that the next connection may go on with. */
struct lk_resume {
	SSL_SESSION *session;       /* or NULL */
	char *host;                 /* that it was verified for */
	bool asked;                 /* our certificate was */
};

struct lk_trust {
	SSL_CTX *ctx;
	bool verify;                /* the chain and the name */
	bool has_pin;
	unsigned char pin[LK_PIN_OCTETS];
	struct lk_resume resume;
};

/* ---- reason.c ---------------------------------------------------------- */

/* Nobody else in this process uses OpenSSL: see LK_CLIENT_ALONE. */
void lk_openssl_alone(void);

/* The newest reason in OpenSSL's queue, in words; empties it. */
const char *lk_openssl_reason(void);

/* ---- resume.c ---------------------------------------------------------- */

void lk_resume_drop(struct lk_resume *);

#endif
