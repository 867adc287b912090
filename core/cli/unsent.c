/* The list of what was not sent. SPDX-License-Identifier: MIT */
#include "cli/outbox.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ". OFFSET LENGTH PATH"; what was sent and what is unknown have other first
 * letters, and the unknown ones are kept, not sent. */
int
lk_unsent_read(struct lk_outbox *box, const char *path, const char *text,
	       struct lk_error *err)
{
	uint64_t offset, length;
	struct lk_out *bigger;
	int used = 0;

	if (text[0] == LK_OUT_SENT || text[0] == '\0')
		return 0;
	if ((text[0] != LK_OUT_UNSENT && text[0] != LK_OUT_UNKNOWN) ||
	    sscanf(text + 1, " %" SCNu64 " %" SCNu64 " %n", &offset, &length,
		   &used) != 2 || text[1 + used] != '/')
		return lk_fail(err, LK_E_USAGE, "%s: \"%.80s\" is no line of "
			       "such a list", path, text);
	bigger = realloc(box->list, (box->n + 1) * sizeof(*bigger));
	if (!bigger)
		return lk_fail_memory(err);
	box->list = bigger;
	box->room = box->n + 1;
	box->list[box->n] = (struct lk_out){
		.path = strdup(text + 1 + used), .offset = offset,
		.length = length, .state = text[0],
	};
	if (!box->list[box->n].path)
		return lk_fail_memory(err);
	box->n++;
	return 0;
}

static int
fail(const char *path, struct lk_error *err)
{
	lk_fail(err, LK_E_TRANSIENT, "--unsent: %s cannot be written: %s",
		path, strerror(errno));
	return -1;
}

/* The list in a new file, which then takes the place of the old one.  A
 * descriptor, or -1. */
static int
write_list(const char *path, const struct lk_outbox *box)
{
	char name[PATH_MAX];
	size_t i;
	FILE *f;
	int fd;

	if (snprintf(name, sizeof(name), "%s.new", path) >= (int)sizeof(name)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		  0600);
	f = fd < 0 ? NULL : fdopen(dup(fd), "w");
	if (!f) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	fputs(LK_UNSENT_MAGIC, f);
	for (i = 0; i < box->n; i++) {
		struct lk_out *o = &box->list[i];

		if (o->state == LK_OUT_SENT)
			continue;
		o->at = ftell(f);
		fprintf(f, "%c %" PRIu64 " %" PRIu64 " %s\n", o->state,
			o->offset, o->length, o->path);
	}
	if (fclose(f) != 0 || rename(name, path) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool
is_one_of(const char *path, char *const *list, size_t n)
{
	struct stat a, b;
	size_t i;

	for (i = 0; i < n; i++)
		if (stat(path, &a) == 0 && stat(list[i], &b) == 0 &&
		    a.st_dev == b.st_dev && a.st_ino == b.st_ino)
			return true;
	return false;
}

int
lk_unsent_open(struct lk_unsent *u, const char *path, struct lk_outbox *box,
	       char *const *read, size_t n, struct lk_error *err)
{
	u->fd = -1;
	u->path = path;
	if (!path)
		return 0;
	if (access(path, F_OK) == 0 && !is_one_of(path, read, n)) {
		lk_fail(err, LK_E_USAGE, "--unsent: %s is there already", path);
		lk_advise(err, "give it to --each as well, or remove it");
		return -1;
	}
	u->fd = write_list(path, box);
	return u->fd < 0 ? fail(path, err) : 0;
}

int
lk_unsent_mark(struct lk_unsent *u, struct lk_out *o, char state,
	       struct lk_error *err)
{
	o->state = state;
	if (u->fd >= 0 && pwrite(u->fd, &state, 1, o->at) != 1)
		return fail(u->path, err);
	return 0;
}

int
lk_unsent_close(struct lk_unsent *u, const struct lk_outbox *box,
		struct lk_error *err)
{
	size_t i, left = 0;

	if (u->fd < 0)
		return 0;
	close(u->fd);
	u->fd = -1;
	for (i = 0; i < box->n; i++)
		left += box->list[i].state != LK_OUT_SENT;
	if (left == 0)
		return unlink(u->path) < 0 ? fail(u->path, err) : 0;
	u->fd = write_list(u->path, box);
	if (u->fd < 0)
		return fail(u->path, err);
	close(u->fd);
	u->fd = -1;
	return 0;
}
