/* Reading aliases(5). SPDX-License-Identifier: MIT */
#include "cli/aliases.h"

#include "base/ascii.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX 1048576

static int
fail_line(const char *path, unsigned line, const char *why,
	  struct lk_error *err)
{
	return lk_fail(err, LK_E_CONFIG, "%s:%u: %s", path, line, why);
}

/* ---- the file ------------------------------------------------------------ */

/* Who may write to it decides where mail goes. */
static const char *
mistrust(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "it is no regular file";
	if (st->st_size > FILE_MAX)
		return "it has more than 1 MiB";
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return "it belongs neither to root nor to the user";
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return "others may write to it";
	return NULL;
}

/* To free(), with a NUL behind it; NULL with *err set. */
static char *
read_text(const char *path, struct lk_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *why = NULL;
	char *text = NULL;
	struct stat st;
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0 || fstat(fd, &st) < 0)
		why = strerror(errno);
	else
		why = mistrust(&st);
	if (!why && !(text = malloc(FILE_MAX + 1)))
		lk_fail_memory(err);
	while (text && n > 0 && len < FILE_MAX) {
		n = read(fd, text + len, FILE_MAX - len);
		if (n > 0)
			len += (size_t)n;
	}
	if (text && n < 0)
		why = strerror(errno);
	if (fd >= 0)
		close(fd);
	if (text && !why && memchr(text, '\0', len))
		why = "it holds a NUL";
	if (why) {
		lk_fail(err, LK_E_CONFIG, "aliases: %s: %s", path, why);
		free(text);
		return NULL;
	}
	if (text)
		text[len] = '\0';
	return text;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static char *
skip_blanks(char *p)
{
	while (is_blank(*p))
		p++;
	return p;
}

static void
cut_blanks(char *text)
{
	size_t n = strlen(text);

	while (n && is_blank(text[n - 1]))
		text[--n] = '\0';
}

/* `name: value`, the name in quotes or not.  NULL, or what is wrong. */
static const char *
read_alias(struct lk_alias *a, char *line)
{
	char *colon;
	size_t i;

	if (*line == '"') {
		a->name = ++line;
		line = strchr(line, '"');
		if (!line)
			return "a quote is not closed";
		*line++ = '\0';
		colon = skip_blanks(line);
	} else {
		a->name = line;
		colon = strchr(line, ':');
	}
	if (!colon || *colon != ':')
		return "it is no `name: target, ...`";
	*colon = '\0';
	cut_blanks(a->name);
	if (!*a->name)
		return "no name stands before the colon";
	for (i = 0; a->name[i]; i++)
		a->name[i] = lk_ascii_lower(a->name[i]);
	a->value = skip_blanks(colon + 1);
	a->end = a->value + strlen(a->value);
	return NULL;
}

static struct lk_alias *
add(struct lk_aliases *all, unsigned line)
{
	struct lk_alias *more = all->list;

	/* n is 0 or a power of two: it is full */
	if ((all->n & (all->n - 1)) == 0)
		more = realloc(all->list, (all->n ? 2 * all->n : 1) *
			       sizeof(*more));
	if (!more)
		return NULL;
	all->list = more;
	more[all->n] = (struct lk_alias){ .line = line };
	return &more[all->n++];
}

/* A line that begins with a blank goes on with the value before, whose end moves
 * over what was between them. */
static void
go_on(struct lk_alias *a, const char *line)
{
	size_t n = strlen(line);

	*a->end = ' ';
	memmove(a->end + 1, line, n + 1);
	a->end += 1 + n;
}

static int
read_lines(struct lk_aliases *all, const char *path, struct lk_error *err)
{
	struct lk_alias *last = NULL;
	char *line, *next, *first;
	const char *why;
	unsigned n = 0;

	for (line = all->text; line; line = next) {
		n++;
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		cut_blanks(line);
		first = skip_blanks(line);
		if (!*first || *first == '#')
			continue;
		if (first > line && !last)
			return fail_line(path, n, "nothing is there to go on "
					 "with", err);
		if (first > line) {
			go_on(last, first);
			continue;
		}
		last = add(all, n);
		if (!last)
			return lk_fail_memory(err);
		why = read_alias(last, line);
		if (why)
			return fail_line(path, n, why, err);
	}
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	const struct lk_alias *one = a, *other = b;
	int r = strcmp(one->name, other->name);

	return r ? r : one->line < other->line ? -1 : 1;
}

static int
sort(struct lk_aliases *all, const char *path, struct lk_error *err)
{
	size_t i;

	if (all->n)
		qsort(all->list, all->n, sizeof(*all->list), by_name);
	for (i = 1; i < all->n; i++)
		if (strcmp(all->list[i - 1].name, all->list[i].name) == 0)
			return fail_line(path, all->list[i].line, "this name "
					 "has an alias in an earlier line "
					 "already", err);
	return 0;
}

int
lk_aliases_read(struct lk_aliases **ret, const char *path, struct lk_error *err)
{
	struct lk_aliases *all = calloc(1, sizeof(*all));

	if (!all)
		return lk_fail_memory(err);
	all->text = read_text(path, err);
	if (all->text && read_lines(all, path, err) == 0 &&
	    sort(all, path, err) == 0) {
		*ret = all;
		return 0;
	}
	lk_aliases_free(all);
	return -1;
}

struct lk_alias *
lk_aliases_find(const struct lk_aliases *all, const char *key)
{
	size_t low = 0, high = all ? all->n : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int r = strcmp(all->list[middle].name, key);

		if (r == 0)
			return &all->list[middle];
		if (r < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

void
lk_aliases_free(struct lk_aliases *all)
{
	if (!all)
		return;
	free(all->text);
	free(all->list);
	free(all);
}
