/* Where secrets come from: env, file, cmd, fd.
 * SPDX-License-Identifier: MIT */
#include "temp.h"
#include "unit/secret.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char dir[TEMP];

static void
gives(const char *source, const char *expected)
{
	if (ask(source) != LK_DONE)
		fail_msg("%s: %s", source, err.sentence);
	assert_string_equal(secret.data, expected);
}

static void
refuses(const char *source, const char *word)
{
	int32_t r = ask(source);

	if (r != LK_E_NOPROP || !strstr(err.sentence, word))
		fail_msg("%s: %d: %s", source, (int)r, err.sentence);
	assert_int_equal(secret.len, 0);
}

static const char *
file(const char *name, const char *data, size_t len, mode_t mode)
{
	static char source[256];
	FILE *f;

	snprintf(source, sizeof(source), "file:%s/%s", dir, name);
	unlink(source + 5);     /* only root writes to one of 0400 */
	f = fopen(source + 5, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(source + 5, mode), 0);
	return source;
}

static const char *
text(const char *data)
{
	return file("secret", data, strlen(data), 0600);
}

/* ---- env: and file: ------------------------------------------------------ */

static void
env(void **state)
{
	(void)state;
	setenv("LK_TEST_SECRET", "a b", 1);
	gives("env:LK_TEST_SECRET", "a b");
	setenv("LK_TEST_SECRET", "", 1);
	refuses("env:LK_TEST_SECRET", "empty");
	unsetenv("LK_TEST_SECRET");
	refuses("env:LK_TEST_SECRET",
		"the environment variable LK_TEST_SECRET is not set");
}

static void
line_ends(void **state)
{
	(void)state;
	gives(text("x"), "x");
	gives(text("x\n"), "x");
	gives(text("x\r\n"), "x");
	refuses(text("x\n\n"), "several lines");
	refuses(text("x\ny\n"), "several lines");
	gives(text("x\r"), "x\r");
	gives(text(" x \n"), " x ");
	refuses(text(""), "empty");
	refuses(text("\n"), "empty");
	refuses(text("\r\n"), "empty");
	refuses(file("secret", "a\0b", 3, 0600), "NUL");
}

static void
modes(void **state)
{
	static const mode_t wrong[] = { 0640, 0604, 0620, 0602, 0610, 0644 };
	size_t i;

	(void)state;
	gives(file("secret", "x", 1, 0400), "x");
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		refuses(file("secret", "x", 1, wrong[i]), "have access");
		assert_non_null(strstr(err.advice, "chmod 600 /"));
	}
	refuses("file:/tmp", "not a regular file");
	refuses("file:/dev/null", "not a regular file");
	refuses("file:/nonexistent/x", "No such file");
	refuses("file:~/x", "No such file");
	assert_non_null(strstr(err.advice, "whole path"));
}

static void
bounds(void **state)
{
	char *big = malloc(LK_SOURCE_MAX + 1);

	(void)state;
	memset(big, 'x', LK_SOURCE_MAX + 1);
	refuses(file("secret", big, LK_SOURCE_MAX + 1, 0600), "64 KiB");
	assert_int_equal(ask(file("secret", big, LK_SOURCE_MAX, 0600)),
			 LK_DONE);
	assert_int_equal(secret.len, LK_SOURCE_MAX);
	free(big);
	refuses("cmd:head -c 65537 /dev/zero", "64 KiB");
}

static void
a_fifo_does_not_block(void **state)
{
	char source[256];

	(void)state;
	snprintf(source, sizeof(source), "file:%s/fifo", dir);
	assert_int_equal(mkfifo(source + 5, 0600), 0);
	refuses(source, "not a regular file");
}

/* ---- cmd: ---------------------------------------------------------------- */

static void
commands(void **state)
{
	(void)state;
	/* where all may look */
	setenv("PATH", "/usr/bin:/bin", 1);
	gives("cmd:echo hello", "hello");
	gives("cmd:/bin/echo  'a  b' \"c'd\" e'f g'h", "a  b c'd ef gh");
	gives("cmd:sh -c 'sleep 0.1; echo $((1+1)); sleep 0.1'", "2");
	gives("cmd:sh -c 'read x || echo no-input'", "no-input");
	gives("cmd:sh -c 'echo early; exec >&-; sleep 0.2'", "early");
	assert_true(secret.waits >= 2);
	refuses("cmd:true", "true printed nothing");
	refuses("cmd:printf 'one\\ntwo\\n'", "cmd:printf gave several lines");
	assert_non_null(strstr(err.advice, "head -n 1"));
	refuses("cmd:printf 'a\\0b'", "cmd:printf gave a NUL");
	refuses("cmd:head -c 100000 /dev/zero", "cmd:head gives is longer");
	refuses("cmd:sh -c 'echo secret; exit 3'", "exit status 3");
	refuses("cmd:sh -c 'kill -9 $$'", "signal 9");
	refuses("cmd:no-such-program-here x", "No such file");
	refuses("cmd:/tmp", "denied");
	assert_null(strstr(err.sentence, "secret"));
}

