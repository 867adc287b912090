/* What is told of files. SPDX-License-Identifier: MIT */
#include "place.h"

#include "mech/policy.h"

/* No line is forged, and no terminal commanded, by the name of a file. */
static void
test_names_in_texts(void **state)
{
	static const char *const names[] = {
		"a/\033[2J.so", "a/x\nlogin: ok.so", "a/\xff.so",
		"a/\302\2331m.so",
	};
	struct lk_error err;
	struct lk_host *host;
	struct lk_entry **list;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		put("good", names[i]);
		host = host_new();
		list = lk_host_entries(host);
		assert_non_null(list[0]);
		assert_string_equal(list[0]->file->path, at(names[i]));
		assert_null(strpbrk(lk_policy_name(list[0]),
				    "\033\n\xff\x9b"));
		free(list);
		assert_int_equal(lk_host_load(host, at(names[i]), &err), -1);
		assert_null(strpbrk(err.sentence, "\033\n\xff\x9b"));
		assert_int_equal(lk_host_load(host, names[i], &err), -1);
		assert_null(strpbrk(err.sentence, "\033\n\xff\x9b"));
		lk_host_free(host);
		unlink(at(names[i]));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_in_texts),
	};

	return cmocka_run_group_tests(tests, place_new, folder_free);
}
