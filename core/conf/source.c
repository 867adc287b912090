/* Secret sources. SPDX-License-Identifier: MIT */
#include "conf/source.h"

#include "base/ascii.h"
#include "base/error.h"
#include "conf/rules.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FD_MAX 1048575

struct kind {
	const char *prefix;
	const char *(*rule)(const char *rest);
	int32_t (*read)(struct lk_source *, const char *rest,
			struct lk_error *);
	bool once;                  /* cannot be read a second time */
};

static int32_t
fail(struct lk_error *err, const char *what, const char *name, const char *why)
{
	lk_fail(err, LK_E_NOPROP, "the %s %s %s", what, name, why);
	return LK_E_NOPROP;
}

/* ---- env: --------------------------------------------------------------- */

static const char *
rule_env(const char *name)
{
	return !*name || strchr(name, '=')
		? "is no source: env: takes the name of a variable" : NULL;
}

static int32_t
read_env(struct lk_source *s, const char *name, struct lk_error *err)
{
	const char *value = secure_getenv(name);

	if (!value)
		return fail(err, "environment variable", name, "is not set");
	if (strlen(value) > LK_SOURCE_MAX)
		return fail(err, "environment variable", name,
			    "is too long for a secret (64 KiB)");
	return lk_buf_puts(&s->got, value) < 0 ? lk_fail_memory(err) : LK_DONE;
}

/* ---- file: -------------------------------------------------------------- */

static const char *
rule_file(const char *path)
{
	return *path ? NULL : "is no source: file: takes a path";
}

/* Only the owner may have any access. */
static int32_t
check_file(int fd, const char *path, struct lk_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail(err, "file", path, strerror(errno));
	if (!S_ISREG(st.st_mode)) {
		fail(err, "file", path, "is not a regular file");
		lk_advise(err, "a pipe is read by fd:N, a program by cmd:");
		return LK_E_NOPROP;
	}
	if (st.st_mode & (S_IRWXG | S_IRWXO)) {
		lk_fail(err, LK_E_NOPROP, "the file %s has mode %04o: others "
			"than its owner have access to the secret", path,
			(unsigned)st.st_mode & 07777);
		lk_advise(err, "chmod 600 %s", path);
		return LK_E_NOPROP;
	}
	return LK_DONE;
}

static int32_t
read_file(struct lk_source *s, const char *path, struct lk_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int r;

	if (fd < 0) {
		lk_fail(err, LK_E_NOPROP, "the file %s cannot be read: %s",
			path, strerror(errno));
		if (path[0] == '~')
			lk_advise(err, "~ is not expanded here: write the "
				  "whole path");
		return LK_E_NOPROP;
	}
	r = check_file(fd, path, err);
	while (r == 0)
		r = lk_source_drain(s, fd, err);
	close(fd);
	return r < 0 ? LK_E_NOPROP : LK_DONE;
}

/* ---- fd: ---------------------------------------------------------------- */

static const char *
rule_fd(const char *number)
{
	return lk_ascii_number(number, strlen(number), FD_MAX) < 0
		? "is no source: fd: takes the number of a descriptor" : NULL;
}

/* A blocking descriptor is polled before each read, so this never blocks. */
static int32_t
read_fd(struct lk_source *s, const char *number, struct lk_error *err)
{
	int fd = (int)lk_ascii_number(number, strlen(number), FD_MAX);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int r = 0;

	while (r == 0) {
		r = poll(&p, 1, 0);
		if (r < 0 && errno == EINTR)
			r = 0;
		else if (r == 0) {
			s->wait_fd = fd;
			return LK_PENDING;
		} else if (r < 0 || (p.revents & POLLNVAL))
			return fail(err, "descriptor", number, "is not open");
		else
			r = lk_source_drain(s, fd, err);
	}
	s->used = true;
	return r < 0 ? LK_E_NOPROP : LK_DONE;
}

/* ---- all ----------------------------------------------------------------- */

static const struct kind kinds[] = {
	{ "env:", rule_env, read_env, false },
	{ "file:", rule_file, read_file, false },
	{ "cmd:", lk_command_rule, lk_command_read, false },
	{ "fd:", rule_fd, read_fd, true },
};

