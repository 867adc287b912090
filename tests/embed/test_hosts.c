/* Several hosts in one process, one inside of another's plugin, and very many
 * of them.  SPDX-License-Identifier: MIT */
#include "embed.h"

#include "unit/place.h"

#include <dirent.h>
#include <errno.h>

#define MANY 10000

LK_PRELOAD(plain);

static const struct lk_preloaded linked[] = {
	LK_PRELOADED_BEGIN, LK_PRELOADED(plain), LK_PRELOADED_END
};

static void
copy_real(const char *plugin, const char *name)
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
test_reenter(void **state)
{
	struct lk_host *host;
	struct lk_error err;

	(void)state;
	copy_real("plain", "a/plain.so");
	put("reenter", "a/reenter.so");
	host = host_new();
	assert_ok(lk_host_preload(host, NULL, &err));
	assert_seen(look(host, "a/reenter.so", "reenter"), LK_MECH_LOADED, "");
	/* in its other calls, too; and it harmed nobody */
	assert_ok(embed_login(host, "reenter", "REENTER", 0, 235, &err));
	assert_ok(embed_login(host, "plain", "PLAIN", 0, 235, &err));
	lk_host_free(host);
	unlink(at("a/plain.so"));
	unlink(at("a/reenter.so"));
}

static void
keep_log(void *ctx, uint32_t level, const char *text)
{
	char *log = ctx;
	size_t n = strlen(log);

	(void)level;
	snprintf(log + n, 4096 - n, "%s\n", text);
}

/* The options, what is loaded, the freezing and the refused secrets of a host
 * are its own. */
static void
test_two(void **state)
{
	static char logs[2][4096];
	struct lk_host_options options[2] = {
		{ .size = sizeof(options[0]), .program = "one",
		  .log = keep_log, .log_ctx = logs[0] },
		{ .size = sizeof(options[1]), .program = "two",
		  .log = keep_log, .log_ctx = logs[1], .preloaded = linked },
	};
	struct lk_host *one, *two;
	struct lk_error err;

	(void)state;
	copy_real("login", "a/login.so");
	assert_ok(lk_host_new(&one, &options[0], &err));
	assert_ok(lk_host_new(&two, &options[1], &err));
	assert_int_equal(embed_login(one, NULL, "PLAIN", 0, 235, &err), -1);
	assert_ok(embed_login(two, NULL, "PLAIN", 0, 235, &err));
	assert_string_equal(logs[0], "");
	assert_part(logs[1], "plain.a: loaded");

	lk_host_freeze(two);
	assert_int_equal(embed_login(two, NULL, "LOGIN", 2, 235, &err), -1);
	assert_ok(embed_login(one, NULL, "LOGIN", 2, 235, &err));
	assert_part(logs[0], "login.so: loaded");
	assert_null(strstr(logs[1], "login.so: loaded"));
	assert_seen(look(one, "a/login.so", "login"), LK_MECH_LOADED, "");
	assert_seen(look(two, "a/login.so", "login"), LK_MECH_FAILED,
		    "not loaded, and loading is frozen");

	/* a budget is spent in one of them */
	assert_int_equal(embed_login(two, "plain", "PLAIN", 0, 535, &err), -1);
	assert_int_equal(embed_login(two, "plain", "PLAIN", 0, 235, &err), -1);
	lk_host_free(two);
	assert_ok(embed_login(one, "login", "LOGIN", 2, 235, &err));
	lk_host_free(one);
	unlink(at("a/login.so"));
}

static unsigned
count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* Resident memory in KiB. */
static long
measure_memory(void)
{
	long pages = 0, unused;
	FILE *f = fopen("/proc/self/statm", "re");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld %ld", &unused, &pages), 2);
	fclose(f);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void
make_and_free(unsigned times)
{
	struct lk_host_options options = { .size = sizeof(options),
					   .program = "many",
					   .preloaded = linked };
	struct lk_host *host;
	struct lk_error err;
	unsigned i;

	for (i = 0; i < times; i++) {
		assert_ok(lk_host_new(&host, &options, &err));
		assert_ok(lk_host_preload(host, NULL, &err));
		assert_int_equal(lk_host_preload(host, "nobody", &err), -1);
		if (i % 2)
			lk_host_freeze(host);
		lk_host_free(host);
	}
}

static void
scan_again(unsigned times)
{
	struct lk_host *host = host_new();
	struct lk_error err;
	unsigned i;

	for (i = 0; i < times; i++)
		assert_ok(lk_host_scan(host, &err));
	lk_host_free(host);
}

/* What is leaked at exit LeakSanitizer tells; here, what only grows.  One
 * octet lost each time would not show, 64 would. */
static void
assert_no_growth(void (*use)(unsigned times))
{
	unsigned descriptors;
	long memory;

	use(MANY / 10);
	descriptors = count_descriptors();
	memory = measure_memory();
	use(MANY);
	assert_int_equal(count_descriptors(), descriptors);
	memory = measure_memory() - memory;
	if (memory > 512)
		fail_msg("%ld KiB more after %d times", memory, MANY);
}

static void
test_many(void **state)
{
	(void)state;
	copy_real("login", "a/many.so");
	put("no-note", "a/broken.so");
	put("list", "b/list.so");
	assert_no_growth(make_and_free);
	assert_no_growth(scan_again);
	unlink(at("a/many.so"));
	unlink(at("a/broken.so"));
	unlink(at("b/list.so"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reenter),
		cmocka_unit_test(test_two),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, place_new, folder_free);
}
