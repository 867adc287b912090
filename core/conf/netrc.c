/* netrc: the password of a host and a user, from a file of many.
 * SPDX-License-Identifier: MIT */
#include "conf/source.h"

#include "base/ascii.h"
#include "base/error.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_LIMIT (1024 * 1024)
#define PIECE 4096

/* Not ended by a NUL; p is NULL: there is none. */
struct word {
	const char *p;
	size_t len;
};

/* Where we are. */
struct text {
	char *at, *end;
	unsigned line;
};

/* What stands between two `machine`s. */
struct entry {
	bool is_default;
	struct word machine, login, password, port;
};

/* ---- words --------------------------------------------------------------- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
skip_line(struct text *t)
{
	while (t->at < t->end && *t->at != '\n')
		t->at++;
}

/* To the next word: past blanks, line ends, and lines that begin with #. */
static void
skip(struct text *t, bool is_begin)
{
	while (t->at < t->end) {
		if (*t->at == '\n') {
			t->line++;
			is_begin = true;
		} else if (*t->at == '#' && is_begin) {
			skip_line(t);
			continue;
		} else if (!is_blank(*t->at)) {
			return;
		}
		t->at++;
	}
}

/* "..." with \n, \r, \t and \ before anything else; in place.  -1: its end is
 * missing. */
static int
unquote(struct text *t, struct word *w)
{
	const unsigned line = t->line;
	char *to = ++t->at;

	w->p = to;
	while (t->at < t->end && *t->at != '"') {
		char c = *t->at++;

		if (c == '\n')
			t->line++;
		if (c == '\\' && t->at < t->end) {
			c = *t->at++;
			c = c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t'
			    : c;
		}
		*to++ = c;
	}
	w->len = (size_t)(to - w->p);
	if (t->at == t->end) {
		t->line = line;
		return -1;
	}
	t->at++;
	return 0;
}

/* 1; 0: the end; -1: a quote is not closed. */
static int
next_word(struct text *t, struct word *w)
{
	skip(t, false);
	w->p = t->at;
	w->len = 0;
	if (t->at == t->end)
		return 0;
	if (*t->at == '"')
		return unquote(t, w) < 0 ? -1 : 1;
	while (t->at < t->end && !is_blank(*t->at))
		t->at++;
	w->len = (size_t)(t->at - w->p);
	return 1;
}

static bool
is(const struct word *w, const char *text)
{
	return w->p && w->len == strlen(text) &&
	       memcmp(w->p, text, w->len) == 0;
}

/* A macro ends at an empty line. */
static void
skip_macro(struct text *t)
{
	size_t len;

	do {
		char *from;

		skip_line(t);
		if (t->at == t->end)
			return;
		from = ++t->at;
		t->line++;
		skip_line(t);
		len = (size_t)(t->at - from);
		if (len == 1 && *from == '\r')
			len = 0;
		t->at = from;
	} while (len);
}

/* ---- entries ------------------------------------------------------------- */

static bool
is_port(const struct word *w, const struct lk_whose *whose)
{
	return !w->p || is(w, whose->service) ||
	       lk_ascii_number(w->p, w->len, 65535) == (long)whose->port;
}

static bool
is_meant(const struct entry *e, const struct lk_whose *whose)
{
	bool host = e->is_default || (e->machine.p &&
		lk_ascii_equal_n(e->machine.p, e->machine.len, whose->host));

	return host && is(&e->login, whose->user) &&
	       is_port(&e->port, whose) && e->password.p;
}

static struct word *
place(struct entry *e, const struct word *name)
{
	if (is(name, "login"))
		return &e->login;
	if (is(name, "password"))
		return &e->password;
	return is(name, "port") ? &e->port : NULL;
}

/* 1: *e is the one that is meant; 0: there is none; -1: the file is not
 * understood.  What else stands there, and its value, is passed over. */
