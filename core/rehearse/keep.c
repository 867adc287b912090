/* Keeping mail. SPDX-License-Identifier: MIT */
#include "rehearse/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#define LAST 9999u

static int
path_of(char path[PATH_MAX], const char *dir, unsigned n, const char *ending)
{
	int len = snprintf(path, PATH_MAX, "%s/%04u.%s", dir, n, ending);

	if (len < PATH_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

static int
create(const char *dir, unsigned n, const char *ending,
       const struct lk_buf *data)
{
	char path[PATH_MAX];
	size_t at = 0;
	ssize_t r = 0;
	int fd, saved;

	if (path_of(path, dir, n, ending) < 0)
		return -1;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	for (; r >= 0 && at < data->len; at += (size_t)r)
		r = write(fd, data->data + at, data->len - at);
	saved = errno;
	if (close(fd) == 0 && r >= 0)
		return 0;
	unlink(path);
	errno = r < 0 ? saved : EIO;
	return -1;
}

int
lk_keep(const char *dir, const struct lk_buf *message,
	const struct lk_buf *envelope, unsigned *number)
{
	char path[PATH_MAX];
	unsigned n;
	int saved;

	for (n = 1; n <= LAST; n++) {
		if (create(dir, n, "eml", message) == 0) {
			if (create(dir, n, "env", envelope) == 0) {
				*number = n;
				return 0;
			}
			saved = errno;
			if (path_of(path, dir, n, "eml") == 0)
				unlink(path);
			errno = saved;
		}
		if (errno != EEXIST)
			return -1;
	}
	errno = ENOSPC;
	return -1;
}

void
lk_keep_drop(const char *dir, unsigned number)
{
	static const char *const endings[] = { "eml", "env" };
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < 2; i++)
		if (path_of(path, dir, number, endings[i]) == 0)
			unlink(path);
}
