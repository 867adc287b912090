/* What a person is shown, and what became of each message.
 * SPDX-License-Identifier: MIT */
#include "engine.h"

#include <string.h>

void
watch_text(const struct talk *t, const char *text)
{
	size_t len = strlen(text), i;

	for (i = 0; i < 3; i++)
		MUST(!marker_find(text, len, t->judge.secrets[i], MARKER),
		     "a secret is told: %s", text);
	MUST(is_printable(text), "not printable: %s", text);
}

void
watch_trace(void *talk, const struct lk_trace *line)
{
	MUST(line->from >= LK_TRACE_CLIENT && line->from <= LK_TRACE_NOTE,
	     "from %d", (int)line->from);
	MUST(!strchr(line->line, '\n'), "two lines: %s", line->line);
	watch_text(talk, line->line);
	watch_text(talk, line->decoded);
	watch_text(talk, line->meaning);
}

void
watch_note(void *talk, const char *text)
{
	watch_text(talk, text);
}

void
watch_log(void *talk, uint32_t level, const char *text)
{
	MUST(level >= LK_LOG_ERROR && level <= LK_LOG_DEBUG, "level %u",
	     level);
	watch_text(talk, text);
}

void
watch_error(const struct talk *t, const struct lk_error *e)
{
	must_be_error(e);
	watch_text(t, e->sentence);
	watch_text(t, e->advice);
	watch_text(t, e->text);
	watch_text(t, e->enhanced);
}

/* ---- messages ---------------------------------------------------------- */

/* The message as it has to go: lines end with CRLF, the last one too. */
static void
check_body(const struct talk *t)
{
	const struct lk_buf *b = &t->judge.body;
	const char *p = t->text;
	size_t i = 0;

	while (*p) {
		size_t n = strcspn(p, "\r\n");

		MUST(b->len - i >= n + 2 && memcmp(b->data + i, p, n) == 0 &&
		     memcmp(b->data + i + n, "\r\n", 2) == 0,
		     "the message is another");
		i += n + 2;
		p += n;
		p += *p == '\r';
		p += *p == '\n';
	}
	MUST(i == b->len && i == t->facts.octets, "the message is longer");
}

static int32_t
class_of(enum verdict v)
{
	switch (v) {
	case ACCEPTED:
		return 0;
	case REFUSED:
		return LK_E_REFUSED;
	case REFUSED_FOR_NOW:
		return LK_E_TRANSIENT;
	case NO_DOT:
	case NO_REPLY:
	case NO_VERDICT:
		break;
	}
	return LK_E_UNKNOWN;
}

static void
check_recipients(const struct talk *t, int32_t cls)
{
	size_t i, good = 0;

	for (i = 0; i < t->count; i++) {
		const struct lk_recipient *r = &t->to[i];

		watch_text(t, r->text);
		watch_text(t, r->enhanced);
		MUST(r->cls == 0 || r->cls == LK_E_RECIPIENT ||
		     r->cls == LK_E_TRANSIENT || r->cls == LK_E_CANCELLED ||
		     r->cls == LK_E_UNKNOWN, "recipient %zu: class %d", i,
		     (int)r->cls);
		MUST((r->cls == LK_E_UNKNOWN) <= (cls == LK_E_UNKNOWN),
		     "unknown for a recipient only");
		good += r->cls == 0;
	}
	MUST((good > 0) == (cls == 0), "%zu recipients with class %d", good,
	     (int)cls);
	MUST(cls != 0 || t->partial || good == t->count, "sent to a part");
}

void
watch_result(struct talk *t)
{
	enum verdict verdict = t->judge.verdict;
	struct lk_error err = { 0 };
	int r;

	if (!t->mail_runs)
		return;
	t->mail_runs = false;
	r = lk_smtp_mail_result(t->smtp, &err);
	MUST(r == 0 || r == -1, "the result is %d", r);
	if (r < 0)
		watch_error(t, &err);
	if (verdict == NO_DOT)
		MUST(r < 0 && err.cls != LK_E_UNKNOWN, "%s without a dot",
		     r < 0 ? "unknown" : "sent");
	else
		MUST(class_of(verdict) == (r < 0 ? err.cls : 0),
		     "class %d, but the server's verdict is %d",
		     (int)err.cls, (int)verdict);
	if (verdict != NO_DOT)
		check_body(t);
	check_recipients(t, r < 0 ? err.cls : 0);
}

void
watch_end(struct talk *t)
{
	const struct lk_error *e = lk_smtp_error(t->smtp);
	struct lk_auth_result r;

	watch_text(t, lk_smtp_warning(t->smtp));
	if (e->cls)
		watch_error(t, e);
	else
		MUST(t->quit || t->last, "it ended by itself without an error");
	if (!t->auth)
		return;
	lk_auth_get_result(t->auth, &r);
	watch_text(t, r.warning);
	MUST(!r.id[0] == !lk_smtp_is_ready(t->smtp), "a login by \"%s\", "
	     "and %s", r.id, lk_smtp_is_ready(t->smtp) ? "ready" : "not ready");
	if (lk_auth_error(t->auth)->cls)
		watch_error(t, lk_auth_error(t->auth));
}
