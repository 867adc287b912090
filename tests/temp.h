/* Files and directories of a test, below TMPDIR: tests/run looks at what is
 * left there. SPDX-License-Identifier: MIT */
#ifndef LK_TEST_TEMP_H
#define LK_TEST_TEMP_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define TEMP 80                     /* so short that a socket fits in it */

static inline void
temp_path(char to[TEMP], const char *name)
{
	const char *dir = getenv("TMPDIR");
	int n = snprintf(to, TEMP, "%s/%s-XXXXXX", dir && *dir ? dir : "/tmp",
			 name);

	if (n < 0 || n >= TEMP) {
		fprintf(stderr, "TMPDIR is too long for the tests: %s\n", dir);
		abort();
	}
}

/* An empty file: its descriptor, or -1. */
static inline int
temp_file(char path[TEMP], const char *name)
{
	temp_path(path, name);
	return mkstemp(path);
}

static inline int
temp_dir(char path[TEMP], const char *name)
{
	temp_path(path, name);
	return mkdtemp(path) ? 0 : -1;
}

static inline int
temp_remove_one(const char *path, const struct stat *st, int type,
		struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

/* With all that is in it. */
static inline int
temp_remove(const char *path)
{
	return nftw(path, temp_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
