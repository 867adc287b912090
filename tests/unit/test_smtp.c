/* The engine by its own interface: misuse, windows, every cut, hostile bytes.
 * SPDX-License-Identifier: MIT */
#include "unit/talk.h"

#include <stdbool.h>
#include <stdio.h>

static void
refuses_bad_options(void **state)
{
	struct lk_smtp_options o = { .size = sizeof(o), .ehlo = "a\r\nb" };
	struct lk_smtp *s = (void *)&o;
	struct lk_error err;

	(void)state;
	assert_int_equal(lk_smtp_new(&s, &o, &err), -1);
	assert_ptr_equal(s, &o);
	assert_int_equal(err.cls, LK_E_CONFIG);
	assert_string_equal(err.sentence, "ehlo: \"a??b\" is no host name and "
			    "no address literal");
	o.ehlo = NULL;
	assert_int_equal(lk_smtp_new(&s, &o, NULL), -1);
	o.ehlo = "me.example";
	o.tls = 4;
	assert_int_equal(lk_smtp_new(&s, &o, &err), -1);
	assert_int_equal(err.cls, LK_E_USAGE);
	lk_smtp_free(NULL);
}

/* What is called at the wrong time does nothing. */
static void
shrugs_off_misuse(void **state)
{
	struct lk_facts facts = { .size = sizeof(facts) };
	struct lk_envelope e = { .size = sizeof(e), .from = "" };
	struct lk_message_facts m = talk_facts("a\n", 2);
	struct lk_smtp *s = talk_new(NULL, NULL);
	struct lk_error err;
	int32_t fd, ms;
	uint32_t events;

	(void)state;
	lk_smtp_connected(s, &facts);
	lk_smtp_tls_up(s, &facts);
	lk_smtp_ready(s);
	lk_smtp_quit(s);
	lk_smtp_body_end(s);
	assert_int_equal(lk_smtp_body(s, "a", 1), 0);
	lk_smtp_wait(s, &fd, &events, &ms);
	assert_int_equal(fd, -1);
	assert_int_equal(ms, -1);
	assert_int_equal(lk_smtp_mail(s, &e, &m, &err), -1);
	assert_int_equal(err.cls, LK_E_USAGE);
	assert_int_equal(lk_smtp_want(s), LK_WANT_RECV);
	assert_false(lk_smtp_is_ready(s));
	talk_say(s, "220 mx\r\n");
	talk_say(s, "250 mx\r\n");
	assert_true(lk_smtp_is_ready(s));
	assert_int_equal(lk_smtp_mail_result(s, &err), 1);
	assert_int_equal(lk_smtp_mail(s, &e, &m, &err), -1);
	assert_int_equal(err.cls, LK_E_USAGE);
	assert_int_equal(lk_smtp_want(s), LK_WANT_MAIL);
	lk_smtp_free(s);
}

static void
wants_tls_before_implicit_tls(void **state)
{
	struct lk_smtp_options o = {
		.size = sizeof(o), .tls = LK_TLS_IMPLICIT, .ehlo = "me.example"
	};
	struct lk_facts facts = { .size = sizeof(facts) };
	struct lk_smtp *s;

	(void)state;
	assert_int_equal(lk_smtp_new(&s, &o, NULL), 0);
	lk_smtp_connected(s, &facts);
	assert_int_equal(lk_smtp_want(s), LK_WANT_CLOSED);
	assert_int_equal(lk_smtp_error(s)->cls, LK_E_INTERNAL);
	lk_smtp_free(s);
}

/* What the driver could not do is the error, as it says it. */
static void
keeps_the_drivers_error(void **state)
{
	struct lk_smtp_options o = { .size = sizeof(o), .ehlo = "me.example" };
	struct lk_error why = { .cls = LK_E_NO_HOST, .sentence = "no host x",
				.advice = "check it" };
	struct lk_smtp *s;

	(void)state;
	assert_int_equal(lk_smtp_new(&s, &o, NULL), 0);
	lk_smtp_lost(s, &why);
	assert_int_equal(lk_smtp_want(s), LK_WANT_CLOSED);
	assert_int_equal(lk_smtp_error(s)->cls, LK_E_NO_HOST);
	assert_int_equal(lk_smtp_error(s)->stage, LK_STAGE_CONNECT);
	assert_string_equal(lk_smtp_error(s)->sentence, "no host x");
	assert_string_equal(lk_smtp_error(s)->advice, "check it");
	lk_smtp_free(s);
}

/* ---- the window of pipelined commands ------------------------------------ */

#define MANY 1000

static char names[MANY][64];
static struct lk_recipient to[MANY];

