/* The state directory and its files. SPDX-License-Identifier: MIT */
#include "mech/state.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SAFE (O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)

struct lk_state_dir {
	pthread_mutex_t lock;
	char *path;
	int fd;                     /* or -1: not opened yet */
	bool has_failed;            /* the log says why: not once more */
};

struct lk_state_dir *
lk_state_dir_new(const char *path)
{
	struct lk_state_dir *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->fd = -1;
	d->path = strdup(path);
	if (!d->path || pthread_mutex_init(&d->lock, NULL) != 0) {
		free(d->path);
		free(d);
		return NULL;
	}
	return d;
}

void
lk_state_dir_free(struct lk_state_dir *d)
{
	if (!d)
		return;
	if (d->fd >= 0)
		close(d->fd);
	pthread_mutex_destroy(&d->lock);
	free(d->path);
	free(d);
}

/* Nobody else may say what was learnt, or hold a login back. */
static bool
is_ours(const struct stat *st)
{
	return st->st_uid == geteuid() && !(st->st_mode & 022);
}

static int
open_directory(struct lk_host *h, struct lk_state_dir *d, bool make)
{
	struct stat st;
	int fd;

	if (make && mkdir(d->path, 0700) < 0 && errno != EEXIST) {
		lk_host_log(h, LK_LOG_INFO, "nothing is remembered: the state "
			    "directory %s cannot be made: %m", d->path);
		d->has_failed = true;
		return -1;
	}
	fd = open(d->path, O_RDONLY | O_DIRECTORY | SAFE);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR) && !make)
		return -1;
	if (fd >= 0 && fstat(fd, &st) == 0 && is_ours(&st))
		return fd;
	if (fd < 0)
		lk_host_log(h, LK_LOG_WARN, "nothing is remembered: the state "
			    "directory %s cannot be opened: %m", d->path);
	else
		lk_host_log(h, LK_LOG_WARN, "nothing is remembered: the state "
			    "directory %s (owner %u, mode %04o) must belong to "
			    "user %u, and nobody else may write to it", d->path,
			    (unsigned)st.st_uid, (unsigned)st.st_mode & 07777,
			    (unsigned)geteuid());
	if (fd >= 0)
		close(fd);
	d->has_failed = true;
	return -1;
}

int
lk_state_open(struct lk_host *h, bool make)
{
	struct lk_state_dir *d = h->state_dir;
	int fd;

	if (!d)
		return -1;
	pthread_mutex_lock(&d->lock);
	if (d->fd < 0 && !d->has_failed)
		d->fd = open_directory(h, d, make);
	fd = d->fd;
	pthread_mutex_unlock(&d->lock);
	return fd;
}

/* ---- reading ------------------------------------------------------------ */

static int
slurp(int fd, struct lk_buf *to)
{
	unsigned char octets[4096];
	ssize_t n;

	while ((n = read(fd, octets, sizeof(octets))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || lk_buf_add(to, octets, (size_t)n) < 0)
			return -1;
	}
	return 0;
}

static const char *
find_fault(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "it is not a regular file";
	if (!is_ours(st))
		return "it belongs to another user, or others may write to it";
	return st->st_size > LK_STATE_MAX ? "it is too long" : NULL;
}

/* 0; or -1, with *why NULL: no memory. */
static int
read_file(int fd, struct lk_state *s, const char **why)
{
	struct lk_buf text;
	struct stat st;
	int r = -1;

	*why = "it cannot be read";
	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	*why = find_fault(&st);
	lk_buf_init(&text, LK_STATE_MAX);
	if (!*why && slurp(fd, &text) == 0)
		r = lk_state_parse(s, (const char *)text.data, text.len, why);
	lk_buf_wipe(&text);
	if (r < 0 && !*why)
		return -1;
	/* what is damaged is not read again while it stays as it is */
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	s->mtime = st.st_mtim;
	return r;
}

int
lk_state_read(struct lk_host *h, const char *host, uint32_t port,
	      struct lk_state *s)
{
	int dir = lk_state_open(h, false), fd, r;
	char name[256];
	const char *why;

	memset(s, 0, sizeof(*s));
	if (dir < 0 || !lk_state_place(host, port, name))
		return -1;
	fd = openat(dir, name, O_RDONLY | SAFE);
	if (fd < 0 && errno == ENOENT)
		return 0;
	r = read_file(fd, s, &why);
	if (r < 0 && why)
		lk_host_log(h, LK_LOG_WARN, "%s in the state directory is "
			    "ignored, and replaced when there is something to "
			    "write: %s", name, why);
	if (fd >= 0)
		close(fd);
	return r < 0 && !why ? -1 : 0;
}

bool
lk_state_is_current(struct lk_host *h, const char *host, uint32_t port,
		    const struct lk_state *s)
{
	int dir = lk_state_open(h, false);
	struct stat st;
	char name[256];

	memset(&st, 0, sizeof(st));
	if (dir < 0 || !lk_state_place(host, port, name))
		return true;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		memset(&st, 0, sizeof(st));
	return st.st_dev == s->dev && st.st_ino == s->ino &&
	       st.st_mtim.tv_sec == s->mtime.tv_sec &&
	       st.st_mtim.tv_nsec == s->mtime.tv_nsec;
}

/* ---- writing ------------------------------------------------------------ */

static int
spill(int fd, const struct lk_buf *text)
{
	size_t done = 0;
	ssize_t n;

	while (done < text->len) {
		n = write(fd, text->data + done, text->len - done);
		if (n < 0 && errno != EINTR)
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int
replace(int dir, const char *name, const struct lk_buf *text,
	struct lk_state *s)
{
	char made[256 + 8];
	struct stat st;
	int fd, r;

	snprintf(made, sizeof(made), "%s.new", name);
	unlinkat(dir, made, 0);
	fd = openat(dir, made, O_WRONLY | O_CREAT | O_EXCL | SAFE, 0600);
	if (fd < 0)
		return -1;
	r = spill(fd, text);
	if (r == 0)
		r = fstat(fd, &st);
	if (close(fd) < 0)
		r = -1;
	if (r == 0)
		r = renameat(dir, made, dir, name);
	if (r < 0) {
		unlinkat(dir, made, 0);
		return -1;
	}
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	s->mtime = st.st_mtim;
	return 0;
}

static void
write_state(struct lk_host *h, const char *host, uint32_t port,
	    struct lk_state *s)
{
	int dir = lk_state_open(h, true);
	struct lk_buf text;
	char name[256];

	lk_buf_init(&text, LK_STATE_MAX);
	if (dir >= 0 && lk_state_place(host, port, name) &&
	    lk_state_format(s, h->ledger->date(), &text) == 0 &&
	    replace(dir, name, &text, s) < 0)
		lk_host_log(h, LK_LOG_WARN, "%s in the state directory cannot "
			    "be written: %m", name);
	lk_buf_wipe(&text);
}

void
lk_state_change(struct lk_host *h, const char *host, uint32_t port,
		bool (*change)(struct lk_state *, int64_t now, void *ctx),
		void *ctx, struct lk_state *s)
{
	int lock = lk_state_lock_change(h), r = 0;

	if (lock < 0)
		return;
	if (!lk_state_is_current(h, host, port, s)) {
		lk_state_wipe(s);
		r = lk_state_read(h, host, port, s);
	}
	/* what was not understood for want of memory stays */
	if (r == 0 && change(s, h->ledger->date(), ctx))
		write_state(h, host, port, s);
	lk_state_lock_close(lock);
}
