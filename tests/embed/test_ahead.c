/* Loading ahead, and hosts that are frozen. SPDX-License-Identifier: MIT */
#include "embed.h"

#include "unit/place.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define FROZEN "not loaded, and loading is frozen"

/* The project's own plugins, not those of the tests.  What was loaded once
 * keeps its name, so each test has names of its own. */
static void
put_real(const char *plugin, const char *name)
{
	char path[4096];
	unsigned char *data;
	size_t len;

	snprintf(path, sizeof(path), "%s/plugins/%s.so", LK_TEST_BUILD_DIR,
		 plugin);
	data = slurp(path, &len);
	spill(name, data, len);
	free(data);
}

static void
empty(const char *const *names)
{
	for (; *names; names++)
		assert_int_equal(unlink(at(*names)), 0);
}

/* What is asked for, what is loaded then, and what is wrong. */
static const struct {
	const char *list;
	bool login, simple, run_time, user;
	const char *error, *advice;
} lists[] = {
	{ NULL, true, true, true, false, NULL, NULL },
	{ "", true, true, true, false, NULL, NULL },
	{ "simple", false, true, false, false, NULL, NULL },
	{ "login-ir,simple", true, true, false, false, NULL, NULL },
	{ "LOGIN", true, false, false, false, NULL, NULL },
	{ "!simple", true, false, true, false, NULL, NULL },
	{ "simple *", true, true, true, false, NULL, NULL },
	{ "list-one", false, false, true, false, NULL, NULL },
	{ "list-*", false, false, true, false, NULL, NULL },
	{ "TWO", false, false, true, false, NULL, NULL },
	{ "plain", false, false, false, true, NULL, NULL },
	{ "PLAIN simple", false, true, true, false, "in a user directory and "
	  "not named by its id", "\"plain\" instead of \"PLAIN\"" },
	{ "logim simple", false, true, false, false, "no installed mechanism "
	  "is called \"logim\"", "did you mean \"login\"?" },
	{ "list-nine login", true, false, true, false, "no installed "
	  "mechanism is called \"list-nine\"",
	  "did you mean \"list-one\"?" },
	{ "X-NONE", false, false, true, false, "no installed mechanism is "
	  "called \"X-NONE\"", "" },
};

static void
assert_loaded(struct lk_host *host, const char *file, const char *id,
	      bool is_loaded)
{
	assert_seen(look(host, file, id), is_loaded ? LK_MECH_LOADED
						    : LK_MECH_FOUND, "");
}

static void
test_preload(void **state)
{
	static const char *const files[] = {
		"a/login.so", "a/names.so", "b/simple.so",
		"data/latchkey/v0/plain.so", NULL };
	struct lk_host *host;
	struct lk_error err;
	size_t i;
	int r;

	(void)state;
	put_real("login", files[0]);
	put("list", files[1]);
	put("good", files[2]);
	put_real("plain", files[3]);
	for (i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		host = host_new();
		r = lk_host_preload(host, lists[i].list, &err);
		if (r < 0 && !lists[i].error)
			fail_msg("%s: %s", lists[i].list, err.sentence);
		assert_int_equal(r, lists[i].error ? -1 : 0);
		if (r < 0) {
			assert_int_equal(err.cls, LK_E_CONFIG);
			assert_part(err.sentence, lists[i].error);
			assert_string_equal(err.advice, lists[i].advice);
		}
		assert_loaded(host, files[0], "login", lists[i].login);
		assert_loaded(host, files[0], "login-ir", lists[i].login);
		assert_loaded(host, files[2], "simple", lists[i].simple);
		assert_loaded(host, files[1],
			      lists[i].run_time ? "list-one" : "list-*",
			      lists[i].run_time);
		assert_loaded(host, files[3], "plain", lists[i].user);
		lk_host_free(host);
	}
	empty(files);
}

/* The first that fails is named, the others are loaded all the same. */
static void
test_preload_failures(void **state)
{
	static const char *const files[] = {
		"a/bad.so", "a/none.so", "a/other.so", "b/fine.so", NULL };
	struct lk_host *host;
	struct lk_error err;

	(void)state;
	put("init-fails", files[0]);
	put("no-note", files[1]);
	put_real("login", files[3]);
	host = host_new();
	assert_int_equal(lk_host_preload(host, NULL, &err), -1);
	assert_part(err.sentence, at(files[0]));
	assert_part(err.sentence, "its init failed: it has a bad day");
	assert_string_equal(err.advice, "ask it tomorrow");
	assert_loaded(host, files[3], "login", true);
	/* nobody asked for what is broken, unless by name */
	assert_ok(lk_host_preload(host, NULL, &err));
	assert_int_equal(lk_host_preload(host, "login simple", &err), -1);
	assert_part(err.sentence, "it has a bad day");
	assert_int_equal(lk_host_preload(host, "simple", NULL), -1);
	lk_host_free(host);

	/* what came meanwhile is seen */
	host = host_new();
	put_real("plain", files[2]);
	assert_ok(lk_host_preload(host, "plain", &err));
	assert_loaded(host, files[2], "plain", true);
	lk_host_free(host);
	empty(files);
}

