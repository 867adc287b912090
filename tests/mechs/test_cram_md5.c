/* CRAM-MD5: the example of RFC 2195, and what a server may not do.
 * SPDX-License-Identifier: MIT */
#include "linked.h"

#define CHALLENGE "<1896.697170952@postoffice.reston.mci.net>"
#define RESPONSE  "tim b913a602c7eda7a495b4e6e7334d3890"

static void
begin(void)
{
	linked_init(&l, "cram-md5");
	l.a.login.user = "tim";
	l.a.password = bytes("tanstaaftanstaaf");
	assert_string_equal(linked_start(&l), "(none)");
	assert_string_equal(attempt_command(&l.a, 0), "AUTH CRAM-MD5");
}

static void
test_rfc_2195(void **state)
{
	(void)state;
	begin();
	assert_false(lk_exchange_has_leased(l.a.x));
	assert_int_equal(attempt_ask(&l.a, "PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2"
				     "UucmVzdG9uLm1jaS5uZXQ+", true), LK_DONE);
	assert_string_equal(attempt_response(&l.a), RESPONSE);
	assert_string_equal(attempt_answer(&l.a), "dGltIGI5MTNhNjAyYzdlZGE3YTQ"
			    "5NWI0ZTZlNzMzNGQzODkw");
	assert_true(lk_exchange_has_leased(l.a.x));
	assert_int_equal(lk_exchange_accept(l.a.x, bytes(NULL)), LK_DONE);
	attempt_close(&l.a);
}

static void
test_names_and_passwords(void **state)
{
	static const struct {
		const char *user, *password, *want;
	} rows[] = {
		{ "a b", "secret with blanks ",
		  "a b 170666dd79a1c063c2dbdd07d47eeb92" },
		{ "j\xc3\xbcrgen", "p\xc3\xa4ss",
		  "j\xc3\xbcrgen c8c1532a924eb994551aa7db268d34cf" },
		/* longer than a block */
		{ "x", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		  "x c5b49a95ec13164252acf2ce0d7a5320" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		linked_init(&l, "cram-md5");
		l.a.login.user = rows[i].user;
		l.a.password = bytes(rows[i].password);
		linked_start(&l);
		assert_int_equal(attempt_ask(&l.a, "<1@h>", false), LK_DONE);
		assert_string_equal(attempt_response(&l.a), rows[i].want);
		attempt_close(&l.a);
	}
}

/* Nothing is sent, and another mechanism may be tried. */
static void
test_empty_challenges(void **state)
{
	static const char *const lines[] = { "", "not base64", "=" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		begin();
		assert_int_equal(attempt_ask(&l.a, lines[i], true),
				 LK_E_UNSUPPORTED);
		assert_string_equal(sentence(&l), "the server's challenge is "
				    "empty");
		assert_false(lk_exchange_has_leased(l.a.x));
		attempt_close(&l.a);
	}
}

static void
test_ends(void **state)
{
	(void)state;
	begin();
	assert_int_equal(lk_exchange_accept(l.a.x, bytes(NULL)),
			 LK_E_PROTOCOL);
	assert_string_equal(sentence(&l), "the server accepted the login "
			    "before it had the digest");
	attempt_close(&l.a);

	begin();
	assert_int_equal(attempt_ask(&l.a, CHALLENGE, false), LK_DONE);
	assert_int_equal(attempt_ask(&l.a, CHALLENGE, false), LK_E_PROTOCOL);
	attempt_close(&l.a);

	begin();
	assert_int_equal(attempt_ask(&l.a, CHALLENGE, false), LK_DONE);
	assert_int_equal(lk_exchange_failure(l.a.x, LK_E_CREDENTIALS, NULL,
					     "no"), LK_E_CREDENTIALS);
	attempt_close(&l.a);
}

static void
test_waits_for_its_password(void **state)
{
	(void)state;
	begin();
	l.a.not_yet = 2;
	assert_int_equal(attempt_ask(&l.a, CHALLENGE, false), LK_PENDING);
	assert_int_equal(lk_exchange_resume(l.a.x), LK_PENDING);
	assert_int_equal(lk_exchange_resume(l.a.x), LK_DONE);
	assert_string_equal(attempt_response(&l.a), RESPONSE);
	attempt_close(&l.a);
}

/* As in a build for FIPS. */
static void
test_a_library_without_md5(void **state)
{
	static const char why[] = "this OpenSSL has no MD5 (it is built or set "
				  "up for FIPS)";

	(void)state;
	begin();
	lacking = "MD5";
	assert_int_equal(attempt_ask(&l.a, CHALLENGE, false),
			 LK_E_UNSUPPORTED);
	assert_string_equal(sentence(&l), why);
	attempt_close(&l.a);

	linked_init(&l, "cram-md5");
	attempt_open(&l.a, true);
	assert_int_equal(lk_exchange_available(l.a.x), LK_E_UNSUPPORTED);
	assert_string_equal(sentence(&l), why);
	attempt_close(&l.a);
	lacking = NULL;
}

static void
test_note(void **state)
{
	uint32_t flags = l.plugin->mechs(NULL)[0]->note->record.flags;

	(void)state;
	assert_int_equal(flags, LK_F_SERVER_FIRST);
}

static int
setup(void **state)
{
	(void)state;
	linked_plugin(&l, &cram_md5_LTX_latchkey_plugin_v0);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc_2195),
		cmocka_unit_test(test_names_and_passwords),
		cmocka_unit_test(test_empty_challenges),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_waits_for_its_password),
		cmocka_unit_test(test_a_library_without_md5),
		cmocka_unit_test(test_note),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
