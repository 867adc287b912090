/* A TLS server without a socket. SPDX-License-Identifier: MIT */
#ifndef LK_TEST_NET_MEMORY_H
#define LK_TEST_NET_MEMORY_H

#include "net/certs.h"
#include "net/tls.h"

#include <openssl/ssl.h>

static char ca[TEMP];               /* of its authority */

struct server {
	SSL_CTX *ctx;
	SSL *ssl;
};

/* The next connection to it. */
static inline void
server_next(struct server *s)
{
	SSL_free(s->ssl);
	s->ssl = SSL_new(s->ctx);
	SSL_set_bio(s->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_accept_state(s->ssl);
}

static inline void
server_open(struct server *s, const struct cert *c, int max, int verify)
{
	s->ctx = SSL_CTX_new(TLS_server_method());
	/* so that 1.1 exists at all */
	SSL_CTX_set_security_level(s->ctx, max < TLS1_2_VERSION ? 0 : 1);
	SSL_CTX_set_min_proto_version(s->ctx, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(s->ctx, max);
	SSL_CTX_use_certificate(s->ctx, c->x509);
	SSL_CTX_use_PrivateKey(s->ctx, c->key);
	SSL_CTX_load_verify_file(s->ctx, ca);
	SSL_CTX_set_verify(s->ctx, verify, NULL);
	/* who wants certificates resumes nothing without it */
	SSL_CTX_set_session_id_context(s->ctx, (const unsigned char *)"t", 1);
	s->ssl = NULL;
	server_next(s);
}

static inline void
server_close(struct server *s)
{
	SSL_free(s->ssl);
	SSL_CTX_free(s->ctx);
}

/* What each side has for the other. */
static inline void
carry(struct lk_tls *t, struct server *s)
{
	unsigned char data[16384];
	struct lk_buf b;
	int n;

	lk_buf_init(&b, 1 << 20);
	assert_int_equal(lk_tls_drain(t, &b), 0);
	if (b.len)
		BIO_write(SSL_get_rbio(s->ssl), b.data, (int)b.len);
	SSL_do_handshake(s->ssl);
	while ((n = BIO_read(SSL_get_wbio(s->ssl), data, sizeof(data))) > 0)
		assert_int_equal(lk_tls_feed(t, data, (size_t)n), 0);
	lk_buf_wipe(&b);
}

static inline int
shake(struct lk_tls *t, struct server *s, struct lk_error *err)
{
	int i, r = 0;

	for (i = 0; i < 10 && r == 0; i++) {
		r = lk_tls_handshake(t, err);
		carry(t, s);
	}
	return r;
}

#endif
