/* TLS that does not come up, and settings that cannot be used.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "net/certs.h"
#include "net/trust.h"

#include <sys/stat.h>

static const struct said {
	const char *text;
	const char *sentence, *advice;
} answers[] = {
	{ "220 mx.example ESMTP\r\n",
	  "mx.example speaks without TLS here: it said \"220 mx.example "
	  "ESMTP\"",
	  "smtp:// (tls = starttls)" },
	{ "554-go away\r\n554 now\r\n", "it said \"554-go away\"", "starttls" },
	{ "220 \x1b[2Jmx\r\n", "it said \"220 ?[2Jmx\"", "starttls" },
	{ "HTTP/1.1 400 Bad\r\n", "what it says is not TLS", "`port`" },
	/* alert: protocol version */
	{ "\x15\x03\x01\x00\x02\x02\x46", "no TLS 1.2 or newer", "updated" },
	/* alert: handshake failure */
	{ "\x15\x03\x03\x00\x02\x02\x28", "it refuses", "`cert`" },
	/* alert: unrecognised name */
	{ "\x15\x03\x03\x00\x02\x02\x70", "no certificate for this name",
	  "`host`" },
};

static void
answer(const struct said *a)
{
	struct lk_trust_settings set = { .no_verify = true };
	struct lk_error err = { 0 };
	struct lk_trust *trust;
	struct lk_tls *t;
	size_t len = strlen(a->text);

	/* an alert has a NUL inside */
	if (a->text[0] == '\x15')
		len = 7;
	assert_int_equal(lk_trust_new(&trust, &set, &err), 0);
	assert_int_equal(lk_tls_new(&t, trust, "mx.example", &err), 0);
	assert_int_equal(lk_tls_handshake(t, &err), 0);
	assert_int_equal(lk_tls_feed(t, a->text, len), 0);
	assert_int_equal(lk_tls_handshake(t, &err), -1);
	if (err.cls != LK_E_HANDSHAKE || !strstr(err.sentence, a->sentence) ||
	    !strstr(err.advice, a->advice))
		fail_msg("%s: class %d: %s (%s)", a->text, (int)err.cls,
			 err.sentence, err.advice);
	lk_tls_free(t);
	lk_trust_free(trust);
}

static void
test_answers(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(answers) / sizeof(*answers); i++)
		answer(&answers[i]);
}

/* Too short to be refused by OpenSSL, and then the end. */
static void
test_cut(void **state)
{
	struct lk_trust_settings set = { .no_verify = true };
	struct lk_error err = { 0 };
	struct lk_trust *trust;
	struct lk_tls *t;

	(void)state;
	assert_int_equal(lk_trust_new(&trust, &set, &err), 0);
	assert_int_equal(lk_tls_new(&t, trust, "mx.example", &err), 0);
	assert_int_equal(lk_tls_handshake(t, &err), 0);
	assert_int_equal(lk_tls_cut(t, &err), -1);
	assert_int_equal(err.cls, LK_E_HANDSHAKE);
	assert_non_null(strstr(err.sentence, "hung up"));
	assert_int_equal(lk_tls_feed(t, "220 ", 4), 0);
	assert_int_equal(lk_tls_handshake(t, &err), 0);
	assert_int_equal(lk_tls_cut(t, &err), -1);
	assert_non_null(strstr(err.sentence, "without TLS"));
	lk_tls_free(t);
	lk_trust_free(trust);
}

#define RIGHT_PIN "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static char dir[TEMP];
static char cert_file[TEMP];
static char other_file[TEMP];
static char secret_file[TEMP];

static const struct setting {
	struct lk_trust_settings set;
	const char *sentence;       /* NULL: it works */
	const char *advice;
} settings[] = {
	{ { .ca = NULL }, NULL, "" },
	{ { .ca = cert_file }, NULL, "" },
	{ { .cert = cert_file }, NULL, "" },
	{ { .cert = cert_file, .key = cert_file }, NULL, "" },
	{ { .pin = RIGHT_PIN }, NULL, "" },
	{ { .ca = "/nonexistent/ca" },
	  "ca: /nonexistent/ca cannot be used: No such file", "" },
	{ { .ca = "/dev/null" }, "ca: /dev/null cannot be used", "" },
	{ { .ca = dir }, "has no certificate with a hashed name",
	  "openssl rehash /" },
	{ { .cert = "/nonexistent/c" }, "cert: /nonexistent/c cannot", "" },
	{ { .key = cert_file }, "`cert` is not set", "" },
	{ { .cert = cert_file, .key = "/dev/null" }, "key: /dev/null", "PEM" },
	{ { .cert = cert_file, .key = other_file }, "mismatch", "the key of" },
	{ { .cert = cert_file, .key = secret_file }, "key: /",
	  "without a passphrase" },
	{ { .pin = "sha256//" }, "pin: \"sha256//\"", "" },
	{ { .pin = "sha256//AAAA" }, "32 octets", "" },
	{ { .pin = "md5//AAAA" }, "32 octets", "" },
	{ { .pin = RIGHT_PIN "AAAA" }, "32 octets", "" },
};