/* A program that gives one secret sees no other. */
static void
a_command_has_no_other_secret(void **state)
{
	struct lk_account *a;
	char source[96];
	int ends[2];

	(void)state;
	setenv("LK_TEST_SECRET", "one", 1);
	setenv("LK_TEST_SECRET_TOO", "seen", 1);
	a = with("password-from", "env:LK_TEST_SECRET");
	assert_int_equal(lk_account_set(a, "token-from", "cmd:sh -c 'echo "
		"${LK_TEST_SECRET-none} $LK_TEST_SECRET_TOO'", NULL), 0);
	assert_int_equal(ask_for(a, "oauth.token", 0), LK_DONE);
	assert_string_equal(secret.data, "none seen");
	assert_int_equal(ask_for(a, "password", 0), LK_DONE);
	assert_string_equal(secret.data, "one");

	assert_int_equal(pipe(ends), 0);
	snprintf(source, sizeof(source), "fd:%d", ends[0]);
	assert_int_equal(lk_account_set(a, "password-from", source, NULL), 0);
	assert_int_equal(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(ends[1], F_GETFD), 0);
	snprintf(source, sizeof(source), "cmd:sh -c 'for i in %d %d 2; do "
		 "test -e /proc/$$/fd/$i && echo $i; done'", ends[0], ends[1]);
	assert_int_equal(lk_account_set(a, "token-from", source, NULL), 0);
	assert_int_equal(ask_for(a, "oauth.token", 0), LK_DONE);
	assert_string_equal(secret.data, "2");
	close(ends[0]);
	close(ends[1]);
	lk_account_free(a);
	unsetenv("LK_TEST_SECRET");
	unsetenv("LK_TEST_SECRET_TOO");
}

static void
a_command_has_default_signals(void **state)
{
	void (*old)(int) = signal(SIGPIPE, SIG_IGN);

	(void)state;
	/* SIGPIPE is 13; those beyond 31 are the C library's */
	gives("cmd:sed -n 's/^SigIgn:.*\\(.....\\)$/\\1/p' /proc/self/status",
	      "00000");
	signal(SIGPIPE, old);
}

