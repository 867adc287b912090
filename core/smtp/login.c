/* Login: lk_auth decides, the engine carries. SPDX-License-Identifier: MIT */
#include "smtp/engine.h"

#include "base/error.h"

#include <string.h>

enum lk_state
lk_begin_auth(struct lk_smtp *s)
{
	struct lk_facts facts = s->facts;

	if (s->tls == LK_TLS_STARTTLS || s->tls == LK_TLS_IMPLICIT)
		facts.flags |= LK_FACT_TLS_REQUIRED;
	facts.flags &= ~LK_FACT_TLS_OFFERED;
	if (!(facts.flags & LK_FACT_ENCRYPTED) && !s->tls_tried &&
	    s->tls == LK_TLS_OPPORTUNISTIC)
		facts.flags |= LK_FACT_TLS_OFFERED;
	lk_auth_begin(s->auth, &facts, s->caps.auth);
	return LK_ST_AUTH;
}

/* Not logged in, so nothing is sent. */
static enum lk_state
stopped(struct lk_smtp *s, uint32_t flags)
{
	struct lk_error e = *lk_auth_error(s->auth);

	e.stage = LK_STAGE_LOGIN;
	if (!s->caps.auth[0] && !(s->facts.flags & LK_FACT_ENCRYPTED) &&
	    s->caps.flags & LK_CAP_STARTTLS)
		lk_advise(&e, "the server offers STARTTLS, and perhaps a login "
			  "after it: tls = starttls");
	if (!e.cls)
		e.cls = LK_E_INTERNAL;
	s->error = e;
	return flags & LK_AUTH_CLOSE ? LK_ST_CLOSED : LK_ST_QUIT;
}

static enum lk_state
logged_in(struct lk_smtp *s)
{
	struct lk_auth_result result = { .size = sizeof(result) };

	lk_auth_get_result(s->auth, &result);
	if (result.warning)
		lk_warn(s, "%s", result.warning);
	s->logged_in = true;
	return LK_ST_READY;
}

static enum lk_state
put_line(struct lk_smtp *s, const struct lk_auth_want *w)
{
	if (lk_buf_add(&s->out, w->line.data, w->line.len) < 0 ||
	    lk_buf_add(&s->out, "\r\n", 2) < 0)
		return lk_end_memory(s);
	lk_put_end(s);
	lk_trace_auth(s, w);
	return LK_ST_AUTH;
}

enum lk_state
lk_drive_auth(struct lk_smtp *s)
{
	struct lk_auth_want w = { .size = sizeof(w) };

	lk_auth_want(s->auth, &w);
	s->auth_kind = w.kind;
	switch (w.kind) {
	case LK_AUTH_SEND:
		return put_line(s, &w);
	case LK_AUTH_READ:
	case LK_AUTH_WAIT:
	case LK_AUTH_WORK:
		return LK_ST_AUTH;
	case LK_AUTH_START_TLS:
		return LK_ST_STARTTLS;
	case LK_AUTH_RECONNECT:
		lk_smtp_forget(s);
		return LK_ST_CONNECT;
	case LK_AUTH_DONE:
		return logged_in(s);
	default:
		return stopped(s, w.flags);
	}
}

void
lk_auth_line_sent(struct lk_smtp *s)
{
	lk_auth_sent(s->auth);
	lk_smtp_go(s, LK_ST_AUTH);
}

enum lk_state
lk_on_auth(struct lk_smtp *s)
{
	const struct lk_reader *r = &s->reader;
	const unsigned char *text = r->text.data;
	struct lk_reply reply = {
		.size = sizeof(reply),
		.code = r->code,
		.enhanced = r->enhanced,
		.text = { text ? text : (const unsigned char *)"",
			  r->text.len },
	};

	if (r->code / 100 == 3)
		reply.raw = reply.text;
	lk_auth_reply(s->auth, &reply);
	return LK_ST_AUTH;
}

/* It may be all that a secret is answered with. */
enum lk_state
lk_on_auth_garbled(struct lk_smtp *s, const char *why)
{
	struct lk_reply reply = { .size = sizeof(reply), .enhanced = "" };
	struct lk_buf said;

	lk_trace_note(s, "%s", why);
	if (!lk_smtp_said(s, &said))
		return lk_end_memory(s);
	reply.text = (struct lk_bytes){ said.data, said.len };
	lk_auth_reply(s->auth, &reply);
	lk_buf_wipe(&said);
	lk_smtp_forget(s);
	return LK_ST_AUTH;
}

/* Some servers hang up to refuse, some when a person types a password for too
 * long: what is next is for lk_auth to say. */
enum lk_state
lk_auth_is_lost(struct lk_smtp *s, const struct lk_error *why)
{
	struct lk_auth_want w = { .size = sizeof(w) };

	/* what was not sent on this connection never will be */
	lk_smtp_forget(s);
	lk_auth_lost(s->auth, why->cls == LK_E_TRANSIENT ? LK_E_TRANSIENT
							 : LK_E_PROTOCOL);
	lk_auth_want(s->auth, &w);
	if (w.kind == LK_AUTH_STOP)
		return stopped(s, LK_AUTH_CLOSE);
	if (w.kind == LK_AUTH_SEND || w.kind == LK_AUTH_READ)
		return lk_end_lost(s, why);
	return LK_ST_AUTH;
}

void
lk_smtp_wait(struct lk_smtp *s, int32_t *fd, uint32_t *events,
	     int32_t *timeout_ms)
{
	struct lk_auth_want w = { .size = sizeof(w), .fd = -1,
				  .timeout_ms = -1 };

	if (s->state == LK_ST_AUTH && s->auth_kind == LK_AUTH_WAIT)
		lk_auth_want(s->auth, &w);
	*fd = w.fd;
	*events = w.events;
	*timeout_ms = w.timeout_ms;
}

void
lk_smtp_ready(struct lk_smtp *s)
{
	if (s->state != LK_ST_AUTH || (s->auth_kind != LK_AUTH_WAIT &&
				       s->auth_kind != LK_AUTH_WORK))
		return;
	lk_auth_ready(s->auth);
	lk_smtp_go(s, LK_ST_AUTH);
}