static int
search(struct text *t, const struct lk_whose *whose, struct entry *e)
{
	struct word w, *to;
	int r;

	memset(e, 0, sizeof(*e));
	skip(t, true);
	while ((r = next_word(t, &w)) > 0) {
		to = place(e, &w);
		if (is(&w, "machine") || is(&w, "default")) {
			if (is_meant(e, whose))
				return 1;
			memset(e, 0, sizeof(*e));
			e->is_default = *w.p == 'd';
			to = e->is_default ? NULL : &e->machine;
		} else if (is(&w, "macdef")) {
			skip_macro(t);
		}
		if (to && next_word(t, to) <= 0)
			return -1;
	}
	return r < 0 ? -1 : is_meant(e, whose);
}

/* ---- the file ------------------------------------------------------------ */

static int
load(struct lk_buf *all, const char *path, struct lk_error *err)
{
	int fd = lk_source_open(path, false, err), r = 0;
	unsigned char *to;
	ssize_t n = 1;

	if (fd < 0)
		return -1;
	while (r == 0 && n) {
		to = lk_buf_reserve(all, PIECE);
		n = to ? read(fd, to, PIECE) : -1;
		if (n > 0)
			all->len += (size_t)n;
		else if (!to && all->len > FILE_LIMIT)
			r = lk_fail(err, LK_E_NOPROP, "the file %s is longer "
				    "than 1 MiB", path);
		else if (!to)
			r = lk_fail_memory(err);
		else if (n < 0 && errno != EINTR)
			r = lk_fail(err, LK_E_NOPROP, "the file %s cannot be "
				    "read: %s", path, strerror(errno));
	}
	close(fd);
	return r;
}

static int
take(struct lk_source *s, struct lk_buf *all, const char *path,
     const struct lk_whose *whose, struct lk_error *err)
{
	struct text t = { (char *)all->data, (char *)all->data + all->len, 1 };
	struct entry e;
	int r = search(&t, whose, &e);

	if (r < 0)
		return lk_fail(err, LK_E_NOPROP, "%s:%u: a quote is not "
			       "closed, or a value is missing", path, t.line);
	if (r == 0) {
		lk_fail(err, LK_E_NOPROP, "the file %s has no password for "
			"machine %s login %s", path, whose->host, whose->user);
		lk_advise(err, "machine %s login %s password ...",
			  whose->host, whose->user);
		return -1;
	}
	if (e.password.len > LK_SOURCE_MAX)
		return lk_fail(err, LK_E_NOPROP, "the password in %s is longer "
			       "than 64 KiB", path);
	if (e.password.len &&
	    lk_buf_add(&s->got, e.password.p, e.password.len) < 0)
		return lk_fail_memory(err);
	return 0;
}

const char *
lk_netrc_rule(const char *path)
{
	return *path ? NULL : "is no source: netrc: takes a path, netrc alone "
			      "is ~/.netrc";
}

int32_t
lk_netrc_read(struct lk_source *s, const char *path, uint32_t flags,
	      const struct lk_whose *whose, struct lk_error *err)
{
	const char *home = path ? NULL : secure_getenv("HOME");
	char room[PATH_MAX];
	struct lk_buf all;
	int r;

	(void)flags;
	if (!path && (!home || *home != '/'))
		return lk_fail(err, LK_E_NOPROP, "netrc alone is ~/.netrc, and "
			       "there is no HOME that may be trusted");
	if (!path && snprintf(room, sizeof(room), "%s/.netrc", home) >=
		     (int)sizeof(room))
		return lk_fail(err, LK_E_NOPROP, "HOME is too long");
	if (!whose->host || !whose->user) {
		lk_fail(err, LK_E_NOPROP, "netrc finds a password by host and "
			"user, and the account has no %s", whose->host ? "user"
			: "host");
		lk_advise(err, "user = NAME");
		return -1;
	}
	lk_buf_init(&all, FILE_LIMIT + PIECE);
	r = load(&all, path ? path : room, err);
	if (r == 0)
		r = take(s, &all, path ? path : room, whose, err);
	lk_buf_wipe(&all);
	return r < 0 ? LK_E_NOPROP : LK_DONE;
}
