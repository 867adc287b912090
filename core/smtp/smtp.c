/* The engine: what it wants, what it is told. SPDX-License-Identifier: MIT */
#include "smtp/engine.h"

#include "base/ascii.h"
#include "base/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *awaited;
	int32_t stage;
	enum lk_state (*enter)(struct lk_smtp *);
	enum lk_state (*reply)(struct lk_smtp *);
} states[LK_ST_COUNT] = {
#define S(name, awaited, stage, enter, reply) \
	{ awaited, LK_STAGE_##stage, enter, reply },
#include "smtp/smtp_states.def"
#undef S
};

const char *
lk_state_awaited(const struct lk_smtp *s)
{
	return s->lmtp && s->state == LK_ST_EHLO ? "LHLO"
						 : states[s->state].awaited;
}

int32_t
lk_state_stage(enum lk_state state)
{
	return states[state].stage;
}

int
lk_smtp_new(struct lk_smtp **ret, const struct lk_smtp_options *given,
	    struct lk_error *err)
{
	struct lk_smtp_options o = { 0 };
	struct lk_smtp *s;
	char shown[80];

	memcpy(&o, given, given->size < sizeof(o) ? given->size : sizeof(o));
	if (!o.ehlo || !lk_ehlo_is_valid(o.ehlo)) {
		const char *name = o.ehlo ? o.ehlo : "";

		lk_ascii_printable(shown, sizeof(shown), name, strlen(name));
		lk_fail(err, LK_E_CONFIG, "ehlo: \"%s\" is no host name and no "
			"address literal", shown);
		lk_advise(err, "ehlo = name.example, or ehlo = [192.0.2.1]");
		return -1;
	}
	if (o.tls > LK_TLS_NONE)
		return lk_fail(err, LK_E_USAGE, "tls: %u is no LK_TLS_*",
			       (unsigned)o.tls);
	s = calloc(1, sizeof(*s));
	if (!s || !(s->ehlo = strdup(o.ehlo))) {
		free(s);
		return lk_fail_memory(err);
	}
	s->tls = o.tls;
	s->lmtp = (o.flags & LK_SMTP_LMTP) != 0;
	s->may_bdat = (o.flags & LK_SMTP_BDAT) != 0;
	s->auth = o.auth;
	s->logged_in = !o.auth;
	s->trace = o.trace;
	s->trace_ctx = o.trace_ctx;
	s->result = 1;
	lk_buf_init(&s->out, LK_OUTPUT_MAX);
	lk_reader_init(&s->reader);
	*ret = s;
	return 0;
}

void
lk_smtp_free(struct lk_smtp *s)
{
	if (!s)
		return;
	lk_buf_wipe(&s->out);
	lk_reader_wipe(&s->reader);
	free(s->ehlo);
	free(s->peer_name);
	free(s);
}

void
lk_smtp_forget(struct lk_smtp *s)
{
	lk_buf_drop(&s->out, s->out.len);
	lk_reader_next(&s->reader);
	memset(&s->caps, 0, sizeof(s->caps));
	s->out_at = 0;
	s->queued = s->sent = 0;
	s->first = s->pending = 0;
}

void
lk_smtp_go(struct lk_smtp *s, enum lk_state next)
{
	do {
		s->state = next;
		if (next == LK_ST_READY)
			s->ready = true;
		if (next == LK_ST_CLOSED)
			lk_smtp_forget(s);
		if (states[next].enter)
			next = states[next].enter(s);
	} while (next != s->state);
}

void
lk_put_end(struct lk_smtp *s)
{
	assert(s->pending < LK_RING);
	/* out holds what was queued and not dropped */
	assert(s->sent + (s->out.len - s->out_at) > s->queued);
	s->queued = s->sent + (s->out.len - s->out_at);
	s->ends[(s->first + s->pending++) % LK_RING] = s->queued;
}

int
lk_put(struct lk_smtp *s, const char *meaning, const char *format, ...)
{
	char line[1024];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(line))
		return -1;
	if (lk_buf_add(&s->out, line, (size_t)n) < 0 ||
	    lk_buf_add(&s->out, "\r\n", 2) < 0)
		return -1;
	lk_put_end(s);
	lk_trace_client(s, line, meaning);
	return 0;
}

