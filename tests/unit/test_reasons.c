/* A reason for each mechanism that is not tried.
 * SPDX-License-Identifier: MIT */
#include "world.h"

static struct lk_file user_dir = { .path = (char *)"/home/a.so",
				   .user_dir = true };

static const struct reason {
	const char *id;
	uint32_t facts, flags;
	const char *auth, *offered, *peer;
	int32_t cls;
	const char *reason, *cure;
} reasons[] = {
	{ "first", TLS, 0, NULL, "HASH", NULL, LK_E_NO_MECH,
	  "not offered by the server", "" },
	/* exactly: nothing begins with it */
	{ "first", TLS, 0, NULL, "FIRST-TOKEN XFIRST", NULL, LK_E_NO_MECH,
	  "not offered by the server", "" },
	{ "first", TLS, 0, "hash", "FIRST", NULL, LK_E_NO_MECH,
	  "not in auth", "-o auth=first" },
	{ "first", TLS, 0, "hash", "HASH", NULL, LK_E_NO_MECH,
	  "not in auth", "" },
	{ "first", TLS, 0, "!first *", "FIRST", NULL, LK_E_NO_MECH,
	  "forbidden by auth", "" },
	{ "first", TLS, 0, "!FIRST *", "FIRST", NULL, LK_E_NO_MECH,
	  "forbidden by auth", "" },
	{ "first-b", TLS, 0, NULL, "FIRST", NULL, 0,
	  "same form as first, which comes first", "-o auth=first-b" },
	{ "nobody", TLS, 0, NULL, "NOBODY", NULL, LK_E_NO_MECH,
	  "anonymous and not named by auth", "" },
	{ "strange", TLS, 0, NULL, "STRANGE", NULL, LK_E_NOPROP,
	  "it needs \"colour\", which is not to be had", "" },
	{ "param", TLS, 0, NULL, "PARAM", NULL, LK_E_CONFIG,
	  "its parameter \"realm\" is not set", "-o param.realm=VALUE" },
	{ "first", 0, 0, NULL, "FIRST", NULL, LK_E_ENCRYPTION,
	  "plaintext mechanism on an unencrypted connection",
	  "-o tls=starttls" },
	{ "first", LK_FACT_ENCRYPTED, 0, NULL, "FIRST", NULL,
	  LK_E_CERTIFICATE, "plaintext mechanism, and the server's "
	  "certificate was not verified", "-o ca=FILE" },
	/* verified without TLS is nothing */
	{ "first", LK_FACT_VERIFIED, 0, NULL, "FIRST", NULL, LK_E_ENCRYPTION,
	  "plaintext mechanism on an unencrypted connection", "" },
	{ "first", LK_FACT_PRIVATE, 0, NULL, "FIRST", NULL, 0, "", "" },
	{ "first", 0, LK_LOGIN_INSECURE_PLAINTEXT, NULL, "FIRST", NULL, 0, "",
	  "" },
	{ "first", LK_FACT_ENCRYPTED, LK_LOGIN_INSECURE_PLAINTEXT, NULL,
	  "FIRST", NULL, 0, "", "" },
	{ "first", LK_FACT_TLS_REQUIRED, LK_LOGIN_INSECURE_PLAINTEXT, NULL,
	  "FIRST", NULL, LK_E_ENCRYPTION, "TLS is required, and this is an "
	  "unencrypted connection", "" },
	{ "hash", LK_FACT_TLS_REQUIRED, 0, NULL, "HASH", NULL,
	  LK_E_ENCRYPTION, "TLS is required, and this is an unencrypted "
	  "connection", "" },
	/* whoever reads a token has it */
	{ "bearer", 0, 0, NULL, "BEARER", NULL, LK_E_ENCRYPTION,
	  "plaintext mechanism on an unencrypted connection",
	  "-o tls=starttls" },
	{ "bearer", LK_FACT_ENCRYPTED, 0, NULL, "BEARER", NULL,
	  LK_E_CERTIFICATE, "plaintext mechanism, and the server's "
	  "certificate was not verified", "-o ca=FILE" },
	{ "bearer", TLS, 0, NULL, "BEARER", NULL, 0, "", "" },
	{ "ticket", LK_FACT_TLS_REQUIRED, 0, NULL, "TICKET", NULL, 0, "", "" },
	{ "hash", 0, 0, NULL, "HASH", NULL, 0, "", "" },
	{ "token", LK_FACT_PRIVATE, LK_LOGIN_INSECURE_PLAINTEXT, NULL, "TOKEN",
	  NULL, LK_E_ENCRYPTION, "it needs TLS, and this is an unencrypted "
	  "connection", "-o tls=starttls" },
	{ "token", LK_FACT_ENCRYPTED, LK_LOGIN_INSECURE_PLAINTEXT, NULL,
	  "TOKEN", NULL, LK_E_CERTIFICATE, "it needs TLS, and the server's "
	  "certificate was not verified", "-o ca=FILE" },
	{ "hash", TLS, 0, NULL, "HASH", "MAIL.example.com", 0, "", "" },
	{ "hash", TLS, 0, NULL, "HASH", "mail.example.org", LK_E_HOST_NAME,
	  "wrong host name: the server is mail.example.org, and the secret is "
	  "for mail.example.com", "-o host=mail.example.org" },
	{ "ticket", TLS, 0, NULL, "TICKET", "mail.example.org", 0, "", "" },
	{ "list-*", TLS, 0, NULL, "FIRST", NULL, LK_E_NO_MECH,
	  "a list that is only known at run time, and all that is offered is "
	  "known without it", "" },
	{ "list-*", TLS, 0, NULL, "FIRST X-NEW", NULL, 0, "", "" },
	{ "list-*", TLS, 0, "list-new", "X-NEW", NULL, 0, "", "" },
	{ "list-*", TLS, 0, "list-first", "FIRST", NULL, 0, "", "" },
	{ "list-*", TLS, 0, "X-NEW", "X-NEW", NULL, 0, "", "" },
	{ "list-*", TLS, 0, "X-NEW", "FIRST X-OTHER", NULL, LK_E_NO_MECH,
	  "not in auth", "" },
	{ "list-*", TLS, 0, "FIRST", "FIRST X-NEW", NULL, LK_E_NO_MECH,
	  "not in auth", "" },
	{ "list-*", TLS, 0, "X-NEW !list-*", "X-NEW", NULL, LK_E_NO_MECH,
	  "forbidden by auth", "" },
	/* an id is never forced on a server */
	{ "only", TLS, 0, "only", "FIRST", NULL, LK_E_NO_MECH,
	  "not offered by the server", "" },
};

