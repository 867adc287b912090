/* TLS over memory: whom it believes, what it says when it does not.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "net/memory.h"
#include "net/verify.h"

static struct cert authority, stranger, good, wrong, old, early, by_stranger,
	partial, wild, address, client;
static char self[TEMP];
static char own[TEMP];
static char good_pin[LK_PIN_ROOM], other_pin[LK_PIN_ROOM];

static void
pin_of(const struct cert *c, char *text)
{
	unsigned char pin[LK_PIN_OCTETS];

	assert_int_equal(lk_pin_of(c->x509, pin), 0);
	lk_pin_text(pin, text);
}

static int
make_all(void **state)
{
	const struct cert *by = &authority;
	long year = 365 * DAY;

	(void)state;
	authority = cert_new(NULL, "Test CA", NULL, -DAY, year);
	stranger = cert_new(NULL, "Strange CA", NULL, -DAY, year);
	good = cert_new(by, "mx", "DNS:mx.example", -DAY, year);
	wrong = cert_new(by, "x", "DNS:a.example,DNS:b.example", -DAY, year);
	old = cert_new(by, "mx", "DNS:mx.example", -9 * DAY, -DAY);
	early = cert_new(by, "mx", "DNS:mx.example", DAY, year);
	by_stranger = cert_new(&stranger, "mx", "DNS:mx.example", -DAY, year);
	partial = cert_new(by, "mx", "DNS:m*.example", -DAY, year);
	wild = cert_new(by, "mx", "DNS:*.m.example", -DAY, year);
	address = cert_new(by, "mx", "IP:192.0.2.1", -DAY, year);
	client = cert_new(by, "client", "email:c@mx.example", -DAY, year);
	cert_write(&authority, 0, ca);
	cert_write(&by_stranger, 0, self);
	cert_write(&client, 1, own);
	pin_of(&good, good_pin);
	pin_of(&wrong, other_pin);
	return 0;
}

static int
free_all(void **state)
{
	struct cert *all[] = { &authority, &stranger, &good, &wrong, &old,
			       &early, &by_stranger, &partial, &wild, &address,
			       &client };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(*all); i++)
		cert_free(all[i]);
	unlink(ca);
	unlink(self);
	unlink(own);
	return 0;
}

/* ---- whom it believes -------------------------------------------------- */

static const struct believe {
	const char *what;
	const struct cert *cert;
	const char *host, *ca, *pin;
	int no_verify;
	int cls;                    /* 0: up */
	int verified;
	const char *sentence, *advice;
} believed[] = {
	{ "a good one", &good, "mx.example", ca, NULL, 0, 0, 1, "", "" },
	{ "any case", &good, "MX.Example", ca, NULL, 0, 0, 1, "", "" },
	{ "wildcard", &wild, "mx.m.example", ca, NULL, 0, 0, 1, "", "" },
	{ "address", &address, "192.0.2.1", ca, NULL, 0, 0, 1, "", "" },
	{ "its own file", &by_stranger, "mx.example", self, NULL, 0, 0, 1, "",
	  "" },
	{ "pinned too", &good, "mx.example", ca, good_pin, 0, 0, 1, "", "" },
	{ "only pinned", &by_stranger, "mx.example", ca, good_pin, 0,
	  LK_E_CERTIFICATE, 0, "unable to get local issuer", "ca=FILE" },
	{ "pin alone", &good, "other.example", NULL, good_pin, 1, 0, 1, "",
	  "" },
	{ "wrong pin", &good, "mx.example", ca, other_pin, 0,
	  LK_E_CERTIFICATE, 0, good_pin, "-o pin=sha256//" },
	{ "wrong pin, no chain", &good, "mx.example", NULL, other_pin, 1,
	  LK_E_CERTIFICATE, 0, good_pin, "-o pin=sha256//" },
	{ "anything", &by_stranger, "x.example", NULL, NULL, 1, 0, 0, "", "" },
	{ "wrong name", &wrong, "mx.example", ca, NULL, 0, LK_E_HOST_NAME, 0,
	  "wrong host name: the certificate that mx.example shows is for "
	  "a.example, b.example", "`host`" },
	{ "partial wildcard", &partial, "mx.example", ca, NULL, 0,
	  LK_E_HOST_NAME, 0, "is for m*.example", "" },
	{ "deeper wildcard", &wild, "a.mx.m.example", ca, NULL, 0,
	  LK_E_HOST_NAME, 0, "", "" },
	{ "wrong address", &address, "192.0.2.2", ca, NULL, 0, LK_E_HOST_NAME,
	  0, "is for 192.0.2.1", "" },
	{ "name for address", &good, "192.0.2.1", ca, NULL, 0, LK_E_HOST_NAME,
	  0, "is for mx.example", "" },
	{ "strange authority", &by_stranger, "mx.example", ca, NULL, 0,
	  LK_E_CERTIFICATE, 0, "issued by CN = Strange CA",
	  "-o insecure-no-verify=yes -o pin=sha256//" },
	{ "not the system's", &good, "mx.example", NULL, NULL, 0,
	  LK_E_CERTIFICATE, 0, "not trusted", "" },
	{ "expired", &old, "mx.example", ca, NULL, 0, LK_E_CERTIFICATE, 0,
	  "has expired", "clock" },
	{ "not yet valid", &early, "mx.example", ca, NULL, 0,
	  LK_E_CERTIFICATE, 0, "not yet valid", "clock" },
};

