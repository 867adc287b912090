/* SCRAM: channel bindings, and what is said where there is none.
 * SPDX-License-Identifier: MIT */
#include "vectors.h"

#define EVERY "tls-exporter tls-server-end-point tls-unique"

/* The flag that the first message opens with. */
static void
test_flags(void **state)
{
	static const char *const other[] = {
		"SCRAM-SHA-256", "SCRAM-SHA3-512-PLUS", "GS2-KRB5-PLUS", NULL
	};
	static const char *const weaker[] = {
		"SCRAM-SHA-256", "SCRAM-SHA-1-PLUS", NULL
	};
	static const struct {
		const char *id, *types;
		const char *const *offered;
		const char *param, *want;
	} rows[] = {
		{ "scram-sha-256", "", plain_offer, NULL, "n,," },
		{ "scram-sha-256", EVERY, plain_offer, NULL, "y,," },
		{ "scram-sha-1", "tls-unique", plain_offer, NULL, "y,," },
		{ "scram-sha-256", EVERY, plus_offer, NULL, "n,," },
		{ "scram-sha-256", EVERY, weaker, NULL, "n,," },
		{ "scram-sha-512", "", plus_offer, NULL, "n,," },
		/* a name that we could not take hides nothing */
		{ "scram-sha-256", EVERY, other, NULL, "y,," },
		{ "scram-sha-256", EVERY, plain_offer,
		  "scram-sha-256.channel-binding=none", "n,," },
		{ "scram-sha-256", EVERY, plain_offer,
		  "scram-sha-512.channel-binding=none", "y,," },
		{ "scram-sha-256-plus", EVERY, plus_offer, NULL,
		  "p=tls-exporter,," },
		{ "scram-sha-1-plus", "tls-unique tls-server-end-point",
		  plus_offer, NULL, "p=tls-unique,," },
		{ "scram-sha-512-plus", "tls-server-end-point", plus_offer,
		  NULL, "p=tls-server-end-point,," },
		{ "scram-sha-256-plus", EVERY, plus_offer, "scram-sha-256-plus"
		  ".channel-binding=tls-server-end-point",
		  "p=tls-server-end-point,," },
		{ "scram-sha-256-plus", EVERY, plus_offer, "scram-sha-256-plus"
		  ".channel-binding=tls-unique", "p=tls-unique,," },
	};
	const char *params[2] = { NULL, NULL };
	const char *first;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		linked_init(&l, rows[i].id);
		l.types = rows[i].types;
		l.a.offered = rows[i].offered;
		params[0] = rows[i].param;
		l.a.login.params = params;
		first = linked_start(&l);
		if (strncmp(first, rows[i].want, strlen(rows[i].want)) != 0)
			fail_msg("row %zu: %s, not %s", i, first,
				 rows[i].want);
		attempt_close(&l.a);
	}
}

static void
test_not_available(void **state)
{
	static const struct {
		const char *types, *param, *sentence, *advice;
	} rows[] = {
		{ "", NULL, "there is no channel binding on this connection: "
		  "it needs TLS", "" },
		{ "tls-exporter", "scram-sha-256-plus.channel-binding="
		  "tls-unique", "there is no channel binding of type "
		  "tls-unique on this connection",
		  "set its channel-binding to auto" },
	};
	const char *params[2] = { NULL, NULL };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		linked_init(&l, "scram-sha-256-plus");
		l.types = rows[i].types;
		params[0] = rows[i].param;
		l.a.login.params = params;
		attempt_open(&l.a, true);
		assert_int_equal(lk_exchange_available(l.a.x), LK_E_NOPROP);
		assert_string_equal(sentence(&l), rows[i].sentence);
		assert_string_equal(lk_exchange_error(l.a.x)->advice,
				    rows[i].advice);
		assert_int_equal(lk_exchange_start(l.a.x), LK_E_NOPROP);
		assert_int_equal(l.a.asked, 0);
		attempt_close(&l.a);
	}
	/* what a connection in clear is said to have does not count */
	linked_init(&l, "scram-sha-256-plus");
	l.types = EVERY;
	l.a.facts.flags = 0;
	attempt_open(&l.a, true);
	assert_int_equal(lk_exchange_available(l.a.x), LK_E_NOPROP);
	attempt_close(&l.a);
}

