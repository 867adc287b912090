/* EXTERNAL: by itself, in other protocols, and with a real certificate.
 * SPDX-License-Identifier: MIT */
#include "../../plugins/external/external.c"

#include "attempt.h"
#include "net/sender.h"

static void
test_bytes(void **state)
{
	static const struct {
		const char *authzid, *user, *want;
	} rows[] = {
		{ NULL, NULL, "" }, { "", "alice", "" }, { NULL, "alice", "" },
		{ "root", NULL, "root" }, { "root", "alice", "root" },
	};
	struct attempt a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		attempt_init(&a, &external);
		a.login.authzid = rows[i].authzid;
		a.login.user = rows[i].user;
		attempt_open(&a, true);
		assert_int_equal(lk_exchange_start(a.x), LK_DONE);
		assert_string_equal(attempt_response(&a), rows[i].want);
		assert_int_equal(attempt_ask(&a, "", false), LK_E_PROTOCOL);
		assert_int_equal(a.asked, 0);
		assert_false(lk_exchange_has_leased(a.x));
		attempt_close(&a);
	}
}

static void
test_ends(void **state)
{
	struct attempt a;

	(void)state;
	attempt_init(&a, &external);
	attempt_open(&a, true);
	lk_exchange_start(a.x);
	attempt_command(&a, 1);
	assert_int_equal(lk_exchange_accept(a.x, bytes(NULL)), LK_DONE);
	attempt_close(&a);

	attempt_open(&a, true);
	lk_exchange_start(a.x);
	assert_int_equal(lk_exchange_failure(a.x, LK_E_CREDENTIALS, NULL,
					     "no"), LK_E_CREDENTIALS);
	assert_string_equal(lk_exchange_error(a.x)->sentence,
			    "the server refused the certificate");
	assert_non_null(strstr(lk_exchange_error(a.x)->advice, "authority"));
	attempt_close(&a);

	attempt_open(&a, true);
	lk_exchange_start(a.x);
	assert_int_equal(lk_exchange_failure(a.x, LK_E_TRANSIENT, NULL,
					     "later"), LK_E_TRANSIENT);
	assert_null(strstr(lk_exchange_error(a.x)->sentence, "certificate"));
	attempt_close(&a);
}

static void
test_available(void **state)
{
	static const struct {
		uint32_t facts;
		int32_t want;
	} rows[] = {
		{ 0, LK_E_NOPROP },
		{ LK_FACT_ENCRYPTED | LK_FACT_VERIFIED, LK_E_NOPROP },
		{ LK_FACT_CLIENT_CERT, LK_E_NOPROP },
		{ LK_FACT_PRIVATE, LK_E_NOPROP },
		{ LK_FACT_ENCRYPTED | LK_FACT_CLIENT_CERT, LK_DONE },
	};
	struct attempt a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		attempt_init(&a, &external);
		a.facts.flags = rows[i].facts;
		attempt_open(&a, true);
		assert_int_equal(lk_exchange_available(a.x), rows[i].want);
		if (rows[i].want)
			assert_string_equal(
				lk_exchange_error(a.x)->sentence,
				"no client certificate (cert=, key=)");
		attempt_close(&a);
	}
}

static void
test_protocols(void **state)
{
	static const struct {
		const struct lk_profile *(*profile)(void);
		const char *want;
	} rows[] = {
		{ lk_profile_smtp, "AUTH EXTERNAL =" },
		{ lk_profile_imap, "AUTHENTICATE EXTERNAL =" },
		{ lk_profile_pop3, "AUTH EXTERNAL =" },
		{ lk_profile_sieve, "AUTHENTICATE \"EXTERNAL\" \"\"" },
		{ lk_profile_ldap, "" },
	};
	struct attempt a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		attempt_init(&a, &external);
		a.profile = *rows[i].profile();
		attempt_open(&a, true);
		lk_exchange_start(a.x);
		assert_string_equal(attempt_command(&a, 1), rows[i].want);
		attempt_close(&a);
	}
}

/* The server asks for a certificate, gets it, and needs to know no more. */
static void
test_certificate(void **state)
{
	char mine[TEMP];
	const struct turn script[] = {
		{ TLS_CERT, ca }, { SAY, "220 mx\r\n" }, { HEAR, "EHLO " },
		{ SAY, "250-mx\r\n250 AUTH EXTERNAL PLAIN\r\n" },
		{ HEAR, "AUTH EXTERNAL =" }, { SAY, "235 ok\r\n" },
		MAILED, BYE,
	};
	struct lk_recipient to = { .address = "r@example.org" };
	struct lk_envelope e = { .size = sizeof(e), .from = "s@example.org",
				 .to = &to, .count = 1 };
	struct cert client;
	struct lk_host *host = NULL;
	struct lk_error err = { 0 };
	struct lk_account *account;
	struct peer p;
	int r;

	(void)state;
	authority_new("DNS:localhost");
	client = cert_new(&authority, "alice", "email:alice@example.org", -DAY,
			  DAY);
	cert_write(&client, 1, mine);
	assert_int_equal(lk_host_new(&host, NULL, &err), 0);
	peer_start(&p, &good, script);
	account = account_for(&p, "localhost", "tls", "implicit", "timeout",
			      "10", "ca", ca, "cert", mine, "key", mine, "auth",
			      "external", NULL);
	r = lk_client_send(host, account, &e, &hello, &tracing, &err);
	lk_account_free(account);
	peer_stop(&p);
	if (r < 0 || *p.wrong)
		fail_msg("%s; %s; %s", err.sentence, p.wrong, p.heard);
	lk_host_free(host);
	cert_free(&client);
	authority_free();
	unlink(mine);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_available),
		cmocka_unit_test(test_protocols),
		cmocka_unit_test(test_certificate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