uint32_t
lk_smtp_want(struct lk_smtp *s)
{
	uint32_t want = 0;

	switch (s->state) {
	case LK_ST_CONNECT:
		return LK_WANT_CONNECT;
	case LK_ST_CLOSED:
		return LK_WANT_CLOSED;
	case LK_ST_READY:
		return LK_WANT_MAIL;
	case LK_ST_TLS:
		return LK_WANT_TLS;
	case LK_ST_BODY:
		/* the end of it goes in the same flight, if it fits */
		if (s->out.len - s->out_at < LK_OUTPUT_BODY)
			return LK_WANT_BODY;
		break;
	case LK_ST_AUTH:
		if (s->auth_kind == LK_AUTH_WAIT)
			return LK_WANT_WAIT;
		if (s->auth_kind == LK_AUTH_WORK)
			return LK_WANT_WORK;
		break;
	case LK_ST_GREETING:
	case LK_ST_EHLO:
	case LK_ST_HELO:
	case LK_ST_STARTTLS:
	case LK_ST_MAIL:
	case LK_ST_RCPT:
	case LK_ST_DATA:
	case LK_ST_FINAL:
	case LK_ST_RSET:
	case LK_ST_QUIT:
	case LK_ST_COUNT:
		break;
	}
	if (s->out.len > s->out_at)
		want |= LK_WANT_SEND;
	return want | LK_WANT_RECV;
}

/* Returns false if memory is out. */
static bool
take_facts(struct lk_smtp *s, const struct lk_facts *given)
{
	struct lk_facts f = { 0 };

	free(s->peer_name);
	s->peer_name = NULL;
	memcpy(&f, given, given->size < sizeof(f) ? given->size : sizeof(f));
	f.size = sizeof(f);
	if (f.peer_name && !(s->peer_name = strdup(f.peer_name)))
		return false;
	f.peer_name = s->peer_name;
	s->facts = f;
	return true;
}

void
lk_smtp_connected(struct lk_smtp *s, const struct lk_facts *facts)
{
	enum lk_state next = LK_ST_GREETING;

	if (s->state != LK_ST_CONNECT)
		return;
	lk_smtp_forget(s);
	s->tls_tried = false;
	if (!take_facts(s, facts))
		next = lk_end_memory(s);
	else if (s->tls == LK_TLS_IMPLICIT &&
		 !(s->facts.flags & LK_FACT_ENCRYPTED))
		next = lk_end(s, LK_E_INTERNAL, "TLS is to come first, and the "
			      "connection has none");
	lk_smtp_go(s, next);
}

void
lk_smtp_tls_up(struct lk_smtp *s, const struct lk_facts *facts)
{
	enum lk_state next = LK_ST_EHLO;

	if (s->state != LK_ST_TLS)
		return;
	/* the words before it were not protected (RFC 3207, 4.2) */
	lk_smtp_forget(s);
	if (!take_facts(s, facts))
		next = lk_end_memory(s);
	s->facts.flags |= LK_FACT_ENCRYPTED;
	lk_trace_note(s, "TLS is up; the server is %s",
		      s->facts.flags & LK_FACT_VERIFIED ? "verified"
		      : "NOT verified");
	lk_smtp_go(s, next);
}

const void *
lk_smtp_output(struct lk_smtp *s, size_t *len)
{
	*len = s->out.len - s->out_at;
	return *len ? s->out.data + s->out_at : NULL;
}

void
lk_smtp_sent(struct lk_smtp *s, size_t len)
{
	assert(len <= s->out.len - s->out_at);
	s->out_at += len;
	s->sent += len;
	if (len == 0 || s->out_at < s->out.len)
		return;
	lk_buf_drop(&s->out, s->out.len);
	s->out_at = 0;
	if (s->state == LK_ST_AUTH && s->auth_kind == LK_AUTH_SEND)
		lk_auth_line_sent(s);
	else if (s->state == LK_ST_QUIT && s->error.cls)
		lk_smtp_go(s, LK_ST_CLOSED);    /* what for, an answer? */
}

