/* State files: their text, and what may stand in their place.
 * SPDX-License-Identifier: MIT */
#include "remembered.h"

#include <sys/wait.h>

static const char whole[] =
	"latchkey-state 1\n"
	"learnt login-ir 1799990000 two-step login plain\n"
	"no-cancel\n"
	"user =" USER " 1799990000 0 0 0 0 0 0\n"
	"user =a%20%c3%a9 0 2 1799999000 1800001800 1 1799999990 1800000050\n"
	"user = 1799990001 0 0 0 0 0 0\n";

static void
test_text(void **state)
{
	struct lk_state s = { 0 };
	struct lk_buf text;
	const char *why;

	(void)state;
	assert_int_equal(lk_state_parse(&s, whole, strlen(whole), &why), 0);
	assert_string_equal(s.learnt.id, "login-ir");
	assert_int_equal(s.learnt.n_failed, 2);
	assert_true(s.learnt.two_step && s.learnt.no_cancel);
	assert_int_equal(s.n_users, 3);
	assert_ptr_equal(lk_state_find(&s, "a \xc3\xa9"), &s.users[1]);
	assert_int_equal(s.users[1].refused.count, 2);
	assert_ptr_equal(lk_state_find(&s, NULL), &s.users[2]);
	lk_buf_init(&text, LK_STATE_MAX);
	assert_int_equal(lk_state_format(&s, START, &text), 0);
	assert_string_equal(lk_buf_text(&text), whole);
	lk_buf_wipe(&text);
	lk_state_wipe(&s);
}

static void
test_damage(void **state)
{
	static const char *const bad[] = {
		"", "latchkey-state 1", "latchkey-state 2\n", "\n",
		"latchkey-state 1\n\n",
		"latchkey-state 1\nsomething\n",
		"latchkey-state 1\nno-cancel",
		"latchkey-state 1\nno-cancel x\n",
		"latchkey-state 1\nlearnt login-ir\n",
		"latchkey-state 1\nlearnt login-ir 1 sideways\n",
		"latchkey-state 1\nlearnt login-ir x ir\n",
		"latchkey-state 1\nlearnt login-ir -1 ir\n",
		"latchkey-state 1\nlearnt log\x1bin 1 ir\n",
		"latchkey-state 1\nlearnt login-ir 1 ir  b\n",
		"latchkey-state 1\nlearnt a 1 ir b c d e f g h\n",
		"latchkey-state 1\nlearnt a 1 ir\nlearnt b 1 ir\n",
		"latchkey-state 1\nlearnt a2345678a2345678a2345678a2345678 1 ir\n",
		"latchkey-state 1\nuser ann 1 0 0 0 0 0 0\n",
		"latchkey-state 1\nuser =ann 1 0 0 0 0 0\n",
		"latchkey-state 1\nuser =ann 1 0 0 0 0 0 0 0\n",
		"latchkey-state 1\nuser =%0 1 0 0 0 0 0 0\n",
		"latchkey-state 1\nuser =%00 1 0 0 0 0 0 0\n",
		"latchkey-state 1\nuser =%zz 1 0 0 0 0 0 0\n",
		"latchkey-state 1\nuser =a\tb 1 0 0 0 0 0 0\n",
		"latchkey-state 1\nuser =ann 12345678901234567890 0 0 0 0 0 0\n",
	};
	struct lk_state s = { 0 };
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		/* of a size that a sanitizer sees the end of */
		char *text = strndup(bad[i], strlen(bad[i]) + 1);

		if (lk_state_parse(&s, text, strlen(text), &why) == 0)
			fail_msg("taken: %s", bad[i]);
		assert_null(s.users);
		free(text);
	}
}

