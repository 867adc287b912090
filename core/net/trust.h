/* The inside of a trust. SPDX-License-Identifier: MIT */
#ifndef LK_NET_TRUST_H
#define LK_NET_TRUST_H

#include "net/tls.h"
#include "net/verify.h"

#include <openssl/ssl.h>

struct lk_trust {
	SSL_CTX *ctx;
	bool verify;                /* the chain and the name */
	bool has_pin;
	unsigned char pin[LK_PIN_OCTETS];
};

/* The newest reason in OpenSSL's queue, in words; empties it. */
const char *lk_openssl_reason(void);

#endif
