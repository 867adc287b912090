/* What a certificate says, and why it was not believed, in words.
 * SPDX-License-Identifier: MIT */
#ifndef LK_NET_VERIFY_H
#define LK_NET_VERIFY_H

#include <latchkey/error.h>

#include <openssl/x509.h>

#define LK_PIN_PREFIX "sha256//"
#define LK_PIN_OCTETS 32
#define LK_PIN_ROOM 64

/* SHA-256 of the public key's SubjectPublicKeyInfo.  0 or -1. */
int lk_pin_of(X509 *, unsigned char pin[LK_PIN_OCTETS]);

/* "sha256//BASE64". */
void lk_pin_text(const unsigned char pin[LK_PIN_OCTETS],
		 char text[LK_PIN_ROOM]);

/* The way back.  0, or -1 with *err set: LK_E_CONFIG. */
int lk_pin_parse(const char *text, unsigned char pin[LK_PIN_OCTETS],
		 struct lk_error *err);

/* The certificate (or NULL) that `host` showed failed with X509_V_ERR_*:
 * LK_E_HOST_NAME or LK_E_CERTIFICATE.  Returns -1. */
int lk_verify_fail(const char *host, X509 *, int why, struct lk_error *err);

/* Its key is not the one that is pinned.  Returns -1. */
int lk_verify_fail_pin(const char *host, X509 *,
		       const unsigned char pinned[LK_PIN_OCTETS],
		       struct lk_error *err);

#endif
