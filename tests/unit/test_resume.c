/* TLS sessions that go on: what they keep, and when they do not.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "net/memory.h"
#include "net/trust.h"

static struct cert authority, good, other, client;
static char own[TEMP];

static int
make_all(void **state)
{
	(void)state;
	authority = cert_new(NULL, "Test CA", NULL, -DAY, DAY);
	good = cert_new(&authority, "mx", "DNS:mx.example,DNS:b.example", -DAY,
			DAY);
	other = cert_new(&authority, "mx", "DNS:other.example", -DAY, DAY);
	client = cert_new(&authority, "c", "email:c@mx.example", -DAY, DAY);
	cert_write(&authority, 0, ca);
	cert_write(&client, 1, own);
	return 0;
}

static int
free_all(void **state)
{
	(void)state;
	cert_free(&authority);
	cert_free(&good);
	cert_free(&other);
	cert_free(&client);
	unlink(ca);
	unlink(own);
	return 0;
}

/* A connection to the server, until what comes after the handshake was read. */
static int
connect_to(struct lk_tls **t, struct lk_trust *trust, struct server *s,
	   const char *host, struct lk_error *err)
{
	char data[16];
	int r;

	server_next(s);
	assert_int_equal(lk_tls_new(t, trust, host, err), 0);
	r = shake(*t, s, err);
	if (r == 1) {
		assert_int_equal(lk_tls_read(*t, data, sizeof(data), err), 0);
		carry(*t, s);
	}
	return r;
}

static struct lk_trust *
trust_new(const char *cert, bool no_verify)
{
	struct lk_trust_settings set = {
		.ca = ca, .cert = cert, .no_verify = no_verify,
	};
	struct lk_trust *trust;

	assert_int_equal(lk_trust_new(&trust, &set, NULL), 0);
	return trust;
}

/* Both sides of a binding, while the session is up. */
static void
check_unique(struct lk_tls *t, struct server *s)
{
	unsigned char theirs[64];
	struct lk_bytes out;
	size_t n;

	assert_int_equal(lk_tls_binding(t, "tls-unique", &out), LK_DONE);
	n = SSL_session_reused(s->ssl)
		? SSL_get_finished(s->ssl, theirs, sizeof(theirs))
		: SSL_get_peer_finished(s->ssl, theirs, sizeof(theirs));
	assert_int_equal(out.len, n);
	assert_memory_equal(out.data, theirs, n);
}

static void
check_end_point(struct lk_tls *t)
{
	unsigned char digest[32];
	struct lk_bytes out;
	unsigned int len;

	X509_digest(good.x509, EVP_sha256(), digest, &len);
	assert_int_equal(lk_tls_binding(t, "tls-server-end-point", &out), 0);
	assert_int_equal(out.len, 32);
	assert_memory_equal(out.data, digest, 32);
}

/* Three times, with a client certificate: facts and bindings stay. */
static void
check_resumed(int max)
{
	struct lk_trust *trust = trust_new(own, false);
	struct server s;
	struct lk_tls *t;
	int i;

	server_open(&s, &good, max, SSL_VERIFY_PEER);
	for (i = 0; i < 3; i++) {
		assert_int_equal(connect_to(&t, trust, &s, "mx.example",
					    NULL), 1);
		assert_int_equal(lk_tls_is_resumed(t), i > 0);
		assert_int_equal(SSL_session_reused(s.ssl), i > 0);
		assert_true(lk_tls_is_verified(t));
		assert_true(lk_tls_showed_cert(t));
		check_end_point(t);
		if (max < TLS1_3_VERSION)
			check_unique(t, &s);
		lk_tls_free(t);         /* cut, not closed */
	}
	server_close(&s);
	lk_trust_free(trust);
}

static void
test_resumed(void **state)
{
	(void)state;
	check_resumed(TLS1_3_VERSION);
	check_resumed(TLS1_2_VERSION);
}

/* A ticket is used once. */
static void
test_once(void **state)
{
	struct lk_trust *trust = trust_new(NULL, false);
	struct server s;
	struct lk_tls *t;

	(void)state;
	server_open(&s, &good, TLS1_3_VERSION, SSL_VERIFY_NONE);
	assert_int_equal(connect_to(&t, trust, &s, "mx.example", NULL), 1);
	lk_tls_free(t);
	SSL_CTX_set_num_tickets(s.ctx, 0);
	assert_int_equal(connect_to(&t, trust, &s, "mx.example", NULL), 1);
	assert_true(lk_tls_is_resumed(t));
	lk_tls_free(t);
	assert_int_equal(connect_to(&t, trust, &s, "mx.example", NULL), 1);
	assert_false(lk_tls_is_resumed(t));
	lk_tls_free(t);
	server_close(&s);
	lk_trust_free(trust);
}

