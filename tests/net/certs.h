/* Certificates for tests, made in memory. SPDX-License-Identifier: MIT */
#ifndef LK_TEST_NET_CERTS_H
#define LK_TEST_NET_CERTS_H

#include "temp.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define DAY 86400L

/* What a test stands on; unlike assert() it stays in a release build. */
#define must(what) \
	do { \
		if (!(what)) { \
			fprintf(stderr, "%s:%d: " #what "\n", __FILE__, \
				__LINE__); \
			abort(); \
		} \
	} while (0)

struct cert {
	X509 *x509;
	EVP_PKEY *key;
};

static inline void
cert_extend(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	must(e && X509_add_ext(x, e, -1) == 1);
	X509_EXTENSION_free(e);
}

/* issuer NULL: self-signed.  names as in "DNS:localhost,IP:127.0.0.1", NULL: an
 * authority.  Valid from `from` to `until` seconds from now. */
static inline struct cert
cert_new(const struct cert *issuer, const char *common, const char *names,
	 long from, long until)
{
	static long serial = 1;
	struct cert c = { X509_new(), EVP_EC_gen("P-256") };
	X509_NAME *name = X509_get_subject_name(c.x509);
	const struct cert *by = issuer ? issuer : &c;

	must(c.key);
	X509_set_version(c.x509, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(c.x509), serial++);
	X509_gmtime_adj(X509_getm_notBefore(c.x509), from);
	X509_gmtime_adj(X509_getm_notAfter(c.x509), until);
	X509_set_pubkey(c.x509, c.key);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
				   (const unsigned char *)common, -1, -1, 0);
	X509_set_issuer_name(c.x509, X509_get_subject_name(by->x509));
	if (names)
		cert_extend(c.x509, by->x509, NID_subject_alt_name, names);
	else
		cert_extend(c.x509, by->x509, NID_basic_constraints,
			    "critical,CA:TRUE");
	must(X509_sign(c.x509, by->key, EVP_sha256()) > 0);
	return c;
}

static inline void
cert_free(struct cert *c)
{
	X509_free(c->x509);
	EVP_PKEY_free(c->key);
	c->x509 = NULL;
	c->key = NULL;
}

/* A PEM file of the certificate and, if with_key, its key; the caller
 * unlinks. */
static inline void
cert_write(const struct cert *c, int with_key, char path[TEMP])
{
	int fd = temp_file(path, "latchkey-cert");
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	must(f);
	must(PEM_write_X509(f, c->x509) == 1);
	if (with_key)
		must(PEM_write_PKCS8PrivateKey(f, c->key, NULL, NULL, 0, NULL,
						 NULL) == 1);
	fclose(f);
}

#endif
