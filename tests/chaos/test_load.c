/* Each allocation of finding and loading plugins fails once, each time in a
 * fresh process, because what is loaded stays: it says so, and works at the
 * next try.  Those of the dynamic linker and of libltdl are not among them.
 * SPDX-License-Identifier: MIT */
#include "fail.h"

#include <latchkey/provider.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define EXIT_NONE 9                 /* nothing failed: that was the last one */

static size_t n_now;

/* In a child, where cmocka cannot help. */
#define CHECK(fact, ...) ((fact) ? (void)0 : wrong(__VA_ARGS__))
_Noreturn static void wrong(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

static void
wrong(const char *format, ...)
{
	va_list ap;

	fprintf(stderr, "load: allocation %zu (%s): ", n_now, fail_where());
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	_exit(1);
}

struct tally {
	struct lk_host *host;
	struct lk_error err;
	size_t found, good;
	int32_t cls;                /* of the first load that failed */
};

static int
load(void *ctx, const struct lk_mech_info *info)
{
	struct tally *t = ctx;

	t->found++;
	if (lk_host_load(t->host, info->path, &t->err) == 0)
		t->good++;
	else if (!t->cls)
		t->cls = t->err.cls;
	return 0;
}

static void
load_all(struct tally *t, struct lk_host *host)
{
	memset(t, 0, sizeof(*t));
	t->host = host;
	lk_host_each(host, load, t);
}

/* Once with the failure, once more on the same host, once on another. */
static int
child(size_t n)
{
	struct lk_host *host = NULL, *other = NULL;
	struct tally first, again, last;
	struct lk_error err = { 0 };
	bool failed;

	n_now = n;
	fail_at(n);
	memset(&first, 0, sizeof(first));
	if (lk_host_new(&host, NULL, &err) == 0)
		load_all(&first, host);
	failed = fail_stop();
	CHECK(host || failed, "no host: %s", err.sentence);
	CHECK(host || err.cls == LK_E_NOMEM, "class %d: %s", (int)err.cls,
	      err.sentence);
	CHECK(!first.cls || failed, "%s", first.err.sentence);
	CHECK(!first.cls || first.cls == LK_E_NOMEM, "class %d: %s",
	      (int)first.cls, first.err.sentence);
	CHECK(lk_host_new(&other, NULL, &err) == 0, "%s", err.sentence);
	load_all(&last, other);
	CHECK(!last.cls && last.found > 2, "another host has %zu of %zu: %s",
	      last.good, last.found, last.err.sentence);
	if (host) {
		CHECK(lk_host_scan(host, &err) == 0, "%s", err.sentence);
		load_all(&again, host);
		/* a list that is known at run time has more entries now */
		CHECK(!again.cls && again.found >= last.found,
		      "the same host has %zu of %zu: %s", again.good,
		      again.found, again.err.sentence);
	}
	lk_host_free(host);
	lk_host_free(other);
	/* what stays for the life of the process is the same each time */
	fprintf(stdout, "%zu", fail_live());
	fflush(stdout);
	return failed ? 0 : EXIT_NONE;
}

/* *left: blocks that were not freed.  Returns its exit status. */
static int
run(size_t n, size_t *left)
{
	char text[32] = "";
	int out[2], status;
	pid_t pid;

	assert_int_equal(pipe(out), 0);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(out[1], 1);
		_exit(child(n));
	}
	close(out[1]);
	if (read(out[0], text, sizeof(text) - 1) < 0)
		*text = '\0';
	close(out[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	*left = strtoul(text, NULL, 10);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_load(void **state)
{
	size_t usual, left, n = 0;
	unsigned complaints = 0;
	int r;

	(void)state;
	assert_int_equal(run((size_t)-2, &usual), EXIT_NONE);
	while ((r = run(n, &left)) != EXIT_NONE) {
		if (r == 0 && left != usual)
			print_error("load: allocation %zu: %zu blocks are "
				    "left, not %zu\n", n, left, usual);
		complaints += r != 0 || left != usual;
		n++;
	}
	print_message("%zu allocations\n", n);
	assert_true(n > 30);
	assert_int_equal(complaints, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
