/* What a server says of a token, and no parser may stumble over.
 * SPDX-License-Identifier: MIT */
#include "../../plugins/oauth/document.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define REFUSED "the server refused the token"
#define UNREADABLE REFUSED ", and its explanation cannot be read"

static void
read_text(struct oauth_document *d, const char *format, int width)
{
	char text[20000];
	int n = snprintf(text, sizeof(text), format, width, "");

	assert_true(n > 0 && (size_t)n < sizeof(text));
	oauth_document_read(d, text, (size_t)n);
	assert_true(strlen(d->sentence) < sizeof(d->sentence));
	assert_true(strlen(d->advice) < sizeof(d->advice));
}

/* Values that do not fit are left out whole, and size has an end. */
static void
test_sizes(void **state)
{
	struct oauth_document d;
	int n;

	(void)state;
	for (n = 0; n < 400; n++) {
		read_text(&d, "{\"status\":\"%*sX\"}", n);
		assert_true(!strchr(d.sentence, 'X') ==
			    !strchr(d.sentence, ')'));
		assert_int_equal(!!strchr(d.sentence, 'X'),
				 n + sizeof(REFUSED " (status X)") <=
				 sizeof(d.sentence));
		read_text(&d, "{\"scope\":\"%*sX\"}", n);
		assert_true(!strchr(d.advice, 'X') ==
			    !strstr(d.advice, "scope"));
	}
	read_text(&d, "{\"status\":\"400\"%*s}", 9200);
	assert_string_equal(d.sentence, REFUSED " (status 400)");
	read_text(&d, "{\"status\":\"400\"%*s}", 9201);
	assert_string_equal(d.sentence, UNREADABLE);
}

static void
test_depth(void **state)
{
	static const char deep[] = "{\"a\":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]],"
				   "\"status\":400}";
	static const char deeper[] = "{\"a\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"
				     ",\"status\":400}";
	struct oauth_document d;
	char text[9216];
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(text); n++) {
		memset(text, '[', n);
		oauth_document_read(&d, text, n);
		assert_string_equal(d.sentence, n ? UNREADABLE : REFUSED);
	}
	/* the object, and fifteen more */
	oauth_document_read(&d, deep, sizeof(deep) - 1);
	assert_string_equal(d.sentence, REFUSED " (status 400)");
	oauth_document_read(&d, deeper, sizeof(deeper) - 1);
	assert_string_equal(d.sentence, UNREADABLE);
}

/* Cut at every octet, and with every octet changed in every way. */
static void
test_damage(void **state)
{
	static const char good[] = "{\"status\":\"400\",\"scope\":\"s\\u00fc\","
		"\"openid-configuration\":\"u\",\"x\":[1.5e3,true]}";
	struct oauth_document d;
	char text[sizeof(good)];
	size_t i;
	int c;

	(void)state;
	for (i = 1; i < sizeof(good) - 1; i++) {
		char *cut = malloc(i);

		assert_non_null(cut);
		memcpy(cut, good, i);
		oauth_document_read(&d, cut, i);
		assert_string_equal(d.sentence, UNREADABLE);
		free(cut);
	}
	for (i = 0; i < sizeof(good) - 1; i++)
		for (c = 0; c < 256; c++) {
			memcpy(text, good, sizeof(good));
			text[i] = (char)c;
			oauth_document_read(&d, text, sizeof(good) - 1);
			assert_memory_equal(d.sentence, REFUSED,
					    sizeof(REFUSED) - 1);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
