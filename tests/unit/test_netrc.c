/* netrc: whose password is found, what a file may hold, what is refused.
 * SPDX-License-Identifier: MIT */
#include "temp.h"
#include "unit/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[TEMP];
static char source[TEMP + 16];  /* netrc:DIR/.netrc */

static void
write_file(const void *data, size_t len, mode_t mode)
{
	FILE *f = fopen(source + 6, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(source + 6, mode), 0);
}

static void
write_text(const char *text)
{
	write_file(text, strlen(text), 0600);
}

/* As ann at smtp.example.org:587, or as another service. */
static int32_t
look_up(const char *spec, const char *service)
{
	struct lk_account *a = with("password-from", spec);
	int32_t r;

	lk_account_set(a, "host", "smtp.example.org", NULL);
	lk_account_set(a, "user", "ann", NULL);
	lk_account_set(a, "imap-host", "smtp.example.org", NULL);
	if (service)
		assert_int_equal(lk_account_service(a, service, NULL), 0);
	r = ask_for(a, "password", 0);
	lk_account_free(a);
	return r;
}

static void
refuses(const char *words)
{
	int32_t r = look_up(source, NULL);

	if (r != LK_E_NOPROP || !strstr(err.sentence, words))
		fail_msg("%d: %s", (int)r, err.sentence);
	assert_int_equal(secret.len, 0);
	assert_null(strstr(err.sentence, "s3cret"));
	assert_null(strstr(err.advice, "s3cret"));
}

#define M "machine smtp.example.org "
#define WRONG "login ann password wrong\n"

static const struct {
	const char *text, *want;    /* NULL: nothing is found */
} files[] = {
	{ M "login ann password p", "p" },
	{ "machine\tsmtp.example.org\r\n\tlogin ann\r\n\tpassword p\r\n", "p" },
	{ "\n\n" M "password p\nlogin ann", "p" },
	{ "machine SMTP.Example.ORG login ann password p", "p" },
	{ M "login ann account x password p", "p" },
	/* whose it is not */
	{ "", NULL },
	{ M "login Ann password p", NULL },
	{ M "password p", NULL },
	{ M "login ann", NULL },
	{ "machine example.org " WRONG, NULL },
	{ "machine mail.smtp.example.org " WRONG, NULL },
	{ "machine smtp.example.org. " WRONG, NULL },
	{ "machine smtp.example.orgy " WRONG "default " WRONG M, "wrong" },
	{ "login ann password p", NULL },
	{ "machine machine " WRONG, NULL },
	/* the first one */
	{ M "login bob password wrong " M "login ann password p", "p" },
	{ M "login ann password p " M WRONG, "p" },
	{ M "login ann\n" M "login ann password p", "p" },
	{ "default login ann password p", "p" },
	{ "default login bob password wrong", NULL },
	{ M "login bob password wrong default login ann password p", "p" },
	{ M "login ann password p default " WRONG, "p" },
	/* of this service */
	{ M "login ann port imap password wrong " M "login ann password p",
	  "p" },
	{ M "login ann port 465 password wrong " M
	  "login ann port 587 password p", "p" },
	{ M "login ann password p port smtp", "p" },
	{ M "login ann password p port 5871", NULL },
	/* quotes */
	{ M "login \"ann\" password \"a b\"", "a b" },
	{ M "login ann password \"a\\\"b\\\\c\\td\\x\"", "a\"b\\c\tdx" },
	{ M "login ann password a\"b\\c", "a\"b\\c" },
	{ M "login ann password \"p\"login bob", NULL },
	{ "machine \"smtp.example.org\" login ann password p", "p" },
	{ M "login ann password \"machine\"", "machine" },
	/* comments and macros */
	{ "# " M WRONG M "login ann password p", "p" },
	{ "  # x \"\n" M "login ann\n#password wrong\npassword p", "p" },
	{ M "login ann password #p", "#p" },
	{ "macdef init\n" M WRONG "\n" M "login ann password p", "p" },
	{ "macdef init\r\n" M WRONG "\r\n" M "login ann password p", "p" },
	{ "macdef init\n\"\n\n" M "login ann password p", "p" },
	{ "macdef init\n" M WRONG, NULL },
	{ "macdef", NULL },
	{ "macdef init", NULL },
	{ "macdef init\n\n" M "login ann password p", "p" },
};

