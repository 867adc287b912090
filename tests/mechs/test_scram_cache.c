/* SCRAM: a salted password is computed once, and found by its password only.
 * SPDX-License-Identifier: MIT */
#include "dump.h"
#include "vectors.h"

#include "../../plugins/scram/scram.h"

#include <pthread.h>

/* One login of the vector's kind with something changed; is it accepted? */
static void
log_in(const char *host, const char *user, const char *password,
       const char *first, int is_accepted)
{
	nonce = NONCE;
	linked_init(&l, "scram-sha-1");
	l.types = "";
	l.a.login.host = host;
	l.a.login.user = user;
	l.a.password = bytes(password);
	linked_start(&l);
	assert_int_equal(attempt_ask(&l.a, first, false), LK_CONTINUE);
	assert_true(lk_exchange_has_leased(l.a.x));
	if (is_accepted)
		assert_int_equal(attempt_ask(&l.a, FINAL_, false), LK_DONE);
	attempt_close(&l.a);
}

static void
test_second_login(void **state)
{
	(void)state;
	salted = 0;
	log_in("mail.example", "user", "pencil", FIRST_, 1);
	assert_int_equal(salted, 1);
	log_in("mail.example", "user", "pencil", FIRST_, 1);
	assert_int_equal(salted, 1);
	vector_prove();               /* with the same proof */
	assert_int_equal(salted, 1);
	attempt_close(&l.a);
}

/* Whatever differs is another entry. */
static void
test_other_logins(void **state)
{
	static const struct {
		const char *host, *user, *password, *first;
	} rows[] = {
		{ "mail2.example", "user", "pencil", FIRST_ },
		{ "mail.example", "user2", "pencil", FIRST_ },
		{ "mail.exampl", "euser", "pencil", FIRST_ },
		{ "mail.example", "user", "pencil2", FIRST_ },
		{ "mail.example", "user", "pencil", "r=" BOTH
		  ",s=QSXCR+Q6sek8bf93,i=4096" },
		{ "mail.example", "user", "pencil", "r=" BOTH
		  ",s=QSXCR+Q6sek8bf92,i=4097" },
	};
	size_t i;

	(void)state;
	log_in("mail.example", "user", "pencil", FIRST_, 1);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		salted = 0;
		log_in(rows[i].host, rows[i].user, rows[i].password,
		       rows[i].first, 0);
		assert_int_equal(salted, 1);
	}
	salted = 0;
	linked_init(&l, "scram-sha-256");
	l.types = "";
	l.a.login.user = "user";
	l.a.password = bytes("pencil");
	linked_start(&l);
	assert_int_equal(attempt_ask(&l.a, FIRST_, false), LK_CONTINUE);
	assert_int_equal(salted, 1);
	attempt_close(&l.a);
}

/* Only what the server has proven to know is kept. */
static void
test_unproven(void **state)
{
	int i;

	(void)state;
	salted = 0;
	for (i = 1; i <= 3; i++) {
		log_in("new.example", "user", "pencil", FIRST_, 0);
		assert_int_equal(salted, i);
	}
}

/* The bare cache: bounded, and the longest unused goes. */
static void
test_bounds(void **state)
{
	unsigned char secret[32] = { 1 }, key[SCRAM_CACHE_KEY] = { 0 };
	unsigned char value[EVP_MAX_MD_SIZE] = { 0 };
	struct scram_cache *c = scram_cache_new(secret);
	unsigned i;

	(void)state;
	assert_non_null(c);
	for (i = 0; i < 32; i++) {
		key[0] = value[0] = (unsigned char)i;
		scram_cache_put(c, key, value);
	}
	for (i = 0; i < 32; i++) {
		key[0] = (unsigned char)i;
		assert_true(scram_cache_get(c, key, value));
		assert_int_equal(value[0], i);
	}
	key[0] = 0;
	assert_true(scram_cache_get(c, key, value));
	key[0] = value[0] = 100;
	scram_cache_put(c, key, value);
	scram_cache_put(c, key, value);
	assert_true(scram_cache_get(c, key, value));
	key[0] = 1;
	assert_false(scram_cache_get(c, key, value));
	key[0] = 0;
	assert_true(scram_cache_get(c, key, value));
	scram_cache_free(c);
	scram_cache_free(NULL);
}

static void *
use(void *cache)
{
	unsigned char key[SCRAM_CACHE_KEY] = { 0 };
	unsigned char value[EVP_MAX_MD_SIZE], want[EVP_MAX_MD_SIZE];
	int i;

	for (i = 0; i < 5000; i++) {
		key[0] = (unsigned char)(i % 40);
		memset(want, key[0], sizeof(want));
		if (!scram_cache_get(cache, key, value))
			scram_cache_put(cache, key, want);
		else if (memcmp(value, want, sizeof(want)) != 0)
			return cache;
	}
	return NULL;
}

static void
test_threads(void **state)
{
	unsigned char secret[32] = { 1 };
	struct scram_cache *c = scram_cache_new(secret);
	pthread_t threads[4];
	void *wrong;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, use, c), 0);
	for (i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
	scram_cache_free(c);
}

/* Two hosts of one process share nothing. */
static void
test_hosts(void **state)
{
	struct linked first = l;

	(void)state;
	log_in("mail.example", "user", "pencil", FIRST_, 1);
	salted = 0;
	linked_plugin(&l, &scram_LTX_latchkey_plugin_v0);
	log_in("mail.example", "user", "pencil", FIRST_, 1);
	assert_int_equal(salted, 1);
	linked_end(&l);
	l = first;
}

static void
test_dump(void **state)
{
	static const unsigned char secret[32] = { 1 };
	struct scram_cache *c = scram_cache_new(secret);

	(void)state;
	assert_non_null(c);
	assert_true(is_in_no_dump(c));
	scram_cache_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_second_login),
		cmocka_unit_test(test_other_logins),
		cmocka_unit_test(test_unproven),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_dump),
	};

	return cmocka_run_group_tests(tests, linked_scram, linked_done);
}
