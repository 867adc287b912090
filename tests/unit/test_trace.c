/* The trace without a login: printable, whole, the body as one line.
 * SPDX-License-Identifier: MIT */
#include "unit/talk.h"

#include <stdio.h>

static const struct {
	int32_t from;
	const char *line, *meaning;
} lines[] = {
	{ LK_TRACE_SERVER, "220 mx.example", "the server is ready" },
	{ LK_TRACE_CLIENT, "EHLO me.example", "who we are; what can you do?" },
	{ LK_TRACE_SERVER, "250-mx.example ?[31m", "" },
	{ LK_TRACE_SERVER, "250-PIPELINING", "takes many commands at once" },
	{ LK_TRACE_SERVER, "250 SIZE 100", "how large a message may be" },
	{ LK_TRACE_CLIENT, "MAIL FROM:<> SIZE=9",
	  "no sender: a report that must not be answered" },
	{ LK_TRACE_CLIENT, "RCPT TO:<bob@example.net>", "a recipient" },
	{ LK_TRACE_CLIENT, "RCPT TO:<eve@example.net>", "a recipient" },
	{ LK_TRACE_CLIENT, "DATA", "the message is next" },
	{ LK_TRACE_SERVER, "250 ok", "the sender is accepted" },
	{ LK_TRACE_SERVER, "250 ok", "the recipient is accepted" },
	{ LK_TRACE_SERVER, "550-5.1.1 no", "" },
	{ LK_TRACE_SERVER, "550 5.1.1 such", "the recipient is refused" },
	{ LK_TRACE_SERVER, "354 go", "ready for the message" },
	{ LK_TRACE_CLIENT, "<message, 9 octets>",
	  "the message, and the dot that ends it" },
	{ LK_TRACE_CLIENT, "QUIT", "goodbye" },
	{ LK_TRACE_SERVER, "250 queued", "the message is accepted" },
	{ LK_TRACE_NOTE, "gone", "" },
};

#define N (sizeof(lines) / sizeof(*lines))

static void
compare(void *ctx, const struct lk_trace *t)
{
	size_t *n = ctx;

	assert_in_range(*n, 0, N - 1);
	assert_string_equal(t->line, lines[*n].line);
	assert_string_equal(t->decoded, "");
	assert_string_equal(t->meaning, lines[*n].meaning);
	assert_int_equal(t->from, lines[*n].from);
	(*n)++;
}

static void
tells_all(void **state)
{
	struct lk_recipient to[] = {
		{ .address = "bob@example.net" },
		{ .address = "eve@example.net" },
	};
	struct lk_envelope e = {
		.size = sizeof(e), .flags = LK_MAIL_LAST | LK_MAIL_PARTIAL,
		.from = "", .to = to, .count = 2,
	};
	struct lk_message_facts f = talk_facts(".secret", 7);
	struct lk_error gone = { .cls = LK_E_PROTOCOL, .sentence = "gone" };
	size_t n = 0;
	struct lk_smtp *s = talk_new(compare, &n);

	(void)state;
	talk_say(s, "220 mx.example\r\n");
	talk_say(s, "250-mx.example \033[31m\r\n250-PIPELINING\r\n"
		    "250 SIZE 100\r\n");
	assert_int_equal(lk_smtp_mail(s, &e, &f, NULL), 0);
	talk_say(s, "250 ok\r\n250 ok\r\n550-5.1.1 no\r\n550 5.1.1 such\r\n"
		    "354 go\r\n");
	assert_int_equal(lk_smtp_body(s, ".secret", 7), 7);
	lk_smtp_body_end(s);
	talk_say(s, "250 queued\r\n");
	lk_smtp_lost(s, &gone);
	assert_int_equal(n, N);
	assert_int_equal(lk_smtp_error(s)->cls, 0);
	assert_string_equal(lk_smtp_warning(s),
			    "the server did not answer QUIT");
	lk_smtp_free(s);
}

static void
measure(void *ctx, const struct lk_trace *t)
{
	size_t *longest = ctx;

	if (strlen(t->line) > *longest)
		*longest = strlen(t->line);
}

/* A line is shown as long as it is. */
static void
cuts_nothing(void **state)
{
	static char line[15002];
	size_t longest = 0;
	struct lk_smtp *s = talk_new(measure, &longest);

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line, "220 ", 4);
	line[15000] = '\n';
	lk_smtp_input(s, line, 15001);
	assert_int_equal(longest, 15000);
	lk_smtp_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_all),
		cmocka_unit_test(cuts_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
