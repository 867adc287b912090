/* A login of a program that may block, and reads lines.
 * SPDX-License-Identifier: MIT */
#include "mech/auth.h"

#include "base/ascii.h"
#include "base/deadline.h"

#include <string.h>

/* false: `until` came first. */
static bool
wait_for(const struct lk_auth_want *w, int64_t until)
{
	short events = (w->events & LK_WAIT_READ ? POLLIN : 0) |
		       (w->events & LK_WAIT_WRITE ? POLLOUT : 0);
	int64_t due = w->timeout_ms < 0 ? until : lk_now() + w->timeout_ms;

	if (due >= until)
		return lk_poll_one(w->fd, events, until) != 0;
	lk_poll_one(w->fd, events, due);
	return true;
}

int
lk_auth_await(struct lk_auth *a, int32_t timeout_ms, struct lk_auth_want *out,
	      struct lk_error *err)
{
	const int64_t until = lk_now() + timeout_ms;
	struct lk_auth_want w = { .size = sizeof(w) };

	for (lk_auth_want(a, &w);
	     w.kind == LK_AUTH_WAIT || w.kind == LK_AUTH_WORK;
	     lk_auth_want(a, &w)) {
		if (w.kind == LK_AUTH_WORK || wait_for(&w, until))
			lk_auth_ready(a);
		else
			lk_auth_lost(a, LK_E_TRANSIENT);
	}
	lk_auth_want(a, out);
	if (w.kind == LK_AUTH_STOP && err)
		*err = a->error;
	return w.kind == LK_AUTH_STOP ? -1 : w.kind != LK_AUTH_DONE;
}

/* What of a line is for the login, or NULL. */
static const char *
find_reply(const char *tag, const char *line)
{
	size_t len = tag ? strlen(tag) : 0;

	if (!tag || *line == '+')
		return line;
	if (strncmp(line, tag, len) == 0 && line[len] == ' ')
		return line + len + 1;
	return strlen(line) >= 5 && lk_ascii_equal_n(line, 5, "* BYE")
		? line + 2 : NULL;
}

void
lk_auth_line(struct lk_auth *a, const char *tag, const char *line)
{
	const char *text = line ? find_reply(tag, line) : NULL;
	struct lk_reply reply = { .size = sizeof(reply), .enhanced = "" };

	if (!line)
		lk_auth_lost(a, LK_E_PROTOCOL);
	if (!text)
		return;
	reply.text.data = (const unsigned char *)text;
	reply.text.len = strcspn(text, "\r\n");
	lk_auth_reply(a, &reply);
}
