/* What replies of a server mean, and what follows: the two tables.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/ascii.h"
#include "mech/outcome.h"

#include <stdio.h>
#include <string.h>

#define CHALLENGE LK_REPLY_CHALLENGE
#define SUCCESS LK_REPLY_SUCCESS
#define ACCEPTED LK_REPLY_ACCEPTED
#define SYNTAX LK_REPLY_SYNTAX
#define NO_MECH LK_REPLY_NO_MECH
#define TLS_FIRST LK_REPLY_TLS_FIRST
#define TRANSITION LK_REPLY_TRANSITION
#define TOO_WEAK LK_REPLY_TOO_WEAK
#define EXPIRED LK_REPLY_EXPIRED
#define TEMPORARY LK_REPLY_TEMPORARY
#define REFUSED LK_REPLY_REFUSED
#define GARBLED LK_REPLY_GARBLED

static int32_t
read_kind(const char *line, const char **advice)
{
	char enhanced[16] = "";
	struct lk_reply r;
	const char *text = line + (strlen(line) > 3 ? 4 : 3);

	if (text[0] >= '2' && text[0] <= '5' && text[1] == '.')
		snprintf(enhanced, sizeof(enhanced), "%.*s",
			 (int)strcspn(text, " "), text);
	memset(&r, 0, sizeof(r));
	r.size = sizeof(r);
	r.code = (int32_t)lk_ascii_number(line, 3, 999);
	r.enhanced = enhanced;
	r.text.data = (const unsigned char *)text;
	r.text.len = strlen(text);
	*advice = lk_words_advice(&r);
	return lk_profile_smtp()->kind(&r);
}

static const struct {
	const char *line;
	int32_t kind;
} kinds[] = {
	{ "334 ", CHALLENGE },
	{ "334 UGFzc3dvcmQ6", CHALLENGE },
	{ "334 failed", CHALLENGE },
	{ "354 go on", GARBLED },
	{ "235 2.7.0 Authentication successful", SUCCESS },
	{ "235", SUCCESS },
	{ "235 auth successfully", SUCCESS },
	{ "250 ok", ACCEPTED },
	{ "220 hello", ACCEPTED },
	/* a 2xx that is a refusal */
	{ "235 auth failure", REFUSED },
	{ "235 Authentication FAILED", REFUSED },
	{ "250 access denied", REFUSED },
	{ "235 invalid user", REFUSED },
	{ "235 success, 0 failed logins since", SUCCESS },
	{ "235 ok, 2 failed attempts before", SUCCESS },
	{ "235 accepted; last failure yesterday", SUCCESS },
	{ "235 welcome, denied hosts: 0", SUCCESS },
	{ "235 failedover to node 2", SUCCESS },
	{ "235 revalidated", SUCCESS },
	{ "235 book failed", REFUSED },
	/* by code */
	{ "432 4.7.12 A password transition is needed", TRANSITION },
	{ "421 4.3.2 closing", TEMPORARY },
	{ "454 4.7.0 Temporary authentication failure", TEMPORARY },
	{ "454 4.7.0 Too many login attempts", TEMPORARY },
	{ "500 what", SYNTAX },
	{ "500 5.5.6 line too long", SYNTAX },
	{ "501 5.5.4 Syntax", SYNTAX },
	{ "502 5.5.1 Unrecognized command", SYNTAX },
	{ "503 AUTH command used when not advertised", SYNTAX },
	{ "555 5.5.2 command line too long", SYNTAX },
	{ "535 5.5.2 cannot decode", SYNTAX },
	{ "554 5.5.6 line too long", SYNTAX },
	{ "504 5.7.4 Unrecognized authentication type", NO_MECH },
	{ "530 5.7.0 Must issue a STARTTLS command first", TLS_FIRST },
	{ "538 5.7.11 Encryption required for requested "
	  "authentication mechanism", TLS_FIRST },
	{ "535 5.7.11 Encryption required", TLS_FIRST },
	{ "534 5.7.9 Authentication mechanism is too weak", TOO_WEAK },
	{ "534 no", TOO_WEAK },
	{ "535 5.7.9 weak", TOO_WEAK },
	{ "535 5.7.8 Error: authentication failed", REFUSED },
	{ "535 Authentication Failed", REFUSED },
	{ "535", REFUSED },
	{ "550 no", REFUSED },
	{ "553 5.3.0 Auth failure", REFUSED },
	{ "554 no", REFUSED },
	{ "999 what", GARBLED },
	{ "100 what", GARBLED },
	{ "000 what", GARBLED },
	/* words that mean another mechanism */
	{ "535 5.7.8 Error: authentication failed: Invalid "
	  "authentication mechanism", NO_MECH },
	{ "535 Invalid authentication mechanism: 'LOGIN'", NO_MECH },
	{ "535 Unknown mechanism", NO_MECH },
	{ "535 unsupported SASL mechanism", NO_MECH },
	{ "535 Unrecognised authentication mechanism", NO_MECH },
	{ "535 mechanism not supported", NO_MECH },
	{ "535 mechanism 'LOGIN' not supported", NO_MECH },
	{ "535 mechanism is unavailable", NO_MECH },
	{ "535 5.7.8 Error: authentication failed: no mechanism "
	  "available", NO_MECH },
	{ "535 Unrecognized authentication type", NO_MECH },
	{ "535 invalid credentials for this mechanism", REFUSED },
	{ "535 invalid password. Mechanism was LOGIN", REFUSED },
	{ "535 5.7.8 Error: authentication failed: mechanism too weak "
	  "for this user", TOO_WEAK },
	{ "535 encryption needed to use mechanism", TLS_FIRST },
	{ "550 You must use STARTTLS first", TLS_FIRST },
	/* words that mean later */
	{ "535 5.7.8 Error: authentication failed: Connection lost to "
	  "authentication server", TEMPORARY },
	{ "535 5.7.0 (#AUTH005) Too many bad auth attempts.",
	  TEMPORARY },
	{ "535 temporarily unavailable", TEMPORARY },
	{ "535 temporary failure", TEMPORARY },
	{ "535 remote authentication server unavailable", TEMPORARY },
	{ "550 Service unavailable", TEMPORARY },
	{ "535 try again later", TEMPORARY },
	{ "535 timed out", TEMPORARY },
	{ "535 please try again", REFUSED },
	/* words about age */
	{ "535 5.7.8 Your password has expired", EXPIRED },
	{ "535 passphrase expired", EXPIRED },
	{ "535 token expired", EXPIRED },
	{ "535 authorization grant is invalid, expired, or revoked",
	  REFUSED },
	/* providers */
	{ "534 5.7.9 Application-specific password required. Learn "
	  "more at", REFUSED },
	{ "534 5.7.14 Please log in via your web browser", REFUSED },
	{ "534 5.7.14 <https://accounts.example>", REFUSED },
	{ "535 5.7.139 Authentication unsuccessful, "
	  "SmtpClientAuthentication is disabled for the Tenant",
	  REFUSED },
	{ "535 Login Fail. Please enter your authorization code",
	  REFUSED },
};