static void
test_limits(void **state)
{
	struct lk_state s = { 0 }, again = { 0 };
	char name[LK_STATE_NAME + 8];
	struct lk_state_user *u;
	struct lk_buf text;
	const char *why;
	int i;

	(void)state;
	for (i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "%d%0*d", i, LK_STATE_NAME - 5, 0);
		u = lk_state_touch(&s, name);
		assert_non_null(u);
		u->proven_at = START;
	}
	memset(name, '%', sizeof(name));
	name[LK_STATE_NAME] = '\0';
	assert_null(lk_state_touch(&s, name));
	lk_buf_init(&text, LK_STATE_MAX);
	assert_int_equal(lk_state_format(&s, START, &text), 0);
	assert_int_equal(lk_state_parse(&again, (char *)text.data, text.len,
					&why), 0);
	/* the oldest are gone */
	assert_int_equal(again.n_users, LK_STATE_USERS);
	assert_memory_equal(again.users[0].name, "2990", 4);
	lk_state_wipe(&again);
	/* names that are three times as long on disk, and do not fit */
	lk_state_wipe(&s);
	for (i = 0; i < LK_STATE_USERS; i++) {
		name[0] = (char)i;
		memset(name + 1, '%', LK_STATE_NAME - 2);
		name[LK_STATE_NAME - 1] = '\0';
		u = lk_state_touch(&s, name);
		assert_non_null(u);
		u->proven_at = START;
	}
	lk_buf_clear(&text);
	assert_int_equal(lk_state_format(&s, START, &text), 0);
	assert_true(text.len > LK_STATE_MAX - 1000);
	assert_int_equal(lk_state_parse(&again, (char *)text.data, text.len,
					&why), 0);
	lk_buf_wipe(&text);
	lk_state_wipe(&again);
	lk_state_wipe(&s);
}

static void
test_place(void **state)
{
	static const struct {
		const char *host, *name;
	} rows[] = {
		{ "SMTP.example.com", "smtp.example.com:587" },
		{ "::1", "%3a%3a1:587" },
		{ "../../etc/passwd", "..%2f..%2fetc%2fpasswd:587" },
		{ "..", "..:587" },
		{ "/run/lmtp", "%2frun%2flmtp:587" },
		{ "", NULL },
	};
	char name[256], longest[300];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool is_fine = lk_state_place(rows[i].host, 587, name);

		assert_int_equal(is_fine, rows[i].name != NULL);
		if (is_fine)
			assert_string_equal(name, rows[i].name);
	}
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_false(lk_state_place(longest, 587, name));
}

static void
test_expiry(void **state)
{
	struct lk_state s = { 0 };
	struct lk_buf text;
	const char *why;

	(void)state;
	assert_int_equal(lk_state_parse(&s, whole, strlen(whole), &why), 0);
	lk_buf_init(&text, LK_STATE_MAX);
	assert_int_equal(lk_state_format(&s, START + 91 * (int64_t)DAY, &text),
			 0);
	assert_string_equal(lk_buf_text(&text), "latchkey-state 1\nno-cancel\n");
	lk_buf_wipe(&text);
	lk_state_wipe(&s);
}

/* ---- what stands where a file should -------------------------------------- */

static void
log_in(struct lk_host *host)
{
	struct dialogue d;

	dialogue_init(&d, host);
	d.offered = "PLAIN";
	dialogue_run(&d, "235 ok");
	assert_int_equal(d.err.cls, 0);
}

/* What is told is what the next login goes by. */
static void
test_file_is_gone(void **state)
{
	struct lk_host *host = remembering_host(PLUGINS);

	(void)state;
	log_in(host);
	assert_string_equal(learnt_of(host, USER).id, "plain");
	assert_int_equal(learnt_of(host, USER).learnt_at, START);
	assert_int_equal(unlink(path_of(STATE_NAME)), 0);
	assert_string_equal(learnt_of(host, USER).id, "plain");
	assert_int_equal(learnt_of(host, USER).learnt_at, 0);
	assert_int_equal(lk_host_forget(host, HOST, 587, NULL), 0);
	assert_string_equal(learnt_of(host, USER).id, "");
	lk_host_free(host);
}

