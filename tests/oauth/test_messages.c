/* XOAUTH2 and OAUTHBEARER: their bytes and their refusals.
 * SPDX-License-Identifier: MIT */
#include "../../plugins/oauth/oauth.c"

#include "unit/attempt.h"

#define TOKEN "ya29.A0-secret_token~+/=="
#define REFUSED "the server refused the token"
#define UNREADABLE REFUSED ", and its explanation cannot be read"

static void
begin(struct attempt *a, const struct lk_mech *mech)
{
	attempt_init(a, mech);
	a->password = bytes(TOKEN);
}

/* ---- messages ----------------------------------------------------------- */

static void
test_bytes(void **state)
{
	static const struct {
		const struct lk_mech *mech;
		const char *user, *authzid, *host;
		unsigned port;
		const char *want;
	} rows[] = {
		{ &xoauth2, "alice@example.com", NULL, "mx", 587,
		  "user=alice@example.com\1auth=Bearer " TOKEN "\1\1" },
		{ &xoauth2, "alice", "", "mx", 587,
		  "user=alice\1auth=Bearer " TOKEN "\1\1" },
		{ &xoauth2, "alice", "team", "mx", 587,
		  "user=team\1auth=Bearer " TOKEN "\1\1" },
		{ &xoauth2, "a,b=c d", NULL, "mx", 587,
		  "user=a,b=c d\1auth=Bearer " TOKEN "\1\1" },
		{ &xoauth2, "j\xc3\xbcrgen", NULL, "mx", 587,
		  "user=j\xc3\xbcrgen\1auth=Bearer " TOKEN "\1\1" },
		/* RFC 7628, 4.1 */
		{ &oauthbearer, "user@example.com", NULL,
		  "server.example.com", 143, "n,a=user@example.com,\1"
		  "host=server.example.com\1port=143\1auth=Bearer " TOKEN
		  "\1\1" },
		{ &oauthbearer, "alice", "team", "mx", 65535, "n,a=team,\1"
		  "host=mx\1port=65535\1auth=Bearer " TOKEN "\1\1" },
		{ &oauthbearer, "a,b=c", NULL, "mx", 25, "n,a=a=2Cb=3Dc,\1"
		  "host=mx\1port=25\1auth=Bearer " TOKEN "\1\1" },
		{ &oauthbearer, ",=", NULL, "mx", 25, "n,a==2C=3D,\1"
		  "host=mx\1port=25\1auth=Bearer " TOKEN "\1\1" },
		{ &oauthbearer, "alice", NULL, NULL, 25, "n,a=alice,\1"
		  "port=25\1auth=Bearer " TOKEN "\1\1" },
	};
	struct attempt a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		begin(&a, rows[i].mech);
		a.login.user = rows[i].user;
		a.login.authzid = rows[i].authzid;
		a.login.host = rows[i].host;
		a.login.port = (uint16_t)rows[i].port;
		attempt_open(&a, true);
		assert_int_equal(lk_exchange_start(a.x), LK_CONTINUE);
		assert_string_equal(attempt_response(&a), rows[i].want);
		assert_int_equal(lk_exchange_success(a.x, bytes(NULL)),
				 LK_DONE);
		attempt_close(&a);
	}
}

/* The example of Google's own page: Authenticate with OAuth 2.0. */
static void
test_line(void **state)
{
	struct attempt a;

	(void)state;
	attempt_init(&a, &xoauth2);
	a.login.user = "someuser@example.com";
	a.password = bytes("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg");
	attempt_open(&a, true);
	assert_int_equal(lk_exchange_start(a.x), LK_CONTINUE);
	assert_string_equal(attempt_command(&a, 1), "AUTH XOAUTH2 "
			    "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJl"
			    "ciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1s"
			    "emRHRXVZMjl0Q2cBAQ==");
	assert_string_equal(lk_buf_text(&a.shown), "AUTH XOAUTH2 <85 octets>");
	attempt_close(&a);
}

