/* Mapping plugins, by several threads and across fork().
 * SPDX-License-Identifier: MIT */
#include "place.h"

#include "mech/host.h"
#include "mech/loader.h"

#include <sys/wait.h>

static struct lk_module *
try_open(const char *path, int *mapped, struct lk_error *err)
{
	struct lk_module *m;
	struct stat st = { 0 };

	stat(path, &st);
	lk_loader_lock();
	assert_true(lk_is_inside());
	m = lk_loader_open(path, &st, mapped, err);
	lk_loader_unlock();
	assert_false(lk_is_inside());
	return m;
}

static void
test_reasons(void **state)
{
	static const struct {
		const char *plugin, *fragment;
	} bad[] = {
		{ "undefined-symbol",
		  "undefined symbol: latchkey_test_nowhere" },
		{ "missing-library", "libtest_gone.so: cannot open shared" },
		{ "no-symbol", "no symbol latchkey_plugin_v0" },
		{ "other-machine", "cannot be loaded: " },
		{ "nothing", "No such file or directory" },
	};
	struct lk_error err;
	int mapped;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		mapped = 1;
		assert_null(try_open(built(bad[i].plugin), &mapped, &err));
		assert_part(err.sentence, bad[i].fragment);
		assert_int_equal(mapped, 0);
	}
}

static void
test_one_module(void **state)
{
	struct lk_module *m;
	struct lk_error err;
	int mapped = 0;

	(void)state;
	put("good", "a/good.so");
	m = try_open(at("a/good.so"), &mapped, &err);
	if (!m)
		fail_msg("%s", err.sentence);
	assert_int_equal(mapped, 1);
	assert_int_equal(m->plugin->abi, LK_ABI);
	assert_ptr_equal(try_open(at("a/good.so"), &mapped, &err), m);
	/* the same file by another path */
	assert_int_equal(symlink(at("a/good.so"), at("link.so")), 0);
	assert_ptr_equal(try_open(at("link.so"), &mapped, &err), m);
	/* a name without a place is never looked for */
	assert_null(try_open("good.so", &mapped, &err));
	/* and a .la file beside it is never read */
	put("parallel", "b/parallel.so");
	spill("b/parallel.la", "dlname='evil.so'\n", 17);
	assert_non_null(try_open(at("b/parallel.so"), &mapped, &err));
	unlink(at("a/good.so"));
	unlink(at("link.so"));
	unlink(at("b/parallel.so"));
	unlink(at("b/parallel.la"));
}

/* Nobody but us may hold it, and a child gets it free. */
static void *
hold_lock(void *arg)
{
	int *step = arg;
	char octet;

	lk_loader_lock();
	assert_int_equal(write(step[1], "x", 1), 1);
	assert_int_equal(read(step[2], &octet, 1), 1);
	lk_loader_unlock();
	return NULL;
}

static void
test_fork(void **state)
{
	int ends[2], back[2], step[3], status;
	pthread_t thread;
	char octet;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(pipe(back), 0);
	step[1] = ends[1];
	step[2] = back[0];
	assert_int_equal(pthread_create(&thread, NULL, hold_lock, step), 0);
	assert_int_equal(read(ends[0], &octet, 1), 1);
	assert_int_equal(write(back[1], "x", 1), 1);
	/* waits until the other thread is done */
	pid = fork();
	if (pid == 0) {
		alarm(10);
		lk_loader_lock();
		lk_loader_unlock();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	pthread_join(thread, NULL);

	/* inside of a plugin it does not wait for itself */
	lk_loader_lock();
	pid = fork();
	if (pid == 0)
		_exit(0);
	lk_loader_unlock();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(ends[0]);
	close(ends[1]);
	close(back[0]);
	close(back[1]);
}

static void *
use_host(void *arg)
{
	struct lk_host *host = arg;
	struct lk_entry **list;
	struct lk_error err;
	intptr_t failures = 0;
	size_t i, round;

	for (round = 0; round < 50; round++) {
		failures += lk_host_scan(host, &err) < 0;
		list = lk_host_entries(host);
		for (i = 0; list && list[i]; i++) {
			if (list[i]->state == LK_MECH_SHADOWED)
				continue;
			failures += lk_host_load_entry(host, list[i],
						       &err) < 0;
			lk_entry_enter(list[i]);
			failures += !list[i]->calls.start;
			lk_entry_leave(list[i]);
		}
		failures += !list || !list[0];
		free(list);
	}
	return (void *)failures;
}

static void
test_threads(void **state)
{
	pthread_t threads[4];
	struct lk_host *host;
	void *failures;
	size_t i;

	(void)state;
	put("good", "a/threads.so");
	put("parallel", "b/threads.so");
	host = host_new();
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, use_host,
						host), 0);
	for (i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], &failures), 0);
		assert_null(failures);
	}
	lk_host_free(host);
	unlink(at("a/threads.so"));
	unlink(at("b/threads.so"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_one_module),
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, place_new, folder_free);
}
