/* Secret sources. SPDX-License-Identifier: MIT */
#include "conf/source.h"

#include "base/ascii.h"
#include "base/error.h"
#include "base/pages.h"
#include "conf/rules.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FD_MAX 1048575

/* Does something follow its name, after a colon? */
enum rest { NEEDED, OPTIONAL, NONE };

struct kind {
	const char *name;
	enum rest rest;
	const char *(*rule)(const char *rest);
	int32_t (*read)(struct lk_source *, const char *rest, uint32_t flags,
			const struct lk_whose *, struct lk_error *);
	bool is_program;
};

/* ---- env: --------------------------------------------------------------- */

static const char *
rule_env(const char *name)
{
	return !*name || strchr(name, '=')
		? "is no source: env: takes the name of a variable" : NULL;
}

static int32_t
read_env(struct lk_source *s, const char *name, uint32_t flags,
	 const struct lk_whose *whose, struct lk_error *err)
{
	const char *value = secure_getenv(name);

	(void)flags;
	(void)whose;
	if (!value) {
		lk_fail(err, LK_E_NOPROP, "the environment variable %s is not "
			"set", name);
		lk_advise(err, "export it where this is started; jobs of cron "
			  "and units of systemd have none of a shell's "
			  "variables");
		return LK_E_NOPROP;
	}
	if (strlen(value) > LK_SOURCE_MAX)
		return lk_fail(err, LK_E_NOPROP, "the environment variable %s "
			       "is too long for a secret (64 KiB)", name);
	return lk_buf_puts(&s->got, value) < 0 ? lk_fail_memory(err) : LK_DONE;
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
read_fd(struct lk_source *s, const char *number, uint32_t flags,
	const struct lk_whose *whose, struct lk_error *err)
{
	int fd = (int)lk_ascii_number(number, strlen(number), FD_MAX);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int r = 0;

	(void)whose;
	if (s->used)
		return lk_fail(err, LK_E_NOPROP, "%s was read already and "
			       "cannot give %s secret", s->shown,
			       flags & LK_ASK_RENEW ? "another" : "the");
	while (r == 0) {
		r = poll(&p, 1, 0);
		if (r < 0 && errno == EINTR)
			r = 0;
		else if (r == 0) {
			s->wait_fd = fd;
			return LK_PENDING;
		} else if (r < 0 || (p.revents & POLLNVAL))
			return lk_fail(err, LK_E_NOPROP, "the descriptor %s is "
				       "not open", number);
		else
			r = lk_source_drain(s, fd, err);
	}
	s->used = true;
	return r < 0 ? LK_E_NOPROP : LK_DONE;
}

/* ---- all ----------------------------------------------------------------- */

static const struct kind kinds[] = {
	{ "env", NEEDED, rule_env, read_env, false },
	{ "file", NEEDED, lk_file_rule, lk_file_read, false },
	{ "cmd", NEEDED, lk_command_rule, lk_command_read, true },
	{ "fd", NEEDED, rule_fd, read_fd, false },
	{ "credential", NEEDED, lk_credential_rule, lk_credential_read, false },
	{ "netrc", OPTIONAL, lk_netrc_rule, lk_netrc_read, false },
	{ "keyring", OPTIONAL, lk_keyring_rule, lk_keyring_read, true },
	{ "oauth", NONE, NULL, lk_oauth_read, true },
};

/* *rest: what follows the colon, or NULL. */
static const struct kind *
find(const char *spec, const char **rest)
{
	const struct kind *k;
	size_t n;

	for (k = kinds; k < kinds + sizeof(kinds) / sizeof(kinds[0]); k++) {
		n = strlen(k->name);
		if (strncmp(spec, k->name, n) != 0)
			continue;
		*rest = spec[n] == ':' ? spec + n + 1 : NULL;
		if (*rest ? k->rest != NONE : !spec[n] && k->rest != NEEDED)
			return k;
	}
	*rest = NULL;
	return NULL;
}

const char *
lk_source_rule(const char *spec)
{
	const char *rule = lk_rule_text(spec), *rest;
	const struct kind *k = find(spec, &rest);

	if (rule || lk_source_is_prompt(spec))
		return rule;
	if (!k)
		return "is no source: env:NAME, file:PATH, cmd:PROGRAM ARG..., "
		       "fd:N, netrc, credential:NAME, keyring, oauth or prompt";
	return rest ? k->rule(rest) : NULL;
}

const char *
lk_source_variable(const char *spec)
{
	const char *rest;
	const struct kind *k = find(spec, &rest);

	return k && k->read == read_env ? rest : NULL;
}

void
lk_source_guard(const char *spec)
{
	const char *rest;
	const struct kind *k = find(spec, &rest);
	long fd = -1;

	if (k && k->read == read_fd)
		fd = lk_ascii_number(rest, strlen(rest), FD_MAX);
	/* without the first three no program runs well */
	if (fd > STDERR_FILENO)
		fcntl((int)fd, F_SETFD, FD_CLOEXEC);
}

bool
lk_source_is_prompt(const char *spec)
{
	return strcmp(spec, "prompt") == 0;
}

bool
lk_source_is_oauth(const char *spec)
{
	return strcmp(spec, "oauth") == 0;
}

void
lk_source_init(struct lk_source *s)
{
	memset(s, 0, sizeof(*s));
	lk_buf_init(&s->got, LK_SOURCE_MAX);
	s->fd = s->said_fd = s->wait_fd = s->wait_ms = -1;
	s->deadline_ms = LK_SOURCE_DEADLINE_MS;
}

void
lk_source_wipe(struct lk_source *s)
{
	lk_program_stop(s);
	lk_buf_wipe(&s->got);
	lk_pages_free(s->kept, LK_SOURCE_MAX, s->n_kept);
	s->kept = NULL;
	s->n_kept = 0;
	s->used = false;
}

int
lk_source_keep(struct lk_source *s)
{
	s->kept = lk_pages_new(LK_SOURCE_MAX);
	if (!s->kept)
		return -1;
	s->n_kept = s->got.len;
	memcpy(s->kept, s->got.data, s->n_kept);
	lk_buf_wipe(&s->got);
	return 0;
}

int
lk_source_drain(struct lk_source *s, int fd, struct lk_error *err)
{
	unsigned char piece[512];
	ssize_t n = read(fd, piece, sizeof(piece));
	int r = 0;

	if (n < 0 && errno != EINTR && errno != EAGAIN)
		r = lk_fail(err, LK_E_NOPROP, "reading the secret of %s: %s",
			    s->shown, strerror(errno));
	else if (n > 0 && (size_t)n > LK_SOURCE_MAX - s->got.len)
		r = lk_fail(err, LK_E_NOPROP, "what %s gives is longer than "
			    "64 KiB, and no secret", s->shown);
	else if (n > 0 && lk_buf_add(&s->got, piece, (size_t)n) < 0)
		r = lk_fail_memory(err);
	explicit_bzero(piece, sizeof(piece));
	return n == 0 ? 1 : r;
}

/* Cut one line's end; refuse what is no secret. */
static int32_t
finish(struct lk_source *s, const struct kind *k, struct lk_error *err)
{
	size_t n = s->got.len;
	const char *why;

	if (n && s->got.data[n - 1] == '\n')
		n--;
	if (n < s->got.len && n && s->got.data[n - 1] == '\r')
		n--;
	s->got.len = n;
	if (n && memchr(s->got.data, '\0', n))
		why = "gave a NUL, which no secret holds";
	else if (n && memchr(s->got.data, '\n', n))
		why = "gave several lines, and a secret is one";
	else if (!n)
		why = k->is_program ? "printed nothing" : "holds an empty "
							  "secret";
	else
		return LK_DONE;
	lk_fail(err, LK_E_NOPROP, "%s %s", s->shown, why);
	if (n && k->read == lk_command_read)
		lk_advise(err, "cmd:sh -c 'PROGRAM | head -n 1', if it is the "
			  "first one");
	return LK_E_NOPROP;
}

/* The classes that a login knows of a source. */
static int32_t
class_of(const struct lk_error *err)
{
	return err->cls == LK_E_NOMEM || err->cls == LK_E_TRANSIENT
		? err->cls : LK_E_NOPROP;
}

int32_t
lk_source_read(struct lk_source *s, const char *spec, uint32_t flags,
	       const struct lk_whose *whose, struct lk_error *err)
{
	const char *rest;
	const struct kind *k = find(spec, &rest);
	size_t n = strcspn(spec, " \t");
	struct lk_error why = { 0 };
	int32_t r;

	/* an argument may be anything, the program's name is enough */
	lk_ascii_printable(s->shown, sizeof(s->shown), spec, n);
	s->wait_fd = s->wait_ms = -1;
	if (s->kept && !(flags & LK_ASK_RENEW))
		return LK_DONE;
	if (s->kept)
		r = lk_fail(&why, LK_E_NOPROP, "%s was read already and cannot "
			    "give another secret", s->shown);
	else
		r = k->read(s, rest, flags, whose, &why);
	if (r == LK_DONE)
		r = finish(s, k, &why);
	if (r < 0) {
		r = class_of(&why);
		lk_buf_wipe(&s->got);
		if (err)
			*err = why;
	}
	return r;
}