/* Verified for one name is not verified for another, though the certificate
 * has both. */
static void
test_other_name(void **state)
{
	struct lk_trust *trust = trust_new(NULL, false);
	struct lk_error err = { 0 };
	struct server s;
	struct lk_tls *t;

	(void)state;
	server_open(&s, &good, TLS1_3_VERSION, SSL_VERIFY_NONE);
	assert_int_equal(connect_to(&t, trust, &s, "mx.example", NULL), 1);
	lk_tls_free(t);
	assert_int_equal(connect_to(&t, trust, &s, "b.example", NULL), 1);
	assert_false(lk_tls_is_resumed(t));
	lk_tls_free(t);
	assert_int_equal(connect_to(&t, trust, &s, "c.example", &err), -1);
	assert_int_equal(err.cls, LK_E_HOST_NAME);
	lk_tls_free(t);
	server_close(&s);
	lk_trust_free(trust);
}

/* What was never verified counts for nothing where that is asked for. */
static void
test_unverified(void **state)
{
	struct lk_trust *loose = trust_new(NULL, true);
	struct lk_trust *strict = trust_new(NULL, false);
	struct lk_error err = { 0 };
	struct server s;
	struct lk_tls *t;

	(void)state;
	server_open(&s, &other, TLS1_3_VERSION, SSL_VERIFY_NONE);
	assert_int_equal(connect_to(&t, loose, &s, "mx.example", NULL), 1);
	lk_tls_free(t);
	assert_int_equal(connect_to(&t, loose, &s, "mx.example", NULL), 1);
	assert_true(lk_tls_is_resumed(t));
	assert_false(lk_tls_is_verified(t));
	lk_tls_free(t);
	/* as if one trust served both */
	strict->resume = loose->resume;
	memset(&loose->resume, 0, sizeof(loose->resume));
	assert_int_equal(connect_to(&t, strict, &s, "mx.example", &err), -1);
	assert_int_equal(err.cls, LK_E_INTERNAL);
	assert_false(lk_tls_is_verified(t));
	lk_tls_free(t);
	server_close(&s);
	lk_trust_free(loose);
	lk_trust_free(strict);
}

/* A pin is looked at again. */
static void
test_pin(void **state)
{
	struct lk_trust *trust = trust_new(NULL, false);
	struct lk_error err = { 0 };
	struct server s;
	struct lk_tls *t;

	(void)state;
	server_open(&s, &good, TLS1_3_VERSION, SSL_VERIFY_NONE);
	assert_int_equal(lk_pin_of(good.x509, trust->pin), 0);
	trust->has_pin = true;
	assert_int_equal(connect_to(&t, trust, &s, "mx.example", NULL), 1);
	lk_tls_free(t);
	assert_int_equal(connect_to(&t, trust, &s, "mx.example", NULL), 1);
	assert_true(lk_tls_is_resumed(t));
	lk_tls_free(t);
	trust->pin[0] ^= 1;
	assert_int_equal(connect_to(&t, trust, &s, "mx.example", &err), -1);
	assert_int_equal(err.cls, LK_E_CERTIFICATE);
	lk_tls_free(t);
	server_close(&s);
	lk_trust_free(trust);
}

/* A server that has forgotten, or is another one: from the beginning, and
 * verified again. */
static void
test_forgotten(void **state)
{
	struct lk_trust *trust = trust_new(NULL, false);
	struct lk_error err = { 0 };
	struct server s;
	struct lk_tls *t;

	(void)state;
	server_open(&s, &good, TLS1_3_VERSION, SSL_VERIFY_NONE);
	assert_int_equal(connect_to(&t, trust, &s, "mx.example", NULL), 1);
	lk_tls_free(t);
	server_close(&s);
	server_open(&s, &good, TLS1_3_VERSION, SSL_VERIFY_NONE);
	assert_int_equal(connect_to(&t, trust, &s, "mx.example", NULL), 1);
	assert_false(lk_tls_is_resumed(t));
	assert_true(lk_tls_is_verified(t));
	lk_tls_free(t);
	server_close(&s);
	server_open(&s, &other, TLS1_3_VERSION, SSL_VERIFY_NONE);
	assert_int_equal(connect_to(&t, trust, &s, "mx.example", &err), -1);
	assert_int_equal(err.cls, LK_E_HOST_NAME);
	lk_tls_free(t);
	server_close(&s);
	lk_trust_free(trust);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resumed),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_other_name),
		cmocka_unit_test(test_unverified),
		cmocka_unit_test(test_pin),
		cmocka_unit_test(test_forgotten),
	};

	return cmocka_run_group_tests(tests, make_all, free_all);
}
