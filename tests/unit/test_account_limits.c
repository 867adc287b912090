/* What an account does not overrun, and does not show.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <latchkey/provider.h>

#include <string.h>

static struct lk_account *
account(void)
{
	struct lk_account *a = NULL;

	assert_int_equal(lk_account_new(&a, NULL), 0);
	assert_int_equal(lk_account_url(a, "smtp://u@h", NULL), 0);
	return a;
}

/* A program may have been built when the struct had fewer members. */
static void
an_older_login(void **state)
{
	struct lk_account *a = account();
	struct lk_login login;

	(void)state;
	memset(&login, 0x55, sizeof(login));
	login.size = offsetof(struct lk_login, advice);
	login.note = NULL;
	lk_account_login(a, &login);
	assert_int_equal(login.size, offsetof(struct lk_login, advice));
	assert_string_equal(login.secrets, "password otp");
	assert_ptr_equal(login.ctx, a);
	assert_int_equal((uintptr_t)login.advice & 0xff, 0x55);
	lk_account_free(a);
}

/* What a program traces stays its own. */
static void
a_note(void *ctx, const char *text)
{
	(void)ctx;
	(void)text;
}

static void
a_login_keeps_its_note(void **state)
{
	struct lk_account *a = account();
	struct lk_login login = { .size = sizeof(login), .note = a_note };

	(void)state;
	lk_account_login(a, &login);
	assert_true(login.note == a_note);
	lk_account_free(a);
}

/* Whoever writes more than a host may have written a secret. */
static void
a_secret_that_is_no_host(void **state)
{
	struct lk_account *a = account();
	struct lk_error err;

	(void)state;
	assert_int_equal(lk_account_set(a, "host", "u:hunter2@h", &err), -1);
	assert_null(strstr(err.sentence, "hunter2"));
	assert_null(strstr(err.advice, "hunter2"));
	assert_int_equal(lk_account_set(a, "host", "u@h", &err), -1);
	assert_non_null(strstr(err.sentence, "\"u@h\""));
	lk_account_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_older_login),
		cmocka_unit_test(a_login_keeps_its_note),
		cmocka_unit_test(a_secret_that_is_no_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
