/* SCRAM where an allocation fails, ours or the library's: each of the first
 * ones, then some of the thousands of the iterations.
 * SPDX-License-Identifier: MIT */
#include "vectors.h"

#include <openssl/crypto.h>

static int left = -1;               /* allocations until one fails; -1: none */

static int
fails_now(void)
{
	if (left < 0)
		return 0;
	return left-- == 0;
}

static void *
allocate(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return n && !fails_now() ? malloc(n) : NULL;
}

static void *
reallocate(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails_now() ? NULL : realloc(p, n);
}

static void
release(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

/* The login of RFC 5802 as far as it gets. */
static int32_t
log_in(void)
{
	int32_t r;

	linked_init(&l, "scram-sha-1");
	l.types = "";
	l.a.login.user = "user";
	l.a.login.authzid = "us,er";
	l.a.password = bytes("penci\xc3\xa4");  /* through libidn */
	attempt_open(&l.a, true);
	r = lk_exchange_start(l.a.x);
	if (r == LK_CONTINUE)
		r = attempt_ask(&l.a, FIRST_, false);
	return r;
}

static void
test_one_fails(void **state)
{
	int has_failed = 1, i;
	int32_t r;

	(void)state;
	nonce = NONCE;
	for (i = 0; has_failed; i += i / 16 + 1) {
		assert_true(i < 1000000);
		left = i;
		r = log_in();
		has_failed = left < 0;
		left = -1;
		if (!has_failed)
			assert_int_equal(r, LK_CONTINUE);
		/* no cache is no failure; and what the library could not do
		 * for want of memory looks as if it never could */
		assert_true(r == LK_E_NOMEM || r == LK_E_UNSUPPORTED ||
			    r == LK_CONTINUE);
		attempt_close(&l.a);
	}
	assert_true(i > 10);
}

static void
test_no_cache(void **state)
{
	const struct lk_plugin *plugin = &scram_LTX_latchkey_plugin_v0;
	struct lk_host host;
	struct lk_early early;
	void *context = NULL;
	int32_t r = LK_E_NOMEM;
	int i;

	(void)state;
	memset(&host, 0, sizeof(host));
	for (i = 0; r != LK_DONE && i < 100; i++) {
		lk_early_init(&early, &host, "scram");
		left = i;
		r = plugin->init(&early.head, &context);
		left = -1;
		if (r != LK_DONE)
			assert_null(context);
	}
	assert_int_equal(r, LK_DONE);
	plugin->deinit(context);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_fails),
		cmocka_unit_test(test_no_cache),
	};
	int r;

	if (CRYPTO_set_mem_functions(allocate, reallocate, release) != 1)
		return 1;
	linked_plugin(&l, &scram_LTX_latchkey_plugin_v0);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	linked_end(&l);
	return r;
}
