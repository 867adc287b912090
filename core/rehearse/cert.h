/* A certificate for this run. SPDX-License-Identifier: MIT */
#ifndef LK_REHEARSE_CERT_H
#define LK_REHEARSE_CERT_H

#include <latchkey/error.h>

#include <openssl/ssl.h>

/* As OpenSSL writes alternative names. */
#define LK_CERT_NAMES \
	"DNS:localhost,IP:127.0.0.1,IP:127.0.0.2,IP:::1"

/* A TLS server with a key and a self-signed certificate made now; the
 * certificate is written to `path`, the key nowhere.  -1 with *err set. */
int lk_cert_new(SSL_CTX **ret, const char *names, const char *path,
		struct lk_error *err);

#endif
