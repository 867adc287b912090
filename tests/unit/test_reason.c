/* OpenSSL set up the short way still says why.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/trust.h"

#include <openssl/err.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int
start(void **state)
{
	(void)state;
	lk_openssl_alone();
	return 0;
}

static void
test_no_texts_before_one_is_needed(void **state)
{
	unsigned long e = ERR_PACK(ERR_LIB_SSL, 0, SSL_R_NO_SHARED_CIPHER);

	(void)state;
	assert_null(ERR_reason_error_string(e));
}

static void
test_a_file_without_a_certificate(void **state)
{
	struct lk_trust_settings set = { .ca = "/dev/null" };
	struct lk_trust *t = NULL;
	struct lk_error err;

	(void)state;
	assert_int_equal(lk_trust_new(&t, &set, &err), -1);
	assert_string_equal(err.sentence, "ca: /dev/null cannot be used: "
			    "no certificate or crl found");
}

static void
test_texts_of_tls(void **state)
{
	(void)state;
	ERR_raise(ERR_LIB_SSL, SSL_R_NO_SHARED_CIPHER);
	assert_string_equal(lk_openssl_reason(), "no shared cipher");
	assert_string_equal(lk_openssl_reason(), "OpenSSL does not say why");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_texts_before_one_is_needed),
		cmocka_unit_test(test_a_file_without_a_certificate),
		cmocka_unit_test(test_texts_of_tls),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
