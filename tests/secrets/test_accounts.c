/* accounts authorize and refresh: what the program of tokens is run with.
 * SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cli/cli.h"
#include "temp.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char config[] =
	"[provider example]\n"
	"oauth-token-endpoint = https://id.example/token?a=1&b=2\n"
	"oauth-device-endpoint = https://id.example/device\n"
	"oauth-authorization-endpoint = https://id.example/auth?b=1\n"
	"oauth-scope = mail offline_access\n"
	"host = mail.example\n"
	"[account work]\n"
	"provider = example\n"
	"from = ann@example.org\n"
	"oauth-client-id = the client\n"
	"oauth-client-secret-from = file:/dev/null\n"
	"[account browser]\n"
	"host = mail.example\n"
	"oauth-client-id = x\n"
	"oauth-token-endpoint = https://id.example/token\n"
	"oauth-authorization-endpoint = https://id.example/auth\n"
	"[account bare]\n"
	"host = mail.example\n"
	"password-from = prompt\n";

/* Each word on a line of its own; it ends as it is told. */
static const char program[] =
	"#!/bin/sh\n"
	"printf '%s\\n' \"$@\" >>\"$ARGUMENTS\"\n"
	"exit \"$STATUS\"\n";

static char dir[TEMP];
static char file[PATH_MAX];
static unsigned reports;

/* Of the command, for a person. */
void
lk_cli_report(const struct lk_error *err)
{
	(void)err;
	reports++;
}

static char *
path_of(const char *name)
{
	snprintf(file, sizeof(file), "%s/%s", dir, name);
	return file;
}

static void
put(const char *name, const char *text, mode_t mode)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		      mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

/* Runs the verb; what the program got is in text. */
static int
run(int (*verb)(struct lk_cli *, struct lk_error *), char *name, bool all,
    char text[1024], struct lk_error *err)
{
	char *args[] = { "VERB", name, NULL };
	struct lk_cli cli = { .args = args, .n_args = name ? 2 : 1,
			      .all = all };
	ssize_t n = 0;
	int fd, r;

	memset(err, 0, sizeof(*err));
	r = verb(&cli, err);
	fd = open(path_of("arguments"), O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, 1023);
		close(fd);
		unlink(file);
	}
	assert_true(n >= 0);
	text[n] = '\0';
	return r;
}

static void
test_words(void **state)
{
	static const char words[] =
		"--name\nwork\n"
		"--token-endpoint\nhttps://id.example/token?a=1&b=2\n"
		"--device-endpoint\nhttps://id.example/device\n"
		"--authorization-endpoint\nhttps://id.example/auth?b=1\n"
		"--client-id\nthe client\n"
		"--scope\nmail offline_access\n"
		"--client-secret-from\nfile:/dev/null\n";
	struct lk_error err;
	char text[1024];

	(void)state;
	setenv("STATUS", "0", 1);
	assert_int_equal(run(lk_cli_authorize, "work", false, text, &err), 0);
	assert_int_equal(strncmp(text, "authorize\n", 10), 0);
	assert_string_equal(text + 10, words);
	assert_int_equal(run(lk_cli_refresh, "work", false, text, &err), 0);
	assert_int_equal(strncmp(text, "refresh\n", 8), 0);
	assert_string_equal(text + 8, words);
	/* its tokens are those of the account, by whatever it is found */
	assert_int_equal(run(lk_cli_authorize, "ann@example.org", false, text,
			     &err), 0);
	assert_string_equal(text + 10, words);
}

/* All that is missing is told at once, and nothing is run. */
static void
test_missing(void **state)
{
	struct lk_error err;
	char text[1024];

	(void)state;
	assert_int_equal(run(lk_cli_refresh, "bare", false, text, &err), -1);
	assert_int_equal(err.cls, LK_E_CONFIG);
	assert_string_equal(text, "");
	assert_non_null(strstr(err.sentence, "oauth-token-endpoint, "
			       "oauth-client-id"));
	assert_null(strstr(err.sentence, "oauth-device-endpoint"));
	assert_int_equal(run(lk_cli_authorize, "bare", false, text, &err), -1);
	assert_non_null(strstr(err.sentence, "oauth-device-endpoint or "
			       "oauth-authorization-endpoint, "));
}

/* Either will do. */
static void
test_by_browser_alone(void **state)
{
	struct lk_error err;
	char text[1024];

	(void)state;
	setenv("STATUS", "0", 1);
	assert_int_equal(run(lk_cli_authorize, "browser", false, text, &err),
			 0);
	assert_null(strstr(text, "--device-endpoint"));
	assert_non_null(strstr(text, "--authorization-endpoint\n"
			       "https://id.example/auth\n"));
}

static void
test_status(void **state)
{
	struct lk_error err;
	char text[1024];

	(void)state;
	setenv("STATUS", "77", 1);
	assert_int_equal(run(lk_cli_authorize, "work", false, text, &err), 77);
	assert_int_equal(err.cls, 0);
	put("oauth", "#!/bin/sh\nkill -9 $$\n", 0700);
	assert_int_equal(run(lk_cli_refresh, "work", false, text, &err), -1);
	assert_int_equal(err.cls, LK_E_INTERNAL);
	assert_non_null(strstr(err.sentence, "signal 9"));
	unlink(path_of("oauth"));
	assert_int_equal(run(lk_cli_refresh, "work", false, text, &err), -1);
	assert_int_equal(err.cls, LK_E_CONFIG);
	assert_non_null(strstr(err.sentence, path_of("oauth")));
	put("oauth", program, 0700);
}

static void
test_usage(void **state)
{
	struct lk_error err;
	char text[1024];

	(void)state;
	assert_int_equal(run(lk_cli_authorize, NULL, false, text, &err), -1);
	assert_int_equal(err.cls, LK_E_USAGE);
	assert_int_equal(run(lk_cli_authorize, "work", true, text, &err), -1);
	assert_int_equal(err.cls, LK_E_USAGE);
	assert_int_equal(run(lk_cli_refresh, NULL, false, text, &err), -1);
	assert_int_equal(err.cls, LK_E_USAGE);
	assert_int_equal(run(lk_cli_refresh, "work", true, text, &err), -1);
	assert_int_equal(err.cls, LK_E_USAGE);
	assert_int_equal(run(lk_cli_refresh, "wrok", false, text, &err), -1);
	assert_int_equal(err.cls, LK_E_CONFIG);
	assert_non_null(strstr(err.sentence, "wrok"));
	assert_string_equal(text, "");
}

/* None of these has its token from that program. */
static void
test_all_of_none(void **state)
{
	struct lk_error err;
	char text[1024];

	(void)state;
	setenv("STATUS", "1", 1);
	assert_int_equal(run(lk_cli_refresh, NULL, true, text, &err), 0);
	assert_string_equal(text, "");
	assert_int_equal(reports, 0);
}

static int
set_up(void **state)
{
	(void)state;
	assert_int_equal(temp_dir(dir, "latchkey-accounts"), 0);
	put("latchkey.conf", config, 0600);
	put("oauth", program, 0700);
	setenv("LATCHKEY_CONFIG_DIR", dir, 1);
	setenv("LATCHKEY_LIBEXEC_DIR", dir, 1);
	setenv("ARGUMENTS", path_of("arguments"), 1);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(path_of("latchkey.conf"));
	unlink(path_of("oauth"));
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_by_browser_alone),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_all_of_none),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
