/* One TLS session over memory. SPDX-License-Identifier: MIT */
#include "net/tls.h"

#include "base/error.h"
#include "net/session.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static int
on_verify(int ok, X509_STORE_CTX *store)
{
	int index = SSL_get_ex_data_X509_STORE_CTX_idx();
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, index);
	struct lk_tls *t = SSL_get_app_data(ssl);
	X509 *leaf = X509_STORE_CTX_get0_cert(store);

	if (ok || t->refused)
		return ok;
	t->why = X509_STORE_CTX_get_error(store);
	if (leaf && X509_up_ref(leaf) == 1)
		t->refused = leaf;
	return 0;
}

static int
on_asked(SSL *ssl, void *ctx)
{
	struct lk_tls *t = ctx;

	(void)ssl;
	t->asked = true;
	return 1;
}

static bool
is_address(const char *host)
{
	struct in6_addr any;

	return inet_pton(AF_INET, host, &any) == 1 ||
	       inet_pton(AF_INET6, host, &any) == 1;
}

static int
name_peer(struct lk_tls *t)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(t->ssl);

	X509_VERIFY_PARAM_set_hostflags(param,
					X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (is_address(t->host))
		return X509_VERIFY_PARAM_set1_ip_asc(param, t->host);
	if (SSL_set_tlsext_host_name(t->ssl, t->host) != 1)
		return 0;
	return X509_VERIFY_PARAM_set1_host(param, t->host, 0);
}

static int
set_up(struct lk_tls *t)
{
	t->ssl = SSL_new(t->trust->ctx);
	t->from_peer = BIO_new(BIO_s_mem());
	t->to_peer = BIO_new(BIO_s_mem());
	if (!t->ssl || !t->from_peer || !t->to_peer) {
		BIO_free(t->from_peer);
		BIO_free(t->to_peer);
		return 0;
	}
	SSL_set_bio(t->ssl, t->from_peer, t->to_peer);
	SSL_set_app_data(t->ssl, t);
	SSL_set_cert_cb(t->ssl, on_asked, t);
	SSL_set_connect_state(t->ssl);
	if (t->trust->verify)
		SSL_set_verify(t->ssl, SSL_VERIFY_PEER, on_verify);
	else
		SSL_set_verify(t->ssl, SSL_VERIFY_NONE, NULL);
	return name_peer(t);
}

int
lk_tls_new(struct lk_tls **ret, struct lk_trust *trust, const char *host,
	   struct lk_error *err)
{
	struct lk_tls *t = calloc(1, sizeof(*t));

	if (!t)
		return lk_fail_memory(err);
	t->trust = trust;
	t->host = host;
	ERR_clear_error();
	if (set_up(t) != 1) {
		lk_fail(err, LK_E_HANDSHAKE, "TLS with %s cannot be set up: %s",
			host, lk_openssl_reason());
		lk_tls_free(t);
		return -1;
	}
	lk_resume_offer(t);
	*ret = t;
	return 0;
}

void
lk_tls_free(struct lk_tls *t)
{
	if (!t)
		return;
	if (t->up && !t->failed)
		lk_resume_keep(t);
	SSL_free(t->ssl);
	X509_free(t->refused);
	explicit_bzero(t, sizeof(*t));
	free(t);
}

int
lk_tls_feed(struct lk_tls *t, const void *data, size_t len)
{
	size_t first = sizeof(t->first) - t->n_first;

	assert(len <= INT_MAX);
	if (first > len)
		first = len;
	memcpy(t->first + t->n_first, data, first);
	t->n_first += first;
	if (len && BIO_write(t->from_peer, data, (int)len) != (int)len)
		return -1;
	return 0;
}

int
lk_tls_drain(struct lk_tls *t, struct lk_buf *to)
{
	size_t len = BIO_ctrl_pending(t->to_peer);
	unsigned char *room;

	if (len == 0)
		return 0;
	room = lk_buf_reserve(to, len);
	if (!room || BIO_read(t->to_peer, room, (int)len) != (int)len)
		return -1;
	to->len += len;
	return 0;
}

/* ---- the handshake ----------------------------------------------------- */

static int
accept_peer(struct lk_tls *t, struct lk_error *err)
{
	X509 *cert = SSL_get0_peer_certificate(t->ssl);
	unsigned char pin[LK_PIN_OCTETS];

	if (!cert)
		return lk_fail(err, LK_E_HANDSHAKE,
			       "TLS with %s failed: no certificate", t->host);
	if (!lk_resume_is_sound(t))
		return lk_fail(err, LK_E_INTERNAL, "the TLS session with %s "
			       "was never verified", t->host);
	if (t->trust->has_pin &&
	    (lk_pin_of(cert, pin) < 0 ||
	     CRYPTO_memcmp(pin, t->trust->pin, sizeof(pin)) != 0))
		return lk_verify_fail_pin(t->host, cert, t->trust->pin, err);
	t->verified = t->trust->verify || t->trust->has_pin;
	t->up = true;
	return 1;
}

int
lk_tls_handshake(struct lk_tls *t, struct lk_error *err)
{
	int r;

	if (t->up)
		return 1;
	ERR_clear_error();
	r = SSL_do_handshake(t->ssl);
	if (r == 1)
		return accept_peer(t, err);
	if (SSL_get_error(t->ssl, r) == SSL_ERROR_WANT_READ)
		return 0;
	return lk_tls_fail(t, err);
}

/* ---- octets ------------------------------------------------------------ */

/* Before each record; to clear a queue that is empty takes longer. */
static void
clear_errors(void)
{
	if (ERR_peek_error())
		ERR_clear_error();
}

int
lk_tls_write(struct lk_tls *t, const void *data, size_t len,
	     struct lk_error *err)
{
	size_t done;

	clear_errors();
	if (len == 0 || SSL_write_ex(t->ssl, data, len, &done) == 1)
		return 0;
	return lk_tls_fail(t, err);
}

int
lk_tls_read(struct lk_tls *t, void *to, size_t room, struct lk_error *err)
{
	size_t done;

	clear_errors();
	if (SSL_read_ex(t->ssl, to, room, &done) == 1)
		return (int)done;
	switch (SSL_get_error(t->ssl, 0)) {
	case SSL_ERROR_WANT_READ:
		return 0;
	case SSL_ERROR_ZERO_RETURN:
		return LK_TLS_END;
	default:
		return lk_tls_fail(t, err);
	}
}

bool
lk_tls_has_more(const struct lk_tls *t)
{
	return SSL_has_pending(t->ssl) || BIO_ctrl_pending(t->from_peer) > 0;
}

void
lk_tls_close(struct lk_tls *t)
{
	ERR_clear_error();
	if (t->up)
		SSL_shutdown(t->ssl);
	ERR_clear_error();
}

/* ---- what it is -------------------------------------------------------- */

bool
lk_tls_is_verified(const struct lk_tls *t)
{
	return t->verified;
}

bool
lk_tls_showed_cert(const struct lk_tls *t)
{
	return t->asked && SSL_get_certificate(t->ssl) != NULL;
}

bool
lk_tls_is_resumed(const struct lk_tls *t)
{
	return t->up && SSL_session_reused(t->ssl);
}

const char *
lk_tls_version(const struct lk_tls *t)
{
	return SSL_get_version(t->ssl);
}
