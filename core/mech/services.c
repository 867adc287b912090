/* The services of a host. SPDX-License-Identifier: MIT */
#include "mech/session.h"
#include "base/ascii.h"
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define LOG_MAX 512

/* Octets that fit in base64 in a line of the profile with its end. */
static size_t
response_max(const struct lk_profile *p)
{
	if (p->line_limit < 2)
		return p->line_limit ? 0 : LK_EXCHANGE_OCTETS;
	return (p->line_limit - 2) / 4 * 3;
}

static void
log_text(const struct lk_inside *s, uint32_t level, const char *text)
{
	char line[LOG_MAX];

	lk_store_show(s->with.store, line, sizeof(line), text, strlen(text));
	if (level < LK_LOG_ERROR || level > LK_LOG_DEBUG)
		level = LK_LOG_DEBUG;
	lk_host_log(s->with.host, level, "%s: %s", s->with.entry->record.id,
		    line);
}

void
lk_inside_log(const struct lk_inside *s, uint32_t level, const char *format,
	      ...)
{
	char text[LOG_MAX];
	va_list ap;

	va_start(ap, format);
	if (vsnprintf(text, sizeof(text), format, ap) >= 0)
		log_text(s, level, text);
	va_end(ap);
}

/* Of the session's mechanism: the text for a person, without a secret. */
static void
copy_text(const struct lk_inside *s, char *to, size_t room, const char *from)
{
	lk_store_show(s->with.store, to, room, from, strlen(from));
}

static int32_t
emit(struct lk_session *session, const void *data, size_t len)
{
	struct lk_inside *s = (struct lk_inside *)session;

	if (!s || (!data && len))
		return LK_E_INTERNAL;
	if (!(s->may & LK_MAY_EMIT) || s->is_pending) {
		lk_inside_log(s, LK_LOG_WARN, "emitted where no response is "
			      "due");
		return LK_E_INTERNAL;
	}
	s->has_emitted = true;
	s->has_shown = s->has_shown || s->has_leased;
	if (len > s->out.max - s->out.len) {
		lk_fail(&s->error, LK_E_PROTOCOL, "the response would be "
			"longer than the %zu octets that fit in a line",
			s->out.max);
		return s->lost = LK_E_PROTOCOL;
	}
	if (lk_buf_add(&s->out, data, len) < 0) {
		lk_fail_memory(&s->error);
		return s->lost = LK_E_NOMEM;
	}
	return LK_DONE;
}

static void
report(struct lk_session *session, const struct lk_report *from)
{
	struct lk_inside *s = (struct lk_inside *)session;
	char text[1024] = "", domain[32] = "";
	struct lk_report r;

	if (!s || !from || !(s->may & LK_MAY_GET))
		return;
	lk_inside_copy(&r, sizeof(r), from, from->size);
	if (r.flags >> 16) {
		lk_inside_log(s, LK_LOG_WARN, "a report with unknown critical "
			      "flags is ignored");
		return;
	}
	if (r.flags & LK_REPORT_UNPROVEN)
		s->is_unproven = true;
	if (r.cls >= 0)
		return;
	if (r.message)
		copy_text(s, text, sizeof(text), r.message);
	if (r.domain)
		copy_text(s, domain, sizeof(domain), r.domain);
	lk_fail(&s->error, r.cls, "%s", text);
	if (*domain && r.code)
		lk_fail(&s->error, r.cls, "%s (%s %d)", text, domain,
			(int)r.code);
	if (r.advice)
		copy_text(s, s->error.advice, sizeof(s->error.advice),
			  r.advice);
}

static void
log_line(struct lk_session *session, uint32_t level, const char *text)
{
	if (session && text)
		log_text((struct lk_inside *)session, level, text);
}

static void
wait_for(struct lk_session *session, int32_t fd, uint32_t events,
	 int32_t timeout_ms)
{
	struct lk_inside *s = (struct lk_inside *)session;

	if (!s)
		return;
	if (!(s->may & LK_MAY_WAIT)) {
		lk_inside_log(s, LK_LOG_WARN, "wanted to wait outside of start "
			      "and step");
		return;
	}
	s->fd = fd;
	s->events = events;
	s->timeout_ms = timeout_ms;
}

