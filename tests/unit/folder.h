/* A temporary directory for the files of a test. SPDX-License-Identifier: MIT */
#ifndef LK_TEST_FOLDER_H
#define LK_TEST_FOLDER_H

#include "temp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char place[TEMP];

/* A path in it; good until the fourth call after. */
static inline const char *
at(const char *name)
{
	static char paths[4][4096];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", place, name);
	return path;
}

/* With these directories in it; NULL: the end. */
static inline int
folder_new(const char *const *dirs)
{
	if (temp_dir(place, "latchkey") < 0)
		return -1;
	umask(022);
	for (; *dirs; dirs++)
		if (mkdir(at(*dirs), 0755) < 0)
			return -1;
	return 0;
}

static inline int
folder_free(void **state)
{
	(void)state;
	return temp_remove(place);
}

/* A file in it. */
static inline void
folder_write(const char *name, const char *text, mode_t mode)
{
	FILE *f;

	unlink(at(name));       /* only root writes to one of 0400 */
	f = fopen(at(name), "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(at(name), mode), 0);
}

#define assert_part(text, fragment) do { \
	if (!strstr(text, fragment)) \
		fail_msg("\"%s\" is not in \"%s\"", fragment, text); \
} while (0)

#endif
