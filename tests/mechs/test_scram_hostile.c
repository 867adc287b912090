/* SCRAM: what a server may not say, and what follows when it says no.
 * SPDX-License-Identifier: MIT */
#include "vectors.h"

#define SALT   ",s=QSXCR+Q6sek8bf92"
#define NO_SCRAM "the server's first message is not that of SCRAM"
#define NO_NONCE "the server's nonce does not continue ours: its message may " \
		 "be an old one"
#define NO_SALT "the server's first message has no usable salt"
#define NO_COUNT "the server's first message has no usable iteration count"
#define NO_END "the server's first message has something behind its end"

static const struct {
	const char *message;
	int32_t cls;
	const char *sentence;
} firsts[] = {
	{ "", LK_E_PROTOCOL, NO_SCRAM },
	{ "r", LK_E_PROTOCOL, NO_SCRAM },
	{ "r=", LK_E_PROTOCOL, NO_SCRAM },
	{ "=r=" BOTH SALT ",i=4096", LK_E_PROTOCOL, NO_SCRAM },
	{ "Username:", LK_E_PROTOCOL, NO_SCRAM },
	{ "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", LK_E_PROTOCOL, NO_SCRAM },
	{ "s=QSXCR+Q6sek8bf92,r=" BOTH ",i=4096", LK_E_PROTOCOL,
	  NO_SCRAM },
	{ "m=x,r=" BOTH SALT ",i=4096", LK_E_UNSUPPORTED,
	  "the server demands an extension of SCRAM" },
	/* the nonce */
	{ "r=" NONCE SALT ",i=4096", LK_E_MUTUAL, NO_NONCE },
	{ "r=fyko" SALT ",i=4096", LK_E_MUTUAL, NO_NONCE },
	{ "r=Fyko+d2lbbFgONRv9qkxdawL3rfc" SALT ",i=4096", LK_E_MUTUAL,
	  NO_NONCE },
	{ "r=x" BOTH SALT ",i=4096", LK_E_MUTUAL, NO_NONCE },
	{ "r=" BOTH "\x01" SALT ",i=4096", LK_E_PROTOCOL,
	  "the server's nonce is not printable" },
	{ "r=" BOTH " " SALT ",i=4096", LK_E_PROTOCOL,
	  "the server's nonce is not printable" },
	/* the salt */
	{ "r=" BOTH, LK_E_PROTOCOL, NO_SALT },
	{ "r=" BOTH ",", LK_E_PROTOCOL, NO_SALT },
	{ "r=" BOTH ",i=4096" SALT, LK_E_PROTOCOL, NO_SALT },
	{ "r=" BOTH ",s=,i=4096", LK_E_PROTOCOL, NO_SALT },
	{ "r=" BOTH ",s=QSXCR+Q6sek8bf9,i=4096", LK_E_PROTOCOL,
	  NO_SALT },
	{ "r=" BOTH ",s====,i=4096", LK_E_PROTOCOL, NO_SALT },
	{ "r=" BOTH ",s=Q===,i=4096", LK_E_PROTOCOL, NO_SALT },
	{ "r=" BOTH ",s=QS=R,i=4096", LK_E_PROTOCOL, NO_SALT },
	{ "r=" BOTH ",s= QSX,i=4096", LK_E_PROTOCOL, NO_SALT },
	{ "r=" BOTH ",s=QSX-,i=4096", LK_E_PROTOCOL, NO_SALT },
	/* the count */
	{ "r=" BOTH SALT, LK_E_PROTOCOL, NO_COUNT },
	{ "r=" BOTH SALT ",", LK_E_PROTOCOL, NO_COUNT },
	{ "r=" BOTH SALT ",i=", LK_E_PROTOCOL, NO_COUNT },
	{ "r=" BOTH SALT ",i=0", LK_E_PROTOCOL, NO_COUNT },
	{ "r=" BOTH SALT ",i=04096", LK_E_PROTOCOL, NO_COUNT },
	{ "r=" BOTH SALT ",i=-4096", LK_E_PROTOCOL, NO_COUNT },
	{ "r=" BOTH SALT ",i=+4096", LK_E_PROTOCOL, NO_COUNT },
	{ "r=" BOTH SALT ",i=4096 ", LK_E_PROTOCOL, NO_COUNT },
	{ "r=" BOTH SALT ",i=0x1000", LK_E_PROTOCOL, NO_COUNT },
	{ "r=" BOTH SALT ",i=4095", LK_E_UNSUPPORTED,
	  "the server's iteration count is 4095, fewer than the 4096 "
	  "that are allowed" },
	{ "r=" BOTH SALT ",i=1", LK_E_UNSUPPORTED,
	  "the server's iteration count is 1, fewer than the 4096 that "
	  "are allowed" },
	{ "r=" BOTH SALT ",i=1000001", LK_E_UNSUPPORTED,
	  "the server's iteration count is 1000001, more than the "
	  "1000000 that are allowed" },
	{ "r=" BOTH SALT ",i=99999999999999999999", LK_E_UNSUPPORTED,
	  "the server's iteration count is 4294967295 or above, more "
	  "than the 1000000 that are allowed" },
	{ "r=" BOTH SALT ",i=4294971392", LK_E_UNSUPPORTED,
	  "the server's iteration count is 4294967295 or above, more "
	  "than the 1000000 that are allowed" },
	/* behind it */
	{ FIRST_ ",", LK_E_PROTOCOL, NO_END },
	{ FIRST_ ",x", LK_E_PROTOCOL, NO_END },
	{ FIRST_ ",x=", LK_E_PROTOCOL, NO_END },
	{ FIRST_ ",1=x", LK_E_PROTOCOL, NO_END },
	{ FIRST_ ",x=1,", LK_E_PROTOCOL, NO_END },
};