static struct lk_envelope
many(size_t count, uint32_t flags)
{
	struct lk_envelope e = { .size = sizeof(e), .flags = flags,
				 .from = "a@example.org", .to = to,
				 .count = count };
	size_t i;

	for (i = 0; i < count; i++) {
		snprintf(names[i], sizeof(names[i]), "r%zu@example.net", i);
		to[i] = (struct lk_recipient) { .address = names[i] };
	}
	return e;
}

/* Lines that are sent now. */
static size_t
flight(struct lk_smtp *s)
{
	size_t len, lines = 0, i;
	const char *out = lk_smtp_output(s, &len);

	for (i = 0; i < len; i++)
		lines += out[i] == '\n';
	assert_in_range(len, 1, 32768 + 1024);
	lk_smtp_sent(s, len);
	return lines;
}

static void
bounds_a_flight(void **state)
{
	struct lk_message_facts m = talk_facts("a\n", 2);
	struct lk_envelope e = many(MANY, 0);
	struct lk_smtp *s = talk_ready(PIPELINING);
	size_t asked, answered = 0, flights = 0;

	(void)state;
	assert_int_equal(lk_smtp_mail(s, &e, &m, NULL), 0);
	for (asked = 0; answered < MANY + 1;) {
		if (lk_smtp_want(s) & LK_WANT_SEND) {
			asked += flight(s);
			flights++;
		}
		assert_in_range(asked - answered, 1, 100);
		for (; answered < asked && answered < MANY + 1; answered++)
			lk_smtp_input(s, "250 ok\r\n", 8);
	}
	assert_in_range(flights, 11, 12);
	talk_say(s, "354 go\r\n");
	assert_int_equal(lk_smtp_want(s), LK_WANT_BODY);
	lk_smtp_free(s);
}

/* All or nothing: after a refusal no more are asked, DATA never. */
static void
stops_asking(void **state)
{
	struct lk_message_facts m = talk_facts("a\n", 2);
	struct lk_envelope e = many(MANY, 0);
	struct lk_smtp *s = talk_ready(PIPELINING);
	size_t asked, i;

	(void)state;
	assert_int_equal(lk_smtp_mail(s, &e, &m, NULL), 0);
	asked = flight(s);
	assert_int_equal(asked, 100);
	/* the answer to MAIL makes room for one more */
	lk_smtp_input(s, "250 ok\r\n550 no\r\n", 16);
	asked += flight(s);
	assert_int_equal(asked, 101);
	for (i = 2; i < asked; i++) {
		assert_int_equal(lk_smtp_want(s), LK_WANT_RECV);
		lk_smtp_input(s, "250 ok\r\n", 8);
	}
	assert_int_equal(flight(s), 1);
	talk_say(s, "250 ok\r\n");      /* to RSET */
	assert_int_equal(lk_smtp_want(s), LK_WANT_MAIL);
	assert_int_equal(lk_smtp_mail_result(s, NULL), -1);
	assert_int_equal(to[0].cls, LK_E_RECIPIENT);
	assert_int_equal(to[1].cls, LK_E_CANCELLED);
	assert_int_equal(to[MANY - 1].cls, LK_E_CANCELLED);
	lk_smtp_free(s);
}

/* Who is refused stands in the error, as far as there is room. */
static void
lists_the_refused(void **state)
{
	struct lk_message_facts m = talk_facts("a\n", 2);
	struct lk_envelope e = many(90, LK_MAIL_PARTIAL);
	struct lk_smtp *s = talk_ready(PIPELINING);
	struct lk_error err;
	size_t i;

	(void)state;
	assert_int_equal(lk_smtp_mail(s, &e, &m, NULL), 0);
	talk_say(s, "250 ok\r\n");
	for (i = 0; i < 90; i++)
		talk_say(s, "450 4.2.1 come again\r\n");
	talk_say(s, "503 no\r\n");
	talk_say(s, "250 ok\r\n");
	assert_int_equal(lk_smtp_mail_result(s, &err), -1);
	assert_int_equal(err.cls, LK_E_TRANSIENT);
	assert_int_equal(err.code, 450);
	assert_string_equal(err.enhanced, "4.2.1");
	assert_non_null(strstr(err.sentence, "\n<r1@example.net>: 450 4.2.1 "
					     "come again\n"));
	assert_non_null(strstr(err.sentence, "\n... 90 in all"));
	lk_smtp_free(s);
}

/* ---- every cut ---------------------------------------------------------- */

static const char *const server[] = {
	"220 mx\r\n", "250-mx\r\n250 PIPELINING\r\n",
	"250 ok\r\n250 ok\r\n354 go\r\n", "250 queued\r\n221 bye\r\n",
};

/* Play until `left` octets went both ways, then cut.  Returns if all was said;
 * *dot: the whole message was sent; *yes: the 250 came whole. */
