/* SCRAM as it should go: the vectors, names, the ends of a login.
 * SPDX-License-Identifier: MIT */
#include "vectors.h"
#include "mech/session.h"

#include "../../plugins/scram/scram.h"

static void
test_rfc_5802(void **state)
{
	(void)state;
	vector_prove();
	assert_true(lk_exchange_has_leased(l.a.x));
	assert_int_equal(attempt_ask(&l.a, FINAL_, false), LK_DONE);
	assert_string_equal(attempt_response(&l.a), "");
	assert_string_equal(attempt_answer(&l.a), "");
	assert_int_equal(lk_exchange_accept(l.a.x, bytes(NULL)), LK_DONE);
	attempt_close(&l.a);
}

/* Its nonce is shorter than ours, so ours reaches into the server's. */
static void
test_rfc_7677(void **state)
{
	static const char both[] = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj"
				   ")hNlF$k0";
	char first[160], final[200];
	struct scram *m;

	(void)state;
	nonce = NULL;
	linked_init(&l, "scram-sha-256");
	l.types = "";
	l.a.login.user = "user";
	l.a.password = bytes("pencil");
	linked_start(&l);
	m = l.a.x->state;
	memcpy(m->nonce, both, 24);
	m->bare.len = 0;
	scram_puts(&m->bare, "n=user,r=rOprNGfwEbeRWgbNEkqO");
	snprintf(first, sizeof(first), "r=%s,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
		 both);
	snprintf(final, sizeof(final), "c=biws,r=%s,p=dHzbZapWIk4jUhN+Ute9ytag"
		 "9zjfMHgsqmmiz7AndVQ=", both);
	assert_int_equal(attempt_ask(&l.a, first, false), LK_CONTINUE);
	assert_string_equal(attempt_response(&l.a), final);
	assert_int_equal(attempt_ask(&l.a, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5n"
				     "LTJRsjl95G4=", false), LK_DONE);
	attempt_close(&l.a);
}

static void
test_nonces_are_printable_and_new(void **state)
{
	char before[64] = "";
	const char *first, *at;
	int i;

	(void)state;
	nonce = NULL;
	for (i = 0; i < 20; i++) {
		linked_init(&l, "scram-sha-512");
		l.types = "";
		first = strstr(linked_start(&l), "r=");
		assert_non_null(first);
		assert_int_equal(strlen(first), 2 + 24);
		for (at = first; *at; at++)
			assert_true(*at > 0x20 && *at < 0x7f && *at != ',');
		assert_string_not_equal(first, before);
		snprintf(before, sizeof(before), "%s", first);
		attempt_close(&l.a);
	}
}

static void
test_names(void **state)
{
	static const struct {
		const char *user, *authzid, *want;
	} rows[] = {
		{ "a,b=c", NULL, "n,,n=a=2Cb=3Dc,r=" NONCE },
		{ "user", "x=y,z", "n,a=x=3Dy=2Cz,n=user,r=" NONCE },
		{ "user", "", "n,,n=user,r=" NONCE },
		/* not prepared: the server knows what it is */
		{ "user", "\xc2\xaa", "n,a=\xc2\xaa,n=user,r=" NONCE },
		{ "\xc2\xaa", NULL, "n,,n=a,r=" NONCE },
		{ "j\xc3\xbcrgen", NULL, "n,,n=j\xc3\xbcrgen,r=" NONCE },
		{ "a b", NULL, "n,,n=a b,r=" NONCE },
	};
	size_t i;

	(void)state;
	nonce = NONCE;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		linked_init(&l, "scram-sha-1");
		l.types = "";
		l.a.login.user = rows[i].user;
		l.a.login.authzid = rows[i].authzid;
		assert_string_equal(linked_start(&l), rows[i].want);
		assert_int_equal(l.a.asked, 0);
		attempt_close(&l.a);
	}
}