static void
write_secret(const struct cert *c)
{
	char word[] = "secret";
	FILE *f = fdopen(temp_file(secret_file, "latchkey-key"), "w");

	assert_non_null(f);
	assert_int_equal(PEM_write_PKCS8PrivateKey(f, c->key,
		EVP_aes_128_cbc(), NULL, 0, NULL, word), 1);
	fclose(f);
}

static void
test_settings(void **state)
{
	struct cert c = cert_new(NULL, "c", NULL, -DAY, DAY);
	struct cert other = cert_new(NULL, "o", NULL, -DAY, DAY);
	const struct setting *s;
	size_t i;

	(void)state;
	assert_int_equal(temp_dir(dir, "latchkey"), 0);
	cert_write(&c, 1, cert_file);
	cert_write(&other, 1, other_file);
	write_secret(&c);
	for (i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		struct lk_trust *trust = NULL;
		struct lk_error err = { 0 };
		int r;

		s = &settings[i];
		r = lk_trust_new(&trust, &s->set, &err);
		if (s->sentence ? r != -1 || err.cls != LK_E_CONFIG ||
					  !strstr(err.sentence, s->sentence) ||
					  !strstr(err.advice, s->advice)
				: r != 0)
			fail_msg("setting %zu: %d, class %d: %s (%s)", i, r,
				 (int)err.cls, err.sentence, err.advice);
		lk_trust_free(trust);
	}
	cert_free(&c);
	cert_free(&other);
	rmdir(dir);
	unlink(cert_file);
	unlink(other_file);
	unlink(secret_file);
}

/* Which of the system's certificates are parsed at once: those of a bundle, and
 * only if no hashed directory holds them. */
static const struct bundle {
	const char *dir, *file;     /* SSL_CERT_DIR and _FILE; %s: ours */
	int loaded;
} bundles[] = {
	{ "%s/hashed", "%s/hashed/bundle.pem", 0 },
	{ "%s/empty:%s/hashed", "%s/hashed/bundle.pem", 0 },
	{ "%s/hashed", "%s/bundle.pem", 1 },
	{ "%s/hashed", "%s/empty/../hashed/bundle.pem", 1 },
	{ "%s/empty", "%s/hashed/bundle.pem", 1 },
	{ "%s/nowhere", "%s/bundle.pem", 1 },
	{ "%s/nowhere", "%s/nothing.pem", 0 },
};

static void
set_path(const char *name, const char *format, const char *root)
{
	char value[256];
	size_t n = 0;

	for (; *format; format++) {
		if (*format != '%') {
			value[n++] = *format;
			continue;
		}
		n += (size_t)snprintf(value + n, sizeof(value) - n, "%s", root);
		format++;
	}
	value[n] = '\0';
	setenv(name, value, 1);
}

static void
put_cert(const struct cert *c, const char *root, const char *name)
{
	char from[TEMP], to[256];

	cert_write(c, 0, from);
	snprintf(to, sizeof(to), "%s/%s", root, name);
	assert_int_equal(rename(from, to), 0);
}

static void
test_bundles(void **state)
{
	static const char *const names[] = {
		"hashed/0123abcd.0", "hashed/bundle.pem", "bundle.pem",
		"hashed", "empty", "",
	};
	struct cert c = cert_new(NULL, "c", NULL, -DAY, DAY);
	char root[TEMP], path[256];
	struct lk_trust_settings set = { .ca = NULL };
	struct lk_trust *trust;
	X509_STORE *store;
	size_t i;
	int n;

	(void)state;
	assert_int_equal(temp_dir(root, "latchkey"), 0);
	for (i = 3; i < 5; i++) {
		snprintf(path, sizeof(path), "%s/%s", root, names[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	for (i = 0; i < 3; i++)
		put_cert(&c, root, names[i]);
	for (i = 0; i < sizeof(bundles) / sizeof(*bundles); i++) {
		set_path("SSL_CERT_DIR", bundles[i].dir, root);
		set_path("SSL_CERT_FILE", bundles[i].file, root);
		assert_int_equal(lk_trust_new(&trust, &set, NULL), 0);
		store = SSL_CTX_get_cert_store(trust->ctx);
		n = sk_X509_OBJECT_num(X509_STORE_get0_objects(store));
		if (n != bundles[i].loaded)
			fail_msg("bundle %zu: %d certificates", i, n);
		lk_trust_free(trust);
	}
	for (i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), "%s/%s", root, names[i]);
		assert_int_equal(remove(path), 0);
	}
	cert_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_bundles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