static void
test_kinds(void **state)
{
	const char *advice;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (read_kind(kinds[i].line, &advice) != kinds[i].kind)
			fail_msg("%s: %d, not %d", kinds[i].line,
				 (int)read_kind(kinds[i].line, &advice),
				 (int)kinds[i].kind);
}

/* Multi-line texts, octets that are no text, no text at all. */
static void
test_hostile_texts(void **state)
{
	static const unsigned char octets[] = "\0\xff\nFAILED\0";
	struct lk_reply r = { .size = sizeof(r), .code = 235 };

	(void)state;
	assert_int_equal(lk_smtp_kind(&r), SUCCESS);
	r.text.data = octets;
	r.text.len = sizeof(octets);
	assert_int_equal(lk_smtp_kind(&r), REFUSED);
	r.code = 535;
	r.text.data = (const unsigned char *)"no\nmechanism\navailable\ninvalid"
					     "\nmechanism";
	r.text.len = strlen((const char *)r.text.data);
	assert_int_equal(lk_smtp_kind(&r), NO_MECH);
	r.text.len = 0;
	r.text.data = NULL;
	assert_null(lk_words_advice(&r));
}

/* Only the beginning of what is long counts. */
static void
test_long_text(void **state)
{
	static const char words[] = "invalid mechanism, too many attempts";
	struct lk_reply r = { .size = sizeof(r), .code = 535 };
	static char text[65536];

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text + 2048 - strlen(words), words, strlen(words));
	r.text.data = (const unsigned char *)text;
	r.text.len = sizeof(text);
	assert_int_equal(lk_smtp_kind(&r), NO_MECH);
	assert_non_null(lk_words_advice(&r));
	memset(text, ' ', 2048);
	memcpy(text + 2048, words, strlen(words));
	assert_int_equal(lk_smtp_kind(&r), REFUSED);
	assert_false(lk_words_mean_syntax(&r));
	assert_null(lk_words_advice(&r));
}

