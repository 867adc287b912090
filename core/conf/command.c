/* cmd: run a program, read the secret that it prints.
 * SPDX-License-Identifier: MIT */
#include "conf/source.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARGS_MAX 64
#define REAP_MS 20              /* between looks at a program that closed its
				   output and goes on */

/* Split at blanks, '...' and "..." keep them.  Fills argv, NULL at its end, and
 * room with the words; the number of words, or -1 with *rule set. */
static int
split(const char *line, char *room, char *argv[ARGS_MAX], const char **rule)
{
	int n = 0;

	for (;;) {
		line += strspn(line, " \t");
		if (!*line)
			break;
		if (n == ARGS_MAX - 1) {
			*rule = "is no source: cmd: has too many words";
			return -1;
		}
		argv[n++] = room;
		while (*line && *line != ' ' && *line != '\t') {
			char quote = *line;

			if (quote != '"' && quote != '\'') {
				*room++ = *line++;
				continue;
			}
			for (line++; *line && *line != quote; line++)
				*room++ = *line;
			if (!*line) {
				*rule = "is no source: a quote in cmd: is "
					"not closed";
				return -1;
			}
			line++;
		}
		*room++ = '\0';
	}
	argv[n] = NULL;
	return n;
}

const char *
lk_command_rule(const char *line)
{
	char *argv[ARGS_MAX], *room = malloc(strlen(line) + 1);
	const char *rule = NULL;
	int n;

	if (!room)
		return "finds no memory";
	n = split(line, room, argv, &rule);
	if (n == 0 || (n > 0 && !*argv[0]))
		rule = "is no source: cmd: takes a program and its arguments";
	else if (n > 0 && argv[0][0] != '/' && strchr(argv[0], '/'))
		rule = "is no source: the program of cmd: is an absolute path, "
		       "or a name in PATH";
	free(room);
	return rule;
}

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

/* It reads nothing, writes to us and to our standard error, and gets no other
 * descriptor. */
static int
descriptors(posix_spawn_file_actions_t *actions, int out)
{
	int r = posix_spawn_file_actions_adddup2(actions, out, 1);

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
spawn(struct lk_source *s, char *argv[], int out)
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
		r = descriptors(&actions, out);
	if (!r)
		r = posix_spawnp(&s->pid, argv[0], &actions, &attr, argv, env);
	free(env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	if (r)
		s->pid = 0;
	return r;
}

static int
start(struct lk_source *s, const char *line, struct lk_error *err)
{
	char *argv[ARGS_MAX], *room = malloc(strlen(line) + 1);
	const char *rule;
	int ends[2], r = -1;

	if (!room)
		return lk_fail_memory(err);
	if (split(line, room, argv, &rule) < 1) {
		lk_fail(err, LK_E_NOPROP, "cmd: names no program");
	} else if (argv[0][0] != '/' && !secure_getenv("PATH")) {
		lk_fail(err, LK_E_NOPROP, "the program %s cannot be looked up: "
			"there is no PATH that may be trusted", argv[0]);
		lk_advise(err, "give its whole path");
	} else if (pipe2(ends, O_CLOEXEC) < 0) {
		lk_fail(err, LK_E_NOPROP, "the program %s gets no pipe: %s",
			argv[0], strerror(errno));
	} else {
		r = spawn(s, argv, ends[1]);
		close(ends[1]);
		s->fd = ends[0];
		s->until = now_ms() + s->deadline_ms;
		if (r) {
			r = lk_fail(err, r == ENOMEM ? LK_E_NOMEM
				    : LK_E_NOPROP, "the program %s cannot be "
				    "run: %s", argv[0], strerror(r));
			lk_command_stop(s);
		} else {
			fcntl(s->fd, F_SETFL, O_NONBLOCK);
		}
	}
	free(room);
	return r;
}

void
lk_command_stop(struct lk_source *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	s->pid = 0;
}

/* Of the program, for a sentence: an argument may be anything. */
static int
name_length(const char *line)
{
	return (int)strcspn(line, " \t");
}

/* Has it ended well?  LK_DONE, LK_PENDING or LK_E_NOPROP. */
static int32_t
reap(struct lk_source *s, const char *line, struct lk_error *err)
{
	int name = name_length(line), status, r;

	do {
		r = (int)waitpid(s->pid, &status, WNOHANG);
	} while (r < 0 && errno == EINTR);
	if (r == 0)
		return LK_PENDING;
	s->pid = 0;
	if (r < 0)
		lk_fail(err, LK_E_NOPROP, "another part of this program took "
			"the exit status of %.*s", name, line);
	else if (WIFSIGNALED(status))
		lk_fail(err, LK_E_NOPROP, "%.*s was ended by signal %d", name,
			line, WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		lk_fail(err, LK_E_NOPROP, "%.*s ended with exit status %d",
			name, line, WEXITSTATUS(status));
	else
		return LK_DONE;
	return LK_E_NOPROP;
}

/* One look at what runs. */
static int32_t
look(struct lk_source *s, const char *line, struct lk_error *err)
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
	return s->fd >= 0 ? LK_PENDING : reap(s, line, err);
}

int32_t
lk_command_read(struct lk_source *s, const char *line, struct lk_error *err)
{
	int64_t left;
	int32_t r;

	if (s->pid == 0 && start(s, line, err) < 0)
		return LK_E_NOPROP;
	r = look(s, line, err);
	if (r == LK_PENDING) {
		left = s->until - now_ms();
		s->wait_fd = s->fd;
		s->wait_ms = (int)left;
		if (s->fd < 0 && left > REAP_MS)
			s->wait_ms = REAP_MS;
		if (left > 0)
			return LK_PENDING;
		lk_fail(err, LK_E_NOPROP, "%.*s did not end within %d s and "
			"was killed", name_length(line), line,
			(int)(s->deadline_ms / 1000));
		r = LK_E_NOPROP;
	}
	lk_command_stop(s);
	return r;
}