static void
a_hanging_command_is_killed(void **state)
{
	struct lk_source s;
	struct timespec from, to;
	const struct lk_whose whose = { .service = "smtp" };
	int32_t r;
	pid_t pid = 0;

	(void)state;
	lk_source_init(&s);
	assert_int_equal(s.deadline_ms, 60000);
	s.deadline_ms = 150;
	clock_gettime(CLOCK_MONOTONIC, &from);
	while ((r = lk_source_read(&s, "cmd:sh -c 'echo part; exec sleep 99'",
				   0, &whose, &err)) == LK_PENDING) {
		struct pollfd p = { s.wait_fd, POLLIN, 0 };

		pid = s.pid;
		assert_true(pid > 0);
		assert_true(s.wait_ms >= 0 && s.wait_ms <= 150);
		poll(&p, 1, s.wait_ms);
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_int_equal(r, LK_E_NOPROP);
	assert_non_null(strstr(err.sentence, "sh did not end within"));
	assert_true(to.tv_sec - from.tv_sec < 10);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(s.pid, 0);
	assert_null(s.got.data);
	lk_source_wipe(&s);
}

static void
freeing_ends_the_command(void **state)
{
	struct lk_account *a = with("password-from", "cmd:sleep 99");
	struct lk_ask q = { sizeof(q), 0, "password", NULL, NULL };
	struct lk_login login = { .size = sizeof(login) };
	pid_t pid;

	(void)state;
	lk_account_login(a, &login);
	assert_int_equal(login.secret(a, &q, &secret, &err), LK_PENDING);
	assert_true(secret.fd >= 0);
	assert_true(secret.ms > 59000);
	lk_account_free(a);
	pid = waitpid(-1, NULL, WNOHANG);
	assert_int_equal(pid, -1);
}

/* ---- fd: ----------------------------------------------------------------- */

static void
descriptors(void **state)
{
	struct lk_account *a;
	struct lk_ask q = { sizeof(q), 0, "oauth.token", NULL, NULL };
	struct lk_login login = { .size = sizeof(login) };
	char source[32];
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	snprintf(source, sizeof(source), "fd:%d", ends[0]);
	a = with("token-from", source);
	lk_account_login(a, &login);
	memset(&secret, 0, sizeof(secret));
	assert_int_equal(login.secret(a, &q, &secret, &err), LK_PENDING);
	assert_int_equal(secret.fd, ends[0]);
	assert_int_equal(secret.ms, -1);
	assert_int_equal(write(ends[1], "tok", 3), 3);
	assert_int_equal(login.secret(a, &q, &secret, &err), LK_PENDING);
	assert_int_equal(write(ends[1], "en\n", 3), 3);
	close(ends[1]);
	assert_int_equal(login.secret(a, &q, &secret, &err), LK_DONE);
	assert_string_equal(secret.data, "token");
	assert_int_equal(ask_for(a, "oauth.token", LK_ASK_RENEW), LK_E_NOPROP);
	assert_non_null(strstr(err.sentence, "another secret"));
	lk_account_free(a);
	close(ends[0]);
	refuses(source, "not open");
}

/* ---- again -------------------------------------------------------------- */

static void
renewing_reads_again(void **state)
{
	const char *source = text("one");
	struct lk_account *a = with("password-from", source);

	(void)state;
	assert_int_equal(ask_for(a, "password", 0), LK_DONE);
	assert_string_equal(secret.data, "one");
	text("two");
	assert_int_equal(ask_for(a, "password", LK_ASK_RENEW), LK_DONE);
	assert_string_equal(secret.data, "two");
	assert_int_equal(ask_for(a, "otp", 0), LK_E_NOPROP);
	assert_int_equal(lk_account_set(a, "password-from", "cmd:echo three",
					NULL), 0);
	assert_int_equal(ask_for(a, "password", 0), LK_DONE);
	assert_int_equal(ask_for(a, "password", LK_ASK_RENEW), LK_DONE);
	assert_string_equal(secret.data, "three");
	lk_account_free(a);
}

/* Each mechanism of a login asks; what failed is not run again for them. */
static void
a_failure_counts_for_the_login(void **state)
{
	struct lk_ask q = { sizeof(q), 0, "password", NULL, NULL };
	struct lk_account *a;
	struct lk_login login = { .size = sizeof(login) };
	char source[256];
	int i, r;

	(void)state;
	snprintf(source, sizeof(source), "cmd:sh -c 'echo x >>%s/secret; "
		 "exit 5'", dir);
	text("");
	a = with("password-from", source);
	for (i = 0; i < 6; i++) {
		if (i % 3 == 0)
			lk_account_login(a, &login);
		memset(&err, 0, sizeof(err));
		while ((r = login.secret(a, &q, &secret, &err)) == LK_PENDING)
			poll(NULL, 0, 5);
		assert_int_equal(r, LK_E_NOPROP);
		assert_non_null(strstr(err.sentence, "exit status 5"));
	}
	lk_account_free(a);
	snprintf(source, sizeof(source), "cmd:sh -c 'wc -l <%s/secret'", dir);
	gives(source, "2");
}

static int
setup(void **state)
{
	(void)state;
	return temp_dir(dir, "latchkey-sources");
}

static int
teardown(void **state)
{
	char path[TEMP + 16];

	(void)state;
	snprintf(path, sizeof(path), "%s/secret", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/fifo", dir);
	unlink(path);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(env),
		cmocka_unit_test(line_ends),
		cmocka_unit_test(modes),
		cmocka_unit_test(bounds),
		cmocka_unit_test(a_fifo_does_not_block),
		cmocka_unit_test(commands),
		cmocka_unit_test(a_command_has_no_other_secret),
		cmocka_unit_test(a_command_has_default_signals),
		cmocka_unit_test(a_hanging_command_is_killed),
		cmocka_unit_test(freeing_ends_the_command),
		cmocka_unit_test(descriptors),
		cmocka_unit_test(renewing_reads_again),
		cmocka_unit_test(a_failure_counts_for_the_login),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