static void
test_freeze(void **state)
{
	static const char *const files[] = {
		"a/asks.so", "a/says.so", "b/says.so", "b/late.so",
		NULL };
	struct lk_host *host;
	struct lk_error err;

	(void)state;
	put_real("login", files[0]);
	put_real("plain", files[1]);
	put_real("plain", files[2]);
	put("good", "elsewhere.so");
	host = host_new();
	assert_ok(lk_host_preload(host, "login", &err));
	lk_host_freeze(host);
	put("good", files[3]);
	assert_ok(lk_host_scan(host, &err));
	assert_loaded(host, files[0], "login", true);
	assert_seen(look(host, files[1], "plain"), LK_MECH_FAILED, FROZEN);
	assert_seen(look(host, files[2], "plain"), LK_MECH_SHADOWED,
		    "shadowed by");
	assert_int_equal(look(host, files[3], NULL).state, 0);

	assert_ok(lk_host_load(host, at(files[0]), &err));
	assert_int_equal(lk_host_load(host, at(files[1]), &err), -1);
	assert_part(err.sentence, FROZEN);
	assert_int_equal(lk_host_load(host, at("elsewhere.so"), &err), -1);
	assert_part(err.sentence, FROZEN);
	assert_ok(lk_host_preload(host, "login", &err));
	assert_ok(lk_host_preload(host, NULL, &err));
	assert_int_equal(lk_host_preload(host, "plain", &err), -1);
	assert_part(err.sentence, FROZEN);

	assert_ok(embed_login(host, NULL, "LOGIN PLAIN", 2, 235, &err));
	assert_int_equal(embed_login(host, "plain", "PLAIN", 0, 235, &err),
			 -1);
	assert_int_equal(err.cls, LK_E_NO_MECH);
	assert_part(err.sentence, FROZEN);
	lk_host_free(host);
	unlink(at("elsewhere.so"));
	empty(files);
}

#define FORBID(call) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)

/* Whoever names a file from now on is killed. */
static int
forbid_files(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		FORBID(SYS_openat), FORBID(SYS_openat2), FORBID(SYS_newfstatat),
		FORBID(SYS_statx), FORBID(SYS_readlinkat), FORBID(SYS_execve),
#ifdef SYS_open
		FORBID(SYS_open), FORBID(SYS_stat), FORBID(SYS_lstat),
		FORBID(SYS_readlink), FORBID(SYS_access),
#endif
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(*filter), .filter = filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 ? -1
									: 0;
}

/* As a program does that gives up its rights: no assertions, it has no way to
 * tell. */
static int
log_in_without_files(bool is_frozen)
{
	struct lk_host *host;
	struct lk_error err;

	if (lk_host_new(&host, NULL, &err) < 0 ||
	    lk_host_preload(host, NULL, &err) < 0)
		return 2;
	if (is_frozen)
		lk_host_freeze(host);
	if (forbid_files() < 0)
		return 3;
	if (lk_host_scan(host, &err) < 0 ||
	    embed_login(host, "plain", "LOGIN PLAIN", 0, 235, &err) < 0 ||
	    embed_login(host, "login", "LOGIN PLAIN", 2, 235, &err) < 0)
		return 4;
	lk_host_free(host);
	return 0;
}

static int
run_without_files(bool is_frozen)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(log_in_without_files(is_frozen));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
test_freeze_without_files(void **state)
{
	static const char *const files[] = { "a/asks2.so", "a/says2.so",
					     NULL };
	int status;

	(void)state;
	put_real("login", files[0]);
	put_real("plain", files[1]);
	/* one that is not frozen looks again, so the trap works */
	status = run_without_files(false);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
	assert_int_equal(run_without_files(true), 0);
	empty(files);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_preload),
		cmocka_unit_test(test_preload_failures),
		cmocka_unit_test(test_freeze),
		cmocka_unit_test(test_freeze_without_files),
	};

	return cmocka_run_group_tests(tests, place_new, folder_free);
}
