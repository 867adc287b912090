/* Channel bindings (RFC 5929, RFC 9266). SPDX-License-Identifier: MIT */
#include "net/session.h"

#include <openssl/err.h>

#include <string.h>

static size_t
exporter(struct lk_tls *t)
{
	static const char label[] = "EXPORTER-Channel-Binding";

	/* below 1.3 peers do not agree on what an empty context is, and the
	 * finished message is there */
	if (SSL_version(t->ssl) < TLS1_3_VERSION ||
	    SSL_export_keying_material(t->ssl, t->binding, 32, label,
				       sizeof(label) - 1, NULL, 0, 0) != 1)
		return 0;
	return 32;
}

/* RFC 5929, 4.1: the hash of the signature, but never weaker than SHA-256. */
static size_t
end_point(struct lk_tls *t)
{
	X509 *cert = SSL_get0_peer_certificate(t->ssl);
	unsigned int len = 0;
	const EVP_MD *md;
	int nid;

	if (!cert || X509_get_signature_info(cert, &nid, NULL, NULL, NULL) != 1)
		return 0;
	if (nid == NID_md5 || nid == NID_sha1)
		nid = NID_sha256;
	md = EVP_get_digestbynid(nid);
	if (!md || X509_digest(cert, md, t->binding, &len) != 1)
		return 0;
	return len;
}

/* Without the extended master secret two sessions can have the same one
 * (RFC 7627). */
static size_t
unique(struct lk_tls *t)
{
	if (SSL_version(t->ssl) >= TLS1_3_VERSION ||
	    SSL_get_extms_support(t->ssl) != 1)
		return 0;
	/* the first Finished: a resumed session begins with the server's
	 * (RFC 5929, 3.1) */
	if (SSL_session_reused(t->ssl))
		return SSL_get_peer_finished(t->ssl, t->binding,
					     sizeof(t->binding));
	return SSL_get_finished(t->ssl, t->binding, sizeof(t->binding));
}

static const struct {
	const char *type;
	size_t (*get)(struct lk_tls *);
} bindings[] = {
	{ "tls-exporter", exporter },
	{ "tls-server-end-point", end_point },
	{ "tls-unique", unique },
};

int32_t
lk_tls_binding(void *ctx, const char *type, struct lk_bytes *out)
{
	struct lk_tls *t = ctx;
	size_t i;

	for (i = 0; i < sizeof(bindings) / sizeof(*bindings); i++) {
		if (!t->up || strcmp(type, bindings[i].type) != 0)
			continue;
		t->n_binding = bindings[i].get(t);
		ERR_clear_error();
		if (t->n_binding == 0)
			return LK_E_NOPROP;
		out->data = t->binding;
		out->len = t->n_binding;
		return LK_DONE;
	}
	return LK_E_NOPROP;
}
