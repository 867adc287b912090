/* The log of messages. SPDX-License-Identifier: MIT */
#include "cli/log.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#define LINE_MAX_ 4096
#define VALUE_MAX 320
#define TO_MAX 2048             /* octets of recipients; the rest is counted */
#define TIME_ROOM 40

static bool
is_syslog(const char *where)
{
	return strcmp(where, "syslog") == 0;
}

static int
fail(const char *path, const char *why, struct lk_error *err)
{
	return lk_fail(err, LK_E_CONFIG, "log: %s: %s", path, why);
}

int
lk_log_open(const char *where, struct lk_error *err)
{
	struct stat st;
	int fd;

	if (!where || is_syslog(where))
		return -1;
	fd = open(where, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY |
		  O_NONBLOCK, 0600);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	fail(where, fd < 0 ? strerror(errno) : "it is no regular file", err);
	if (fd >= 0)
		close(fd);
	return -2;
}

/* One word of printable ASCII, whatever it is made of. */
static void
put_word(struct lk_buf *to, const char *text)
{
	const size_t most = to->len + VALUE_MAX;

	for (; *text && to->len < most; text++)
		if (*text > ' ' && *text <= '~' && *text != '\\')
			lk_buf_add(to, text, 1);
		else
			lk_buf_printf(to, "\\x%02x", (unsigned char)*text);
}

static void
put_recipients(struct lk_buf *line, const struct lk_addresses *to)
{
	const size_t most = line->len + TO_MAX;
	size_t i;

	for (i = 0; i < to->n && line->len < most; i++) {
		lk_buf_puts(line, i ? ",<" : "<");
		put_word(line, to->list[i]);
		lk_buf_puts(line, ">");
	}
	if (i < to->n)
		lk_buf_printf(line, ",+%zu", to->n - i);
	if (to->n == 0)
		lk_buf_puts(line, "-");
}

/* All of it is far below what the buffer holds. */
static void
put_line(struct lk_buf *line, const struct lk_log_line *l)
{
	const char *error = l->cls ? lk_error_class(l->cls) : NULL;

	lk_buf_puts(line, "account=");
	put_word(line, l->account && *l->account ? l->account : "-");
	lk_buf_puts(line, " from=<");
	put_word(line, l->from ? l->from : "");
	lk_buf_puts(line, "> to=");
	put_recipients(line, l->to);
	lk_buf_puts(line, " id=");
	put_word(line, l->id && *l->id ? l->id : "-");
	lk_buf_printf(line, " code=%d exit=%d", (int)l->code, l->exit);
	if (error)
		lk_buf_printf(line, " error=\"%s\"", error);
}

/* At the end, whoever else writes there; in one piece. */
static int
append(int fd, const char *path, struct lk_buf *line, time_t now,
       struct lk_error *err)
{
	char text[LINE_MAX_ + TIME_ROOM + 2], when[TIME_ROOM];
	struct tm t;
	int n;

	if (!localtime_r(&now, &t) ||
	    !strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S%z", &t))
		return fail(path, "there is no time", err);
	n = snprintf(text, sizeof(text), "%s %.*s\n", when, (int)line->len,
		     (const char *)line->data);
	errno = ENOSPC;         /* if only a part of it is taken */
	if (write(fd, text, (size_t)n) != n)
		return fail(path, strerror(errno), err);
	return 0;
}

int
lk_log_write(int fd, const char *where, const struct lk_log_line *l,
	     struct lk_error *err)
{
	struct lk_buf line;
	int r = 0;

	lk_buf_init(&line, LINE_MAX_);
	put_line(&line, l);
	if (!lk_buf_text(&line))
		r = lk_fail_memory(err);
	else if (fd >= 0)
		r = append(fd, where, &line, l->now, err);
	else if (where && is_syslog(where)) {
		openlog("latchkey", LOG_PID, LOG_MAIL);
		syslog(l->cls ? LOG_ERR : LOG_INFO, "%s",
		       (const char *)line.data);
		closelog();
	}
	lk_buf_wipe(&line);
	if (fd >= 0)
		close(fd);
	return r;
}
