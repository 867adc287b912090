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

/* As far as replies tell: could it have been accepted by anybody? */
static bool
is_doubtful(const struct talk *t)
{
	const struct judge *j = &t->judge;
	size_t i, refused = 0;

	for (i = 0; i < j->rcpts; i++)
		refused += j->rcpt[i] >= 400;
	return j->is_whole && j->mail < 400 && refused < j->asked &&
	       !(j->closing && j->finals == 0);
}

/* One reply for all. */
static void
check_smtp(const struct talk *t, int32_t cls)
{
	const struct judge *j = &t->judge;
	int code = j->finals ? j->final[0] : NOT_YET;

	if (!is_doubtful(t))
		MUST(cls != 0 && cls != LK_E_UNKNOWN, "class %d, and nobody "
		     "can have it", (int)cls);
	else if (code == NOT_YET || code == NO_REPLY)
		MUST(cls == LK_E_UNKNOWN, "class %d without a reply",
		     (int)cls);
	else if (code == 250)
		MUST(cls == 0, "class %d after 250", (int)cls);
	else
		MUST(cls == (code < 500 ? LK_E_TRANSIENT : LK_E_REFUSED),
		     "class %d after %d", (int)cls, code);
}

/* By LMTP one for each recipient that was accepted. */
static void
check_lmtp(const struct talk *t, int32_t cls)
{
	const struct judge *j = &t->judge;
	size_t i, k = 0, good = 0, bad = 0;

	for (i = 0; i < j->rcpts && i < t->count; i++) {
		int32_t is = t->to[i].cls;
		int code;

		if (j->rcpt[i] / 100 != 2)
			continue;
		code = k < j->finals ? j->final[k] : NOT_YET;
		k++;
		MUST(code == 250 ? is == 0 : code >= 400
		     ? is == LK_E_TRANSIENT || is == LK_E_RECIPIENT
		     : is == LK_E_UNKNOWN, "recipient %zu: class %d after %d",
		     i, (int)is, code);
		good += code == 250;
		bad += code >= 400;
	}
	if (good + bad < k)
		MUST(cls == LK_E_UNKNOWN, "class %d, and replies are missing",
		     (int)cls);
	else if (bad == 0 || (t->partial && good > 0))
		MUST(cls == 0, "class %d, and it is sent", (int)cls);
	else
		MUST(cls == LK_E_TRANSIENT || cls == LK_E_RECIPIENT,
		     "class %d, and it was refused", (int)cls);
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
	MUST(cls != 0 || (good > 0 && (t->partial || good == t->count)),
	     "sent, and to %zu of %zu", good, t->count);
	MUST(cls == 0 || good == 0 || t->judge.lmtp, "not sent, but to %zu",
	     good);
}

void
watch_result(struct talk *t)
{
	const struct judge *j = &t->judge;
	struct lk_error err = { 0 };
	int r;

	if (!t->mail_runs)
		return;
	t->mail_runs = false;
	r = lk_smtp_mail_result(t->smtp, &err);
	MUST(r == 0 || r == -1, "the result is %d", r);
	if (r < 0)
		watch_error(t, &err);
	if (!j->is_whole)
		MUST(r < 0 && err.cls != LK_E_UNKNOWN, "%s, and it was not "
		     "whole", r < 0 ? "unknown" : "sent");
	else if (j->lmtp && is_doubtful(t) && judge_accepted(j) > 0)
		check_lmtp(t, err.cls);
	else
		check_smtp(t, err.cls);
	if (j->is_whole)
		check_body(t);
	check_recipients(t, err.cls);
}

void
watch_end(struct talk *t)
{
	const struct lk_error *e = lk_smtp_error(t->smtp);
	struct lk_auth_result r = { .size = sizeof(r) };

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
