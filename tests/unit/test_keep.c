/* A secret that is read ahead: given again, and not read again.
 * SPDX-License-Identifier: MIT */
#include "dump.h"
#include "temp.h"
#include "unit/secret.h"

#include "conf/account.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[TEMP];
static char file[128], from_file[160], from_program[160];

static void
put(const char *text)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
gives(struct lk_account *a, const char *want)
{
	if (ask_for(a, "password", 0) != LK_DONE)
		fail_msg("%s", err.sentence);
	assert_string_equal(secret.data, want);
}

/* After a chroot the file, or the program, is not there any more. */
static void
each_is_kept(void **state)
{
	const char *const sources[] = { from_file, from_program };
	struct lk_account *a;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		put("first");
		a = with("password-from", sources[i]);
		if (lk_account_keep(a, LK_P_PASSWORD, &err) < 0)
			fail_msg("%s: %s", sources[i], err.sentence);
		unlink(file);
		assert_true(is_in_no_dump(a->source[0].kept));
		gives(a, "first");
		gives(a, "first");
		/* there is no other one */
		assert_int_equal(ask_for(a, "password", LK_ASK_RENEW),
				 LK_E_NOPROP);
		assert_non_null(strstr(err.sentence, "was read already"));
		assert_int_equal(secret.len, 0);
		gives(a, "first");
		lk_account_free(a);
	}
}

static void
another_source_is_another_secret(void **state)
{
	struct lk_account *a;

	(void)state;
	setenv("LK_KEEP", "second", 1);
	put("first");
	a = with("password-from", from_file);
	assert_int_equal(lk_account_keep(a, LK_P_PASSWORD, &err), 0);
	/* kept anew is read anew */
	put("third");
	gives(a, "first");
	assert_int_equal(lk_account_keep(a, LK_P_PASSWORD, &err), 0);
	gives(a, "third");
	assert_int_equal(lk_account_set(a, "password-from", "env:LK_KEEP",
					&err), 0);
	gives(a, "second");
	setenv("LK_KEEP", "fourth", 1);
	gives(a, "fourth");
	unsetenv("LK_KEEP");
	unlink(file);
	lk_account_free(a);
}

/* It gives its secret once. */
static void
a_descriptor_is_kept(void **state)
{
	struct lk_account *a;
	char source[32];
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "secret\n", 7), 7);
	close(fds[1]);
	snprintf(source, sizeof(source), "fd:%d", fds[0]);
	a = with("token-from", source);
	assert_int_equal(lk_account_keep(a, LK_P_TOKEN, &err), 0);
	close(fds[0]);
	assert_int_equal(ask_for(a, "oauth.token", 0), LK_DONE);
	assert_string_equal(secret.data, "secret");
	lk_account_free(a);
}

/* What cannot be read is an error, and nothing is kept. */
static void
not_kept(void **state)
{
	static const struct {
		const char *source, *property;
		int32_t cls;
		const char *sentence;
	} rows[] = {
		{ "env:LK_KEEP", LK_P_PASSWORD, LK_E_NOPROP, "is not set" },
		{ "cmd:false", LK_P_PASSWORD, LK_E_NOPROP, "exit status 1" },
		{ "prompt", LK_P_PASSWORD, LK_E_CONFIG, "but a person" },
		{ "env:LK_KEEP", LK_P_TOKEN, LK_E_CONFIG, "no source" },
		{ "env:LK_KEEP", LK_P_AUTHID, LK_E_CONFIG, "no source" },
	};
	struct lk_account *a;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&err, 0, sizeof(err));
		a = with("password-from", rows[i].source);
		assert_int_equal(lk_account_keep(a, rows[i].property, &err),
				 -1);
		assert_int_equal(err.cls, rows[i].cls);
		if (!strstr(err.sentence, rows[i].sentence))
			fail_msg("%zu: %s", i, err.sentence);
		assert_int_equal(lk_account_keep(a, rows[i].property, NULL),
				 -1);
		lk_account_free(a);
	}
	/* what was missing then may be there later */
	a = with("password-from", "env:LK_KEEP");
	assert_int_equal(lk_account_keep(a, LK_P_PASSWORD, &err), -1);
	setenv("LK_KEEP", "late", 1);
	gives(a, "late");
	unsetenv("LK_KEEP");
	lk_account_free(a);
}

static int
setup(void **state)
{
	(void)state;
	if (temp_dir(dir, "latchkey-keep") < 0)
		return -1;
	snprintf(file, sizeof(file), "%s/secret", dir);
	snprintf(from_file, sizeof(from_file), "file:%s", file);
	snprintf(from_program, sizeof(from_program), "cmd:cat %s", file);
	umask(077);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(file);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_kept),
		cmocka_unit_test(another_source_is_another_secret),
		cmocka_unit_test(a_descriptor_is_kept),
		cmocka_unit_test(not_kept),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
