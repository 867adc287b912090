/* Each allocation of reading configuration and of filling in an account fails
 * once: it says so, nothing is left, the account is unchanged, and it works at
 * the next try.  SPDX-License-Identifier: MIT */
#include "fail.h"

#include "unit/layers.h"

/* Once; returns what *err says of it. */
static int32_t
read_once(struct lk_error *err)
{
	struct lk_account *a = NULL;
	struct lk_config *c = NULL;
	bool ok;

	memset(err, 0, sizeof(*err));
	ok = lk_account_new(&a, err) == 0 && read_flags(&c, 0, err) == 0 &&
	     lk_config_account(c, "me", NULL, a, err) == 0;
	if (!ok && a)
		assert_null(lk_account_get(a, "user"));
	if (ok && lk_account_service(a, "imap", err) < 0) {
		ok = false;
		assert_string_equal(lk_account_get(a, "host"), "smtp.p");
	}
	lk_config_free(c);
	lk_account_free(a);
	return ok ? 0 : err->cls;
}

static void
test_each(void **state)
{
	const size_t live = fail_live();
	struct lk_error err;
	size_t n, failures = 0;
	int32_t cls;

	(void)state;
	put("low/providers.d/p.conf", "[provider p]\nhost = smtp.p\n"
	    "imap-host = imap.p\nmatch = p.example\nx.a = 1\nx.b = 2\n");
	put("low/mechs.d/x.conf", "critical = yes\nx.c = 3\n");
	put("high/latchkey.conf", "[provider p]\nport = 25\nx.b = 4\n"
	    "[account me]\nuser = me@p.example\nx.d = 5\n");
	for (n = 0; ; n++) {
		fail_at(n);
		cls = read_once(&err);
		if (!fail_stop())
			break;
		failures++;
		if (cls != LK_E_NOMEM)
			fail_msg("allocation %zu (%s): class %d, %s", n,
				 fail_where(), cls, err.sentence);
		if (fail_live() != live)
			fail_msg("allocation %zu (%s): %zu blocks are left", n,
				 fail_where(), fail_live() - live);
	}
	assert_int_equal(cls, 0);
	assert_true(failures > 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_each, layers_new,
						folder_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
