/* Address lists of a header. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cli/addresses.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *text, *list;    /* joined by | */
} good[] = {
	{ "", "" },
	{ " \t\r\n ", "" },
	{ "a@b", "a@b" },
	{ " a@b \r\n", "a@b" },
	{ "a@b,c@d", "a@b|c@d" },
	{ ",, a@b,,\r\n\tc@d, ", "a@b|c@d" },
	{ "a@b, a@b, A@b", "a@b|A@b" },
	{ "<a@b>", "a@b" },
	{ "Ann Bee <a@b>", "a@b" },
	{ "John Q. Public <j@p>", "j@p" },
	{ "\"Bee, Ann\" <a@b>, c@d", "a@b|c@d" },
	{ "\"x <no@no>\" <a@b>", "a@b" },
	{ "\"a\\\"b, \" <a@b>", "a@b" },
	{ "\"\" <a@b>", "a@b" },
	{ "=?UTF-8?B?w6Q=?= <a@b>", "a@b" },
	{ "a@b (Ann, of <b>)", "a@b" },
	{ "(x(y\\)z)) a (1) @ (2) b (3)", "a@b" },
	{ "a . b @ c . d", "a.b@c.d" },
	{ "\"john doe\"@x", "\"john doe\"@x" },
	{ "\"a\\\\b\"@x", "\"a\\\\b\"@x" },
	{ "\"a\r\n b\"@x", "\"a b\"@x" },
	{ "\"a@b\"@x", "\"a@b\"@x" },
	{ "a.\"b\".c@x", "a.\"b\".c@x" },
	{ "a@[192.0.2.1]", "a@[192.0.2.1]" },
	{ "a@[IPv6:2001:db8::1]", "a@[IPv6:2001:db8::1]" },
	{ "root", "root" },
	{ "root, <postmaster>", "root|postmaster" },
	{ "j\xc3\xb6rg@m\xc3\xbcller.example",
	  "j\xc3\xb6rg@m\xc3\xbcller.example" },
	{ "!#$%&'*+-/=?^_`{|}~@x", "!#$%&'*+-/=?^_`{|}~@x" },
	{ "Friends: a@b, Cee <c@d>;", "a@b|c@d" },
	{ "Friends: a@b;, e@f", "a@b|e@f" },
	{ "\"My Friends\":a@b;e@f", "a@b|e@f" },
	{ "undisclosed-recipients:;", "" },
	{ "undisclosed recipients: ;", "" },
	{ "A:;,B:x@y;", "x@y" },
	{ "<@relay.example,@b:a@b>", "a@b" },
	/* what is no address is refused, never guessed */
	{ "a b@c", NULL },
	{ "a b", NULL },
	{ "a@", NULL },
	{ "@b", NULL },
	{ "a@b@c", NULL },
	{ "a..b@c", NULL },
	{ ".a@c", NULL },
	{ "a.@c", NULL },
	{ "a@b..c", NULL },
	{ "a@b.", NULL },
	{ "a@b c", NULL },
	{ "a@\"b\"", NULL },
	{ "<>", NULL },
	{ "<a@b", NULL },
	{ "a@b>", NULL },
	{ "<a@b> c", NULL },
	{ "<a@b> <c@d>", NULL },
	{ "a@b c@d", NULL },
	{ "\"a@b", NULL },
	{ "\"a\\", NULL },
	{ "a@[b", NULL },
	{ "a@b (x", NULL },
	{ "a@b )", NULL },
	{ "x: a@b", NULL },
	{ "x: y: a@b;;", NULL },
	{ "a@b;", NULL },
	{ "a;b", NULL },
	{ "a\x01@b", NULL },
	{ "\"a\x01\"@b", NULL },
	{ "a\x7f@b", NULL },
	{ "<@b a@b>", NULL },
	{ "[a]@b", NULL },
	{ "a\\b@c", NULL },
};

