/* Finds the files of plugins. SPDX-License-Identifier: MIT */
#include "base/ascii.h"
#include "base/error.h"
#include "mech/check.h"
#include "mech/registry.h"
#include "mech/settings.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#ifndef LATCHKEY_PLUGIN_DIR
#error "LATCHKEY_PLUGIN_DIR is the directory of the system's plugins"
#endif

/* ---- where ------------------------------------------------------------ */

/* path[len] and tail; what is not absolute would depend on the working
 * directory. */
static int
add_directory(struct lk_host *h, const char *path, size_t len,
	      const char *tail, bool user_dir, struct lk_error *err)
{
	struct lk_directory *more;
	char *whole;

	if (len == 0)
		return 0;
	if (*path != '/') {
		lk_host_log(h, LK_LOG_WARN, "%.*s: a plugin directory must be "
			    "absolute: passed over", (int)len, path);
		return 0;
	}
	more = reallocarray(h->directories, h->n_directories + 1,
			    sizeof(*more));
	if (!more)
		return lk_fail_memory(err);
	h->directories = more;
	if (asprintf(&whole, "%.*s%s", (int)len, path, tail) < 0)
		return lk_fail_memory(err);
	more[h->n_directories].path = whole;
	more[h->n_directories++].user_dir = user_dir;
	return 0;
}

int
lk_scan_directories(struct lk_host *h, struct lk_error *err)
{
	const char *at, *dir, *tail = "/latchkey/v0";
	size_t n;

	if (h->options.preloaded) {
		h->directories = calloc(1, sizeof(*h->directories));
		if (!h->directories)
			return lk_fail_memory(err);
		h->n_directories = 1;
	}
	if (!getauxval(AT_SECURE)) {
		at = secure_getenv("LATCHKEY_PLUGIN_PATH");
		while (at && (dir = lk_ascii_next(&at, ":", &n)))
			if (add_directory(h, dir, n, "", false, err) < 0)
				return -1;
		dir = secure_getenv("XDG_DATA_HOME");
		if (!dir || *dir != '/') {
			dir = secure_getenv("HOME");
			tail = "/.local/share/latchkey/v0";
		}
		if (dir && add_directory(h, dir, strlen(dir), tail, true,
					 err) < 0)
			return -1;
	}
	return add_directory(h, LATCHKEY_PLUGIN_DIR,
			     strlen(LATCHKEY_PLUGIN_DIR), "", false, err);
}

/* ---- one file --------------------------------------------------------- */

void
lk_file_free(struct lk_file *f)
{
	if (!f)
		return;
	lk_notes_free(f->notes);
	lk_notes_free(f->listed);
	free(f->found);
	free(f->path);
	free(f->shown);
	free(f);
}

int
lk_file_show(struct lk_file *f)
{
	size_t len = strlen(f->path);

	free(f->shown);
	f->shown = malloc(len + 1);
	if (!f->shown)
		return -1;
	lk_ascii_printable(f->shown, len + 1, f->path, len);
	return 0;
}

void
lk_file_identify(struct lk_file *f, const struct stat *st)
{
	f->dev = st->st_dev;
	f->ino = st->st_ino;
	f->size = st->st_size;
	f->mtime = st->st_mtim;
	f->ctime = st->st_ctim;
}

static bool
is_same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool
lk_file_differs(const struct lk_file *f, const struct stat *st)
{
	return f->dev != st->st_dev || f->ino != st->st_ino ||
	       f->size != st->st_size || !is_same_time(f->mtime, st->st_mtim);
}

