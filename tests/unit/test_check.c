/* Who could replace a file? SPDX-License-Identifier: MIT */
#include "place.h"

#include "mech/check.h"

#define STRANGER 12345

/* lk_check_path() of a path in the place; fragment NULL: it is good. */
static void
check(const char *name, const char *fragment, const char *advice)
{
	struct lk_error err = { .cls = 0 };
	int r = lk_check_path(at(name), NULL, &err);

	if (!fragment) {
		if (r != 0)
			fail_msg("%s: %s", name, err.sentence);
		return;
	}
	if (r != -1)
		fail_msg("%s is good, not \"%s\"", name, fragment);
	assert_part(err.sentence, fragment);
	assert_part(err.advice, advice);
}

static int
place_fill(void **state)
{
	if (place_new(state) < 0)
		return -1;
	mkdir(at("open"), 0755);
	mkdir(at("sticky"), 0755);
	chmod(at("open"), 0777);
	chmod(at("sticky"), 01777);
	spill("a/file", "x", 1);
	spill("open/file", "x", 1);
	spill("sticky/file", "x", 1);
	return 0;
}

static void
test_modes(void **state)
{
	(void)state;
	check("a/file", NULL, NULL);
	check("a/../a/./file", NULL, NULL);
	check("sticky/file", NULL, NULL);
	check("open/file", "/open (owned by uid", "chmod go-w ");
	check("open/file", "mode 0777) is writable by everybody", "/open");
	check("nowhere", "cannot be examined: No such file", "");
	chmod(at("a/file"), 0664);
	check("a/file", "mode 0664) is writable by its group", "chmod go-w ");
	chmod(at("a/file"), 0755);
	/* what is sticky is a directory */
	chmod(at("a/file"), 01777);
	check("a/file", "mode 1777) is writable by everybody", "chmod go-w ");
	chmod(at("a/file"), 0755);
}

static void
test_links(void **state)
{
	struct lk_error err;

	(void)state;
	assert_int_equal(symlink("a/file", at("good")), 0);
	assert_int_equal(symlink("open/file", at("bad")), 0);
	/* the file is good, but not the way to it */
	assert_int_equal(symlink("open/../a/file", at("over")), 0);
	assert_int_equal(symlink(at("a"), at("sticky/way")), 0);
	assert_int_equal(symlink("loop", at("loop")), 0);
	assert_int_equal(symlink(".", at("here")), 0);
	assert_int_equal(symlink("good", at("chain")), 0);
	check("good", NULL, NULL);
	check("chain", NULL, NULL);
	check("here/here/here/good", NULL, NULL);
	check("sticky/way/file", NULL, NULL);
	check("bad", "/open (owned", "chmod go-w ");
	check("over", "/open (owned", "chmod go-w ");
	check("loop", "too many links", "");
	assert_int_equal(lk_check_path("relative", NULL, &err), -1);
	assert_part(err.sentence, "not absolute");
}

/* File after file of one way is judged as each by itself, and found where
 * realpath() finds it. */
static void
test_way(void **state)
{
	static const char *const files[] = {
		"way/one", "way/two", "way/../way/one", "way/back", "way/out",
		"to-way/one", "to-way/two", "to-way/back", "way//two",
		"open/file", "open/file", "way/open", "way/one", "way/none",
		"a/file", "way/two",
	};
	struct lk_error alone, err;
	struct lk_way way = { .given = "" };
	char real[PATH_MAX];
	size_t i;
	int r;

	(void)state;
	mkdir(at("way"), 0755);
	spill("way/one", "x", 1);
	spill("way/two", "x", 1);
	assert_int_equal(symlink("way", at("to-way")), 0);
	assert_int_equal(symlink("../way/../a/file", at("way/back")), 0);
	assert_int_equal(symlink("../to-way/one", at("way/out")), 0);
	assert_int_equal(symlink("../open/file", at("way/open")), 0);
	for (i = 0; i < sizeof(files) / sizeof(*files); i++) {
		r = lk_check_path(at(files[i]), NULL, &alone);
		assert_int_equal(lk_check_path(at(files[i]), &way, &err), r);
		if (r < 0) {
			assert_string_equal(err.sentence, alone.sentence);
			continue;
		}
		assert_non_null(realpath(at(files[i]), real));
		assert_string_equal(way.file, real);
	}
	/* what is known is not looked at, what is not is */
	chmod(at("way"), 0777);
	assert_int_equal(lk_check_path(at("way/one"), &way, &err), 0);
	assert_int_equal(lk_check_path(at("way/back"), &way, &err), -1);
	assert_int_equal(lk_check_path(at("to-way/one"), &way, &err), -1);
	chmod(at("way"), 0755);
}

static void
test_strangers(void **state)
{
	char cure[256];

	(void)state;
	if (geteuid() != 0)
		skip();
	spill("b/file", "x", 1);
	assert_int_equal(chown(at("b/file"), STRANGER, 0), 0);
	snprintf(cure, sizeof(cure), "chown root %s", at("b/file"));
	check("b/file", "is owned by uid 12345 (mode 0755), who is neither "
	      "root", cure);
	/* what a stranger put into a sticky directory */
	spill("sticky/theirs", "x", 1);
	assert_int_equal(chown(at("sticky/theirs"), STRANGER, 0), 0);
	check("sticky/theirs", "owned by uid 12345", "chown root ");
	assert_int_equal(symlink(at("a/file"), at("sticky/link")), 0);
	check("sticky/link", NULL, NULL);
	assert_int_equal(lchown(at("sticky/link"), STRANGER, 0), 0);
	snprintf(cure, sizeof(cure), "chown -h root %s", at("sticky/link"));
	check("sticky/link", "owned by uid 12345", cure);
	mkdir(at("sticky/dir"), 0755);
	spill("sticky/dir/file", "x", 1);
	assert_int_equal(chown(at("sticky/dir"), STRANGER, 0), 0);
	check("sticky/dir/file", "/sticky/dir is owned by uid 12345",
	      "chown root ");
}

/* The file's owner may be the effective user, who need not be root. */
static void
test_effective(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	chmod(place, 0755);
	spill("own", "x", 1);
	assert_int_equal(chown(at("own"), STRANGER, 0), 0);
	check("own", "owned by uid 12345", "chown root ");
	assert_int_equal(seteuid(STRANGER), 0);
	check("own", NULL, NULL);
	check("a/file", NULL, NULL);
	assert_int_equal(seteuid(0), 0);
}

/* The overflow id may be in a range: then it is a user like any other. */
static void
test_maps(void **state)
{
	static const struct {
		const char *map;
		uid_t uid;
		bool is_mapped;
	} rows[] = {
		{ "         0          0 4294967295\n", 65534, true },
		{ "         0     100000      65536\n", 65534, true },
		{ "         0     100000      65536\n", 65536, false },
		{ "         0     100000      65534\n", 65534, false },
		{ "         0       1000          1\n", 65534, false },
		{ "0 1000 1\n1 100000 65535\n", 65534, true },
		{ "0 1000 1\n1 100000 65533\n65535 9 9\n", 65534, false },
		{ "5 0 10\n", 4, false },
		{ "what\n", 0, false },
	};
	FILE *map;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		map = fmemopen((void *)rows[i].map, strlen(rows[i].map), "r");
		assert_non_null(map);
		if (lk_check_is_mapped(map, rows[i].uid) != rows[i].is_mapped)
			fail_msg("%u in %s", rows[i].uid, rows[i].map);
		fclose(map);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_way),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_effective),
		cmocka_unit_test(test_maps),
	};

	return cmocka_run_group_tests(tests, place_fill, folder_free);
}
