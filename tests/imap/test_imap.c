/* Conversations of IMAP. SPDX-License-Identifier: MIT */
#include "imap/imap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PASSWORD "1982214-secret"
#define USER64 "YWxpY2U="
#define PASSWORD64 "MTk4MjIxNC1zZWNyZXQ="
#define PLAIN64 "AGFsaWNlADE5ODIyMTQtc2VjcmV0"
#define NAME "+ VXNlcm5hbWU6\r\n"
#define PASS "+ UGFzc3dvcmQ6\r\n"
#define TLS (LK_FACT_ENCRYPTED | LK_FACT_VERIFIED)

static const struct row {
	const char *name;
	uint32_t facts;
	const char *offered, *server, *said;
	int32_t cls;
	const char *mech;           /* of a success */
	const char *sentence;       /* a part of it, or NULL */
	uint32_t flags;             /* LK_LOGIN_* */
} rows[] = {
	{ "all that it can, as it came", TLS,
	  "* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN SASL-IR LITERAL+ LOGIN",
	  "A1 NO no\r\n", "A1 AUTHENTICATE PLAIN " PLAIN64, LK_E_CREDENTIALS,
	  "", "plain: the server refused it", 0 },
	{ "in lower case", TLS, "capability sasl-ir auth=plain",
	  "A1 OK done\r\n", "A1 AUTHENTICATE PLAIN " PLAIN64, 0, "plain",
	  NULL, 0 },
	{ "initial responses are another word", TLS,
	  "AUTH=SASL-IR SASL-IR2 XSASL-IR AUTH=PLAIN", "+ \r\nA1 OK done\r\n",
	  "A1 AUTHENTICATE PLAIN|" PLAIN64, 0, "plain", NULL, 0 },
	{ "no name stands behind AUTH=", TLS,
	  "IMAP4rev1 SASL-IR PLAIN LOGIN AUTH= XAUTH=PLAIN AUTHPLAIN", "", "",
	  LK_E_NO_MECH, "", NULL, 0 },
	{ "initial response", TLS,
	  "SASL-IR AUTH=PLAIN",
	  "A1 OK [CAPABILITY IMAP4rev2] Logged in\r\n",
	  "A1 AUTHENTICATE PLAIN " PLAIN64, 0, "plain", NULL, 0 },
	{ "two steps", TLS,
	  "AUTH=PLAIN", "+ \r\nA1 OK done\r\n",
	  "A1 AUTHENTICATE PLAIN|" PLAIN64, 0, "plain", NULL, 0 },
	{ "a plus alone", TLS,
	  "AUTH=PLAIN", "+\r\nA1 OK done\r\n",
	  "A1 AUTHENTICATE PLAIN|" PLAIN64, 0, "plain", NULL, 0 },
	{ "a plus with words", TLS,
	  "AUTH=PLAIN", "+ go ahead\r\nA1 OK done\r\n",
	  "A1 AUTHENTICATE PLAIN|" PLAIN64, 0, "plain", NULL, 0 },
	{ "refused", TLS,
	  "SASL-IR AUTH=PLAIN",
	  "A1 NO [AUTHENTICATIONFAILED] Authentication failed.\r\n",
	  "A1 AUTHENTICATE PLAIN " PLAIN64, LK_E_CREDENTIALS, "",
	  "plain: the server refused it: NO [AUTHENTICATIONFAILED] "
	  "Authentication failed.", 0 },
	{ "the refusal has the password in it", TLS,
	  "SASL-IR AUTH=PLAIN",
	  "A1 NO " PASSWORD " and " PLAIN64 " are wrong\r\n",
	  "A1 AUTHENTICATE PLAIN " PLAIN64, LK_E_CREDENTIALS, "",
	  "NO ************** and ", 0 },
	{ "expired", TLS,
	  "SASL-IR AUTH=PLAIN", "A1 NO [EXPIRED] change it\r\n",
	  "A1 AUTHENTICATE PLAIN " PLAIN64, LK_E_EXPIRED, "",
	  "the secret is too old", 0 },
	{ "temporary", TLS,
	  "SASL-IR AUTH=PLAIN AUTH=LOGIN",
	  "A1 NO [UNAVAILABLE] Temporary authentication failure.\r\n",
	  "A1 AUTHENTICATE PLAIN " PLAIN64, LK_E_TRANSIENT, "",
	  "[UNAVAILABLE]", 0 },
	{ "no such mechanism, in words", TLS,
	  "SASL-IR AUTH=PLAIN AUTH=LOGIN",
	  "A1 NO Unsupported authentication mechanism.\r\n"
	  NAME PASS "A2 OK done\r\n",
	  "A1 AUTHENTICATE PLAIN " PLAIN64 "|A2 AUTHENTICATE LOGIN|" USER64
	  "|" PASSWORD64, 0, "login", NULL, 0 },
	{ "the server does not know initial responses after all", TLS,
	  "SASL-IR AUTH=PLAIN",
	  "A1 BAD too many arguments\r\n+ \r\nA2 OK done\r\n",
	  "A1 AUTHENTICATE PLAIN " PLAIN64 "|A2 AUTHENTICATE PLAIN|" PLAIN64,
	  0, "plain", NULL, 0 },
	{ "BAD without an initial response", TLS,
	  "AUTH=PLAIN AUTH=LOGIN",
	  "A1 BAD what\r\n" NAME PASS "A2 OK done\r\n",
	  "A1 AUTHENTICATE PLAIN|A2 AUTHENTICATE LOGIN|" USER64 "|" PASSWORD64,
	  0, "login", NULL, 0 },
	{ "prompts", TLS,
	  "SASL-IR AUTH=LOGIN", NAME PASS "A1 OK done\r\n",
	  "A1 AUTHENTICATE LOGIN|" USER64 "|" PASSWORD64, 0, "login", NULL, 0 },
	{ "prompts in plain text", TLS,
	  "AUTH=LOGIN",
	  "+ Username:\r\n+ Password:\r\nA1 OK done\r\n",
	  "A1 AUTHENTICATE LOGIN|" USER64 "|" PASSWORD64, 0, "login", NULL, 0 },
	{ "the password first: cancelled, then the name at once", TLS,
	  "SASL-IR AUTH=LOGIN", PASS "A1 BAD Authentication aborted\r\n"
	  PASS "A2 OK done\r\n",
	  "A1 AUTHENTICATE LOGIN|*|A2 AUTHENTICATE LOGIN " USER64 "|"
	  PASSWORD64, 0, "login-ir", NULL, 0 },
	{ "cancelled by NO", TLS,
	  "SASL-IR AUTH=LOGIN",
	  PASS "A1 NO cancelled\r\n" PASS "A2 OK done\r\n",
	  "A1 AUTHENTICATE LOGIN|*|A2 AUTHENTICATE LOGIN " USER64 "|"
	  PASSWORD64, 0, "login-ir", NULL, 0 },
	{ "the name at once is not to be had", TLS,
	  "AUTH=LOGIN",
	  PASS "A1 BAD Authentication aborted\r\n",
	  "A1 AUTHENTICATE LOGIN|*", LK_E_UNSUPPORTED, "",
	  "login-ir: it needs an initial response, which the server does not "
	  "have", 0 },
	{ "the cancel is taken for a name", TLS,
	  "SASL-IR AUTH=LOGIN",
	  PASS PASS PASS "A2 OK done\r\n",
	  "A1 AUTHENTICATE LOGIN|*|RECONNECT|A2 AUTHENTICATE LOGIN " USER64 "|"
	  PASSWORD64, 0, "login-ir", NULL, 0 },
	{ "the cancel is answered by OK", TLS,
	  "SASL-IR AUTH=LOGIN",
	  PASS "A1 OK done\r\n" PASS "A2 OK done\r\n",
	  "A1 AUTHENTICATE LOGIN|*|RECONNECT|A2 AUTHENTICATE LOGIN " USER64 "|"
	  PASSWORD64, 0, "login-ir", NULL, 0 },
	{ "success before the password", TLS,
	  "AUTH=LOGIN", NAME "A1 OK done\r\n",
	  "A1 AUTHENTICATE LOGIN|" USER64, LK_E_PROTOCOL, "",
	  "before it had the password", 0 },
	{ "success before anything", TLS,
	  "AUTH=PLAIN", "A1 OK done\r\n",
	  "A1 AUTHENTICATE PLAIN", LK_E_PROTOCOL, "",
	  "before it got a response", 0 },
	{ "untagged lines, with a literal that looks like an answer", TLS,
	  "AUTH=PLAIN", "* CAPABILITY IMAP4rev1\r\n"
	  "* LIST () \"/\" {25}\r\n+ \r\nA1 NO trick\r\nA1 OK\r\nz {3}\r\n"
	  "A1 \r\n"
	  "+ \r\n* OK [ALERT] A1 NO\r\nA9 NO not yours\r\nA1 OK done\r\n",
	  "A1 AUTHENTICATE PLAIN|" PLAIN64, 0, "plain", NULL, 0 },
	{ "BYE", TLS,
	  "SASL-IR AUTH=PLAIN", "* BYE Autologout\r\n",
	  "A1 AUTHENTICATE PLAIN " PLAIN64, LK_E_PROTOCOL, "",
	  "plain: the server hung up: BYE Autologout", 0 },
	{ "BYE, and another connection", TLS,
	  "SASL-IR AUTH=PLAIN AUTH=LOGIN",
	  "* BYE goodbye\r\n" NAME PASS "A2 OK done\r\n",
	  "A1 AUTHENTICATE PLAIN " PLAIN64 "|RECONNECT|A2 AUTHENTICATE LOGIN|"
	  USER64 "|" PASSWORD64, 0, "login", NULL, 0 },
	{ "BYE for now", TLS,
	  "SASL-IR AUTH=PLAIN AUTH=LOGIN",
	  "* BYE [UNAVAILABLE] maintenance\r\n",
	  "A1 AUTHENTICATE PLAIN " PLAIN64, LK_E_TRANSIENT, "",
	  "BYE [UNAVAILABLE] maintenance", 0 },
	{ "hung up", TLS,
	  "AUTH=PLAIN", "!", "A1 AUTHENTICATE PLAIN",
	  LK_E_PROTOCOL, "", "the server hung up", 0 },
	{ "privacy required", LK_FACT_TLS_OFFERED,
	  "SASL-IR AUTH=PLAIN",
	  "A1 NO [PRIVACYREQUIRED] not in clear\r\nA2 OK done\r\n",
	  "A1 AUTHENTICATE PLAIN " PLAIN64 "|STARTTLS|A2 AUTHENTICATE PLAIN "
	  PLAIN64, 0, "plain", NULL, LK_LOGIN_INSECURE_PLAINTEXT },
	{ "plaintext without TLS", LK_FACT_TLS_OFFERED,
	  "SASL-IR AUTH=PLAIN",
	  "A1 OK done\r\n", "STARTTLS|A1 AUTHENTICATE PLAIN " PLAIN64, 0,
	  "plain", NULL, 0 },
	{ "a certificate", TLS | LK_FACT_CLIENT_CERT,
	  "SASL-IR AUTH=EXTERNAL",
	  "A1 OK done\r\n", "A1 AUTHENTICATE EXTERNAL =", 0, "external", NULL,
	  0 },
	{ "a certificate in two steps", TLS | LK_FACT_CLIENT_CERT,
	  "AUTH=EXTERNAL",
	  "+ \r\nA1 OK done\r\n", "A1 AUTHENTICATE EXTERNAL|", 0, "external",
	  NULL, 0 },
	{ "no reply of IMAP", TLS,
	  "SASL-IR AUTH=PLAIN", "A1 SURE\r\n",
	  "A1 AUTHENTICATE PLAIN " PLAIN64, LK_E_PROTOCOL, "",
	  "what is no answer", 0 },
	{ "it asks for more after everything was said", TLS,
	  "SASL-IR AUTH=PLAIN",
	  "+ bW9yZQ==\r\nA1 BAD cancelled\r\n",
	  "A1 AUTHENTICATE PLAIN " PLAIN64 "|*", LK_E_PROTOCOL, "",
	  "although everything was said", 0 },
};

