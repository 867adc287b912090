/* What each protocol's replies mean, and how a login is said in it.
 * SPDX-License-Identifier: MIT */
#include "scripted.h"
#include "mech/outcome.h"

#define CHALLENGE LK_REPLY_CHALLENGE
#define SUCCESS LK_REPLY_SUCCESS
#define SYNTAX LK_REPLY_SYNTAX
#define NO_MECH LK_REPLY_NO_MECH
#define TLS_FIRST LK_REPLY_TLS_FIRST
#define TRANSITION LK_REPLY_TRANSITION
#define TOO_WEAK LK_REPLY_TOO_WEAK
#define EXPIRED LK_REPLY_EXPIRED
#define TEMPORARY LK_REPLY_TEMPORARY
#define REFUSED LK_REPLY_REFUSED
#define GARBLED LK_REPLY_GARBLED
#define BYE LK_REPLY_BYE

/* data: what the mechanism gets, NULL: none. */
struct row {
	const char *line;
	int32_t kind;
	const char *data;
};

static const struct row imap[] = {
	{ "+ UGFzc3dvcmQ6", CHALLENGE, "UGFzc3dvcmQ6" },
	{ "+ ", CHALLENGE, "" },
	{ "+", CHALLENGE, "" },
	{ "+ go ahead", CHALLENGE, "go ahead" },
	{ "OK [CAPABILITY IMAP4rev1] Logged in", SUCCESS, NULL },
	{ "ok done", SUCCESS, NULL },
	{ "OK", SUCCESS, NULL },
	{ "OK failed, but who cares", SUCCESS, NULL },
	{ "NO [AUTHENTICATIONFAILED] Authentication failed.", REFUSED, NULL },
	{ "NO [authenticationfailed] no", REFUSED, NULL },
	{ "NO [AUTHORIZATIONFAILED] no such mailbox", REFUSED, NULL },
	{ "NO [EXPIRED] change it", EXPIRED, NULL },
	{ "NO [AUTHENTICATIONFAILED] Password has expired", EXPIRED, NULL },
	{ "NO [PRIVACYREQUIRED] Plaintext authentication disallowed on "
	  "non-secure (SSL/TLS) connections.", TLS_FIRST, NULL },
	{ "NO Plaintext authentication disallowed on non-secure "
	  "connections.", TLS_FIRST, NULL },
	{ "NO [UNAVAILABLE] Temporary authentication failure.", TEMPORARY,
	  NULL },
	{ "NO [UNAVAILABLE] the directory is asleep", TEMPORARY, NULL },
	{ "NO [INUSE] locked", TEMPORARY, NULL },
	{ "NO [LIMIT] no more", TEMPORARY, NULL },
	{ "NO [SERVERBUG] Internal error", TEMPORARY, NULL },
	{ "NO [CANNOT] Unsupported", NO_MECH, NULL },
	{ "NO Unsupported authentication mechanism.", NO_MECH, NULL },
	{ "NO [ALERT] Application-specific password required", REFUSED, NULL },
	{ "NO [CONTACTADMIN] call us", REFUSED, NULL },
	{ "NO [", REFUSED, NULL },
	{ "NO [EXPIRED", EXPIRED, NULL },
	{ "NO", REFUSED, NULL },
	{ "NO no", REFUSED, NULL },
	{ "NO [EXPIREDX] no", REFUSED, NULL },
	{ "NO EXPIRED no", REFUSED, NULL },
	{ "BAD Authentication aborted", SYNTAX, NULL },
	{ "BAD [CLIENTBUG] what", SYNTAX, NULL },
	{ "BAD [UNAVAILABLE] what", TEMPORARY, NULL },
	{ "BYE Autologout", BYE, NULL },
	{ "BYE [UNAVAILABLE] shutting down", TEMPORARY, NULL },
	{ "BYE Too many invalid commands", TEMPORARY, NULL },
	{ "PREAUTH hello", GARBLED, NULL },
	{ "334 UGFzc3dvcmQ6", GARBLED, NULL },
	{ "A1 OK done", GARBLED, NULL },
	{ "+UGFz", GARBLED, NULL },
	{ "", GARBLED, NULL },
};