static void
test_advice(void **state)
{
	static const struct {
		const char *line, *advice;
	} rows[] = {
		{ "534 5.7.9 Application-specific password required",
		  "app password" },
		{ "534 5.7.14 <https://accounts.example>", "web browser" },
		{ "535 please enter your authorization code",
		  "authorization code" },
		{ "535 5.7.139 Authentication unsuccessful, "
		  "SmtpClientAuthentication is disabled for the Tenant",
		  "administrator" },
		{ "535 basic authentication is disabled", "token" },
		{ "535 too many attempts", "wait" },
		{ "535 no", NULL },
	};
	const char *advice;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		read_kind(rows[i].line, &advice);
		if (!rows[i].advice)
			assert_null(advice);
		else if (!advice || !strstr(advice, rows[i].advice))
			fail_msg("%s: %s", rows[i].line,
				 advice ? advice : "none");
	}
}

/* A mechanism may only say more about a refusal, or that it was deceived. */
static void
test_refine(void **state)
{
	int32_t kind, cls;
	int end;

	(void)state;
	for (kind = SYNTAX; kind <= REFUSED; kind++)
		for (cls = LK_E_MECH_LAST; cls < 0; cls++) {
			end = lk_outcome_refine(kind, cls);
			if (cls == LK_E_MUTUAL)
				assert_int_equal(end, LK_END_MUTUAL);
			else if (kind != REFUSED)
				assert_int_equal(end, kind);
			else if (cls == LK_E_EXPIRED)
				assert_int_equal(end, EXPIRED);
			else if (cls == LK_E_TRANSIENT)
				assert_int_equal(end, TEMPORARY);
			else if (cls == LK_E_TOO_WEAK)
				assert_int_equal(end, TOO_WEAK);
			else
				assert_int_equal(end, REFUSED);
		}
	assert_int_equal(lk_outcome_class(REFUSED), LK_E_CREDENTIALS);
	assert_int_equal(lk_outcome_class(TEMPORARY), LK_E_TRANSIENT);
	assert_int_equal(lk_outcome_class(GARBLED), LK_E_PROTOCOL);
}

/* Whatever happens, there is a row, and it says something. */
static void
test_always_a_row(void **state)
{
	const struct lk_outcome *o;
	uint32_t flags;
	int end;

	(void)state;
	for (end = SYNTAX; end <= LK_END_DEADLINE; end++) {
		if (end > GARBLED && end < LK_END_DECLINED)
			continue;
		for (flags = 0; flags <= 0xff; flags++) {
			o = lk_outcome_find(end, flags);
			assert_string_not_equal(o->words, "");
			assert_true(o->then >= LK_THEN_STOP &&
				    o->then <= LK_THEN_RENEW);
			/* nothing unsent costs, nothing deceitful goes on */
			if (end == LK_END_MUTUAL || end == LK_END_UNACCEPTED)
				assert_true(o->then == LK_THEN_STOP &&
					    o->close);
			if (o->then == LK_THEN_TWO_STEP)
				assert_true((flags & LK_END_IR) &&
					    !(flags & LK_END_IR_ONLY));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_hostile_texts),
		cmocka_unit_test(test_long_text),
		cmocka_unit_test(test_advice),
		cmocka_unit_test(test_refine),
		cmocka_unit_test(test_always_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