static void
finds(void **state)
{
	size_t i;
	int32_t r;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		write_text(files[i].text);
		r = look_up(source, NULL);
		if (files[i].want ? r != LK_DONE || strcmp(secret.data,
							   files[i].want)
				  : r != LK_E_NOPROP ||
				    !strstr(err.sentence, "has no password"))
			fail_msg("%s: %d: %s", files[i].text, (int)r,
				 r ? err.sentence : secret.data);
	}
	assert_int_equal(look_up(source, "imap"), LK_DONE);
	write_text(M "login ann port imap password p");
	assert_int_equal(look_up(source, "imap"), LK_DONE);
	refuses("has no password for machine smtp.example.org login ann");
	assert_string_equal(err.advice,
			    M "login ann password ...");
}

static void
is_refused(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ M "login ann password \"s3cret", ":1: a quote is not" },
		{ "\n\n" M "login \"ann\npassword s3cret\n\n", ":3: a quote" },
		{ M "login ann password", "a value is missing" },
		{ "machine", "a value is missing" },
		{ M "login ann password \"\"", "empty secret" },
		{ M "login ann password \"s3cret\\nx\"", "several lines" },
	};
	static char nul[] = M "login ann password s3\0cret";
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		write_text(rows[i].text);
		refuses(rows[i].words);
	}
	write_file(nul, sizeof(nul) - 1, 0600);
	refuses("NUL");
	write_file("", 0, 0640);
	refuses("has mode 0640");
	assert_non_null(strstr(err.advice, "chmod 600 /"));
}

static void
is_bounded(void **state)
{
	static const char last[] = M "login ann password p";
	const size_t limit = 1024 * 1024, n = sizeof(last) - 1;
	char *big = malloc(limit + 1);

	(void)state;
	memset(big, '\n', limit);
	memcpy(big + limit - n, last, n);
	write_file(big, limit, 0600);
	assert_int_equal(look_up(source, NULL), LK_DONE);
	assert_string_equal(secret.data, "p");
	big[limit] = '\n';
	write_file(big, limit + 1, 0600);
	refuses("longer than 1 MiB");
	memcpy(big, last, n);
	memset(big + n, 'x', 65536);
	write_file(big, n - 1 + 65536, 0600);
	assert_int_equal(look_up(source, NULL), LK_DONE);
	assert_int_equal(secret.len, 65536);
	write_file(big, n + 65536, 0600);
	refuses("longer than 64 KiB");
	free(big);
}

static void
is_at_home(void **state)
{
	struct lk_account *a;

	(void)state;
	write_text(M "login ann password p");
	setenv("HOME", dir, 1);
	assert_int_equal(look_up("netrc", NULL), LK_DONE);
	assert_string_equal(secret.data, "p");
	setenv("HOME", "/nonexistent", 1);
	assert_int_equal(look_up("netrc", NULL), LK_E_NOPROP);
	assert_non_null(strstr(err.sentence, "/nonexistent/.netrc"));
	setenv("HOME", "relative", 1);
	assert_int_equal(look_up("netrc", NULL), LK_E_NOPROP);
	assert_non_null(strstr(err.sentence, "no HOME that may be trusted"));
	a = with("password-from", source);
	lk_account_set(a, "host", "smtp.example.org", NULL);
	assert_int_equal(ask_for(a, "password", 0), LK_E_NOPROP);
	assert_non_null(strstr(err.sentence, "the account has no user"));
	lk_account_free(a);
}

static int
setup(void **state)
{
	(void)state;
	if (temp_dir(dir, "latchkey-netrc") < 0)
		return -1;
	snprintf(source, sizeof(source), "netrc:%s/.netrc", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(source + 6);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds),
		cmocka_unit_test(is_refused),
		cmocka_unit_test(is_bounded),
		cmocka_unit_test(is_at_home),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