static void
test_what_cannot_be_carried(void **state)
{
	static const struct {
		const char *user, *host, *token, *says;
	} rows[] = {
		{ "a\1b", "mx", TOKEN, "the user name contains a control" },
		{ "a\nb", "mx", TOKEN, "the user name contains a control" },
		{ "a\x7f", "mx", TOKEN, "the user name contains a control" },
		{ "a", "m\1x", TOKEN, "the host name contains a control" },
		{ "a", "mx", "x\1y", "what should be a token" },
		{ "a", "mx", "x\ny", "what should be a token" },
		{ "a", "mx", "x y", "what should be a token" },
		{ "a", "mx", "x\x7f", "what should be a token" },
		{ "a", "mx", "x\xc3\xbc", "what should be a token" },
		{ "a", "mx", "Bearer " TOKEN, "what should be a token" },
		{ "a", "mx", "\"" TOKEN "\"", "what should be a token" },
		{ "a", "mx", "{\"access_token\":\"x\"}",
		  "what should be a token" },
	};
	struct attempt a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		begin(&a, &oauthbearer);
		a.login.user = rows[i].user;
		a.login.host = rows[i].host;
		a.password = bytes(rows[i].token);
		attempt_open(&a, true);
		assert_int_equal(lk_exchange_start(a.x), LK_E_CONFIG);
		assert_non_null(strstr(lk_exchange_error(a.x)->sentence,
				       rows[i].says));
		assert_string_equal(attempt_response(&a), "(none)");
		/* a wrong name costs no question for the token */
		if (strstr(rows[i].says, "name"))
			assert_int_equal(a.asked, 0);
		attempt_close(&a);
	}
}

static void
test_no_token(void **state)
{
	struct attempt a;

	(void)state;
	begin(&a, &xoauth2);
	a.password = bytes(NULL);
	attempt_open(&a, true);
	assert_int_equal(lk_exchange_start(a.x), LK_E_NOPROP);
	assert_false(lk_exchange_has_leased(a.x));
	attempt_close(&a);
}

static void
test_waits_for_its_token(void **state)
{
	struct attempt a;

	(void)state;
	begin(&a, &xoauth2);
	a.not_yet = 2;
	attempt_open(&a, true);
	assert_int_equal(lk_exchange_start(a.x), LK_PENDING);
	assert_int_equal(lk_exchange_resume(a.x), LK_PENDING);
	assert_int_equal(lk_exchange_resume(a.x), LK_CONTINUE);
	assert_string_equal(attempt_response(&a),
			    "user=alice\1auth=Bearer " TOKEN "\1\1");
	attempt_close(&a);
}

/* ---- refusals ----------------------------------------------------------- */

/* Begin, be refused with this document, acknowledge. */
static void
refuse(struct attempt *a, const struct lk_mech *mech, const char *document,
       bool raw)
{
	begin(a, mech);
	attempt_open(a, true);
	assert_int_equal(lk_exchange_start(a->x), LK_CONTINUE);
	attempt_command(a, 1);
	assert_int_equal(attempt_ask(a, document, raw), LK_EXPECT_FAIL);
	assert_string_equal(attempt_answer(a),
			    mech == &oauthbearer ? "AQ==" : "");
}

static const struct {
	const char *document;
	bool raw;
	int32_t cls;
	const char *sentence, *advice;
} refusals[] = {
	{ "{\"status\":\"invalid_token\",\"scope\":\"a b\"}", false,
	  LK_E_CREDENTIALS, REFUSED " (status invalid_token)",
	  "a fresh token of this user is needed; its scope: a b" },
	{ "{\"status\":401}", false, LK_E_CREDENTIALS,
	  REFUSED " (status 401)", "a fresh token of this user is needed" },
	{ "{\"status\":\"insufficient_scope\",\"openid-configuration\":"
	  "\"https://id.example/x\"}", false, LK_E_CREDENTIALS,
	  REFUSED " (status insufficient_scope)",
	  "a token with more permissions is needed; how to get one, says the "
	  "server: https://id.example/x" },
	{ "{\"status\":\"new\",\"scope\":\"s\"}", false, LK_E_CREDENTIALS,
	  REFUSED " (status new)",
	  "a token that this server accepts is needed; its scope: s" },
	{ "{\"status\":\"503\",\"scope\":\"s\"}", false, LK_E_TRANSIENT,
	  REFUSED " (status 503)", "try again later" },
	{ "{}", false, LK_E_CREDENTIALS, REFUSED,
	  "a token that this server accepts is needed" },
	{ "{\"status\":null,\"scope\":[\"s\"]}", false, LK_E_CREDENTIALS,
	  REFUSED, "a token that this server accepts is needed" },
	{ "{\"status\":\"a\\u001b[31mb\"}", false, LK_E_CREDENTIALS,
	  REFUSED " (status a?[31mb)",
	  "a token that this server accepts is needed" },
	/* nobody else undid the base64 either */
	{ "{\"status\":\"400\"}", true, LK_E_CREDENTIALS,
	  REFUSED " (status 400)", "a fresh token of this user is needed" },
	{ "", false, LK_E_CREDENTIALS, REFUSED, "" },
	{ "", true, LK_E_CREDENTIALS, REFUSED, "" },
	{ "no", false, LK_E_CREDENTIALS, UNREADABLE, "" },
	{ "\"status\"", false, LK_E_CREDENTIALS, UNREADABLE, "" },
	{ "[\"status\"]", false, LK_E_CREDENTIALS, UNREADABLE, "" },
	{ "{\"status\":\"400\"", false, LK_E_CREDENTIALS, UNREADABLE, "" },
	{ "{\"status\":\"400\"}x", false, LK_E_CREDENTIALS, UNREADABLE, "" },
	{ "{\"status\":\"\\u0000\"}", false, LK_E_CREDENTIALS, UNREADABLE,
	  "" },
	{ "{\"status\":\"\xff\"}", false, LK_E_CREDENTIALS, UNREADABLE, "" },
	{ "{\"status\":1e999}", false, LK_E_CREDENTIALS, UNREADABLE, "" },
	/* what repeats the token is not read */
	{ "{\"status\":\"401\",\"scope\":\"" TOKEN "\"}", false,
	  LK_E_CREDENTIALS, REFUSED, "" },
};