static int32_t
give(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
     struct lk_error *err)
{
	(void)ctx;
	(void)ask;
	(void)err;
	return lk_secret_add(to, PASSWORD, strlen(PASSWORD)) == 0
	       ? LK_DONE : LK_E_NOMEM;
}

/* Nothing that a person reads has the secret in it. */
static void
check_shown(const struct row *r, const struct imap *c,
	    const struct lk_error *e)
{
	static const char *const secrets[] = { PASSWORD, "MTk4MjIxNC1zZWNyZX",
					       "E5ODIyMTQtc2VjcmV0" };
	size_t i;

	for (i = 0; i < 3; i++)
		if (strstr(c->shown, secrets[i]) ||
		    strstr(e->sentence, secrets[i]) ||
		    strstr(e->text, secrets[i]) ||
		    strstr(e->advice, secrets[i]))
			fail_msg("%s: a secret is shown: %s, %s", r->name,
				 c->shown, e->sentence);
}

static void
log_in(const struct row *r)
{
	struct lk_login login = {
		.size = sizeof(login), .flags = r->flags,
		.host = "imap.example", .port = 993, .user = "alice",
		.secrets = "password", .secret = give,
	};
	struct imap c = { .offered = r->offered, .server = r->server };
	struct lk_auth_result result = { .size = sizeof(result) };
	const struct lk_error *e;
	struct lk_host *host = NULL;
	struct lk_error err;

	c.facts.size = sizeof(c.facts);
	c.facts.flags = r->facts;
	if (lk_host_new(&host, NULL, &err) < 0 ||
	    lk_auth_new(&c.auth, host, &login, lk_profile_imap(), &err) < 0)
		fail_msg("%s", err.sentence);
	imap_log_in(&c);
	e = lk_auth_error(c.auth);
	lk_auth_get_result(c.auth, &result);
	if (strcmp(c.said, r->said) != 0)
		fail_msg("%s: said %s: %s", r->name, c.said, e->sentence);
	if (e->cls != r->cls || strcmp(result.id, r->mech) != 0)
		fail_msg("%s: %s, class %d: %s", r->name, result.id,
			 (int)e->cls, e->sentence);
	if (r->sentence && !strstr(e->sentence, r->sentence))
		fail_msg("%s: %s", r->name, e->sentence);
	if (*c.server)
		fail_msg("%s: not read: %s", r->name, c.server);
	check_shown(r, &c, e);
	lk_auth_free(c.auth);
	lk_host_free(host);
}

static void
test_conversations(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		log_in(&rows[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conversations),
	};

	setenv("XDG_DATA_HOME", "/nonexistent", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