static void
test_names_that_cannot_be_prepared(void **state)
{
	static const struct {
		const char *user, *want;
	} rows[] = {
		{ "a\001", "the user name cannot be prepared by SASLprep: it "
		  "has a control or another character that is not allowed" },
		{ "\xc2\xad", "the user name cannot be prepared by SASLprep: "
		  "nothing is left of it" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		linked_init(&l, "scram-sha-256");
		l.a.login.user = rows[i].user;
		attempt_open(&l.a, true);
		assert_int_equal(lk_exchange_start(l.a.x), LK_E_CONFIG);
		assert_string_equal(sentence(&l), rows[i].want);
		assert_false(lk_exchange_has_leased(l.a.x));
		attempt_close(&l.a);
	}
}

/* The proof as data of the success. */
static void
test_success_data(void **state)
{
	(void)state;
	vector_prove();
	assert_int_equal(lk_exchange_success(l.a.x, bytes(FINAL_)), LK_DONE);
	attempt_close(&l.a);
}

static void
test_extensions_are_ignored(void **state)
{
	(void)state;
	vector_start();
	assert_int_equal(attempt_ask(&l.a, FIRST_ ",x=1,Y=a=b", false),
			 LK_CONTINUE);
	attempt_close(&l.a);
	vector_prove();
	assert_int_equal(attempt_ask(&l.a, FINAL_ ",x=1", false), LK_DONE);
	attempt_close(&l.a);
}

static void
test_as_many_iterations_as_are_allowed(void **state)
{
	(void)state;
	vector_start();
	assert_int_equal(attempt_ask(&l.a, "r=" BOTH ",s=QSXCR+Q6sek8bf92,"
				     "i=1000000", false), LK_CONTINUE);
	attempt_close(&l.a);
}

static void
test_two_steps(void **state)
{
	(void)state;
	nonce = NONCE;
	linked_init(&l, "scram-sha-1");
	l.types = "";
	l.a.login.user = "user";
	l.a.password = bytes("pencil");
	attempt_open(&l.a, false);
	assert_int_equal(lk_exchange_start(l.a.x), LK_CONTINUE);
	assert_string_equal(attempt_command(&l.a, 0), "AUTH SCRAM-SHA-1");
	assert_int_equal(attempt_ask(&l.a, "", true), LK_CONTINUE);
	assert_string_equal(attempt_response(&l.a), "n,,n=user,r=" NONCE);
	assert_int_equal(attempt_ask(&l.a, FIRST_, false), LK_CONTINUE);
	assert_string_equal(attempt_response(&l.a), PROOF);
	attempt_close(&l.a);
}

static void
test_waits_for_its_password(void **state)
{
	(void)state;
	vector_start();
	l.a.not_yet = 2;
	assert_int_equal(attempt_ask(&l.a, FIRST_, false), LK_PENDING);
	assert_int_equal(lk_exchange_resume(l.a.x), LK_PENDING);
	assert_int_equal(lk_exchange_resume(l.a.x), LK_CONTINUE);
	assert_string_equal(attempt_response(&l.a), PROOF);
	attempt_close(&l.a);
}

/* What is no password never comes to iterations. */
static void
test_passwords_that_cannot_be_prepared(void **state)
{
	static const struct lk_bytes bad[] = {
		{ (const unsigned char *)"pen\0cil", 7 },
		{ (const unsigned char *)"pen\177", 4 },
		{ (const unsigned char *)"\xf0\x9f\x94\x91", 4 },
	};
	size_t i;
	int before = salted;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		vector_start();
		l.a.password = bad[i];
		assert_int_equal(attempt_ask(&l.a, FIRST_, false),
				 LK_E_CONFIG);
		assert_non_null(strstr(sentence(&l), "the password cannot be "
				       "prepared by SASLprep: it has a "));
		attempt_close(&l.a);
	}
	assert_int_equal(salted, before);
}

static void
test_a_hash_that_the_library_lacks(void **state)
{
	(void)state;
	vector_start();
	l.a.login.host = "other.example";   /* nothing is known of it */
	lacking = "SHA1";
	assert_int_equal(attempt_ask(&l.a, FIRST_, false), LK_E_UNSUPPORTED);
	assert_string_equal(sentence(&l), "this OpenSSL does not do SHA1 (is "
			    "it set up for FIPS?)");
	lacking = NULL;
	attempt_close(&l.a);
}

static void
test_notes(void **state)
{
	const struct lk_mech *const *m = l.plugin->mechs(l.context);
	size_t n = 0;

	(void)state;
	for (; *m; m++, n++) {
		const struct lk_mech_record *r = &(*m)->note->record;
		bool is_plus = strstr(r->wire, "-PLUS");

		assert_int_equal(!!(r->flags & LK_F_CHANNEL_BINDING), is_plus);
		assert_int_equal(!!(*m)->available, is_plus);
		assert_true(r->flags & LK_F_MUTUAL);
		assert_false(r->flags & LK_F_PLAINTEXT);
	}
	assert_int_equal(n, 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc_5802),
		cmocka_unit_test(test_rfc_7677),
		cmocka_unit_test(test_nonces_are_printable_and_new),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_names_that_cannot_be_prepared),
		cmocka_unit_test(test_success_data),
		cmocka_unit_test(test_extensions_are_ignored),
		cmocka_unit_test(test_as_many_iterations_as_are_allowed),
		cmocka_unit_test(test_two_steps),
		cmocka_unit_test(test_waits_for_its_password),
		cmocka_unit_test(test_passwords_that_cannot_be_prepared),
		cmocka_unit_test(test_a_hash_that_the_library_lacks),
		cmocka_unit_test(test_notes),
	};

	return cmocka_run_group_tests(tests, linked_scram, linked_done);
}
