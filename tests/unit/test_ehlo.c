/* Capabilities, however they are spelled. SPDX-License-Identifier: MIT */
#include "smtp/ehlo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *text;
	uint32_t flags;
	uint64_t size;
	uint32_t rcpt_max;
	const char *auth;
} replies[] = {
	{ "mx", 0, 0, 0, "" },
	{ "", 0, 0, 0, "" },
	{ "AUTH PLAIN", 0, 0, 0, "" },       /* the server's name */
	{ "mx\nAUTH PLAIN LOGIN", LK_CAP_AUTH, 0, 0, "PLAIN LOGIN" },
	{ "mx\nauth  login\tplain ", LK_CAP_AUTH, 0, 0, "LOGIN PLAIN" },
	{ "mx\nAUTH=LOGIN", LK_CAP_AUTH, 0, 0, "LOGIN" },
	{ "mx\nAUTH= LOGIN", LK_CAP_AUTH, 0, 0, "LOGIN" },
	{ "mx\nAUTH LOGIN\nAUTH=LOGIN PLAIN\nX-EXPS NTLM", LK_CAP_AUTH, 0, 0,
	  "LOGIN PLAIN NTLM" },
	{ "mx\nAUTH", LK_CAP_AUTH, 0, 0, "" },
	{ "mx\nAUTHOR me", 0, 0, 0, "" },
	{ "mx\nAUTH ../../x PLAIN; rm", LK_CAP_AUTH, 0, 0, "RM" },
	{ "mx\nAUTH ABCDEFGHIJKLMNOPQRSTU SCRAM-SHA-256-PLUS", LK_CAP_AUTH,
	  0, 0, "SCRAM-SHA-256-PLUS" },
	{ "mx\nPIPELINING\n8bitmime\nSmtpUtf8\nStartTLS\nENHANCEDSTATUSCODES\n"
	  "DSN\nCHUNKING", LK_CAP_PIPELINING | LK_CAP_8BITMIME |
	  LK_CAP_SMTPUTF8 | LK_CAP_STARTTLS | LK_CAP_ENHANCED | LK_CAP_DSN |
	  LK_CAP_CHUNKING, 0, 0, "" },
	{ "mx\nSIZE", LK_CAP_SIZE, 0, 0, "" },
	{ "mx\nSIZE 0", LK_CAP_SIZE, 0, 0, "" },
	{ "mx\nSIZE 35882577", LK_CAP_SIZE, 35882577, 0, "" },
	{ "mx\nSIZE=100", LK_CAP_SIZE, 100, 0, "" },
	{ "mx\nSIZE -1", LK_CAP_SIZE, 0, 0, "" },
	{ "mx\nSIZE 9223372036854775807", LK_CAP_SIZE, 9223372036854775807u,
	  0, "" },
	{ "mx\nSIZE 99999999999999999999", LK_CAP_SIZE, 0, 0, "" },
	{ "mx\nLIMITS MAILMAX=5 rcptmax=10", LK_CAP_LIMITS, 0, 10, "" },
	{ "mx\nLIMITS RCPTMAX=0 RCPTMAX= RCPTMAX=x", LK_CAP_LIMITS, 0, 0, "" },
	{ "mx\n\n \nPIPELINING", LK_CAP_PIPELINING, 0, 0, "" },
	{ "mx\n PIPELINING", LK_CAP_PIPELINING, 0, 0, "" },
};

static void
parses(void **state)
{
	struct lk_caps c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(replies) / sizeof(*replies); i++) {
		memset(&c, 0xff, sizeof(c));
		lk_caps_parse(&c, replies[i].text, strlen(replies[i].text));
		assert_string_equal(c.auth, replies[i].auth);
		assert_int_equal(c.flags, replies[i].flags);
		assert_int_equal(c.size, replies[i].size);
		assert_int_equal(c.rcpt_max, replies[i].rcpt_max);
	}
}

/* Names without end: some are kept whole, none is cut. */
static void
is_bounded(void **state)
{
	static char text[60000];
	struct lk_caps c;
	size_t n, at, i;
	char *word;

	(void)state;
	memcpy(text, "mx", 2);
	for (n = 2, i = 0; n < sizeof(text) - 20; i++) {
		memcpy(text + n, i % 50 ? " " : "\nAUTH ", i % 50 ? 1 : 6);
		n += i % 50 ? 1 : 6;
		for (at = 0; at < 5; at++)
			text[n++] = (char)('A' + (i >> (4 * at) & 15));
	}
	lk_caps_parse(&c, text, n);
	assert_in_range(strlen(c.auth), 900, sizeof(c.auth) - 1);
	for (word = c.auth; *word; word += 5 + (word[5] == ' '))
		assert_true(strcspn(word, " ") == 5);

	/* and one line of that length */
	memset(text, ' ', sizeof(text));
	memcpy(text, "mx\nAUTH", 7);
	for (n = 8; n < sizeof(text) - 8; n += 7)
		memcpy(text + n, "ABCDEF", 6);
	memcpy(text + 8, "FIRST-", 6);
	lk_caps_parse(&c, text, sizeof(text));
	assert_string_equal(c.auth, "FIRST- ABCDEF");
}

static const struct {
	const char *name;
	bool valid;
} names[] = {
	{ "me.example", true }, { "localhost", true }, { "[192.0.2.1]", true },
	{ "[IPv6:2001:db8::1]", true }, { "a_b-c.example", true },
	{ "", false }, { "[]", false }, { "[192.0.2.1", false },
	{ "[", false }, { "me example", false }, { "me\r\nQUIT", false },
	{ "me.example]", false }, { "h\xc3\xa9.example", false },
};

static void
checks_our_name(void **state)
{
	char name[300];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_int_equal(lk_ehlo_is_valid(names[i].name),
				 names[i].valid);
	memset(name, 'a', sizeof(name));
	name[255] = '\0';
	assert_true(lk_ehlo_is_valid(name));
	name[255] = 'a';
	name[256] = '\0';
	assert_false(lk_ehlo_is_valid(name));
}

static void
explains(void **state)
{
	(void)state;
	assert_string_equal(lk_caps_meaning("starttls", 8),
			    "can switch to TLS");
	assert_string_equal(lk_caps_meaning("AUTH=PLAIN", 10),
			    "how one may log in");
	assert_string_equal(lk_caps_meaning("HELP", 4), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses),
		cmocka_unit_test(is_bounded),
		cmocka_unit_test(checks_our_name),
		cmocka_unit_test(explains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
