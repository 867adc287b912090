/* Internationalised domain names. SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "smtp/idn.h"

#define LABEL_63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct domain {
	const char *in, *out;       /* out NULL: refused */
} domains[] = {
	{ "mx.example", "mx.example" },
	{ "MX.Example", "MX.Example" },
	{ "127.0.0.1", "127.0.0.1" },
	{ "::1", "::1" },
	{ "_submission.example", "_submission.example" },
	{ "xn--bcher-kva.example", "xn--bcher-kva.example" },
	{ "b\xc3\xbc" "cher.example", "xn--bcher-kva.example" },
	{ "B\xc3\x9c" "CHER.example", "xn--bcher-kva.example" },
	/* two forms of the same letter */
	{ "bu\xcc\x88" "cher.example", "xn--bcher-kva.example" },
	/* the sharp s is a letter of its own since 2008 */
	{ "stra\xc3\x9f" "e.example", "xn--strae-oqa.example" },
	{ "\xe4\xbe\x8b\xe5\xad\x90.\xe6\xb5\x8b\xe8\xaf\x95",
	  "xn--fsqu00a.xn--0zwm56d" },
	{ "a.\xd1\x80\xd1\x84", "a.xn--p1ai" },
	/* the dot of East Asia divides as well */
	{ "\xe4\xbe\x8b\xe3\x80\x82" "example", "xn--fsq.example" },
	{ "\xff.example", NULL },
	{ "b\xc3\xbc" "cher .example", NULL },
	{ "-\xc3\xbc.example", NULL },
	{ "\xc3\xbc_a.example", "xn--_a-wka.example" },
	{ "\xe2\x80\xae" "abc.example", NULL },
	{ "\xc3\xbc" LABEL_63 ".example", NULL },
	{ LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63 ".", NULL },
};

static void
test_domains(void **state)
{
	char to[LK_DOMAIN_ROOM];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(domains) / sizeof(*domains); i++) {
		const struct domain *d = &domains[i];
		struct lk_error err = { 0 };
		int r = lk_idn_ascii(d->in, to, &err);

		if (r != (d->out ? 0 : -1) || (d->out && strcmp(to, d->out)))
			fail_msg("%s: %d, %s, %s", d->in, r, r ? "" : to,
				 err.sentence);
		if (!d->out) {
			assert_int_equal(err.cls, LK_E_MESSAGE);
			assert_non_null(strstr(err.sentence, "is no domain"));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_domains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