/* Was this reply asked for, by a command that went out whole? */
static bool
is_awaited(const struct lk_smtp *s)
{
	if (s->state == LK_ST_GREETING)
		return true;
	if (s->pending == 0)
		return s->state == LK_ST_AUTH && s->auth_kind == LK_AUTH_READ;
	return s->ends[s->first] <= s->sent;
}

/* A whole reply. */
static enum lk_state
take_reply(struct lk_smtp *s)
{
	bool awaited = is_awaited(s);

	s->replies++;
	if (awaited && s->pending && !lk_has_more_finals(s)) {
		s->first = (s->first + 1) % LK_RING;
		s->pending--;
	}
	if (s->state == LK_ST_QUIT)
		return lk_on_quit(s);
	if (s->reader.code == 421 && !(s->state == LK_ST_AUTH && awaited) &&
	    !(s->lmtp && lk_about(s) == LK_ST_FINAL))
		return lk_end_refused(s, NULL);
	if (awaited)
		return states[s->state].reply(s);
	if (s->state == LK_ST_BODY || s->state == LK_ST_FINAL)
		return lk_on_early(s);
	return lk_end_protocol(s, "nothing was asked");
}

/* What is no reply, or too much of one; why is NULL where memory is out. */
static enum lk_state
take_garbled(struct lk_smtp *s, const char *why)
{
	lk_trace_server(s);
	if (!why)
		return lk_end_memory(s);
	if (s->state == LK_ST_AUTH && s->auth_kind == LK_AUTH_READ)
		return lk_on_auth_garbled(s, why);
	return lk_end_protocol(s, why);
}

void
lk_smtp_input(struct lk_smtp *s, const void *data, size_t len)
{
	const unsigned char *p = data;
	const char *why;
	size_t used;
	int r;

	while (len > 0 && s->state != LK_ST_CLOSED &&
	       s->state != LK_ST_CONNECT) {
		if (s->state == LK_ST_TLS) {
			lk_smtp_go(s, lk_end(s, LK_E_PROTOCOL,
				"bytes injected before TLS: somebody on the "
				"way adds to what the server says"));
			return;
		}
		r = lk_reader_feed(&s->reader, p, len, &used, &why);
		p += used;
		len -= used;
		if (r < 0) {
			lk_smtp_go(s, take_garbled(s, why));
			return;
		}
		if (r > 0 && s->reader.done) {
			enum lk_state next;

			lk_trace_server(s);
			next = take_reply(s);
			lk_reader_next(&s->reader);
			lk_smtp_go(s, next);
		}
	}
}

void
lk_smtp_lost(struct lk_smtp *s, const struct lk_error *why)
{
	enum lk_state next;

	if (s->state == LK_ST_CLOSED)
		return;
	lk_trace_server(s);
	lk_trace_note(s, "%s", why->sentence);
	if (s->state == LK_ST_QUIT) {
		if (!s->error.cls)
			lk_warn(s, "the server did not answer QUIT");
		next = LK_ST_CLOSED;
	} else if (s->state == LK_ST_AUTH) {
		next = lk_auth_is_lost(s, why);
	} else {
		next = lk_end_lost(s, why);
	}
	lk_smtp_go(s, next);
}

int
lk_smtp_is_final(const struct lk_smtp *s)
{
	return s->state == LK_ST_FINAL;
}

uint64_t
lk_smtp_replies(const struct lk_smtp *s)
{
	return s->replies;
}

int
lk_smtp_is_ready(const struct lk_smtp *s)
{
	return s->ready;
}

const struct lk_error *
lk_smtp_error(const struct lk_smtp *s)
{
	return &s->error;
}

const char *
lk_smtp_warning(const struct lk_smtp *s)
{
	return s->warning;
}