static void
test_first_messages(void **state)
{
	size_t i;

	(void)state;
	salted = 0;
	for (i = 0; i < sizeof(firsts) / sizeof(*firsts); i++) {
		vector_start();
		if (attempt_ask(&l.a, firsts[i].message, false) !=
		    firsts[i].cls)
			fail_msg("row %zu: %s", i, firsts[i].message);
		assert_string_equal(sentence(&l), firsts[i].sentence);
		assert_false(lk_exchange_has_leased(l.a.x));
		attempt_close(&l.a);
	}
	assert_int_equal(salted, 0);
}

static void
test_a_nul_and_a_long_salt(void **state)
{
	static const char nul[] = "r=" BOTH SALT ",i=4096,x=\0";
	char message[1024] = "r=" BOTH ",s=";
	struct lk_bytes in = { (const unsigned char *)nul, sizeof(nul) };
	size_t n = strlen(message), i;

	(void)state;
	vector_start();
	assert_int_equal(lk_exchange_challenge(l.a.x, in, in, false),
			 LK_E_PROTOCOL);
	attempt_close(&l.a);

	for (i = 0; i < 688; i++)           /* 516 octets */
		message[n++] = 'A';
	snprintf(message + n, sizeof(message) - n, ",i=4096");
	vector_start();
	assert_int_equal(attempt_ask(&l.a, message, false), LK_E_PROTOCOL);
	assert_string_equal(sentence(&l), NO_SALT);
	attempt_close(&l.a);
	n = strlen("r=" BOTH ",s=") + 680;  /* 510 */
	snprintf(message + n, sizeof(message) - n, ",i=4096");
	vector_start();
	assert_int_equal(attempt_ask(&l.a, message, false), LK_CONTINUE);
	attempt_close(&l.a);
}

#define NONE "the server does not prove that it knows the password"
#define WRONG "the server's proof that it knows the password is wrong"

static const struct {
	const char *message, *sentence;
} finals[] = {
	{ "", NONE },
	{ "v=", NONE },
	{ "rmF9pqV8S7suAoZWja4dJRkFsKQ=", NONE },
	{ "x=1,v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", NONE },
	{ "v=rmF9pqV8S7suAoZWja4dJRkFsKg=", WRONG },
	{ "v=smF9pqV8S7suAoZWja4dJRkFsKQ=", WRONG },
	{ "v=rmF9pqV8S7suAoZWja4dJRkFsKQ", WRONG },
	{ "v=rmF9pqV8S7suAoZWja4dJRkFsA==", WRONG },
	{ "v=rmF9pqV8S7suAoZWja4dJRkFsKQArmF9", WRONG },
	{ "v=AAAAAAAAAAAAAAAAAAAAAAAAAAA=", WRONG },
	/* our own proof, given back */
	{ "v=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", WRONG },
};

static void
test_wrong_proofs(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(finals) / sizeof(*finals); i++) {
		vector_prove();
		assert_int_equal(attempt_ask(&l.a, finals[i].message, false),
				 LK_E_MUTUAL);
		assert_string_equal(sentence(&l), finals[i].sentence);
		attempt_close(&l.a);

		vector_prove();
		assert_int_equal(lk_exchange_success(l.a.x,
						     bytes(finals[i].message)),
				 LK_E_MUTUAL);
		assert_string_equal(sentence(&l), finals[i].sentence);
		attempt_close(&l.a);
	}
}

static void
test_success_without_a_proof(void **state)
{
	(void)state;
	vector_start();
	assert_int_equal(lk_exchange_accept(l.a.x, bytes(NULL)), LK_E_MUTUAL);
	attempt_close(&l.a);
	/* not even the right one comes too early */
	vector_start();
	assert_int_equal(lk_exchange_success(l.a.x, bytes(FINAL_)),
			 LK_E_MUTUAL);
	attempt_close(&l.a);
	vector_prove();
	assert_int_equal(lk_exchange_accept(l.a.x, bytes(NULL)), LK_E_MUTUAL);
	assert_string_equal(sentence(&l), NONE);
	attempt_close(&l.a);
	vector_prove();
	assert_int_equal(lk_exchange_success(l.a.x, bytes("e=other-error")),
			 LK_E_MUTUAL);
	attempt_close(&l.a);
}