static void
lists(void **state)
{
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct lk_addresses a = { 0 };
		struct lk_error err = { 0 };
		char joined[512] = "";
		size_t n = 0;
		int r = lk_addresses_read(&a, "To", good[i].text,
					  strlen(good[i].text), &err);

		if ((r == 0) != (good[i].list != NULL))
			fail_msg("%s: %s", good[i].text, r ? err.sentence
							   : "taken");
		for (j = 0; r == 0 && j < a.n; j++)
			n += (size_t)snprintf(joined + n, sizeof(joined) - n,
					      "%s%s", j ? "|" : "", a.list[j]);
		if (r == 0)
			assert_string_equal(joined, good[i].list);
		if (r < 0) {
			assert_int_equal(err.cls, LK_E_MESSAGE);
			assert_non_null(strstr(err.sentence, "To: "));
		}
		lk_addresses_wipe(&a);
	}
}

static const struct {
	const char *text, *why;
} reasons[] = {
	{ "a@", ": no domain follows the @" },
	{ "<a@>", ": no domain follows the @" },
	{ "a@b c", ": what follows the @ is no domain" },
	{ "a@b..c", ": what follows the @ is no domain" },
	{ "a@@b", ": what follows the @ is no domain" },
	{ "a@\"b\"", ": what follows the @ is no domain" },
};

static void
the_reason_is_true(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		struct lk_addresses a = { 0 };
		struct lk_error err = { 0 };
		const char *text = reasons[i].text;

		assert_int_equal(lk_addresses_read(&a, "To", text,
						   strlen(text), &err), -1);
		if (!strstr(err.sentence, reasons[i].why))
			fail_msg("%s: %s", text, err.sentence);
		lk_addresses_wipe(&a);
	}
}

static void
a_nul_is_refused(void **state)
{
	struct lk_addresses a = { 0 };

	(void)state;
	assert_int_equal(lk_addresses_read(&a, "To", "a\0b@c", 5, NULL), -1);
	lk_addresses_wipe(&a);
}

static char *
repeat(const char *head, char c, size_t n, const char *tail)
{
	char *text = malloc(strlen(head) + n + strlen(tail) + 1);

	assert_non_null(text);
	memcpy(text, head, strlen(head));
	memset(text + strlen(head), c, n);
	memcpy(text + strlen(head) + n, tail, strlen(tail) + 1);
	return text;
}

static int
read_one(char *text)
{
	struct lk_addresses a = { 0 };
	int r = lk_addresses_read(&a, "To", text, strlen(text), NULL);

	lk_addresses_wipe(&a);
	free(text);
	return r;
}

static void
bounds(void **state)
{
	(void)state;
	assert_int_equal(read_one(repeat("", 'a', 318, "@b")), 0);
	assert_int_equal(read_one(repeat("", 'a', 319, "@b")), -1);
	assert_int_equal(read_one(repeat("", 'a', 5000, " <a@b>")), 0);
	assert_int_equal(read_one(repeat("\"", 'a', 5000, "\" <a@b>")), 0);
	assert_int_equal(read_one(repeat("a@b ", '(', 100, "")), -1);
	assert_int_equal(read_one(repeat("a@b ", '(', 500000, "")), -1);
	assert_int_equal(read_one(repeat("a@b", ',', 500000, "")), 0);
	assert_int_equal(read_one(repeat("a@b,", '<', 500000, "")), -1);
}

static void
many(void **state)
{
	struct lk_addresses a = { 0 };
	struct lk_error err = { 0 };
	char one[32];
	int i, r = 0;

	(void)state;
	for (i = 0; i <= LK_ADDRESSES_MAX && r == 0; i++) {
		snprintf(one, sizeof(one), "u%d@x", i);
		r = lk_addresses_read(&a, "Bcc", one, strlen(one), &err);
	}
	assert_int_equal(r, -1);
	assert_int_equal(a.n, LK_ADDRESSES_MAX);
	assert_non_null(strstr(err.sentence, "10000"));
	lk_addresses_wipe(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists),
		cmocka_unit_test(the_reason_is_true),
		cmocka_unit_test(a_nul_is_refused),
		cmocka_unit_test(bounds),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