static const struct kind *
find(const char *spec)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncmp(spec, kinds[i].prefix, strlen(kinds[i].prefix)) ==
		    0)
			return &kinds[i];
	return NULL;
}

const char *
lk_source_rule(const char *spec)
{
	const struct kind *k = find(spec);
	const char *rule = lk_rule_text(spec);

	if (rule || lk_source_is_prompt(spec))
		return rule;
	if (!k)
		return "is no source: env:NAME, file:PATH, cmd:PROGRAM ARG..., "
		       "fd:N or prompt";
	return k->rule(spec + strlen(k->prefix));
}

const char *
lk_source_variable(const char *spec)
{
	const struct kind *k = find(spec);

	return k && k->read == read_env ? spec + strlen(k->prefix) : NULL;
}

void
lk_source_guard(const char *spec)
{
	const struct kind *k = find(spec);
	long fd = -1;

	if (k && k->read == read_fd)
		fd = lk_ascii_number(spec + strlen(k->prefix),
				     strlen(spec + strlen(k->prefix)), FD_MAX);
	/* without the first three no program runs well */
	if (fd > STDERR_FILENO)
		fcntl((int)fd, F_SETFD, FD_CLOEXEC);
}

bool
lk_source_is_prompt(const char *spec)
{
	return strcmp(spec, "prompt") == 0;
}

void
lk_source_init(struct lk_source *s)
{
	memset(s, 0, sizeof(*s));
	lk_buf_init(&s->got, LK_SOURCE_MAX);
	s->fd = s->wait_fd = s->wait_ms = -1;
	s->deadline_ms = LK_SOURCE_DEADLINE_MS;
}

void
lk_source_wipe(struct lk_source *s)
{
	lk_command_stop(s);
	lk_buf_wipe(&s->got);
	s->used = false;
}

int
lk_source_drain(struct lk_source *s, int fd, struct lk_error *err)
{
	unsigned char piece[512];
	ssize_t n = read(fd, piece, sizeof(piece));
	int r = 0;

	if (n < 0 && errno != EINTR && errno != EAGAIN)
		r = lk_fail(err, LK_E_NOPROP, "reading the secret: %s",
			    strerror(errno));
	else if (n > 0 && (size_t)n > LK_SOURCE_MAX - s->got.len)
		r = lk_fail(err, LK_E_NOPROP,
			    "what should be a secret is longer than 64 KiB");
	else if (n > 0 && lk_buf_add(&s->got, piece, (size_t)n) < 0)
		r = lk_fail_memory(err);
	explicit_bzero(piece, sizeof(piece));
	return n == 0 ? 1 : r;
}

/* Cut one line's end; refuse what is no secret. */
static int32_t
finish(struct lk_source *s, const struct kind *k, const char *spec,
       struct lk_error *err)
{
	size_t n = s->got.len;
	/* an argument may be anything, the program's name is enough */
	int shown = (int)strcspn(spec, " \t");

	if (n && s->got.data[n - 1] == '\n')
		n--;
	if (n < s->got.len && n && s->got.data[n - 1] == '\r')
		n--;
	s->got.len = n;
	if (n && !memchr(s->got.data, '\0', n))
		return LK_DONE;
	lk_fail(err, LK_E_NOPROP, "%.*s %s", shown, spec,
		n ? "gave a NUL, which no secret holds"
		  : k->read == lk_command_read ? "printed nothing"
					       : "holds an empty secret");
	return LK_E_NOPROP;
}

int32_t
lk_source_read(struct lk_source *s, const char *spec, uint32_t flags,
	       struct lk_error *err)
{
	const struct kind *k = find(spec);
	int32_t r;

	s->wait_fd = s->wait_ms = -1;
	if (k->once && s->used) {
		lk_fail(err, LK_E_NOPROP, "%s was read already and cannot give "
			"%s secret", spec,
			flags & LK_ASK_RENEW ? "another" : "the");
		return LK_E_NOPROP;
	}
	r = k->read(s, spec + strlen(k->prefix), err);
	if (r == LK_DONE)
		r = finish(s, k, spec, err);
	else if (r < 0)
		r = err && err->cls == LK_E_NOMEM ? LK_E_NOMEM : LK_E_NOPROP;
	if (r < 0)
		lk_buf_wipe(&s->got);
	return r;
}