static void
wipe(void *p, size_t len)
{
	if (p)
		explicit_bzero(p, len);
}

static int32_t
random_bytes(void *p, size_t len)
{
	unsigned char *to = p;

	while (len) {
		ssize_t n = getrandom(to, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return LK_E_INTERNAL;
		to += n;
		len -= (size_t)n;
	}
	return LK_DONE;
}

static const void *
extension(const char *id)
{
	(void)id;
	return NULL;
}

static const struct lk_services services = {
	.size = sizeof(struct lk_services),
	.get = lk_inside_get,
	.emit = emit,
	.report = report,
	.log = log_line,
	.wait = wait_for,
	.wipe = wipe,
	.random = random_bytes,
	.extension = extension,
};

/* ---- of init ------------------------------------------------------------ */

static int32_t
early_get(struct lk_session *session, const struct lk_ask *ask,
	  struct lk_bytes *out)
{
	(void)session;
	(void)ask;
	(void)out;
	return LK_E_INTERNAL;
}

static int32_t
early_emit(struct lk_session *session, const void *data, size_t len)
{
	(void)session;
	(void)data;
	(void)len;
	return LK_E_INTERNAL;
}

static void
early_report(struct lk_session *session, const struct lk_report *given)
{
	struct lk_early *s = (struct lk_early *)session;
	char *advice = s->error.advice, text[LOG_MAX] = "";
	struct lk_report r;

	if (!given)
		return;
	lk_inside_copy(&r, sizeof(r), given, given->size);
	if (r.cls >= 0 || r.flags >> 16)
		return;
	if (r.message)
		lk_ascii_printable(text, sizeof(text), r.message,
				   strlen(r.message));
	lk_fail(&s->error, r.cls, "%s", text);
	if (r.advice)
		lk_ascii_printable(advice, sizeof(s->error.advice), r.advice,
				   strlen(r.advice));
}

static void
early_log(struct lk_session *session, uint32_t level, const char *text)
{
	const struct lk_early *s = (const struct lk_early *)session;
	char line[LOG_MAX];

	if (!text)
		return;
	lk_ascii_printable(line, sizeof(line), text, strlen(text));
	lk_host_log(s->host, level, "%s: %s", s->name, line);
}

static void
early_wait(struct lk_session *session, int32_t fd, uint32_t events,
	   int32_t timeout_ms)
{
	(void)session;
	(void)fd;
	(void)events;
	(void)timeout_ms;
}

static const struct lk_services early_services = {
	.size = sizeof(struct lk_services),
	.get = early_get,
	.emit = early_emit,
	.report = early_report,
	.log = early_log,
	.wait = early_wait,
	.wipe = wipe,
	.random = random_bytes,
	.extension = extension,
};

void
lk_early_init(struct lk_early *s, struct lk_host *host, const char *name)
{
	memset(s, 0, sizeof(*s));
	s->head.services = &early_services;
	s->host = host;
	s->name = name;
}

/* ---- of an attempt -------------------------------------------------------- */

void
lk_inside_init(struct lk_inside *s, const struct lk_exchange_with *with)
{
	memset(s, 0, sizeof(*s));
	s->head.services = &services;
	s->with = *with;
	lk_buf_init(&s->out, response_max(with->profile));
	s->fd = -1;
	s->timeout_ms = -1;
}

void
lk_inside_wipe(struct lk_inside *s)
{
	lk_buf_wipe(&s->out);
}

void
lk_inside_drop(struct lk_inside *s)
{
	lk_buf_clear(&s->out);
	s->has_emitted = false;
}

void
lk_inside_turn(struct lk_inside *s, uint32_t may)
{
	lk_inside_drop(s);
	s->lost = 0;
	s->may = may;
	s->is_pending = false;
	s->fd = -1;
	s->events = 0;
	s->timeout_ms = -1;
}