static void
test_reasons(void **state)
{
	struct lk_candidate c;
	char order[512];
	struct world w;
	size_t i;

	(void)state;
	all[13].params = params;
	for (i = 0; i < sizeof(reasons) / sizeof(*reasons); i++) {
		const struct reason *r = &reasons[i];

		init(&w);
		w.facts.flags = r->facts;
		w.facts.peer_name = r->peer;
		w.login.flags = r->flags;
		w.login.auth = r->auth;
		w.offered = r->offered;
		decide(&w, order, sizeof(order), r->id, &c);
		if (c.cls != r->cls || strcmp(c.reason, r->reason) != 0 ||
		    strncmp(c.cure, r->cure, strlen(r->cure)) != 0)
			fail_msg("row %zu: %s: %d, %s, %s", i, r->id,
				 (int)c.cls, c.reason, c.cure);
	}
}

static void
test_missing(void **state)
{
	static const struct {
		const char *id, *user, *secrets, *reason;
		bool has_binding;
	} rows[] = {
		{ "first", NULL, "password", "no user name", true },
		{ "first", "", "password", "no user name", true },
		{ "first", "u", "oauth.token", "no password source", true },
		{ "first", "u", "passwords", "no password source", true },
		{ "first", "u", NULL, "no password source", true },
		{ "token", "u", "password", "no token source", true },
		{ "either", "u", "", "no password source", true },
		{ "either", "u", "otp", "", true },
		{ "either", "u", "password", "", true },
		{ "bound", "u", "password", "no channel binding: it needs TLS",
		  false },
		{ "bound", "u", "password", "", true },
	};
	struct lk_candidate c;
	char order[512];
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		init(&w);
		w.offered = EVERYTHING " EITHER";
		w.login.user = rows[i].user;
		w.login.secrets = rows[i].secrets;
		if (!rows[i].has_binding)
			w.facts.channel_binding = NULL;
		decide(&w, order, sizeof(order), rows[i].id, &c);
		if (strcmp(c.reason, rows[i].reason) != 0)
			fail_msg("row %zu: %s", i, c.reason);
		assert_int_equal(c.cls, *rows[i].reason ? LK_E_NOPROP : 0);
	}
}

/* Nobody is let in as himself where another was meant. */
static void
test_acting_for_another(void **state)
{
	static const char cannot[] =
		"it cannot act for another, and authzid is set";
	struct lk_candidate c;
	char order[512];
	struct world w;

	(void)state;
	init(&w);
	w.offered = EVERYTHING " TICKET";
	w.login.authzid = "boss";
	decide(&w, order, sizeof(order), "hash", &c);
	assert_string_equal(c.reason, cannot);
	assert_int_equal(c.cls, LK_E_NO_MECH);
	decide(&w, order, sizeof(order), "ticket", &c);
	assert_string_equal(c.reason, cannot);
	all[4].record.flags |= LK_F_PROXY;
	decide(&w, order, sizeof(order), "hash", &c);
	assert_int_equal(c.cls, 0);
	all[4].record.flags &= ~LK_F_PROXY;
	/* himself is no other */
	w.login.authzid = w.login.user;
	decide(&w, order, sizeof(order), "hash", &c);
	assert_int_equal(c.cls, 0);
	w.login.authzid = "";
	decide(&w, order, sizeof(order), "hash", &c);
	assert_int_equal(c.cls, 0);
}

static void
test_states(void **state)
{
	struct lk_candidate c;
	char order[512];
	struct world w;

	(void)state;
	init(&w);
	all[5].state = LK_MECH_FAILED;
	all[5].reason = "no such symbol";
	decide(&w, order, sizeof(order), "first", &c);
	assert_string_equal(c.reason, "no such symbol");
	/* its twin is none any more */
	assert_non_null(strstr(order, "first-b"));
	all[5].state = LK_MECH_CHANGED;
	decide(&w, order, sizeof(order), "first", &c);
	assert_int_equal(c.cls, 0);
	all[5].state = LK_MECH_FOUND;
	all[5].reason = NULL;

	all[5].file = &user_dir;
	decide(&w, order, sizeof(order), "first", &c);
	assert_string_equal(c.reason,
			    "in a user directory and not named by auth");
	w.login.auth = "FIRST";
	decide(&w, order, sizeof(order), "first", &c);
	assert_string_equal(c.reason,
			    "in a user directory and not named by auth");
	w.login.auth = "first";
	expect(&w, "first");
	all[5].file = &system_dir;
}

static void
test_protocol_without_initial_responses(void **state)
{
	struct lk_candidate c;
	char order[512];
	struct world w;

	(void)state;
	init(&w);
	w.profile.flags = 0;
	decide(&w, order, sizeof(order), "only", &c);
	assert_int_equal(c.cls, LK_E_NO_MECH);
	assert_non_null(strstr(c.reason, "initial response"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_acting_for_another),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_protocol_without_initial_responses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