static bool
play(struct lk_smtp *s, size_t left, bool *dot, bool *yes)
{
	struct lk_error gone = { .cls = LK_E_PROTOCOL, .sentence = "gone" };
	struct lk_message_facts m = talk_facts("a\n", 2);
	struct lk_envelope e = many(1, LK_MAIL_LAST);
	size_t turn = 0, at = 0, body = 0, len;
	uint32_t want;

	*dot = *yes = false;
	while (!((want = lk_smtp_want(s)) & LK_WANT_CLOSED)) {
		if (left == 0 && want & (LK_WANT_SEND | LK_WANT_RECV)) {
			lk_smtp_lost(s, &gone);
			return false;
		}
		if (want & LK_WANT_SEND) {
			lk_smtp_output(s, &len);
			*dot = *dot || (body && len == 7);
			lk_smtp_sent(s, 1);
			left--;
		} else if (want & LK_WANT_BODY) {
			body += lk_smtp_body(s, "a\n", 2);
			lk_smtp_body_end(s);
		} else if (want & LK_WANT_MAIL) {
			assert_int_equal(lk_smtp_mail(s, &e, &m, NULL), 0);
		} else {
			lk_smtp_input(s, &server[turn][at], 1);
			at++;
			left--;
			*yes = *yes || (turn == 3 && at == 12);
			if (!server[turn][at]) {
				turn++;
				at = 0;
			}
		}
	}
	return true;
}

/* Nothing is sent that a 250 did not confirm, nothing refused that may have
 * been accepted. */
static void
survives_every_cut(void **state)
{
	bool whole = false, dot, yes;
	struct lk_error err;
	size_t left;

	(void)state;
	for (left = 0; !whole; left++) {
		struct lk_smtp *s = talk_new(NULL, NULL);
		int result;

		whole = play(s, left, &dot, &yes);
		result = lk_smtp_mail_result(s, &err);
		assert_int_equal(lk_smtp_want(s), LK_WANT_CLOSED);
		if (yes) {
			assert_int_equal(result, 0);
			assert_int_equal(to[0].cls, 0);
			assert_int_equal(lk_smtp_error(s)->cls, 0);
		} else if (dot) {
			assert_int_equal(result, -1);
			assert_int_equal(err.cls, LK_E_UNKNOWN);
			assert_int_equal(to[0].cls, LK_E_UNKNOWN);
		} else if (result != 1) {
			assert_int_equal(err.cls, LK_E_PROTOCOL);
			assert_int_equal(to[0].cls, LK_E_CANCELLED);
		}
		lk_smtp_free(s);
	}
	assert_in_range(left, 150, 400);
}

/* ---- hostile bytes ------------------------------------------------------ */

static const char *const pieces[] = {
	"220 mx\r\n", "250 ok\r\n", "250-", "354 go\r\n", "334 \r\n",
	"421 bye\r\n", "550 5.1.1 no\r\n", "\r\n", "\n", "\r", "2", "\0",
	"250 PIPELINING\r\n", "250-SIZE 10\r\n", "\xff\xfe", "221 bye\n",
	"5.7.8 ", "250 STARTTLS\r\n", "                    ",
};

/* Whatever comes, it ends or goes on, and says nothing twice. */
static void
survives_anything(void **state)
{
	struct lk_error gone = { .cls = LK_E_PROTOCOL, .sentence = "gone" };
	struct lk_message_facts m = talk_facts("a\n", 2);
	unsigned seed = 1, round, step;

	(void)state;
	for (round = 0; round < 3000; round++) {
		struct lk_smtp *s = talk_new(NULL, NULL);
		struct lk_envelope e = many(3, round & 3);

		for (step = 0; step < 60; step++) {
			uint32_t want = lk_smtp_want(s);
			const char *p;

			seed = seed * 1103515245u + 12345u;
			p = pieces[(seed >> 16) % (sizeof(pieces) /
						   sizeof(*pieces))];
			if (seed >> 28)
				talk_flush(s);
			if (want & LK_WANT_MAIL && seed >> 31)
				lk_smtp_mail(s, &e, &m, NULL);
			if (want & LK_WANT_BODY) {
				lk_smtp_body(s, "a\n", 2);
				lk_smtp_body_end(s);
			}
			lk_smtp_input(s, p, *p ? strlen(p) : 1);
		}
		lk_smtp_lost(s, &gone);
		assert_int_equal(lk_smtp_want(s), LK_WANT_CLOSED);
		lk_smtp_free(s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_bad_options),
		cmocka_unit_test(shrugs_off_misuse),
		cmocka_unit_test(wants_tls_before_implicit_tls),
		cmocka_unit_test(keeps_the_drivers_error),
		cmocka_unit_test(bounds_a_flight),
		cmocka_unit_test(stops_asking),
		cmocka_unit_test(lists_the_refused),
		cmocka_unit_test(survives_every_cut),
		cmocka_unit_test(survives_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