static const struct row pop3[] = {
	{ "+ UGFzc3dvcmQ6", CHALLENGE, "UGFzc3dvcmQ6" },
	{ "+ ", CHALLENGE, "" },
	{ "+OK Logged in.", SUCCESS, NULL },
	{ "+ok", SUCCESS, NULL },
	{ "-ERR [AUTH] Authentication failed.", REFUSED, NULL },
	{ "-ERR [AUTH] Plaintext authentication disallowed on non-secure "
	  "connections.", TLS_FIRST, NULL },
	{ "-ERR [SYS/TEMP] later", TEMPORARY, NULL },
	{ "-ERR [SYS/PERM] broken", TEMPORARY, NULL },
	{ "-ERR [IN-USE] locked", TEMPORARY, NULL },
	{ "-ERR [LOGIN-DELAY] not yet", TEMPORARY, NULL },
	{ "-ERR Unsupported authentication mechanism.", NO_MECH, NULL },
	{ "-ERR Unknown command.", SYNTAX, NULL },
	{ "-ERR unknown AUTH command", SYNTAX, NULL },
	{ "-ERR syntax error", SYNTAX, NULL },
	{ "-ERR unknown user. Use the command USER", REFUSED, NULL },
	{ "-ERR", REFUSED, NULL },
	{ "-ERROR", GARBLED, NULL },
	{ "OK", GARBLED, NULL },
};

static const struct row sieve[] = {
	{ "\"UGFzc3dvcmQ6\"", CHALLENGE, "UGFzc3dvcmQ6" },
	{ "\"\"", CHALLENGE, "" },
	{ "{4}\r\nUGFz", CHALLENGE, "UGFz" },
	{ "{4+}\r\nUGFz", CHALLENGE, "UGFz" },
	{ "{0}\r\n", CHALLENGE, "" },
	{ "{5}\r\nUGFz", GARBLED, NULL },
	{ "{3}\r\nUGFz", GARBLED, "UGF" },
	{ "{4}UGFz", GARBLED, NULL },
	{ "{}\r\n", GARBLED, NULL },
	{ "{99999999999}\r\nUGFz", GARBLED, NULL },
	{ "\"UGFz", GARBLED, NULL },
	{ "\"", GARBLED, NULL },
	{ "OK", SUCCESS, NULL },
	{ "OK \"done\"", SUCCESS, NULL },
	{ "OK (SASL \"dj1zaWc=\")", SUCCESS, "dj1zaWc=" },
	{ "ok (sasl \"\") \"done\"", SUCCESS, "" },
	{ "OK (SASL {8}\r\ndj1zaWc=) \"done\"", SUCCESS, "dj1zaWc=" },
	{ "OK (SASL {9}\r\ndj1zaWc=", SUCCESS, NULL },
	{ "OK (WARNINGS) \"done\"", SUCCESS, NULL },
	{ "NO", REFUSED, NULL },
	{ "NO \"Authentication failed.\"", REFUSED, NULL },
	{ "NO {6}\r\nfailed", REFUSED, NULL },
	{ "NO (AUTH-TOO-WEAK) \"no\"", TOO_WEAK, NULL },
	{ "NO (ENCRYPT-NEEDED) \"no\"", TLS_FIRST, NULL },
	{ "NO (TRANSITION-NEEDED) \"once in clear\"", TRANSITION, NULL },
	{ "NO (TRYLATER) \"later\"", TEMPORARY, NULL },
	{ "NO (TRYLATER)", TEMPORARY, NULL },
	{ "NO \"Unknown command\"", SYNTAX, NULL },
	{ "NO \"unsupported mechanism\"", NO_MECH, NULL },
	{ "BYE \"Disconnected for inactivity.\"", BYE, NULL },
	{ "BYE (TRYLATER) \"soon\"", TEMPORARY, NULL },
	{ "BYE (REFERRAL \"sieve://other\") \"there\"", BYE, NULL },
	{ "+ UGFz", GARBLED, NULL },
	{ "", GARBLED, NULL },
};

static void
check(const struct lk_profile *p, const struct row *rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct lk_reply r = { .size = sizeof(r), .enhanced = "" };
		size_t len = strlen(rows[i].line);
		struct lk_bytes data;
		char *line;

		/* without a NUL, so that reading on is found */
		line = malloc(len ? len : 1);
		assert_non_null(line);
		memcpy(line, rows[i].line, len);
		r.text.data = len ? (const unsigned char *)line : NULL;
		r.text.len = len;
		if (p->kind(&r) != rows[i].kind)
			fail_msg("%s: kind %d", rows[i].line,
				 (int)p->kind(&r));
		data = p->data(&r);
		if (!data.data != !rows[i].data ||
		    (data.data && (data.len != strlen(rows[i].data) ||
				   memcmp(data.data, rows[i].data, data.len))))
			fail_msg("%s: data \"%.*s\"", rows[i].line,
				 (int)data.len, data.data ?
				 (const char *)data.data : "(none)");
		free(line);
	}
}

