/* The trace: what went over the wire and what it means.
 * SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const arrows[] = {
	[LK_TRACE_CLIENT] = "->",
	[LK_TRACE_SERVER] = "<-",
	[LK_TRACE_NOTE] = "--",
};

int
lk_cli_trace_open(struct lk_cli *c, const char *path, struct lk_error *err)
{
	struct stat st;
	int fd = -1;

	clock_gettime(CLOCK_MONOTONIC, &c->start);
	if (!path)
		fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	else if (*path)
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC |
			  O_NOCTTY, 0600);
	else
		errno = ENOENT;
	/* it names hosts and users: not for others, even if it was there */
	if (fd >= 0 && path && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    fchmod(fd, 0600) < 0) {
		close(fd);
		fd = -1;
	}
	if (fd >= 0)
		c->trace = fdopen(fd, "w");
	if (c->trace) {
		setvbuf(c->trace, NULL, _IOLBF, 0);
		return 0;
	}
	lk_fail(err, LK_E_USAGE, "the trace cannot be written to %s: %s",
		path ? path : "standard error", strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

void
lk_cli_trace(void *ctx, const struct lk_trace *t)
{
	struct lk_cli *c = ctx;
	struct timespec now;
	double s;

	clock_gettime(CLOCK_MONOTONIC, &now);
	s = (double)(now.tv_sec - c->start.tv_sec) +
	    (double)(now.tv_nsec - c->start.tv_nsec) / 1e9;
	fprintf(c->trace, "%7.3f %s %s", s,
		t->from >= LK_TRACE_CLIENT && t->from <= LK_TRACE_NOTE
			? arrows[t->from] : "??", t->line);
	if (t->decoded && *t->decoded)
		fprintf(c->trace, "   \"%s\"", t->decoded);
	if (t->meaning && *t->meaning)
		fprintf(c->trace, "   (%s)", t->meaning);
	fputc('\n', c->trace);
}
