/* Many messages. SPDX-License-Identifier: MIT */
#include "cli/outbox.h"

#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int
unreadable(const char *path, struct lk_error *err)
{
	return lk_fail(err, LK_E_MESSAGE, "%s: %s", path, strerror(errno));
}

static int
put(struct lk_outbox *box, const char *path, uint64_t offset, uint64_t length,
    struct lk_error *err)
{
	struct lk_out *bigger;

	if (box->n == box->room) {
		size_t room = box->room ? 2 * box->room : 64;

		bigger = realloc(box->list, room * sizeof(*bigger));
		if (!bigger)
			return lk_fail_memory(err);
		box->list = bigger;
		box->room = room;
	}
	box->list[box->n] = (struct lk_out){
		.path = realpath(path, NULL), .offset = offset,
		.length = length, .state = LK_OUT_UNSENT,
	};
	if (!box->list[box->n].path)
		return unreadable(path, err);
	box->n++;
	if (strchr(box->list[box->n - 1].path, '\n'))
		return lk_fail(err, LK_E_USAGE, "the name of a message has a "
			       "line end in it");
	return 0;
}

/* ---- mailboxes ----------------------------------------------------------- */

/* A message stands between lines `From `, each but the first behind an empty
 * line, which is no part of it. */
static int
add_mailbox(struct lk_outbox *box, const char *path, FILE *f,
	    struct lk_error *err)
{
	uint64_t at = 0, start = 0, before = 0;
	bool is_empty = true;       /* the last line */
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	int r = 0;

	while (r == 0 && (n = getline(&line, &room, f)) > 0) {
		uint64_t end = is_empty ? before : at;

		if (is_empty && strncmp(line, "From ", 5) == 0) {
			if (end > start)
				r = put(box, path, start, end - start, err);
			start = at + (uint64_t)n;
		}
		before = at;
		at += (uint64_t)n;
		is_empty = line[0] == '\n' ||
			   (line[0] == '\r' && line[1] == '\n');
		if (start == at)
			before = at;
	}
	free(line);
	if (r == 0 && ferror(f))
		return unreadable(path, err);
	if (is_empty)
		at = before;
	return r == 0 && at > start ? put(box, path, start, at - start, err)
				    : r;
}

/* ---- directories --------------------------------------------------------- */

static int add_file(struct lk_outbox *, const char *path, struct lk_error *);

static int
is_shown(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int
add_folder(struct lk_outbox *box, const char *path, struct lk_error *err)
{
	struct dirent **names = NULL;
	int n = scandir(path, &names, is_shown, alphasort), i;
	char name[PATH_MAX];
	struct stat st;
	int r = 0;

	if (n < 0)
		return unreadable(path, err);
	for (i = 0; i < n; i++) {
		if (r == 0 &&
		    snprintf(name, sizeof(name), "%s/%s", path,
			     names[i]->d_name) >= (int)sizeof(name))
			r = lk_fail(err, LK_E_USAGE, "%s: a name in it is too "
				    "long", path);
		if (r == 0 && stat(name, &st) == 0 && S_ISREG(st.st_mode))
			r = add_file(box, name, err);
		free(names[i]);
	}
	free(names);
	return r;
}

/* A Maildir has its messages in new and cur. */
static int
add_directory(struct lk_outbox *box, const char *path, struct lk_error *err)
{
	static const char *const parts[] = { "new", "cur" };
	char name[2][PATH_MAX];
	struct stat st;
	int i, n = 0;

	for (i = 0; i < 2; i++)
		if (snprintf(name[i], PATH_MAX, "%s/%s", path, parts[i]) <
		    PATH_MAX && stat(name[i], &st) == 0 && S_ISDIR(st.st_mode))
			n++;
	if (n < 2)
		return add_folder(box, path, err);
	return add_folder(box, name[0], err) < 0
		? -1 : add_folder(box, name[1], err);
}

/* ---- what it is ---------------------------------------------------------- */

static int
add_list(struct lk_outbox *box, const char *path, FILE *f,
	 struct lk_error *err)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	int r = 0;

	while (r == 0 && (n = getline(&line, &room, f)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		r = lk_unsent_read(box, path, line, err);
	}
	free(line);
	return r;
}

static int
add_file(struct lk_outbox *box, const char *path, struct lk_error *err)
{
	char first[sizeof(LK_UNSENT_MAGIC)] = "";
	FILE *f = fopen(path, "re");
	int r;

	if (!f || !fgets(first, sizeof(first), f))
		first[0] = '\0';
	if (!f)
		return unreadable(path, err);
	if (strcmp(first, LK_UNSENT_MAGIC) == 0) {
		r = add_list(box, path, f, err);
	} else if (strncmp(first, "From ", 5) == 0) {
		rewind(f);
		r = add_mailbox(box, path, f, err);
	} else {
		r = put(box, path, 0, 0, err);
	}
	fclose(f);
	return r;
}

int
lk_outbox_add(struct lk_outbox *box, const char *path, struct lk_error *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return unreadable(path, err);
	if (S_ISDIR(st.st_mode))
		return add_directory(box, path, err);
	if (!S_ISREG(st.st_mode))
		return lk_fail(err, LK_E_USAGE, "%s is neither a file nor a "
			       "directory", path);
	return add_file(box, path, err);
}

void
lk_outbox_wipe(struct lk_outbox *box)
{
	size_t i;

	for (i = 0; i < box->n; i++)
		free(box->list[i].path);
	free(box->list);
	memset(box, 0, sizeof(*box));
}
