/* The message: line ends, dots, the final dot. SPDX-License-Identifier: MIT */
#include "smtp/engine.h"

#include "base/error.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum lk_state
lk_begin_body(struct lk_smtp *s)
{
	s->line_start = true;
	s->last_cr = false;
	s->body = 0;
	return LK_ST_BODY;
}

/* One line, or what of it is there, from p to `end`; at most a dot and a CR are
 * added.  Returns where it goes on. */
static const unsigned char *
copy_line(struct lk_smtp *s, unsigned char **to, const unsigned char *p,
	  const unsigned char *end)
{
	const unsigned char *lf = memchr(p, '\n', (size_t)(end - p));
	size_t n = (size_t)((lf ? lf : end) - p);
	unsigned char *out = *to;

	if (n > 0) {
		if (s->line_start && *p == '.')
			*out++ = '.';
		memcpy(out, p, n);
		out += n;
		s->body += n;
		s->last_cr = p[n - 1] == '\r';
		s->line_start = false;
	}
	if (lf) {
		s->body += s->last_cr ? 1 : 2;
		if (!s->last_cr)
			*out++ = '\r';
		*out++ = '\n';
		s->last_cr = false;
		s->line_start = true;
	}
	*to = out;
	return lf ? lf + 1 : end;
}

size_t
lk_smtp_body(struct lk_smtp *s, const void *data, size_t len)
{
	size_t waiting = s->out.len - s->out_at, room;
	const unsigned char *p = data, *end;
	unsigned char *to, *limit;

	if (s->state != LK_ST_BODY || len == 0 || waiting >= LK_OUTPUT_BODY)
		return 0;
	lk_buf_drop(&s->out, s->out_at);
	s->out_at = 0;
	/* what grows most is empty lines: to twice their size */
	room = LK_OUTPUT_BODY + 4;
	if (room > len * 2 + 4)
		room = len * 2 + 4;
	to = lk_buf_reserve(&s->out, room);
	if (!to) {
		lk_smtp_go(s, lk_end_memory(s));
		return 0;
	}
	limit = to + room;
	for (end = p + len; p < end && limit - to > 3;) {
		size_t n = (size_t)(limit - to) - 3;

		if (n > (size_t)(end - p))
			n = (size_t)(end - p);
		p = copy_line(s, &to, p, p + n);
	}
	s->out.len = (size_t)(to - s->out.data);
	s->queued = s->sent + (s->out.len - s->out_at);
	return (size_t)(p - (const unsigned char *)data);
}

void
lk_smtp_body_end(struct lk_smtp *s)
{
	char line[64];
	int r = 0;

	if (s->state != LK_ST_BODY)
		return;
	if (!s->line_start) {
		r = lk_buf_puts(&s->out, s->last_cr ? "\n" : "\r\n");
		s->body += s->last_cr ? 1 : 2;
	}
	if (s->body != s->message.octets) {
		lk_smtp_go(s, lk_end(s, LK_E_MESSAGE, "the message changed "
			"while it was sent: %" PRIu64 " octets instead of %"
			PRIu64 "; it was not sent", s->body,
			s->message.octets));
		return;
	}
	if (r < 0 || lk_buf_puts(&s->out, ".\r\n") < 0) {
		lk_smtp_go(s, lk_end_memory(s));
		return;
	}
	lk_put_end(s);
	s->dot = s->queued;
	snprintf(line, sizeof(line), "<message, %" PRIu64 " octets>", s->body);
	lk_trace_client(s, line, "the message, and the dot that ends it");
	if (s->envelope.flags & LK_MAIL_LAST &&
	    s->caps.flags & LK_CAP_PIPELINING)
		lk_send_quit(s);
	lk_smtp_go(s, LK_ST_FINAL);
}

static enum lk_state
after(const struct lk_smtp *s, uint32_t flags)
{
	return flags & LK_MAIL_LAST || s->quitting ? LK_ST_QUIT : LK_ST_READY;
}

enum lk_state
lk_on_final(struct lk_smtp *s)
{
	uint32_t flags = s->envelope.flags;
	struct lk_error e;

	if (s->reader.code == 250) {
		s->result = 0;
		s->envelope.to = NULL;
		return after(s, flags);
	}
	if (s->reader.code < 400)
		return lk_end_protocol(s, "that neither accepts nor refuses "
				       "the message");
	lk_reply_error(s, &e, "the message");
	lk_mail_failed(s, &e);
	return after(s, flags);
}

/* A reply before the message was whole: refused; what is left of it would be
 * read as commands. */
enum lk_state
lk_on_early(struct lk_smtp *s)
{
	if (s->reader.code < 400)
		return lk_end_protocol(s, "the message is not whole yet");
	return lk_end_refused(s, "the message");
}
