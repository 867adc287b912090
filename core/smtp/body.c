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
	/* the others are asked on this connection */
	if (s->left_over)
		s->envelope.flags &= ~LK_MAIL_LAST;
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
		if (s->line_start && *p == '.' && !s->bdat)
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

static void
changed(struct lk_smtp *s)
{
	lk_smtp_go(s, lk_end(s, LK_E_MESSAGE, "the message changed while it "
		"was sent: %" PRIu64 " octets instead of %" PRIu64 "; it was "
		"not sent", s->body, s->message.octets));
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
	/* behind BDAT they would be commands */
	if (s->bdat && s->body > s->message.octets) {
		changed(s);
		return 0;
	}
	return (size_t)(p - (const unsigned char *)data);
}

/* The reply to it may come once all of it is out. */
static void
end_of_body(struct lk_smtp *s)
{
	if (s->bdat) {
		s->queued = s->sent + (s->out.len - s->out_at);
		s->ends[(s->first + s->pending - 1) % LK_RING] = s->queued;
	} else {
		lk_put_end(s);
	}
	s->dot = s->queued;
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
		changed(s);
		return;
	}
	if (r < 0 || (!s->bdat && lk_buf_puts(&s->out, ".\r\n") < 0)) {
		lk_smtp_go(s, lk_end_memory(s));
		return;
	}
	end_of_body(s);
	snprintf(line, sizeof(line), "<message, %" PRIu64 " octet%s>", s->body,
		 s->body == 1 ? "" : "s");
	lk_trace_client(s, line, s->bdat ? "the message"
			: "the message, and the dot that ends it");
	if (s->envelope.flags & LK_MAIL_LAST &&
	    s->caps.flags & LK_CAP_PIPELINING)
		lk_send_quit(s);
	lk_smtp_go(s, LK_ST_FINAL);
}

/* ---- what the server says to it ---------------------------------------- */

enum lk_state
lk_about(const struct lk_smtp *s)
{
	if (s->state != LK_ST_BODY && s->state != LK_ST_FINAL)
		return s->state;
	if (!s->mail_heard)
		return LK_ST_MAIL;
	return s->heard < s->asked ? LK_ST_RCPT : s->state;
}

bool
lk_has_more_finals(const struct lk_smtp *s)
{
	return s->lmtp && lk_about(s) == LK_ST_FINAL &&
	       s->finals + 1 < s->accepted;
}

/* `failed`: what the server thinks of it now is not known. */
static enum lk_state
after(const struct lk_smtp *s, uint32_t flags, bool failed)
{
	if (flags & LK_MAIL_LAST || s->quitting)
		return LK_ST_QUIT;
	return failed && s->bdat ? LK_ST_RSET : LK_ST_READY;
}

static enum lk_state
sent(struct lk_smtp *s)
{
	s->result = 0;
	s->envelope.to = NULL;
	return after(s, s->envelope.flags, false);
}

static enum lk_state
not_sent(struct lk_smtp *s, const struct lk_error *why)
{
	struct lk_error e = *why;

	lk_mail_failed(s, &e);
	return after(s, s->envelope.flags, true);
}

static const char neither[] = "that neither accepts nor refuses the message";

/* One reply for all recipients. */
static enum lk_state
on_final(struct lk_smtp *s)
{
	struct lk_error e;

	if (s->accepted == 0)
		return not_sent(s, &s->mail_error);
	if (s->reader.code == 250)
		return sent(s);
	if (s->reader.code < 400)
		return lk_end_protocol(s, neither);
	lk_reply_error(s, &e, "the message");
	return not_sent(s, &e);
}

/* LMTP: one for each that was accepted, in their order (RFC 2033, 4.2). */
static enum lk_state
on_final_each(struct lk_smtp *s)
{
	struct lk_recipient *to = s->envelope.to;
	size_t refused = s->refused, i;

	if (s->reader.code != 250 && s->reader.code < 400)
		return lk_end_protocol(s, neither);
	for (i = s->final_at; to[i].cls != 0; i++)
		;
	s->finals++;
	s->final_at = i + 1;
	lk_take_recipient(s, &to[i]);
	s->late_refusals += s->refused - refused;
	if (s->finals < s->accepted)
		return LK_ST_FINAL;
	if (s->late_refusals == 0 ||
	    (s->envelope.flags & LK_MAIL_PARTIAL &&
	     s->late_refusals < s->accepted))
		return sent(s);
	lk_mail_refused(s);
	return not_sent(s, &s->mail_error);
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

/* With BDAT, first those to the envelope. */
static enum lk_state
on_envelope(struct lk_smtp *s)
{
	enum lk_state next = s->mail_heard ? lk_on_rcpt(s) : lk_on_mail(s);
	struct lk_error e;

	if (next == LK_ST_CLOSED)
		return next;
	if (s->state != LK_ST_BODY || lk_mail_goes_on(s))
		return s->state;
	lk_trace_note(s, "closing: nothing is to be sent");
	e = s->mail_error;
	return lk_end_with(s, &e);
}

enum lk_state
lk_on_body(struct lk_smtp *s)
{
	if (lk_about(s) != s->state)
		return on_envelope(s);
	if (s->state == LK_ST_BODY)
		return lk_on_early(s);
	return s->lmtp && s->accepted ? on_final_each(s) : on_final(s);
}
