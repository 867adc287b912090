/* Configuration files: who may have written them, and what is in them.
 * SPDX-License-Identifier: MIT */
#include "conf/file.h"

#include "base/ascii.h"
#include "base/error.h"
#include "mech/check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".conf"

static int
fail(struct lk_error *err, const char *path, const char *what)
{
	char shown[PATH_MAX];

	lk_ascii_printable(shown, sizeof(shown), path, strlen(path));
	return lk_fail(err, LK_E_CONFIG, "%s: %s", shown, what);
}

static int
fail_system(struct lk_error *err, const char *path, int number)
{
	char shown[PATH_MAX];

	if (number == ENOMEM)
		return lk_fail_memory(err);
	lk_ascii_printable(shown, sizeof(shown), path, strlen(path));
	lk_fail(err, LK_E_CONFIG, "%s: cannot be read: %s", shown,
		strerror(number));
	if (number == EACCES)
		lk_advise(err, "chmod a+r %s; or LATCHKEY_CONFIG_DIR, which "
			  "names directories to read instead of the usual "
			  "ones", shown);
	return -1;
}

/* Links are welcome, but somebody else's could lead to anything. */
static int
check_owner(const char *path, const struct stat *st, struct lk_error *err)
{
	const char *what = S_ISLNK(st->st_mode) ? "the link" : "the file";
	char shown[PATH_MAX];

	if (st->st_uid == 0 || st->st_uid == geteuid() ||
	    lk_check_is_unmapped(st->st_uid))
		return 0;
	lk_ascii_printable(shown, sizeof(shown), path, strlen(path));
	lk_fail(err, LK_E_CONFIG, "%s: %s is owned by uid %u, who is neither "
		"root nor the user of this program (uid %u)", shown, what,
		(unsigned)st->st_uid, (unsigned)geteuid());
	lk_advise(err, "chown %s%u %s", S_ISLNK(st->st_mode) ? "-h " : "",
		  (unsigned)geteuid(), shown);
	return -1;
}

static int
check_file(const char *path, const struct stat *st, struct lk_error *err)
{
	char shown[PATH_MAX];

	if (S_ISDIR(st->st_mode))
		return fail(err, path, "is a directory, and should be a file");
	if (!S_ISREG(st->st_mode))
		return fail(err, path, "is not a regular file");
	if (check_owner(path, st, err) < 0)
		return -1;
	if (st->st_mode & 022) {
		lk_ascii_printable(shown, sizeof(shown), path, strlen(path));
		lk_fail(err, LK_E_CONFIG, "%s: has mode %04o: others than its "
			"owner can write what programs do", shown,
			(unsigned)st->st_mode & 07777);
		lk_advise(err, "chmod go-w %s", shown);
		return -1;
	}
	if (st->st_size > LK_CONF_FILE_MAX)
		return fail(err, path, "is larger than 1 MiB, which no "
				       "configuration is");
	return 0;
}

/* A file that grows meanwhile is cut. */
static char *
read_all(int fd, const char *path, size_t size, size_t *len,
	 struct lk_error *err)
{
	char *text = malloc(size + 1);
	ssize_t n = 1;

	*len = 0;
	while (text && *len < size && n != 0) {
		n = read(fd, text + *len, size - *len);
		if (n < 0 && errno != EINTR) {
			fail_system(err, path, errno);
			free(text);
			return NULL;
		}
		*len += n > 0 ? (size_t)n : 0;
	}
	if (!text)
		lk_fail_memory(err);
	return text;
}

int
lk_conf_file_read(const char *path, char **text, size_t *len,
		  struct lk_error *err)
{
	struct stat st;
	int fd;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : fail_system(err, path, errno);
	if (check_owner(path, &st, err) < 0)
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return fail_system(err, path, errno);
	*text = NULL;
	if (fstat(fd, &st) < 0)
		fail_system(err, path, errno);
	else if (check_file(path, &st, err) == 0)
		*text = read_all(fd, path, (size_t)st.st_size, len, err);
	close(fd);
	return *text ? 1 : -1;
}

/* ---- directories ------------------------------------------------------ */

static bool
is_wanted(const char *name)
{
	const size_t n = strlen(name), m = strlen(SUFFIX);

	return *name != '.' && n > m && strcmp(name + n - m, SUFFIX) == 0;
}

static int
is_candidate(const struct dirent *d)
{
	return is_wanted(d->d_name);
}

/* What is there for a reason of its own; it is documented. */
static bool
is_left_behind(const char *name)
{
	static const char *const endings[] = {
		"~", ".bak", ".disabled", ".orig", ".rpmnew", ".rpmorig",
		".rpmsave", ".swp",
	};
	const size_t n = strlen(name);
	size_t i, m;

	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		m = strlen(endings[i]);
		if (n > m && strcmp(name + n - m, endings[i]) == 0)
			return true;
	}
	return *name == '.' || *name == '#' || strstr(name, ".dpkg-") ||
	       strstr(name, ".ucf-") || strcmp(name, "README") == 0;
}

static int
is_unread(const struct dirent *d)
{
	return !is_wanted(d->d_name) && !is_left_behind(d->d_name);
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

void
lk_conf_file_names_free(char **names, int n)
{
	while (n > 0)
		free(names[--n]);
	free(names);
}

static int
list_names(const char *path, int (*is_one)(const struct dirent *),
	   char ***names, struct lk_error *err)
{
	struct dirent **list;
	const int n = scandir(path, &list, is_one, by_name);
	bool ok = true;
	int i;

	*names = NULL;
	if (n < 0)
		return errno == ENOENT ? 0 : fail_system(err, path, errno);
	if (n > 0)
		*names = calloc((size_t)n, sizeof(**names));
	for (i = 0; i < n; i++) {
		if (*names)
			(*names)[i] = strdup(list[i]->d_name);
		ok = ok && *names && (*names)[i];
		free(list[i]);
	}
	free(list);
	if (ok)
		return n;
	lk_conf_file_names_free(*names, *names ? n : 0);
	*names = NULL;
	return lk_fail_memory(err);
}

int
lk_conf_file_names(const char *path, char ***names, struct lk_error *err)
{
	return list_names(path, is_candidate, names, err);
}

int
lk_conf_file_unread(const char *path, char ***names, struct lk_error *err)
{
	return list_names(path, is_unread, names, err);
}
