/* Asking a person, at a terminal and without one.
 * SPDX-License-Identifier: MIT */
#include "unit/secret.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static int32_t
typed(void *ctx, const char *prompt, struct lk_secret *to)
{
	snprintf(ctx, 128, "%s", prompt);
	return lk_secret_add(to, "typed", 5) == 0 ? LK_DONE : LK_E_NOMEM;
}

static void
a_prompt_of_the_programs_own(void **state)
{
	struct lk_account *a = with("user", "me");
	char shown[128];

	(void)state;
	assert_int_equal(lk_account_set(a, "host", "h", NULL), 0);
	lk_account_prompt(a, typed, shown);
	assert_int_equal(ask_for(a, "password", 0), LK_DONE);
	assert_string_equal(secret.data, "typed");
	assert_string_equal(shown, "Password for me at h: ");
	assert_int_equal(ask_for(a, "password", LK_ASK_RENEW), LK_DONE);
	assert_non_null(strstr(shown, "refused"));
	assert_int_equal(ask_for(a, "password", LK_ASK_NOPROMPT), LK_E_NOPROP);
	lk_account_free(a);
}

static int32_t
read_long(void *ctx, const char *prompt, struct lk_secret *to)
{
	snprintf(ctx, 1024, "%s", prompt);
	return lk_secret_add(to, "typed", 5) == 0 ? LK_DONE : LK_E_NOMEM;
}

/* A server's challenge in it does not hide who asks for what. */
static void
a_long_prompt_of_a_mechanism(void **state)
{
	struct lk_account *a = with("user", "me");
	char words[601], shown[1024];
	struct lk_ask ask = { sizeof(ask), 0, "password", words, NULL };
	struct lk_login login = { .size = sizeof(login) };

	(void)state;
	memset(words, 'x', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	assert_int_equal(lk_account_set(a, "host", "h", NULL), 0);
	lk_account_prompt(a, read_long, shown);
	lk_account_login(a, &login);
	memset(&secret, 0, sizeof(secret));
	assert_int_equal(login.secret(login.ctx, &ask, &secret, &err),
			 LK_DONE);
	assert_int_equal(strspn(shown, "x"), 100);
	assert_string_equal(shown + 100, " for me at h: ");
	lk_account_free(a);
}

/* What a server put into it is shown, but moves no cursor. */
static void
a_prompt_of_a_hostile_server(void **state)
{
	struct lk_account *a = with("user", "me");
	struct lk_ask ask = { sizeof(ask), 0, "password",
			      "otp\033[2J\r\nroot", NULL };
	struct lk_login login = { .size = sizeof(login) };
	char shown[1024];

	(void)state;
	assert_int_equal(lk_account_set(a, "host", "h", NULL), 0);
	lk_account_prompt(a, read_long, shown);
	lk_account_login(a, &login);
	memset(&secret, 0, sizeof(secret));
	assert_int_equal(login.secret(login.ctx, &ask, &secret, NULL),
			 LK_DONE);
	assert_string_equal(shown, "otp?[2J??root for me at h: ");
	lk_account_free(a);
}

/* A one-time password: the person sees which one the server wants. */
static void
a_one_time_password(void **state)
{
	struct lk_account *a = with("user", "me");
	char words[601], shown[1024];
	struct lk_ask ask = { sizeof(ask), 0, "otp", NULL,
			      "otp-md5 498 ke1234\r\033[2J\xe2\x80\xae" };
	struct lk_login login = { .size = sizeof(login) };

	(void)state;
	assert_int_equal(lk_account_set(a, "host", "h", NULL), 0);
	lk_account_prompt(a, read_long, shown);
	lk_account_login(a, &login);
	assert_string_equal(login.secrets, "password otp");
	memset(&secret, 0, sizeof(secret));
	assert_int_equal(login.secret(login.ctx, &ask, &secret, &err),
			 LK_DONE);
	assert_string_equal(secret.data, "typed");
	assert_string_equal(shown, "The server says \"otp-md5 498 ke1234??[2J?"
			    "\". One-time password for me at h: ");

	/* bounded, as all that is another's */
	memset(words, 'x', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	ask.context = ask.prompt = words;
	assert_int_equal(login.secret(login.ctx, &ask, &secret, &err),
			 LK_DONE);
	assert_int_equal(strspn(strchr(shown, '"') + 1, "x"), 200);
	assert_int_equal(strlen(shown), strlen("The server says \"\". ") + 300 +
			 strlen(" for me at h: "));

	ask.flags = LK_ASK_NOPROMPT;
	assert_int_equal(login.secret(login.ctx, &ask, &secret, &err),
			 LK_E_NOPROP);
	assert_int_equal(lk_account_set(a, "token-from", "env:T", NULL), 0);
	assert_int_equal(lk_account_set(a, "password-from", "prompt", NULL), 0);
	lk_account_login(a, &login);
	assert_string_equal(login.secrets, "password otp oauth.token");
	/* what gives a password has no one-time password */
	ask.flags = 0;
	assert_int_equal(lk_account_set(a, "password-from", "cmd:echo x", NULL),
			 0);
	lk_account_login(a, &login);
	assert_string_equal(login.secrets, "password oauth.token");
	assert_int_equal(login.secret(login.ctx, &ask, &secret, &err),
			 LK_E_NOPROP);
	lk_account_free(a);
}

/* What a person at a terminal of its own types, and what became of it. */
static int
at_terminal(const char *keys, char shown[256], char *got)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), status, echo = -1;
	ssize_t n = 0, more;
	struct termios t;
	pid_t pid;

	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	pid = fork();
	if (pid == 0) {
		int slave;

		setsid();
		alarm(60);
		slave = open(ptsname(master), O_RDWR);
		close(master);
		if (slave < 0 || ioctl(slave, TIOCSCTTY, 0) < 0)
			_exit(99);
		_exit(-ask("prompt") & 127 || strcmp(secret.data, got));
	}
	while (!memchr(shown, ':', (size_t)n)) {
		more = read(master, shown + n, 255 - (size_t)n);
		assert_true(more > 0);
		n += more;
	}
	assert_int_equal(tcgetattr(master, &t), 0);
	assert_int_equal(t.c_lflag & ECHO, 0);
	assert_int_equal(write(master, keys, strlen(keys)), strlen(keys));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(tcgetattr(master, &t), 0);
	echo = (t.c_lflag & ECHO) && (t.c_lflag & ISIG);
	assert_true(echo);
	more = read(master, shown + n, 255 - (size_t)n);
	shown[n + (more > 0 ? more : 0)] = '\0';
	close(master);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
a_terminal(void **state)
{
	char shown[256];

	(void)state;
	assert_int_equal(at_terminal("hunter2\n", shown, "hunter2"), 0);
	assert_string_equal(shown, "Password at ?: \r\n");
	assert_int_equal(at_terminal("\n", shown, ""), 1);
	assert_int_equal(at_terminal("hun\003", shown, ""), 1);
	assert_string_equal(shown, "Password at ?: \r\n");
	assert_int_equal(at_terminal("\034", shown, ""), 1);
}

static void
no_terminal(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		setsid();
		_exit(ask("prompt") != LK_E_NOPROP ||
		      !strstr(err.sentence, "no terminal to ask at"));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_prompt_of_the_programs_own),
		cmocka_unit_test(a_long_prompt_of_a_mechanism),
		cmocka_unit_test(a_prompt_of_a_hostile_server),
		cmocka_unit_test(a_one_time_password),
		cmocka_unit_test(a_terminal),
		cmocka_unit_test(no_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
