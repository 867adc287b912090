/* A program that is run for the secret that it prints.
 * SPDX-License-Identifier: MIT */
#include "conf/source.h"

#include "base/ascii.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define REAP_MS 20              /* between looks at a program that closed its
				   output and goes on */
#define SAID_MAX 1024           /* octets of a reason */
#define HINT "  hint: "         /* begins the line that says the way out */

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* No signal is blocked or ignored in it, as a shell would have it. */
static int
attributes(posix_spawnattr_t *attr)
{
	sigset_t none, all;
	int r;

	sigemptyset(&none);
	sigfillset(&all);
	sigdelset(&all, SIGKILL);
	sigdelset(&all, SIGSTOP);
	r = posix_spawnattr_setsigmask(attr, &none);
	if (!r)
		r = posix_spawnattr_setsigdefault(attr, &all);
	if (!r)
		r = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK |
						   POSIX_SPAWN_SETSIGDEF);
	return r;
}

/* It reads nothing, writes to us and to `said` or our standard error, and gets
 * no other descriptor. */
static int
descriptors(posix_spawn_file_actions_t *actions, int out, int said)
{
	int r = posix_spawn_file_actions_adddup2(actions, out, 1);

	if (!r && said >= 0)
		r = posix_spawn_file_actions_adddup2(actions, said, 2);
	if (!r)
		r = posix_spawn_file_actions_addopen(actions, 0, "/dev/null",
						     O_RDONLY, 0);
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
	if (!r)
		r = posix_spawn_file_actions_addclosefrom_np(actions, 3);
#endif
	return r;
}

static bool
is_hidden(const struct lk_source *s, const char *variable)
{
	size_t i, n;

	for (i = 0; i < LK_SOURCE_HIDDEN; i++) {
		n = s->hidden[i] ? strlen(s->hidden[i]) : 0;
		if (n && strncmp(variable, s->hidden[i], n) == 0 &&
		    variable[n] == '=')
			return true;
	}
	return false;
}

/* The environment without what is hidden, to free(); the strings are not
 * copied. */
static char **
variables(const struct lk_source *s)
{
	size_t n = 0, i;
	char **list;

	while (environ && environ[n])
		n++;
	list = calloc(n + 1, sizeof(*list));
	for (i = 0, n = 0; list && environ && environ[i]; i++)
		if (!is_hidden(s, environ[i]))
			list[n++] = environ[i];
	return list;
}

/* An errno, or 0 and s->pid is set. */
static int
spawn(struct lk_source *s, char *const argv[], int out, int said)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	char **env;
	int r = posix_spawn_file_actions_init(&actions);

	if (r)
		return r;
	r = posix_spawnattr_init(&attr);
	if (r) {
		posix_spawn_file_actions_destroy(&actions);
		return r;
	}
	env = variables(s);
	r = env ? attributes(&attr) : ENOMEM;
	if (!r)
		r = descriptors(&actions, out, said);
	if (!r)
		r = posix_spawnp(&s->pid, argv[0], &actions, &attr, argv, env);
	free(env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	if (r)
		s->pid = 0;
	return r;
}

/* A pipe, and with `said` another one, that never makes the program wait.  An
 * errno, or 0. */
static int
open_pipes(struct lk_source *s, int out[2], int said[2], bool is_ours)
{
	int r;

	if (pipe2(out, O_CLOEXEC) < 0)
		return errno;
	s->fd = out[0];
	fcntl(s->fd, F_SETFL, O_NONBLOCK);
	if (is_ours && pipe2(said, O_CLOEXEC | O_NONBLOCK) < 0) {
		r = errno;
		close(out[1]);
		return r;
	}
	s->said_fd = said[0];
	return 0;
}

int
lk_program_start(struct lk_source *s, char *const argv[], bool is_ours,
		 struct lk_error *err)
{
	int out[2], said[2] = { -1, -1 }, r;

	r = open_pipes(s, out, said, is_ours);
	if (!r) {
		r = spawn(s, argv, out[1], said[1]);
		close(out[1]);
		if (said[1] >= 0)
			close(said[1]);
	}
	s->until = now_ms() + s->deadline_ms;
	if (!r)
		return 0;
	lk_program_stop(s);
	return lk_fail(err, r == ENOMEM ? LK_E_NOMEM : LK_E_NOPROP, "the "
		       "program %s cannot be run: %s", argv[0], strerror(r));
}

