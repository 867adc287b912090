/* What an exchange does in a forked child, and whose words a person reads.
 * SPDX-License-Identifier: MIT */
#include "scripted.h"

#include <sys/wait.h>
#include <unistd.h>

/* Another thread was inside of the plugin at the fork: its lock is held for ever
 * in the child. */
static void
test_forked(void **state)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct attempt a;
	int status = 0;
	pid_t child;

	(void)state;
	scripted_init(&a, 0);
	a.file.calls.threads = LK_PLUGIN_SERIAL;
	a.file.serial = &lock;
	act(0, LK_CONTINUE, "x");
	attempt_open(&a, true);
	assert_int_equal(lk_exchange_start(a.x), LK_CONTINUE);
	assert_string_equal(seen, "s ");
	pthread_mutex_lock(&lock);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		alarm(20);
		attempt_close(&a);
		_exit(strcmp(seen, "s ") == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	pthread_mutex_unlock(&lock);
	attempt_close(&a);
	assert_string_equal(seen, "s cancel free ");
}

static char prompted[64];

static int32_t
prompt(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
       struct lk_error *err)
{
	(void)ctx;
	(void)err;
	snprintf(prompted, sizeof(prompted), "%s|%s", ask->prompt,
		 ask->context);
	return lk_secret_add(to, "GAFF WAIT", 9) == 0 ? LK_DONE : LK_E_NOMEM;
}

static void
ask_for_code(struct lk_session *s)
{
	struct lk_ask ask = { sizeof(ask), 0, LK_P_OTP, "Response: ",
			      "otp-md5 487 dog2" };
	struct lk_bytes out;

	assert_int_equal(s->services->get(s, &ask, &out), LK_DONE);
	s->services->emit(s, out.data, out.len);
}

static void
test_words_of_the_mechanism(void **state)
{
	struct attempt a;

	(void)state;
	scripted_init(&a, 0);
	lk_ascii_copy(a.entry.record.needs, sizeof(a.entry.record.needs),
		      "authid otp");
	a.login.secrets = "otp";
	a.login.secret = prompt;
	act(0, LK_CONTINUE, "alice");
	act(1, LK_DONE, NULL);
	script[1].more = ask_for_code;
	attempt_open(&a, true);
	lk_exchange_start(a.x);
	attempt_command(&a, 1);
	assert_string_equal(prompted, "");
	assert_int_equal(attempt_ask(&a, "otp-md5 487 dog2", false), LK_DONE);
	assert_string_equal(prompted, "Response: |otp-md5 487 dog2");
	assert_string_equal(attempt_response(&a), "GAFF WAIT");
	attempt_close(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forked),
		cmocka_unit_test(test_words_of_the_mechanism),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
