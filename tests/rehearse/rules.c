/* What the files of servers say, and what is wrong with broken ones.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "rehearse/inside.h"
#include "temp.h"

static const struct lk_var vars[] = {
	{ "user", "a@b" }, { "password", "P*x" }, { "token", NULL },
	{ NULL, NULL },
};

static const struct {
	const char *pattern, *line;
	bool matches;
} patterns[] = {
	{ "QUIT", "quit", true },
	{ "QUIT", "QUIT ", false },
	{ "", "", true },
	{ "*", "", true },
	{ "*", "anything", true },
	{ "AUTH *", "auth plain x", true },
	{ "AUTH *", "AUTH", false },
	{ "a*b*c", "aXbXbXc", true },
	{ "a*b*c", "aXbXbX", false },
	{ "*ab", "aab", true },
	{ "\\*", "*", true },
	{ "\\*", "x", false },
	{ "AUTH LOGIN\\x20", "AUTH LOGIN ", true },
	{ "AUTH LOGIN\\x20", "AUTH LOGIN", false },
	{ "{user}", "a@b", true },
	{ "{user}", "A@B", false },
	{ "{password}", "P*x", true },
	{ "{password}", "Pyyx", false },
	{ "auth x {b64:\\0{user}\\0{password}}", "AUTH X AGFAYgBQKng=", true },
	{ "auth x {b64:\\0{user}\\0{password}}", "AUTH X agfaygbqkng=", false },
	{ "{\"status\":\"401\"} {} {x", "{\"status\":\"401\"} {} {x", true },
	{ "\\x7bother}", "{other}", true },
};

static void
test_patterns(void **state)
{
	struct lk_pattern p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
		const char *line = patterns[i].line;

		print_message("%s ~ %s\n", patterns[i].pattern, line);
		assert_null(lk_pattern_read(&p, patterns[i].pattern, vars));
		assert_int_equal(lk_pattern_match(&p, line, strlen(line)),
				 patterns[i].matches);
		lk_pattern_free(&p);
	}
}

static void
test_bad_texts(void **state)
{
	static const char *const bad[] = { "\\q", "\\x1", "\\xg1", "\\",
					   "{b64:x", "{token}", "{other}",
					   "{b64:{other}}",
					   "{b64:{token}}" };
	struct lk_buf b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		lk_buf_init(&b, 1024);
		print_message("%s\n", bad[i]);
		assert_non_null(lk_expand(&b, NULL, bad[i], vars));
		lk_buf_wipe(&b);
	}
}

static const struct {
	const char *text, *error;   /* behind the file's name */
} broken[] = {
	{ "", ": there is nothing in it" },
	{ "# only this\n", ": there is nothing in it" },
	{ "tls maybe\nstate a\n", ":1: tls: \"maybe\" cannot be" },
	{ "colour blue\nstate a\n", ":1: \"colour\" is no option" },
	{ "port 70000\nstate a\n", ":1: \"port\" is for clients" },
	{ "param x.y=z\nstate a\n", ":1: \"param\" is for clients" },
	{ "mail a@b\nstate a\n", ":1: \"mail\" is for clients" },
	{ "port 70000\nS: 220 hi\n", ":1: port: \"70000\" cannot be" },
	{ "colour blue\nS: 220 hi\n", ":1: \"colour\" is no option" },
	{ "state a\nS: 220 {usr}\n", ":2: there is no such {name}" },
	{ "state a\non {pasword}\nDROP\n", ":2: there is no such {name}" },
	{ "tls opportunistic\nstate a\n", "tls: \"opportunistic\"" },
	{ "S: 220 hi\nstate a\n", ":1: a state must come first" },
	{ "state a\nuser late\n", ":2: this has no place in a state" },
	{ "state a\nC: EHLO x\n", ":2: this has no place in a state" },
	{ "state a\nEND\n", ":2: this has no place in a state" },
	{ "state \n", ":1: a state has a name" },
	{ "state a\nstate a\n", ":2: this state is there already" },
	{ "state a\non X\n", ":2: nothing follows this pattern" },
	{ "state a\non X\nstate b\n", ":2: nothing follows this pattern" },
	{ "state a\non X\nnext b\n", ":3: there is no such state" },
	{ "state a\non X\nstart b\n", ":3: there is no such state" },
	{ "state a\non X\nnext a\nS: 250 x\n", ":3: `next` is the last" },
	{ "state a\nS: 220 \\q\n", ":2: there is no such escape" },
	{ "state a\nS: 220 {user}\n", ":2: the file has no option" },
	{ "state a\non {b64:x\nDROP\n", ":2: {b64: has no }" },
	{ "state a\nnext b\nstate b\nnext a\n", ":1: the server would go in" },
	{ "S: \\q\n", ":1: there is no such escape" },
};

static int
read_text(const char *text, struct lk_error *err)
{
	char path[TEMP];
	struct lk_rehearse_options o = { .path = path, .dir = "/tmp",
					 .stop = -1 };
	struct lk_rehearse *r = NULL;
	size_t len = strlen(text);
	int fd = temp_file(path, "latchkey-rules"), result;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	close(fd);
	result = lk_rehearse_new(&r, &o, err);
	lk_rehearse_free(r);
	unlink(path);
	return result;
}

static void
test_broken_files(void **state)
{
	struct lk_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		print_message("%s\n", broken[i].text);
		assert_int_equal(read_text(broken[i].text, &err), -1);
		assert_int_equal(err.cls, LK_E_CONFIG);
		print_message("%s\n", err.sentence);
		assert_non_null(strstr(err.sentence, broken[i].error));
	}
}

static void
test_good_files(void **state)
{
	struct lk_error err;

	(void)state;
	assert_int_equal(read_text("state a\n", &err), 0);
	assert_int_equal(read_text("state a\nnext b\nstate b\non X\nnext a\n",
				   &err), 0);
	assert_int_equal(read_text("state a\non X\non Y\nS: 250 {octets}\n"
				   "DROP\n", &err), 0);
	assert_int_equal(read_text("tls implicit\nstate a\n", &err), 0);
	assert_int_equal(read_text("END\nclass ok\n", &err), 0);
}

static void
test_only_loopback(void **state)
{
	static const char *const far[] = { "10.0.0.1", "0.0.0.0", "::",
					   "128.0.0.1", "localhost", "",
					   "127.0.0.1.example" };
	struct lk_rehearse_options o = { .dir = "/tmp", .stop = -1 };
	char path[TEMP];
	int fd = temp_file(path, "latchkey-rules");
	struct lk_rehearse *r;
	struct lk_error err;
	size_t i;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "state a\n", 8), 8);
	close(fd);
	o.path = path;
	for (i = 0; i < sizeof(far) / sizeof(*far); i++) {
		o.address = far[i];
		assert_int_equal(lk_rehearse_new(&r, &o, &err), -1);
		assert_int_equal(err.cls, LK_E_USAGE);
	}
	unlink(path);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_bad_texts),
		cmocka_unit_test(test_broken_files),
		cmocka_unit_test(test_good_files),
		cmocka_unit_test(test_only_loopback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
