/* A login over IMAP: tags, continuations, literals, untagged lines.
 * SPDX-License-Identifier: MIT */
#include "imap/imap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
add(char *to, size_t room, const char *text)
{
	size_t at = strlen(to);

	snprintf(to + at, room - at, "%s%s", at ? "|" : "", text);
}

/* Where the response that begins here ends: at a CRLF that no literal stands
 * behind.  NULL: the connection ends first. */
static const char *
find_end(const char *at)
{
	const char *end, *open;

	while ((end = strstr(at, "\r\n"))) {
		for (open = end; open > at && open[-1] != '{'; open--)
			;
		if (end == at || end[-1] != '}' || open == at)
			return end;
		at = end + 2 + strtoul(open, NULL, 10);
	}
	return NULL;
}

static void
send_line(struct imap *c, const struct lk_auth_want *w)
{
	char line[1024], tag[16] = "";

	if (w->flags & LK_AUTH_COMMAND)
		snprintf(tag, sizeof(tag), "A%u ", ++c->tag);
	snprintf(line, sizeof(line), "%s%.*s", tag, (int)w->line.len,
		 (const char *)w->line.data);
	add(c->said, sizeof(c->said), line);
	snprintf(line, sizeof(line), "%s%s", tag, w->shown);
	add(c->shown, sizeof(c->shown), line);
	lk_auth_sent(c->auth);
}

static void
read_reply(struct imap *c)
{
	const char *line = c->server, *end = find_end(line);
	char tag[16], *copy;

	if (*line == '!' || !end) {
		c->server += *line == '!';
		lk_auth_line(c->auth, NULL, NULL);
		return;
	}
	c->server = end + 2;
	snprintf(tag, sizeof(tag), "A%u", c->tag);
	copy = strndup(line, (size_t)(end - line));
	lk_auth_line(c->auth, tag, copy);
	free(copy);
}

uint32_t
imap_log_in(struct imap *c)
{
	struct lk_auth_want w = { .size = sizeof(w) };

	lk_auth_begin(c->auth, &c->facts, c->offered);
	while (lk_auth_await(c->auth, 20000, &w, NULL) > 0) {
		if (w.kind == LK_AUTH_SEND) {
			send_line(c, &w);
		} else if (w.kind == LK_AUTH_READ) {
			read_reply(c);
		} else if (w.kind == LK_AUTH_START_TLS) {
			add(c->said, sizeof(c->said), "STARTTLS");
			c->facts.flags |= LK_FACT_ENCRYPTED | LK_FACT_VERIFIED;
			lk_auth_begin(c->auth, &c->facts, c->offered);
		} else {
			add(c->said, sizeof(c->said), "RECONNECT");
			lk_auth_begin(c->auth, &c->facts, c->offered);
		}
	}
	return w.flags;
}