/* It is ignored, said, and replaced by what this login taught. */
static void
assert_replaced(const char *said)
{
	struct lk_host *host = remembering_host(PLUGINS);
	struct stat st;

	*logged = '\0';
	log_in(host);
	assert_non_null(strstr(logged, said));
	assert_string_equal(learnt_of(host, USER).id, "plain");
	assert_int_equal(lstat(path_of(STATE_NAME), &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	lk_host_free(host);
}

static void
test_files(void **state)
{
	const char *path = path_of(STATE_NAME);
	char elsewhere[96];

	(void)state;
	write_state_text("latchkey-state 2\nwhatever\n");
	assert_replaced("not of version 1");
	write_state_text("latchkey-state 1\nwhatever\n");
	assert_replaced("damaged");
	write_state_text(whole);
	assert_int_equal(truncate(path_of(STATE_NAME), 10 << 20), 0);
	assert_replaced("too long");
	write_state_text(whole);
	chmod(path_of(STATE_NAME), 0666);
	assert_replaced("others may write");
	snprintf(elsewhere, sizeof(elsewhere), "%s/other", above);
	assert_int_equal(rename(path_of(STATE_NAME), elsewhere), 0);
	assert_int_equal(symlink(elsewhere, path), 0);
	assert_replaced("cannot be read");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_replaced("not a regular file");
	if (geteuid() != 0)
		return;
	assert_int_equal(chown(path, 1, 1), 0);
	assert_replaced("another user");
}

/* Nothing is remembered, and the login goes on. */
static void
assert_unused(const char *said)
{
	struct lk_host *host = remembering_host(PLUGINS);

	*logged = '\0';
	log_in(host);
	log_in(host);
	if (!strstr(logged, said) || strstr(strstr(logged, said) + 1, said))
		fail_msg("\"%s\" is not once in \"%s\"", said, logged);
	lk_host_free(host);
}

static void
test_directories(void **state)
{
	struct lk_host *host;
	char elsewhere[96];
	struct stat st;

	(void)state;
	host = remembering_host(PLUGINS);
	log_in(host);
	lk_host_free(host);
	assert_int_equal(stat(place, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	chmod(place, 0777);
	assert_unused("nobody else may write");
	chmod(place, 0700);
	if (geteuid() == 0) {
		assert_int_equal(chown(place, 1, 1), 0);
		assert_unused("must belong to user 0");
		assert_int_equal(chown(place, 0, 0), 0);
	}
	snprintf(elsewhere, sizeof(elsewhere), "%s/other", above);
	assert_int_equal(rename(place, elsewhere), 0);
	assert_int_equal(symlink(elsewhere, place), 0);
	assert_unused("cannot be opened");
	assert_int_equal(unlink(place), 0);
	assert_int_equal(rename(elsewhere, place), 0);
	snprintf(place, sizeof(place), "%s/no/where", above);
	assert_unused("cannot be made");
}

static void
test_relative_directory(void **state)
{
	struct lk_host_options o = { .size = sizeof(o), .state_dir = "state" };
	struct lk_host *host = NULL;
	struct lk_error err;

	(void)state;
	assert_int_equal(lk_host_new(&host, &o, &err), -1);
	assert_int_equal(err.cls, LK_E_USAGE);
	assert_non_null(strstr(err.sentence, "absolute"));
}

/* ---- two at once ---------------------------------------------------------- */

struct counter {
	const char *user;
	int n;
};

static bool
count_up(struct lk_state *s, int64_t now, void *ctx)
{
	struct counter *c = ctx;
	struct lk_state_user *u = lk_state_touch(s, c->user);

	c->n++;
	u->proven_at = now;
	u->refused.at = now;
	u->refused.until = now + MINUTE;
	u->refused.count++;
	return true;
}

static void
count_to_a_hundred(const char *user)
{
	struct lk_host *host = remembering_host(PLUGINS);
	struct counter c = { user, 0 };
	struct lk_state s = { 0 };

	/* a busy machine may not give the lock in time */
	while (c.n < 100) {
		lk_state_change(host, HOST, 587, count_up, &c, &s);
		*logged = '\0';
	}
	lk_state_wipe(&s);
	lk_host_free(host);
}

static void
test_processes(void **state)
{
	static const char *const users[] = { "both", "both", "one" };
	struct lk_host *host;
	pid_t pids[3];
	int i, status;

	(void)state;
	for (i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			count_to_a_hundred(users[i]);
			_exit(0);
		}
	}
	for (i = 0; i < 3; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	host = remembering_host(PLUGINS);
	assert_int_equal(learnt_of(host, "both").refusals, 200);
	assert_int_equal(learnt_of(host, "one").refusals, 100);
	lk_host_free(host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test_setup_teardown(test_file_is_gone, make_place,
						remove_place),
		cmocka_unit_test_setup_teardown(test_files, make_place,
						remove_place),
		cmocka_unit_test_setup_teardown(test_directories, make_place,
						remove_place),
		cmocka_unit_test(test_relative_directory),
		cmocka_unit_test_setup_teardown(test_processes, make_place,
						remove_place),
	};

	return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
