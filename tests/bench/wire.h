/* A server in a process of its own, lines to and fro, and a clock that stands
 * still meanwhile.  SPDX-License-Identifier: MIT */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BENCH_HOST "mail.example"
#define BENCH_USER "alice"
#define BENCH_SECRET "s3cret"

extern char **environ;

struct wire {
	FILE *in;
	int fd;
	pid_t pid;
	char line[8192];            /* of the server, without CRLF */
	int64_t took;               /* by the client, in nanoseconds */
	int64_t since;              /* 0: the clock stands still */
};

static inline int64_t
wire_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline void
wire_go(struct wire *w)
{
	w->since = wire_now();
}

static inline void
wire_halt(struct wire *w)
{
	w->took += wire_now() - w->since;
}

static inline void
wire_die(const char *what)
{
	fprintf(stderr, "login: %s\n", what);
	exit(1);
}

static inline void
wire_open(struct wire *w, const char *server)
{
	const char *const words[] = { server, NULL };
	posix_spawn_file_actions_t actions;
	int ends[2];

	memset(w, 0, sizeof(*w));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		wire_die("no socket");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 0);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	if (posix_spawn(&w->pid, server, &actions, NULL,
			(char *const *)(uintptr_t)words, environ) != 0)
		wire_die("no server");
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	w->fd = ends[0];
	w->in = fdopen(w->fd, "r");
	if (!w->in)
		wire_die("no memory");
}

static inline void
wire_close(struct wire *w)
{
	int status;

	fclose(w->in);
	waitpid(w->pid, &status, 0);
}

/* A line, in one write. */
static inline void
wire_say(struct wire *w, const char *line, size_t len)
{
	char all[8192];
	int n = snprintf(all, sizeof(all), "%.*s\r\n", (int)len, line);

	if (n < 0 || (size_t)n >= sizeof(all) ||
	    write(w->fd, all, (size_t)n) != n)
		wire_die("the server is gone");
}

/* The reply's code; w->line has the rest behind four octets. */
static inline int
wire_hear(struct wire *w)
{
	if (!fgets(w->line, sizeof(w->line), w->in) || strlen(w->line) < 5)
		wire_die("the server says nothing");
	w->line[strcspn(w->line, "\r\n")] = '\0';
	return (int)strtoul(w->line, NULL, 10);
}

/* What one has taken, what each of `count` others. */
static inline void
wire_tell(int64_t first, int64_t others, unsigned long count)
{
	printf("%lld %lld\n", (long long)first,
	       (long long)(count ? others / (int64_t)count : 0));
}

#endif