/* [a-z0-9][a-z0-9_-]*\.so */
static bool
is_plugin_name(const char *name)
{
	static const char rest[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t n = strspn(name, rest);

	return n > 0 && *name != '_' && *name != '-' &&
	       strcmp(name + n, ".so") == 0;
}

/* Read what the file says of itself. */
static int
examine(struct lk_file *f, struct lk_way *way, struct lk_error *why)
{
	struct lk_error distrust;
	struct stat st;
	bool is_there;
	int fd, r;

	f->untrusted = lk_check_path(f->found, way, &distrust) < 0;
	free(f->path);
	f->path = f->untrusted ? realpath(f->found, NULL) : strdup(way->file);
	is_there = f->path != NULL;
	if (!is_there) {
		lk_fail(why, errno == ENOMEM ? LK_E_NOMEM : LK_E_CONFIG,
			"cannot be opened: %m");
		f->path = strdup(f->found);
	}
	if (!f->path || lk_file_show(f) < 0)
		return lk_fail_memory(why);
	if (!is_there)
		return -1;
	if (!is_plugin_name(strrchr(f->found, '/') + 1))
		return lk_fail(why, LK_E_CONFIG, "the name must be lower case "
			       "letters, digits, _ and -, then .so");
	fd = lk_note_open(f->path, &st, why);
	if (fd < 0)
		return -1;
	lk_file_identify(f, &st);
	r = lk_note_read(fd, &f->notes, why);
	close(fd);
	if (r == 0 && f->untrusted)
		*why = distrust;
	return f->untrusted ? -1 : r;
}

static int
add_entries(struct lk_file *f)
{
	struct lk_entry *e;
	size_t i;

	if (!f->notes || f->notes->n_mechs == 0)
		return lk_entry_add(f, NULL, NULL) ? 0 : -1;
	for (i = 0; i < f->notes->n_mechs; i++) {
		struct lk_noted *m = &f->notes->mechs[i];

		e = lk_entry_add(f, &m->record,
				 (const struct lk_param_record *const *)
				 m->params);
		if (!e)
			return -1;
		if (m->fault)
			e->fault = lk_host_keep(f->host, m->fault);
	}
	return 0;
}

struct lk_file *
lk_file_new(struct lk_host *h, const char *found, const struct stat *st,
	    size_t directory)
{
	struct lk_file **more, *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->host = h;
	f->directory = directory;
	f->user_dir = directory < h->n_directories &&
		      h->directories[directory].user_dir;
	f->present = true;
	lk_file_identify(f, st);
	f->found = strdup(found);
	more = reallocarray(h->files, h->n_files + 1, sizeof(*more));
	if (more)
		h->files = more;
	if (!f->found || !more) {
		lk_file_free(f);
		return NULL;
	}
	more[h->n_files++] = f;
	return f;
}

/* The file that stands for what was found here, if it is still the same. */
static struct lk_file *
known(struct lk_host *h, const char *found, const struct stat *st)
{
	struct lk_file *f;
	size_t i;

	for (i = 0; i < h->n_files; i++) {
		f = h->files[i];
		if (f->superseded || strcmp(f->found, found) != 0)
			continue;
		if (f->pinned) {
			f->changed = lk_file_differs(f, st);
			return f;
		}
		/* a cured path shows in no time stamp of the file */
		if (!lk_file_differs(f, st) &&
		    is_same_time(f->ctime, st->st_ctim) &&
		    (!f->untrusted || lk_check_path(found, NULL, NULL) < 0))
			return f;
		f->superseded = true;
		f->present = false;
	}
	return NULL;
}

static bool
is_twin(const struct lk_host *h, const struct stat *st)
{
	size_t i;

	for (i = 0; i < h->n_files; i++)
		if (h->files[i]->present && h->files[i]->dev == st->st_dev &&
		    h->files[i]->ino == st->st_ino)
			return true;
	return false;
}

/* *ret NULL: it is gone, or an earlier one by another name. */
static int
visit(struct lk_host *h, const char *found, size_t directory,
      struct lk_way *way, struct lk_file **ret, struct lk_error *err)
{
	struct lk_error why;
	struct lk_file *f;
	struct stat st;

	*ret = NULL;
	if (stat(found, &st) < 0 && lstat(found, &st) < 0)
		return 0;
	f = known(h, found, &st);
	if (!f && is_twin(h, &st))
		return 0;
	if (!f) {
		f = lk_file_new(h, found, &st, directory);
		if (!f)
			return lk_fail_memory(err);
		if (examine(f, way, &why) < 0)
			f->reason = lk_host_keep_error(h, &why);
		if ((f->reason && why.cls == LK_E_NOMEM) ||
		    add_entries(f) < 0) {
			/* the next scan reads it anew */
			f->superseded = true;
			f->present = false;
			return lk_fail_memory(err);
		}
		if (lk_settings_disable(h, found))
			f->reason = lk_host_keep(h, LK_DISABLED);
	}
	f->present = true;
	*ret = f;
	return 0;
}

/* ---- all of them ------------------------------------------------------ */

static int
is_candidate(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n >= 3 && strcmp(d->d_name + n - 3, ".so") == 0;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
scan_directory(struct lk_host *h, size_t directory, struct lk_way *way,
	       struct lk_error *err)
{
	const char *path = h->directories[directory].path;
	struct dirent **list;
	struct lk_file *f;
	char *found;
	int n, i, r = 0;

	n = scandir(path, &list, is_candidate, by_name);
	if (n < 0 && errno == ENOMEM)
		return lk_fail_memory(err);
	if (n < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			lk_host_log(h, LK_LOG_WARN, "%s: %m", path);
		return 0;
	}
	for (i = 0; i < n; i++) {
		if (r == 0 && asprintf(&found, "%s/%s", path,
				       list[i]->d_name) < 0)
			r = lk_fail_memory(err);
		else if (r == 0) {
			r = visit(h, found, directory, way, &f, err);
			free(found);
		}
		free(list[i]);
	}
	free(list);
	return r;
}

int
lk_scan(struct lk_host *h, struct lk_error *err)
{
	struct lk_file *f, *unused;
	size_t i, n = h->n_files;
	struct lk_way way;

	way.given[0] = '\0';
	for (i = 0; i < n; i++)
		h->files[i]->present = h->files[i]->is_linked;
	for (i = 0; i < h->n_directories; i++)
		if (h->directories[i].path &&
		    scan_directory(h, i, &way, err) < 0)
			return -1;
	for (i = 0; i < n; i++) {
		f = h->files[i];
		if (f->directory == h->n_directories && !f->superseded &&
		    visit(h, f->found, f->directory, &way, &unused, err) < 0)
			return -1;
	}
	return 0;
}

int
lk_scan_path(struct lk_host *h, const char *path, struct lk_file **ret,
	     struct lk_error *err)
{
	struct lk_way way;
	struct stat st;
	size_t i;

	way.given[0] = '\0';
	if (stat(path, &st) == 0)
		for (i = 0; i < h->n_files; i++) {
			*ret = h->files[i];
			if ((*ret)->present && !(*ret)->superseded &&
			    (*ret)->dev == st.st_dev &&
			    (*ret)->ino == st.st_ino)
				return 0;
		}
	if (visit(h, path, h->n_directories, &way, ret, err) < 0)
		return -1;
	if (!*ret)
		return lk_fail_path(err, LK_E_CONFIG, path, "no such file");
	return 0;
}