static void
test_more_after_the_proof(void **state)
{
	(void)state;
	vector_prove();
	assert_int_equal(attempt_ask(&l.a, FINAL_, false), LK_DONE);
	assert_int_equal(attempt_ask(&l.a, FINAL_, false), LK_E_PROTOCOL);
	attempt_close(&l.a);
}

/* ---- refusals ----------------------------------------------------------- */

static const struct lk_reply refusal = { .size = sizeof(refusal), .code = 535 };

/* An e=: what the challenge comes to, and what the refusal after it. */
static void
test_errors(void **state)
{
	static const struct {
		const char *message;
		int32_t at_once, cls;
	} rows[] = {
		{ "e=invalid-proof", LK_EXPECT_FAIL, LK_E_CREDENTIALS },
		{ "e=invalid-proof,x=1", LK_EXPECT_FAIL, LK_E_CREDENTIALS },
		{ "e=unknown-user", LK_EXPECT_FAIL, LK_E_CREDENTIALS },
		{ "e=invalid-username-encoding", LK_EXPECT_FAIL,
		  LK_E_CREDENTIALS },
		{ "e=no-resources", LK_EXPECT_FAIL, LK_E_TRANSIENT },
		{ "e=invalid-encoding", LK_EXPECT_FAIL, LK_E_PROTOCOL },
		{ "e=extensions-not-supported", LK_EXPECT_FAIL,
		  LK_E_PROTOCOL },
		{ "e=channel-binding-not-supported", LK_EXPECT_FAIL,
		  LK_E_UNSUPPORTED },
		{ "e=unsupported-channel-binding-type", LK_EXPECT_FAIL,
		  LK_E_UNSUPPORTED },
		{ "e=other-error", LK_EXPECT_FAIL, LK_E_CREDENTIALS },
		{ "e=invalid-proo", LK_EXPECT_FAIL, LK_E_CREDENTIALS },
		{ "e=\x1b[2J", LK_EXPECT_FAIL, LK_E_CREDENTIALS },
		{ "e=channel-bindings-dont-match", LK_E_MUTUAL, LK_E_MUTUAL },
		{ "e=server-does-support-channel-binding", LK_E_MUTUAL,
		  LK_E_MUTUAL },
	};
	size_t i, early;

	(void)state;
	for (i = 0; i < 2 * sizeof(rows) / sizeof(*rows); i++) {
		early = i % 2;
		(early ? vector_start : vector_prove)();
		assert_int_equal(attempt_ask(&l.a, rows[i / 2].message, false),
				 rows[i / 2].at_once);
		assert_string_not_equal(sentence(&l), "");
		if (rows[i / 2].at_once == LK_EXPECT_FAIL) {
			assert_string_equal(attempt_response(&l.a), "");
			assert_int_equal(lk_exchange_failure(l.a.x,
					 LK_E_CREDENTIALS, &refusal, "no"),
					 rows[i / 2].cls);
			assert_string_not_equal(sentence(&l), "");
		}
		attempt_close(&l.a);
	}
	vector_prove();
	assert_int_equal(attempt_ask(&l.a, "e=invalid-proof", false),
			 LK_EXPECT_FAIL);
	assert_int_equal(lk_exchange_success(l.a.x, bytes(FINAL_)),
			 LK_E_MUTUAL);
	attempt_close(&l.a);
}

/* By the words of the refusal alone. */
static void
test_refusals(void **state)
{
	static const struct {
		int32_t given;
		const char *text;
		int32_t want;
	} rows[] = {
		{ LK_E_CREDENTIALS, "5.7.8 authentication failed",
		  LK_E_CREDENTIALS },
		{ LK_E_CREDENTIALS, "e=invalid-proof", LK_E_CREDENTIALS },
		{ LK_E_CREDENTIALS, "SCRAM: e=channel-bindings-dont-match",
		  LK_E_MUTUAL },
		{ LK_E_CREDENTIALS, "server-does-support-channel-binding",
		  LK_E_MUTUAL },
		{ LK_E_TRANSIENT, "e=channel-bindings-dont-match",
		  LK_E_TRANSIENT },
		{ LK_E_TOO_WEAK, "no", LK_E_TOO_WEAK },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		vector_prove();
		assert_int_equal(lk_exchange_failure(l.a.x, rows[i].given,
						     &refusal, rows[i].text),
				 rows[i].want);
		attempt_close(&l.a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_messages),
		cmocka_unit_test(test_a_nul_and_a_long_salt),
		cmocka_unit_test(test_wrong_proofs),
		cmocka_unit_test(test_success_without_a_proof),
		cmocka_unit_test(test_more_after_the_proof),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, linked_scram, linked_done);
}