void
lk_program_stop(struct lk_source *s)
{
	if (s->fd >= 0)
		close(s->fd);
	if (s->said_fd >= 0)
		close(s->said_fd);
	s->fd = s->said_fd = -1;
	/* not our child: in a fork, or reaped elsewhere and another one's by
	 * now */
	if (s->pid > 0 && waitpid(s->pid, NULL, WNOHANG) == 0) {
		kill(s->pid, SIGKILL);
		while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	s->pid = 0;
}

/* The last line of these that is not empty; *len ends where it begins. */
static void
take_line(const char *said, size_t *len, char to[SAID_MAX])
{
	const char *line;
	size_t end = *len;

	while (end && said[end - 1] == '\n')
		end--;
	line = memrchr(said, '\n', end);
	line = line ? line + 1 : said;
	*len = (size_t)(line - said);
	lk_ascii_printable(to, SAID_MAX, line, end - *len);
}

/* What one of our programs said at its end: a reason, and on a line of its own
 * the way out; or "". */
static void
last_words(struct lk_source *s, char reason[SAID_MAX], char advice[SAID_MAX])
{
	char said[SAID_MAX], piece[SAID_MAX / 2];
	size_t len = 0, over;
	ssize_t n = 1;

	while (s->said_fd >= 0 && n > 0) {
		n = read(s->said_fd, piece, sizeof(piece));
		if (n <= 0)
			break;
		over = len + (size_t)n > sizeof(said)
			? len + (size_t)n - sizeof(said) : 0;
		memmove(said, said + over, len - over);
		len -= over;
		memcpy(said + len, piece, (size_t)n);
		len += (size_t)n;
	}
	*advice = '\0';
	take_line(said, &len, reason);
	if (strncmp(reason, HINT, strlen(HINT)) != 0)
		return;
	lk_ascii_copy(advice, SAID_MAX, reason + strlen(HINT));
	take_line(said, &len, reason);
}

/* It ended with this status.  Our programs say why. */
static void
explain(struct lk_source *s, int status, struct lk_error *err)
{
	char words[SAID_MAX], advice[SAID_MAX];
	const int32_t cls = status == EX_TEMPFAIL && s->said_fd >= 0
		? LK_E_TRANSIENT : LK_E_NOPROP;

	last_words(s, words, advice);
	if (*words) {
		lk_fail(err, cls, "%s", words);
	} else {
		lk_fail(err, cls, "%s ended with exit status %d", s->shown,
			status);
		/* what it said went where our own words go */
		if (s->said_fd < 0)
			lk_advise(err, "run it by itself, as this user: it "
				  "prints the secret, or says why not");
	}
	if (*advice)
		lk_advise(err, "%s", advice);
}

/* Has it ended well?  LK_DONE, LK_PENDING or LK_E_NOPROP. */
static int32_t
reap(struct lk_source *s, struct lk_error *err)
{
	int status, r;

	do {
		r = (int)waitpid(s->pid, &status, WNOHANG);
	} while (r < 0 && errno == EINTR);
	if (r == 0)
		return LK_PENDING;
	s->pid = 0;
	if (r < 0)
		lk_fail(err, LK_E_NOPROP, "another part of this program took "
			"the exit status of %s", s->shown);
	else if (WIFSIGNALED(status))
		lk_fail(err, LK_E_NOPROP, "%s was ended by signal %d",
			s->shown, WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		explain(s, WEXITSTATUS(status), err);
	else
		return LK_DONE;
	return LK_E_NOPROP;
}

/* One look at what runs. */
static int32_t
look(struct lk_source *s, struct lk_error *err)
{
	size_t before;
	int r = 0;

	while (s->fd >= 0 && r == 0) {
		before = s->got.len;
		r = lk_source_drain(s, s->fd, err);
		if (r == 0 && s->got.len == before)
			break;
	}
	if (r < 0)
		return LK_E_NOPROP;
	if (r == 1) {
		close(s->fd);
		s->fd = -1;
	}
	return s->fd >= 0 ? LK_PENDING : reap(s, err);
}

int32_t
lk_program_read(struct lk_source *s, struct lk_error *err)
{
	int64_t left;
	int32_t r;

	r = look(s, err);
	if (r == LK_PENDING) {
		left = s->until - now_ms();
		s->wait_fd = s->fd;
		s->wait_ms = (int)left;
		if (s->fd < 0 && left > REAP_MS)
			s->wait_ms = REAP_MS;
		if (left > 0)
			return LK_PENDING;
		lk_fail(err, LK_E_NOPROP, "%s did not end within %d s and was "
			"killed", s->shown, (int)(s->deadline_ms / 1000));
		r = LK_E_NOPROP;
	}
	lk_program_stop(s);
	return r;
}
