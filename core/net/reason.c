/* OpenSSL's reasons in words. SPDX-License-Identifier: MIT */
#ifndef OPENSSL_NO_DEPRECATED_3_0
/* they are marked so because OpenSSL mostly loads its texts by itself */
#define OPENSSL_SUPPRESS_DEPRECATED
#endif

#include "net/trust.h"

#include <openssl/err.h>

#include <string.h>

void
lk_openssl_alone(void)
{
	OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT |
			 OPENSSL_INIT_NO_LOAD_SSL_STRINGS |
			 OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS, NULL);
}

/* Those that lk_openssl_alone() left out.  Ones that are there stay as they
 * are. */
static void
load_texts(void)
{
#ifndef OPENSSL_NO_DEPRECATED_3_0
	ERR_load_SSL_strings();
	ERR_load_ASN1_strings();
	ERR_load_BIO_strings();
	ERR_load_EC_strings();
	ERR_load_ERR_strings();
	ERR_load_EVP_strings();
	ERR_load_PEM_strings();
	ERR_load_RSA_strings();
	ERR_load_X509_strings();
	ERR_load_X509V3_strings();
#endif
}

const char *
lk_openssl_reason(void)
{
	unsigned long e = ERR_peek_last_error();
	const char *text = NULL;

	if (ERR_SYSTEM_ERROR(e)) {
		text = strerror(ERR_GET_REASON(e));
	} else if (e) {
		text = ERR_reason_error_string(e);
		if (!text) {
			load_texts();
			text = ERR_reason_error_string(e);
		}
	}
	ERR_clear_error();
	return text ? text : "OpenSSL does not say why";
}