#define CHECK(name) check(lk_profile_##name(), name, \
			  sizeof(name) / sizeof(*name))

static void
test_words(void **state)
{
	(void)state;
	CHECK(imap);
	CHECK(pop3);
	CHECK(sieve);
}

static void
test_ldap(void **state)
{
	static const struct {
		int32_t code;
		const char *text;
		int32_t kind;
	} rows[] = {
		{ 0, "", SUCCESS }, { 14, "", CHALLENGE },
		{ 1, "", SYNTAX }, { 2, "", SYNTAX }, { 7, "", NO_MECH },
		{ 8, "", TOO_WEAK }, { 13, "", TLS_FIRST },
		{ 48, "SASL(-15): mechanism too weak", NO_MECH },
		{ 49, "", REFUSED }, { 49, "Invalid Credentials", REFUSED },
		{ 49, "password expired", EXPIRED },
		{ 50, "", REFUSED }, { 51, "", TEMPORARY },
		{ 52, "", TEMPORARY }, { 53, "", REFUSED },
		{ 80, "SASL(-1): generic failure", REFUSED },
		{ 80, "try again later", TEMPORARY },
		{ -1, "", GARBLED },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct lk_reply r = { .size = sizeof(r), .enhanced = "",
				      .code = rows[i].code,
				      .text = bytes(rows[i].text) };

		if (lk_profile_ldap()->kind(&r) != rows[i].kind)
			fail_msg("%d %s: kind %d", (int)rows[i].code,
				 rows[i].text,
				 (int)lk_profile_ldap()->kind(&r));
	}
}

/* ---- what is said ---------------------------------------------------------- */

/* One login: what is emitted first (NULL: nothing), and to a challenge. */
static const struct said {
	const struct lk_profile *(*profile)(void);
	bool has_ir;
	const char *first, *then;
	int with;                   /* the first went with the command */
	const char *command, *shown, *answer;
} said[] = {
	{ lk_profile_imap, true, "ab", "cd", 1, "AUTHENTICATE TEST YWI=",
	  "AUTHENTICATE TEST <2 octets>", "Y2Q=" },
	{ lk_profile_imap, false, "ab", "cd", 0, "AUTHENTICATE TEST",
	  "AUTHENTICATE TEST", "YWI=" },
	{ lk_profile_imap, true, "", NULL, 1, "AUTHENTICATE TEST =",
	  "AUTHENTICATE TEST =", "" },
	{ lk_profile_imap, true, NULL, "cd", 0, "AUTHENTICATE TEST",
	  "AUTHENTICATE TEST", "Y2Q=" },
	{ lk_profile_pop3, true, "ab", "", 1, "AUTH TEST YWI=",
	  "AUTH TEST <2 octets>", "" },
	{ lk_profile_pop3, true, "", "cd", 1, "AUTH TEST =", "AUTH TEST =",
	  "Y2Q=" },
	{ lk_profile_sieve, true, "ab", "cd", 1,
	  "AUTHENTICATE \"TEST\" \"YWI=\"",
	  "AUTHENTICATE \"TEST\" <2 octets>", "\"Y2Q=\"" },
	{ lk_profile_sieve, true, "", "", 1, "AUTHENTICATE \"TEST\" \"\"",
	  "AUTHENTICATE \"TEST\" \"\"", "\"\"" },
	{ lk_profile_sieve, true, NULL, NULL, 0, "AUTHENTICATE \"TEST\"",
	  "AUTHENTICATE \"TEST\"", "\"\"" },
	{ lk_profile_ldap, true, "ab", "cd", 1, "", "TEST <2 octets>", "" },
	{ lk_profile_ldap, true, "", "cd", 1, "", "TEST <0 octets>", "" },
	{ lk_profile_ldap, true, "a", "cd", 1, "", "TEST <1 octet>", "" },
	{ lk_profile_ldap, true, NULL, "cd", 0, "", "TEST", "" },
};

static void
say(const struct said *row)
{
	struct attempt a;
	struct lk_bytes out;

	scripted_init(&a, 0);
	a.profile = *row->profile();
	act(0, LK_CONTINUE, row->first);
	script[0].more = row->first ? lease : NULL;
	act(1, LK_CONTINUE, row->then);
	attempt_open(&a, row->has_ir);
	assert_int_equal(lk_exchange_start(a.x), LK_CONTINUE);
	assert_string_equal(attempt_command(&a, row->with), row->command);
	assert_string_equal(lk_buf_text(&a.shown), row->shown);
	assert_int_equal(lk_exchange_line(a.x, bytes("")), LK_CONTINUE);
	assert_string_equal(attempt_answer(&a), row->answer);
	out = lk_exchange_response(a.x);
	if (a.profile.flags & LK_PROFILE_BYTES) {
		assert_int_equal(!out.data, !row->then);
		assert_memory_equal(out.data, row->then, out.len);
	}
	attempt_close(&a);
}

