/* Greeting, EHLO, STARTTLS, QUIT. SPDX-License-Identifier: MIT */
#include "smtp/engine.h"

#include "base/error.h"

#include <string.h>

/* End politely: the error is recorded, QUIT is said, its answer not awaited. */
static enum lk_state
leave(struct lk_smtp *s)
{
	return s->error.cls == LK_E_PROTOCOL ? LK_ST_CLOSED : LK_ST_QUIT;
}

enum lk_state
lk_on_greeting(struct lk_smtp *s)
{
	if (s->reader.code == 220)
		return LK_ST_EHLO;
	lk_end_refused(s, "the connection");
	return leave(s);
}

enum lk_state
lk_send_ehlo(struct lk_smtp *s)
{
	if (lk_put(s, "who we are; what can you do?", "%s %s",
		   s->lmtp ? "LHLO" : "EHLO", s->ehlo) < 0)
		return lk_end_memory(s);
	return LK_ST_EHLO;
}

static bool
is_encrypted(const struct lk_smtp *s)
{
	return s->facts.flags & LK_FACT_ENCRYPTED;
}

/* What comes after EHLO or HELO. */
static enum lk_state
greeted(struct lk_smtp *s)
{
	bool listed = s->caps.flags & LK_CAP_STARTTLS;

	if (!is_encrypted(s) && !s->tls_tried &&
	    (s->tls == LK_TLS_STARTTLS ||
	     (s->tls == LK_TLS_OPPORTUNISTIC && listed)))
		return LK_ST_STARTTLS;
	return s->logged_in ? LK_ST_READY : lk_begin_auth(s);
}

/* Somebody needs more than HELO gives: why is it refused? */
static enum lk_state
need_ehlo(struct lk_smtp *s, const char *what)
{
	struct lk_error e;

	lk_reply_error(s, &e, lk_state_awaited(s));
	lk_end(s, LK_E_REFUSED, "%s, and without it there is no %s", e.sentence,
	       what);
	s->error.code = e.code;
	memcpy(s->error.enhanced, e.enhanced, sizeof(e.enhanced));
	memcpy(s->error.text, e.text, sizeof(e.text));
	lk_advise(&s->error, "if the server dislikes the name \"%s\": ehlo = "
		  "another", s->ehlo);
	return leave(s);
}

enum lk_state
lk_on_ehlo(struct lk_smtp *s)
{
	struct lk_reader *r = &s->reader;

	if (r->code == 250) {
		lk_caps_parse(&s->caps, (const char *)r->text.data,
			      r->text.len);
		return greeted(s);
	}
	if (r->code < 500 || s->lmtp) {
		lk_end_refused(s, lk_state_awaited(s));
		return leave(s);
	}
	if (s->tls == LK_TLS_STARTTLS && !is_encrypted(s))
		return need_ehlo(s, "STARTTLS, but TLS is required");
	if (!s->logged_in)
		return need_ehlo(s, "login, but credentials are configured");
	return LK_ST_HELO;
}

enum lk_state
lk_send_helo(struct lk_smtp *s)
{
	if (lk_put(s, "who we are, the old way", "HELO %s", s->ehlo) < 0)
		return lk_end_memory(s);
	return LK_ST_HELO;
}

enum lk_state
lk_on_helo(struct lk_smtp *s)
{
	if (s->reader.code == 250)
		return greeted(s);
	lk_end_refused(s, "HELO");
	lk_advise(&s->error, "if the server dislikes the name \"%s\": ehlo = "
		  "another", s->ehlo);
	return leave(s);
}

enum lk_state
lk_send_starttls(struct lk_smtp *s)
{
	s->tls_tried = true;
	if (lk_put(s, "switch to TLS", "STARTTLS") < 0)
		return lk_end_memory(s);
	return LK_ST_STARTTLS;
}

enum lk_state
lk_on_starttls(struct lk_smtp *s)
{
	int code = s->reader.code;

	if (code == 220)
		return LK_ST_TLS;
	if (code < 400)
		return lk_end_refused(s, "STARTTLS");
	if (s->tls != LK_TLS_STARTTLS) {
		lk_trace_note(s, "no TLS: going on in the clear");
		return greeted(s);
	}
	lk_end_refused(s, "STARTTLS, which is required,");
	if (code >= 500)
		s->error.cls = LK_E_ENCRYPTION;
	lk_advise(&s->error, "-o port=465 -o tls=implicit, if the server has "
		  "TLS from the start there; -o tls=none, if it is to do "
		  "without");
	return leave(s);
}

enum lk_state
lk_send_quit(struct lk_smtp *s)
{
	if (!s->quitting && lk_put(s, "goodbye", "QUIT") < 0)
		return LK_ST_CLOSED;
	s->quitting = true;
	return LK_ST_QUIT;
}

enum lk_state
lk_on_quit(struct lk_smtp *s)
{
	if (s->reader.code != 221 && !s->error.cls)
		lk_warn(s, "the server answered QUIT with %d", s->reader.code);
	return LK_ST_CLOSED;
}

void
lk_smtp_quit(struct lk_smtp *s)
{
	if (s->state == LK_ST_READY)
		lk_smtp_go(s, LK_ST_QUIT);
}