static void
believe(const struct believe *b, int max)
{
	struct lk_trust_settings set = {
		.ca = b->ca, .pin = b->pin, .no_verify = b->no_verify != 0,
	};
	struct lk_error err = { 0 };
	struct lk_trust *trust;
	struct lk_tls *t;
	struct server s;
	int r;

	assert_int_equal(lk_trust_new(&trust, &set, &err), 0);
	assert_int_equal(lk_tls_new(&t, trust, b->host, &err), 0);
	server_open(&s, b->cert, max, SSL_VERIFY_NONE);
	r = shake(t, &s, &err);
	if (r != (b->cls ? -1 : 1) || err.cls != b->cls ||
	    lk_tls_is_verified(t) != (b->verified != 0) ||
	    !strstr(err.sentence, b->sentence) ||
	    !strstr(err.advice, b->advice))
		fail_msg("%s: %d, class %d, verified %d: %s (%s)", b->what, r,
			 (int)err.cls, lk_tls_is_verified(t), err.sentence,
			 err.advice);
	server_close(&s);
	lk_tls_free(t);
	lk_trust_free(trust);
}

static void
test_believe(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(believed) / sizeof(*believed); i++) {
		believe(&believed[i], TLS1_3_VERSION);
		believe(&believed[i], TLS1_2_VERSION);
	}
}

/* ---- what it is on ----------------------------------------------------- */

static struct lk_tls *
open_good(struct lk_trust **trust, struct server *s, int max, int verify,
	  const char *cert)
{
	struct lk_trust_settings set = { .ca = ca, .cert = cert };
	struct lk_error err = { 0 };
	struct lk_tls *t;

	assert_int_equal(lk_trust_new(trust, &set, &err), 0);
	assert_int_equal(lk_tls_new(&t, *trust, "mx.example", &err), 0);
	server_open(s, &good, max, verify);
	assert_int_equal(shake(t, s, &err), 1);
	return t;
}

static void
test_too_old(void **state)
{
	static const struct believe b = {
		"TLS 1.1", &good, "mx.example", ca, NULL, 0, LK_E_HANDSHAKE, 0,
		"TLS with mx.example failed: it offers no TLS 1.2 or newer",
		"updated",
	};

	(void)state;
	believe(&b, TLS1_1_VERSION);
}

static void
test_names(void **state)
{
	struct lk_trust *trust;
	struct server s;
	struct lk_tls *t;

	(void)state;
	t = open_good(&trust, &s, TLS1_3_VERSION, SSL_VERIFY_NONE, NULL);
	assert_string_equal(lk_tls_version(t), "TLSv1.3");
	assert_string_equal(SSL_get_servername(s.ssl, 0), "mx.example");
	assert_false(lk_tls_showed_cert(t));
	server_close(&s);
	lk_tls_free(t);
	lk_trust_free(trust);
}

