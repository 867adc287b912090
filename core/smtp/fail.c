/* How it ends: errors, with the server's words. SPDX-License-Identifier: MIT */
#include "smtp/engine.h"

#include "base/ascii.h"
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
lk_smtp_words(struct lk_smtp *s, char *to, size_t room, const void *text,
	      size_t len)
{
	char *copy = malloc(len + 1);

	to[0] = '\0';
	if (!copy)
		return;
	if (len)
		memcpy(copy, text, len);
	if (s->auth)
		lk_auth_scrub(s->auth, copy, len);
	lk_reply_words(to, room, s->reader.enhanced, copy, len);
	explicit_bzero(copy, len);
	free(copy);
}

bool
lk_smtp_said(struct lk_smtp *s, struct lk_buf *to)
{
	const struct lk_reader *r = &s->reader;
	bool has_more = !r->line_is_whole && r->line.len;

	lk_buf_init(to, LK_REPLY_MAX + LK_REPLY_LINE_MAX + 1);
	if (lk_buf_add(to, r->text.data, r->text.len) < 0 ||
	    (has_more && r->code && lk_buf_add(to, "\n", 1) < 0) ||
	    (has_more && lk_buf_add(to, r->line.data, r->line.len) < 0)) {
		lk_buf_wipe(to);
		return false;
	}
	if (s->auth && to->len)
		lk_auth_scrub(s->auth, (char *)to->data, to->len);
	return true;
}

