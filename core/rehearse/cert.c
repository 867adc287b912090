/* Key, self-signed certificate, TLS server. SPDX-License-Identifier: MIT */
#include "rehearse/cert.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <unistd.h>

#define HOUR 3600L
#define DAYS (30 * 24 * HOUR)

static int
extend(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e;
	X509V3_CTX ctx;
	int r;

	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	r = e ? X509_add_ext(x, e, -1) : 0;
	X509_EXTENSION_free(e);
	return r == 1 ? 0 : -1;
}

/* Clients tell certificates apart by their number. */
static int
number(X509 *x)
{
	uint64_t serial;

	if (RAND_bytes((unsigned char *)&serial, sizeof(serial)) != 1)
		return -1;
	return ASN1_INTEGER_set_uint64(X509_get_serialNumber(x),
				       serial >> 1 | 1) == 1 ? 0 : -1;
}

static int
fill_in(X509 *x, EVP_PKEY *key, const char *names)
{
	static const unsigned char common[] = "latchkey rehearse";
	X509_NAME *name = X509_get_subject_name(x);

	if (X509_set_version(x, X509_VERSION_3) != 1 || number(x) < 0 ||
	    !X509_gmtime_adj(X509_getm_notBefore(x), -HOUR) ||
	    !X509_gmtime_adj(X509_getm_notAfter(x), DAYS) ||
	    X509_set_pubkey(x, key) != 1 ||
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, common, -1,
				       -1, 0) != 1 ||
	    X509_set_issuer_name(x, name) != 1)
		return -1;
	if (extend(x, NID_subject_alt_name, names) < 0 ||
	    extend(x, NID_basic_constraints, "critical,CA:TRUE") < 0 ||
	    extend(x, NID_subject_key_identifier, "hash") < 0)
		return -1;
	return X509_sign(x, key, EVP_sha256()) > 0 ? 0 : -1;
}

static int
write_pem(X509 *x, const char *path, struct lk_error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW |
		      O_CLOEXEC, 0644);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	int r = 0;

	if (!f || PEM_write_X509(f, x) != 1 || fflush(f) != 0)
		r = lk_fail(err, LK_E_CONFIG, "%s cannot be written: %s", path,
			    strerror(errno));
	if (f)
		fclose(f);
	else if (fd >= 0)
		close(fd);
	return r;
}

int
lk_cert_new(SSL_CTX **ret, const char *names, const char *path,
	    struct lk_error *err)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	int r = -1;

	if (!ctx || !key || !x || fill_in(x, key, names) < 0 ||
	    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_use_certificate(ctx, x) != 1 ||
	    SSL_CTX_use_PrivateKey(ctx, key) != 1) {
		const char *why = ERR_reason_error_string(ERR_peek_error());

		lk_fail(err, LK_E_INTERNAL, "no certificate could be made: %s",
			why ? why : "OpenSSL does not say why");
	} else {
		r = write_pem(x, path, err);
	}
	if (r == 0) {
		*ret = ctx;
		ctx = NULL;
	}
	SSL_CTX_free(ctx);
	EVP_PKEY_free(key);
	X509_free(x);
	return r;
}