static void
test_client_certificate(void **state)
{
	struct lk_trust *trust;
	struct server s;
	struct lk_tls *t;
	X509 *seen;

	(void)state;
	t = open_good(&trust, &s, TLS1_3_VERSION, SSL_VERIFY_PEER, own);
	seen = SSL_get1_peer_certificate(s.ssl);
	assert_non_null(seen);
	assert_int_equal(X509_cmp(seen, client.x509), 0);
	assert_true(lk_tls_showed_cert(t));
	X509_free(seen);
	server_close(&s);
	lk_tls_free(t);
	lk_trust_free(trust);

	/* it has one, and nobody asked */
	t = open_good(&trust, &s, TLS1_3_VERSION, SSL_VERIFY_NONE, own);
	assert_false(lk_tls_showed_cert(t));
	server_close(&s);
	lk_tls_free(t);
	lk_trust_free(trust);
}

static void
test_octets(void **state)
{
	struct lk_error err = { 0 };
	struct lk_trust *trust;
	struct server s;
	struct lk_tls *t;
	char data[64];

	(void)state;
	t = open_good(&trust, &s, TLS1_3_VERSION, SSL_VERIFY_NONE, NULL);
	assert_int_equal(lk_tls_read(t, data, sizeof(data), &err), 0);
	assert_int_equal(lk_tls_write(t, "EHLO x\r\n", 8, &err), 0);
	carry(t, &s);
	assert_int_equal(SSL_read(s.ssl, data, sizeof(data)), 8);
	assert_memory_equal(data, "EHLO x\r\n", 8);
	SSL_write(s.ssl, "250 x\r\n", 7);
	SSL_shutdown(s.ssl);
	carry(t, &s);
	assert_int_equal(lk_tls_read(t, data, sizeof(data), &err), 7);
	assert_memory_equal(data, "250 x\r\n", 7);
	assert_int_equal(lk_tls_read(t, data, sizeof(data), &err), LK_TLS_END);
	server_close(&s);
	lk_tls_free(t);
	lk_trust_free(trust);
}

static void
check_bindings(int max, size_t exporter, size_t unique)
{
	static const char label[] = "EXPORTER-Channel-Binding";
	unsigned char digest[32], ours[32], theirs[64];
	struct lk_trust *trust;
	struct lk_bytes out;
	struct server s;
	struct lk_tls *t = open_good(&trust, &s, max, SSL_VERIFY_NONE, NULL);
	unsigned int len;

	assert_int_equal(lk_tls_binding(t, "tls-server-end-point", &out), 0);
	assert_int_equal(out.len, 32);
	X509_digest(good.x509, EVP_sha256(), digest, &len);
	assert_memory_equal(out.data, digest, 32);

	assert_int_equal(lk_tls_binding(t, "tls-exporter", &out),
			 exporter ? LK_DONE : LK_E_NOPROP);
	if (exporter) {
		assert_int_equal(out.len, exporter);
		memcpy(ours, out.data, 32);
		SSL_export_keying_material(s.ssl, theirs, 32, label, 24,
					   (const unsigned char *)"", 0, 1);
		assert_memory_equal(ours, theirs, 32);
	}
	assert_int_equal(lk_tls_binding(t, "tls-unique", &out),
			 unique ? LK_DONE : LK_E_NOPROP);
	if (unique) {
		assert_int_equal(out.len, unique);
		assert_int_equal(SSL_get_peer_finished(s.ssl, theirs,
						       sizeof(theirs)), unique);
		assert_memory_equal(out.data, theirs, unique);
	}
	assert_int_equal(lk_tls_binding(t, "tls-other", &out), LK_E_NOPROP);
	server_close(&s);
	lk_tls_free(t);
	lk_trust_free(trust);
}

static void
test_bindings(void **state)
{
	(void)state;
	check_bindings(TLS1_3_VERSION, 32, 0);
	check_bindings(TLS1_2_VERSION, 0, 12);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_believe),
		cmocka_unit_test(test_too_old),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_client_certificate),
		cmocka_unit_test(test_octets),
		cmocka_unit_test(test_bindings),
	};

	return cmocka_run_group_tests(tests, make_all, free_all);
}
