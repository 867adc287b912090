/* credential: what systemd gives a service. SPDX-License-Identifier: MIT */
#include "unit/folder.h"
#include "unit/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void
gives(const char *source, const char *want)
{
	if (ask(source) != LK_DONE)
		fail_msg("%s: %s", source, err.sentence);
	assert_string_equal(secret.data, want);
}

static void
credentials(void **state)
{
	(void)state;
	setenv("CREDENTIALS_DIRECTORY", place, 1);
	folder_write("mail", "s3cret\n", 0400);
	gives("credential:mail", "s3cret");
	/* an access list for the unit's user looks like this */
	folder_write("mail", "s3cret\n", 0440);
	gives("credential:mail", "s3cret");
	folder_write("mail", "s3cret\n", 0444);
	assert_int_equal(ask("credential:mail"), LK_E_NOPROP);
	assert_non_null(strstr(err.sentence, "has mode 0444"));
	assert_string_equal(err.advice + strlen("chmod 600 "), at("mail"));
	folder_write("mail", "", 0400);
	assert_int_equal(ask("credential:mail"), LK_E_NOPROP);
	assert_non_null(strstr(err.sentence, "empty secret"));
	unlink(at("mail"));
	assert_int_equal(ask("credential:mail"), LK_E_NOPROP);
	assert_non_null(strstr(err.sentence, "No such file"));
	assert_non_null(strstr(err.advice, "LoadCredential=mail:PATH"));
	setenv("CREDENTIALS_DIRECTORY", "relative", 1);
	assert_int_equal(ask("credential:mail"), LK_E_NOPROP);
	assert_non_null(strstr(err.sentence, "no absolute path"));
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_int_equal(ask("credential:mail"), LK_E_NOPROP);
	assert_non_null(strstr(err.sentence, "is not set"));
	assert_non_null(strstr(err.advice, "LoadCredential=mail:PATH"));
}

static int
setup(void **state)
{
	(void)state;
	return temp_dir(place, "latchkey-credential");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(credentials),
	};

	return cmocka_run_group_tests(tests, setup, folder_free);
}
