/* A program that begins and ends, with files that are right and wrong.
 * SPDX-License-Identifier: MIT */
#include "program.h"

static int
has_plain(void)
{
	sasl_conn_t *conn = client_new("mail.example", callbacks);
	const char *out = NULL;
	unsigned len = 0;
	int r = sasl_client_start(conn, "PLAIN", NULL, &out, &len, NULL);

	sasl_dispose(&conn);
	return r == SASL_OK;
}

static void
restart(const char *file, const char *text)
{
	sasl_client_done();
	put(file, text);
	client_init();
}

static void
test_again(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		restart("bridge.conf", "mechs = plain\n");
		assert_true(has_plain());
		assert_string_equal(lines, "");
	}
	restart("bridge.conf", "");
	assert_true(has_plain());
}

static void
test_broken(void **state)
{
	static const struct {
		const char *file, *text, *line;
	} broken[] = {
		{ "bridge.conf", "mechs = plain\nmech = x\n",
		  "bridge.conf:2: unknown key \"mech\"" },
		{ "bridge.conf", "tls = maybe\n", "neither trusted nor" },
		{ "bridge.conf", "[provider x]\na = b\n", "unknown section" },
		{ "bridge.conf", "[host x]\nmechs = b\n", "unknown key" },
		{ "bridge.conf", "mechs = a\nmechs = b\n", "said twice" },
		{ "latchkey.conf", "[account x]\nhots = y\n",
		  "latchkey.conf:2: " },
		{ "bridge.conf", "mechs =\n", "" },
		{ "bridge.conf", "mechs = no-such-one\n", "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		restart(broken[i].file, broken[i].text);
		assert_part(lines, broken[i].line);
		assert_false(has_plain());
		put("latchkey.conf", "");
		put("bridge.conf", "");
	}
	/* an account that is not there costs its token alone */
	restart("bridge.conf", "mechs = plain\naccounts = nobody\n");
	assert_part(lines, "nobody");
	assert_true(has_plain());
}

static int
up(void **state)
{
	(void)state;
	make_files();
	client_init();
	return 0;
}

static int
down(void **state)
{
	(void)state;
	sasl_client_done();
	remove_files();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, up, down);
}