static void
test_refusals(void **state)
{
	static const struct lk_mech *const both[] = { &xoauth2, &oauthbearer };
	struct attempt a;
	size_t i;

	(void)state;
	for (i = 0; i < 2 * sizeof(refusals) / sizeof(*refusals); i++) {
		const struct lk_error *e;

		refuse(&a, both[i % 2], refusals[i / 2].document,
		       refusals[i / 2].raw);
		e = lk_exchange_error(a.x);
		assert_int_equal(lk_exchange_failure(a.x, LK_E_CREDENTIALS,
						     NULL, "no"),
				 refusals[i / 2].cls);
		assert_string_equal(e->sentence, refusals[i / 2].sentence);
		assert_string_equal(e->advice, refusals[i / 2].advice);
		attempt_close(&a);
	}
}

/* The document is no better than what the host makes of the code. */
static void
test_other_codes(void **state)
{
	struct lk_reply reply = { .size = sizeof(reply), .code = 501 };
	struct attempt a;

	(void)state;
	refuse(&a, &xoauth2, "{\"status\":\"400\"}", false);
	assert_int_equal(lk_exchange_failure(a.x, LK_E_TRANSIENT, NULL, "no"),
			 LK_E_TRANSIENT);
	assert_string_equal(lk_exchange_error(a.x)->sentence, "");
	attempt_close(&a);

	refuse(&a, &xoauth2, "{\"status\":\"400\"}", false);
	assert_int_equal(lk_exchange_failure(a.x, LK_E_UNSUPPORTED, &reply,
					     "no"), LK_E_UNSUPPORTED);
	assert_string_equal(lk_exchange_error(a.x)->advice, "token-from must "
			    "give one whole access token for this server");
	attempt_close(&a);
}

static void
test_after_a_refusal(void **state)
{
	struct attempt a;

	(void)state;
	refuse(&a, &oauthbearer, "{}", false);
	assert_int_equal(lk_exchange_success(a.x, bytes(NULL)), LK_E_MUTUAL);
	attempt_close(&a);

	refuse(&a, &xoauth2, "{}", false);
	assert_int_equal(attempt_ask(&a, "{}", false), LK_E_PROTOCOL);
	assert_string_equal(attempt_response(&a), "(none)");
	attempt_close(&a);
}

/* ---- the plugin --------------------------------------------------------- */

static void
test_notes(void **state)
{
	const struct lk_plugin *p = &LK_SYMBOL__(oauth);
	size_t i;

	(void)state;
	assert_string_equal(p->name, "oauth");
	for (i = 0; p->mechs(NULL)[i]; i++) {
		uint32_t flags = p->mechs(NULL)[i]->note->record.flags;

		assert_true(flags & LK_F_TOKEN);
		assert_true(flags & LK_F_NEEDS_TLS);
		assert_true(flags & LK_F_PLAINTEXT);
	}
	assert_int_equal(i, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_what_cannot_be_carried),
		cmocka_unit_test(test_no_token),
		cmocka_unit_test(test_waits_for_its_token),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_other_codes),
		cmocka_unit_test(test_after_a_refusal),
		cmocka_unit_test(test_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