static void
test_said(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(said) / sizeof(*said); i++)
		say(&said[i]);
}

/* What does not fit goes in a second step; of sieve as a literal. */
static void
test_limits(void **state)
{
	char long_one[1500];
	struct attempt a;

	(void)state;
	memset(long_one, 'x', sizeof(long_one));
	long_one[185] = '\0';
	scripted_init(&a, 0);
	a.profile = *lk_profile_pop3();
	act(0, LK_CONTINUE, long_one);
	attempt_open(&a, true);
	lk_exchange_start(a.x);
	assert_string_equal(attempt_command(&a, 0), "AUTH TEST");
	assert_int_equal(lk_exchange_line(a.x, bytes("")), LK_CONTINUE);
	assert_int_equal(strlen(attempt_answer(&a)), 248);
	attempt_close(&a);

	scripted_init(&a, 0);
	a.profile = *lk_profile_sieve();
	memset(long_one, 'x', sizeof(long_one));
	long_one[769] = '\0';
	act(0, LK_CONTINUE, long_one);
	long_one[769] = '\0';
	act(1, LK_CONTINUE, long_one + 1);
	attempt_open(&a, true);
	lk_exchange_start(a.x);
	assert_memory_equal(attempt_command(&a, 1),
			    "AUTHENTICATE \"TEST\" {1028+}\r\neHh4", 32);
	assert_int_equal(lk_exchange_line(a.x, bytes("")), LK_CONTINUE);
	assert_memory_equal(attempt_answer(&a), "\"eHh4", 5);
	assert_int_equal(a.line.len, 1026);
	attempt_close(&a);
}

/* ---- what a success carries ------------------------------------------------ */

static void
test_success(void **state)
{
	static const struct {
		const struct lk_profile *(*profile)(void);
		uint32_t flags;
		const char *raw;
		int32_t want;
		const char *seen;
	} rows[] = {
		{ lk_profile_smtp, 0, NULL, LK_DONE, "s S free " },
		{ lk_profile_sieve, 0, NULL, LK_DONE, "s S free " },
		{ lk_profile_sieve, 0, "", LK_DONE, "s S() free " },
		{ lk_profile_sieve, 0, "dj0=", LK_DONE, "s S(v=) free " },
		{ lk_profile_sieve, 0, "dj0", LK_E_PROTOCOL,
		  "s cancel free " },
		{ lk_profile_sieve, LK_F_MUTUAL, "dj0", LK_E_MUTUAL,
		  "s cancel free " },
		{ lk_profile_ldap, 0, "dj0", LK_DONE, "s S(dj0) free " },
		{ lk_profile_ldap, 0, NULL, LK_DONE, "s S free " },
	};
	struct attempt a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		scripted_init(&a, rows[i].flags);
		a.profile = *rows[i].profile();
		act(0, LK_CONTINUE, "x");
		act(1, LK_DONE, NULL);
		attempt_open(&a, true);
		lk_exchange_start(a.x);
		attempt_command(&a, 1);
		assert_int_equal(lk_exchange_accept(a.x, bytes(rows[i].raw)),
				 rows[i].want);
		attempt_close(&a);
		assert_string_equal(seen, rows[i].seen);
	}
}

/* LDAP tells none from empty. */
static void
test_octets_of_a_challenge(void **state)
{
	struct attempt a;

	(void)state;
	scripted_init(&a, 0);
	a.profile = *lk_profile_ldap();
	act(0, LK_CONTINUE, NULL);
	act(1, LK_CONTINUE, "x");
	act(2, LK_CONTINUE, "x");
	act(3, LK_CONTINUE, "x");
	attempt_open(&a, true);
	lk_exchange_start(a.x);
	attempt_command(&a, 0);
	lk_exchange_line(a.x, bytes(NULL));
	lk_exchange_line(a.x, bytes(""));
	lk_exchange_line(a.x, bytes("UGF"));
	attempt_close(&a);
	assert_string_equal(seen, "s c c() c(UGF) cancel free ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_ldap),
		cmocka_unit_test(test_said),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_success),
		cmocka_unit_test(test_octets_of_a_challenge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
