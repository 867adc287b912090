/* file: and credential:, a secret alone in a file.
 * SPDX-License-Identifier: MIT */
#include "conf/source.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY "CREDENTIALS_DIRECTORY"

static int
check(int fd, const char *path, bool group, struct lk_error *err)
{
	const mode_t others = S_IRWXO | S_IRWXG;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return lk_fail(err, LK_E_NOPROP, "the file %s: %s", path,
			       strerror(errno));
	if (!S_ISREG(st.st_mode)) {
		lk_fail(err, LK_E_NOPROP, "the file %s is not a regular file",
			path);
		lk_advise(err, "a pipe is read by fd:N, a program by cmd:");
		return -1;
	}
	if (!(st.st_mode & (group ? others & ~(mode_t)S_IRGRP : others)))
		return 0;
	lk_fail(err, LK_E_NOPROP, "the file %s has mode %04o: others than its "
		"owner have access to the secret", path,
		(unsigned)st.st_mode & 07777);
	lk_advise(err, "chmod 600 %s", path);
	return -1;
}

int
lk_source_open(const char *path, bool group, struct lk_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0) {
		lk_fail(err, LK_E_NOPROP, "the file %s cannot be read: %s",
			path, strerror(errno));
		if (path[0] == '~')
			lk_advise(err, "~ is not expanded here: write the "
				  "whole path");
		return -1;
	}
	if (check(fd, path, group, err) == 0)
		return fd;
	close(fd);
	return -1;
}

static int32_t
read_all(struct lk_source *s, int fd, struct lk_error *err)
{
	int r = fd < 0 ? -1 : 0;

	while (r == 0)
		r = lk_source_drain(s, fd, err);
	if (fd >= 0)
		close(fd);
	return r < 0 ? LK_E_NOPROP : LK_DONE;
}

/* ---- file: -------------------------------------------------------------- */

const char *
lk_file_rule(const char *path)
{
	return *path ? NULL : "is no source: file: takes a path";
}

int32_t
lk_file_read(struct lk_source *s, const char *path, uint32_t flags,
	     const struct lk_whose *whose, struct lk_error *err)
{
	(void)flags;
	(void)whose;
	return read_all(s, lk_source_open(path, false, err), err);
}

/* ---- credential: -------------------------------------------------------- */

const char *
lk_credential_rule(const char *name)
{
	return !*name || strchr(name, '/') || strcmp(name, ".") == 0 ||
	       strcmp(name, "..") == 0
		? "is no source: credential: takes a name without a slash"
		: NULL;
}

/* systemd lets the user of a unit read it by an access list, which shows as a
 * group's right. */
int32_t
lk_credential_read(struct lk_source *s, const char *name, uint32_t flags,
		   const struct lk_whose *whose, struct lk_error *err)
{
	const char *dir = secure_getenv(DIRECTORY);
	char path[PATH_MAX];
	int fd = -1;

	(void)flags;
	(void)whose;
	if (!dir || *dir != '/')
		lk_fail(err, LK_E_NOPROP, "there is no credential %s: "
			DIRECTORY " is %s", name, dir ? "no absolute path" : "not set");
	else if (snprintf(path, sizeof(path), "%s/%s", dir, name) >=
		 (int)sizeof(path))
		lk_fail(err, LK_E_NOPROP, DIRECTORY " is too long");
	else
		fd = lk_source_open(path, true, err);
	if (fd < 0 && !*err->advice)
		lk_advise(err, "systemd provides it: LoadCredential=%s:PATH in "
			  "the unit's [Service]", name);
	return read_all(s, fd, err);
}
