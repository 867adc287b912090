/* After a login, good or not, the secret is nowhere in memory.
 * SPDX-License-Identifier: MIT */
#include "real.h"

#include "chaos/scan.h"

static int32_t
give(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
     struct lk_error *err)
{
	unsigned char octet;
	size_t i;

	(void)ctx;
	(void)ask;
	(void)err;
	for (i = 0; i < SECRET; i++) {
		octet = scan_octet(i);
		if (lk_secret_add(to, &octet, 1) < 0)
			return LK_E_NOMEM;
	}
	octet = 0;
	return LK_DONE;
}

static const struct {
	const char *id;
	const char *challenges[3];
	int is_accepted;
} logins[] = {
	{ "sasl-plain", { NULL }, 1 },
	{ "sasl-login", { "Username:", "Password:", NULL }, 1 },
	{ "sasl-login", { "Username:", "Password:", NULL }, 0 },
	{ "sasl-cram-md5", { "<1.2@mail.example>", NULL }, 1 },
	{ "sasl-digest-md5", { "nonce=\"YWJj\",qop=\"auth\","
			       "algorithm=md5-sess,charset=utf-8", NULL }, 0 },
	{ "sasl-scram-sha-1", { "garbage", NULL }, 0 },
	{ "sasl-ntlm", { "garbage", NULL }, 0 },
};

static void
test_wiped(void **state)
{
	struct lk_bytes in, none = { NULL, 0 };
	struct attempt a;
	size_t i, j;
	int32_t r;

	(void)state;
	for (i = 0; i < sizeof(logins) / sizeof(*logins); i++) {
		scan_renew();
		real_init(&a, logins[i].id);
		a.login.secret = give;
		attempt_open(&a, true);
		r = lk_exchange_start(a.x);
		for (j = 0; logins[i].challenges[j] && r >= 0; j++) {
			in = bytes(logins[i].challenges[j]);
			r = lk_exchange_challenge(a.x, in, in, false);
		}
		if (logins[i].is_accepted)
			assert_int_equal(lk_exchange_success(a.x, none),
					 LK_DONE);
		attempt_close(&a);
		if (scan_memory(true))
			fail_msg("%s left the secret behind", logins[i].id);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_wiped) };

	return cmocka_run_group_tests(tests, load, unload);
}