void
lk_warn(struct lk_smtp *s, const char *format, ...)
{
	size_t at = strlen(s->warning), n;
	char text[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	n = strlen(text);
	if (!n || strstr(s->warning, text) || at + n + 2 > sizeof(s->warning))
		return;
	if (at)
		s->warning[at++] = '\n';
	memcpy(s->warning + at, text, n + 1);
}

bool
lk_mail_is_doubtful(const struct lk_smtp *s)
{
	return s->state == LK_ST_FINAL && s->sent >= s->dot &&
	       !s->mail_error.cls;
}

void
lk_mail_failed(struct lk_smtp *s, const struct lk_error *e)
{
	size_t i;

	if (!s->envelope.to)
		return;
	if (!s->mail_error.cls)     /* else it is what was wrong first */
		s->mail_error = *e;
	s->result = -1;
	/* of LMTP: what was confirmed stays so */
	for (i = s->final_at; i < s->envelope.count; i++)
		if (s->envelope.to[i].cls == 0)
			s->envelope.to[i].cls = e->cls == LK_E_UNKNOWN
				? LK_E_UNKNOWN : LK_E_CANCELLED;
	s->envelope.to = NULL;
}

enum lk_state
lk_end_with(struct lk_smtp *s, const struct lk_error *e)
{
	if (!s->error.cls) {
		s->error = *e;
		if (!e->stage)
			s->error.stage = lk_state_stage(s->state);
	}
	lk_mail_failed(s, &s->error);
	/* what was leased may have gone out, and that has its price */
	if (s->state == LK_ST_AUTH)
		lk_auth_lost(s->auth, LK_E_PROTOCOL);
	return LK_ST_CLOSED;
}

/* No answer, or none to rely on, to a message that went out whole. */
static enum lk_state
end_unsure(struct lk_smtp *s, const struct lk_error *why)
{
	struct lk_error e;

	if (!lk_mail_is_doubtful(s))
		return lk_end_with(s, why);
	lk_fail(&e, LK_E_UNKNOWN, "outcome unknown: the message went out whole, "
		"but no answer says that it was accepted or refused: %s",
		why->sentence);
	lk_advise(&e, "find out whether it arrived before you send it again");
	e.code = why->code;
	memcpy(e.text, why->text, sizeof(e.text));
	return lk_end_with(s, &e);
}

enum lk_state
lk_end(struct lk_smtp *s, int32_t cls, const char *format, ...)
{
	struct lk_error e;
	char text[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	lk_fail(&e, cls, "%s", text);
	return lk_end_with(s, &e);
}

enum lk_state
lk_end_memory(struct lk_smtp *s)
{
	struct lk_error e;

	lk_fail_memory(&e);
	return end_unsure(s, &e);
}

enum lk_state
lk_end_lost(struct lk_smtp *s, const struct lk_error *why)
{
	int32_t cls = why->cls ? why->cls : LK_E_INTERNAL;
	struct lk_error e = *why;

	e.cls = cls;
	if (s->state == LK_ST_CONNECT || s->state == LK_ST_TLS ||
	    s->state == LK_ST_READY)
		return lk_end_with(s, &e);
	if (s->state == LK_ST_GREETING)
		lk_fail(&e, cls, "the server did not greet: %s",
			why->sentence);
	else if (s->state == LK_ST_BODY ||
		 (s->state == LK_ST_FINAL && s->sent < s->dot))
		lk_fail(&e, cls, "the message did not go out whole: %s",
			why->sentence);
	else if (!lk_mail_is_doubtful(s))
		lk_fail(&e, cls, "no reply to %s: %s",
			lk_state_awaited(s), why->sentence);
	memcpy(e.advice, why->advice, sizeof(e.advice));
	if (s->state == LK_ST_GREETING && !e.advice[0] &&
	    !(s->facts.flags & LK_FACT_ENCRYPTED))
		lk_advise(&e, "if the port speaks TLS from the start, as 465 "
			  "does: tls = implicit");
	return end_unsure(s, &e);
}

enum lk_state
lk_end_protocol(struct lk_smtp *s, const char *why)
{
	const struct lk_reader *r = &s->reader;
	struct lk_error e = { .cls = 0 };
	char text[sizeof(e.text)] = "", line[200], code[8] = "";
	struct lk_buf said;

	if (lk_smtp_said(s, &said))
		lk_reply_words(text, sizeof(text), r->enhanced, said.data,
			       said.len);
	lk_buf_wipe(&said);
	if (r->code)
		snprintf(code, sizeof(code), *text ? "%d " : "%d", r->code);
	snprintf(line, sizeof(line), "%s%.190s", code, text);
	if (s->state == LK_ST_READY || !*lk_state_awaited(s))
		lk_fail(&e, LK_E_PROTOCOL, "the server said \"%s\": %s", line,
			why);
	else
		lk_fail(&e, LK_E_PROTOCOL, "the server said \"%s\" while %s "
			"was awaited: %s", line, s->state == LK_ST_GREETING
			? "its greeting" : "a reply", why);
	if (s->state == LK_ST_GREETING)
		lk_advise(&e, "is this the right host and port? 587 is for "
			  "tls = starttls, 465 for tls = implicit");
	e.code = r->code;
	memcpy(e.text, text, sizeof(e.text));
	return end_unsure(s, &e);
}

void
lk_reply_error(struct lk_smtp *s, struct lk_error *e, const char *what)
{
	const struct lk_reader *r = &s->reader;
	int32_t cls = r->code >= 500 ? LK_E_REFUSED : LK_E_TRANSIENT;
	char text[sizeof(e->text)];

	lk_smtp_words(s, text, sizeof(text), r->text.data, r->text.len);
	if (!what)
		lk_fail(e, cls, "the server closes the connection: %d %s",
			r->code, text);
	else
		lk_fail(e, cls, "%s was refused%s: %d %s", what,
			r->code < 500 ? " for now" : "", r->code, text);
	e->stage = lk_state_stage(lk_about(s));
	e->code = r->code;
	memcpy(e->enhanced, r->enhanced, sizeof(e->enhanced));
	memcpy(e->text, text, sizeof(e->text));
}

enum lk_state
lk_end_refused(struct lk_smtp *s, const char *what)
{
	struct lk_error e;

	if (s->reader.code < 400)
		return lk_end_protocol(s, "it does not fit here");
	lk_reply_error(s, &e, what);
	return lk_end_with(s, &e);
}