/* In c= stands the header, and behind it the octets: the type backwards. */
static void
test_binding_data(void **state)
{
	static const struct {
		const char *id, *authzid, *want;
	} rows[] = {
		{ "scram-sha-1", NULL, "c=eSws,r=" BOTH ",p=" },
		{ "scram-sha-1", "bob", "c=eSxhPWJvYiw=,r=" BOTH ",p=" },
		{ "scram-sha-1-plus", NULL, "c=cD10bHMtdW5pcXVlLCxldXFpbnUtc2"
		  "x0,r=" BOTH ",p=" },
		{ "scram-sha-1-plus", "bob", "c=cD10bHMtdW5pcXVlLGE9Ym9iLGV1c"
		  "WludS1zbHQ=,r=" BOTH ",p=" },
	};
	const char *final;
	size_t i;

	(void)state;
	nonce = NONCE;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		linked_init(&l, rows[i].id);
		l.types = "tls-unique";
		l.a.login.authzid = rows[i].authzid;
		linked_start(&l);
		assert_int_equal(attempt_ask(&l.a, FIRST_, false),
				 LK_CONTINUE);
		final = attempt_response(&l.a);
		if (strncmp(final, rows[i].want, strlen(rows[i].want)) != 0)
			fail_msg("row %zu: %s, not %s", i, final,
				 rows[i].want);
		attempt_close(&l.a);
	}
}

static void
test_a_binding_that_is_gone(void **state)
{
	(void)state;
	nonce = NONCE;
	linked_init(&l, "scram-sha-1-plus");
	l.types = "tls-exporter";
	linked_start(&l);
	l.types = "tls-unique";
	assert_int_equal(attempt_ask(&l.a, FIRST_, false), LK_E_NOPROP);
	assert_null(lk_exchange_response(l.a.x).data);
	attempt_close(&l.a);
}

/* y, and the server refuses: by itself that is a refusal of the password, as it
 * comes after our proof; before it, of the name, or of the y. */
static void
test_refusal_after_y(void **state)
{
	static const struct lk_reply reply = { .size = sizeof(reply),
					       .code = 535 };
	static const struct {
		int is_proven;
		const char *text;
		int32_t want;
		const char *sentence;
	} rows[] = {
		{ 1, "5.7.8 no", LK_E_CREDENTIALS, "" },
		{ 0, "5.7.8 no", LK_E_CREDENTIALS, "the server refused the "
		  "user name, or it can bind the channel and does not offer "
		  "it" },
		{ 0, "e=server-does-support-channel-binding", LK_E_MUTUAL,
		  "the server can bind the channel, and its offer did not "
		  "reach us: somebody is in between" },
		{ 1, "e=server-does-support-channel-binding", LK_E_MUTUAL,
		  "the server can bind the channel, and its offer did not "
		  "reach us: somebody is in between" },
	};
	size_t i;

	(void)state;
	nonce = NONCE;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		linked_init(&l, "scram-sha-1");
		l.types = EVERY;
		assert_string_equal(linked_start(&l), "y,,n=alice,r=" NONCE);
		if (rows[i].is_proven)
			assert_int_equal(attempt_ask(&l.a, FIRST_, false),
					 LK_CONTINUE);
		assert_int_equal(lk_exchange_failure(l.a.x, LK_E_CREDENTIALS,
						     &reply, rows[i].text),
				 rows[i].want);
		assert_string_equal(sentence(&l), rows[i].sentence);
		if (!rows[i].is_proven && rows[i].want == LK_E_CREDENTIALS)
			assert_string_equal(lk_exchange_error(l.a.x)->advice,
					    "check the user name; if it is "
					    "right: -o scram-sha-1.channel-"
					    "binding=none");
		attempt_close(&l.a);
	}
	/* n says nothing of the kind */
	vector_start();
	assert_int_equal(lk_exchange_failure(l.a.x, LK_E_CREDENTIALS, &reply,
					     "no"), LK_E_CREDENTIALS);
	assert_string_equal(sentence(&l), "");
	attempt_close(&l.a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_not_available),
		cmocka_unit_test(test_binding_data),
		cmocka_unit_test(test_a_binding_that_is_gone),
		cmocka_unit_test(test_refusal_after_y),
	};

	return cmocka_run_group_tests(tests, linked_scram, linked_done);
}
