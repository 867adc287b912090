/* Who could replace a file? SPDX-License-Identifier: MIT */
#include "mech/check.h"

#include "base/ascii.h"
#include "base/error.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40

/* A walk along a path: `done` holds no link any more. */
struct walk {
	char done[PATH_MAX];        /* "" is the root */
	char todo[PATH_MAX];
	unsigned links;
};

bool
lk_check_is_mapped(FILE *map, uid_t uid)
{
	unsigned long inside, count;

	while (fscanf(map, "%lu %*u %lu", &inside, &count) == 2)
		if (uid >= inside && uid - inside < count)
			return true;
	return false;
}

bool
lk_check_is_unmapped(uid_t uid)
{
	FILE *map = fopen("/proc/self/uid_map", "re");
	FILE *overflow = fopen("/proc/sys/kernel/overflowuid", "re");
	unsigned long shown;
	bool r;

	r = map && overflow && fscanf(overflow, "%lu", &shown) == 1 &&
	    shown == uid && !lk_check_is_mapped(map, uid);
	if (map)
		fclose(map);
	if (overflow)
		fclose(overflow);
	return r;
}

static int
check_one(const char *path, const struct stat *st, struct lk_error *err)
{
	const bool link = S_ISLNK(st->st_mode);
	const unsigned others = link ? 0 : st->st_mode & 022;
	const unsigned mode = st->st_mode & 07777;
	char shown[PATH_MAX];

	if (st->st_uid != 0 && st->st_uid != geteuid() &&
	    (others || !lk_check_is_unmapped(st->st_uid))) {
		lk_ascii_printable(shown, sizeof(shown), path, strlen(path));
		lk_fail(err, LK_E_CONFIG, "%s is owned by uid %u (mode %04o), "
			"who is neither root nor the user of this program "
			"(uid %u) and could replace the plugin", shown,
			(unsigned)st->st_uid, mode, (unsigned)geteuid());
		lk_advise(err, "chown %sroot %s", link ? "-h " : "", shown);
		return -1;
	}
	/* below a sticky directory the entry is what counts */
	if (others && !(S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX))) {
		lk_ascii_printable(shown, sizeof(shown), path, strlen(path));
		lk_fail(err, LK_E_CONFIG, "%s (owned by uid %u, mode %04o) is "
			"writable by %s, who could replace the plugin", shown,
			(unsigned)st->st_uid, mode,
			others & S_IWOTH ? "everybody" : "its group");
		lk_advise(err, "chmod go-w %s", shown);
		return -1;
	}
	return 0;
}

static int
too_long(struct lk_error *err)
{
	return lk_fail(err, LK_E_CONFIG,
		       "the path is too long, or has too many links");
}

/* Put the link's target before what is left to do. */
static int
follow(struct walk *w, struct lk_error *err)
{
	char target[PATH_MAX];
	ssize_t n = readlink(w->done, target, sizeof(target) - 1);
	size_t left = strlen(w->todo);

	if (n <= 0)
		return lk_fail(err, LK_E_CONFIG, "a link cannot be read: %m");
	if (++w->links > LINKS_MAX || (size_t)n + 1 + left >= sizeof(w->todo))
		return too_long(err);
	memmove(w->todo + n + 1, w->todo, left + 1);
	memcpy(w->todo, target, (size_t)n);
	w->todo[n] = '/';
	if (target[0] == '/')
		w->done[0] = '\0';
	else
		*strrchr(w->done, '/') = '\0';
	return 0;
}

/* Look at w->done, which has just grown by a name. */
static int
look(struct walk *w, struct lk_error *err)
{
	struct stat st;

	if (lstat(w->done, &st) < 0)
		return lk_fail(err, LK_E_CONFIG, "cannot be examined: %m");
	if (check_one(w->done, &st, err) < 0)
		return -1;
	return S_ISLNK(st.st_mode) ? follow(w, err) : 0;
}

/* Go one name further.  Returns 1, 0 at the end, -1. */
static int
advance(struct walk *w, struct lk_error *err)
{
	const char *rest = w->todo, *name;
	size_t have = strlen(w->done), n;
	bool grown = false;
	char *slash;

	name = lk_ascii_next(&rest, "/", &n);
	if (!name)
		return 0;
	if (n == 2 && memcmp(name, "..", 2) == 0) {
		slash = strrchr(w->done, '/');
		if (slash)
			*slash = '\0';
	} else if (n != 1 || *name != '.') {
		if (have + 1 + n >= sizeof(w->done))
			return too_long(err);
		w->done[have] = '/';
		memcpy(w->done + have + 1, name, n);
		w->done[have + 1 + n] = '\0';
		grown = true;
	}
	memmove(w->todo, rest, strlen(rest) + 1);
	return grown && look(w, err) < 0 ? -1 : 1;
}

/* At the root, or at a directory that is known. */
static int
begin(struct walk *w, const char *name, const struct lk_way *way,
      struct lk_error *err)
{
	size_t len = strlen(w->todo) - strlen(name);
	struct stat st;

	if (way && len && strlen(way->given) == len &&
	    memcmp(w->todo, way->given, len) == 0) {
		lk_ascii_copy(w->done, sizeof(w->done), way->real);
		lk_ascii_copy(w->todo, sizeof(w->todo), name);
		return 0;
	}
	if (stat("/", &st) < 0)
		return lk_fail(err, LK_E_CONFIG, "/ cannot be examined: %m");
	return check_one("/", &st, err);
}

int
lk_check_path(const char *path, struct lk_way *way, struct lk_error *err)
{
	const char *name = strrchr(path, '/');
	struct walk w = { .links = 0 };
	int r;

	if (*path != '/' || !lk_ascii_copy(w.todo, sizeof(w.todo), path))
		return lk_fail(err, LK_E_CONFIG,
			       "the path is not absolute, or too long");
	if (begin(&w, name, way, err) < 0)
		return -1;
	while ((r = advance(&w, err)) > 0) {
		if (!way || strcmp(w.todo, name) != 0)
			continue;
		memcpy(way->given, path, (size_t)(name - path));
		way->given[name - path] = '\0';
		lk_ascii_copy(way->real, sizeof(way->real), w.done);
	}
	if (way && r == 0)
		lk_ascii_copy(way->file, sizeof(way->file), w.done);
	return r;
}
