/* A message, before anything is sent. SPDX-License-Identifier: MIT */
#include "smtp/engine.h"

#include "base/error.h"

#include <inttypes.h>
#include <string.h>

static int
check_message(struct lk_smtp *s, const struct lk_message_facts *m,
	      struct lk_error *err)
{
	if (m->octets == 0)
		lk_fail(err, LK_E_MESSAGE, "the message is empty");
	else if (m->flags & LK_MESSAGE_NUL)
		lk_fail(err, LK_E_MESSAGE, "the message has a NUL octet in it, "
			"which no server takes");
	else if (m->flags & LK_MESSAGE_LONE_CR)
		lk_fail(err, LK_E_MESSAGE, "the message has a CR without LF "
			"in it: servers disagree whether a line ends there");
	else if (s->caps.size && m->octets > s->caps.size)
		lk_fail(err, LK_E_MESSAGE, "the message has %" PRIu64
			" octets, the server takes %" PRIu64, m->octets,
			s->caps.size);
	else
		return 0;
	return -1;
}

static int
check_envelope(struct lk_smtp *s, const struct lk_envelope *e,
	       struct lk_error *err)
{
	bool utf8 = s->caps.flags & LK_CAP_SMTPUTF8;
	size_t i;

	if (e->count == 0)
		return lk_fail(err, LK_E_USAGE, "there is no recipient");
	if (s->caps.rcpt_max && e->count > s->caps.rcpt_max &&
	    !(e->flags & LK_MAIL_PARTIAL)) {
		lk_fail(err, LK_E_MESSAGE, "%zu recipients, the server takes "
			"%u at once", e->count, (unsigned)s->caps.rcpt_max);
		lk_advise(err, "to send it several times, each time to some "
			  "of them: --partial");
		return -1;
	}
	if (*e->from && lk_address_check(e->from, utf8, err) < 0)
		return -1;
	for (i = 0; i < e->count; i++)
		if (lk_address_check(e->to[i].address, utf8, err) < 0)
			return -1;
	return 0;
}

/* The message begins; nothing of it was said yet. */
static void
begin(struct lk_smtp *s, const struct lk_message_facts *m)
{
	struct lk_envelope *e = &s->envelope;

	s->message = *m;
	s->mail_asked = s->mail_heard = s->mail_accepted = false;
	s->data_asked = s->left_over = false;
	s->asked = s->heard = s->accepted = s->refused = 0;
	s->refused_for_now = s->finals = s->final_at = 0;
	s->late_refusals = 0;
	s->mail_error.cls = 0;
	s->bdat = s->may_bdat && s->caps.flags & LK_CAP_CHUNKING;
	if (s->caps.rcpt_max && e->count > s->caps.rcpt_max) {
		e->count = s->caps.rcpt_max;
		s->left_over = true;
	}
	lk_smtp_go(s, LK_ST_MAIL);
}

int
lk_smtp_mail(struct lk_smtp *s, struct lk_envelope *given,
	     const struct lk_message_facts *m, struct lk_error *err)
{
	struct lk_envelope copy = { 0 }, *e = &copy;
	size_t i;

	memcpy(e, given, given->size < sizeof(*e) ? given->size : sizeof(*e));
	if (s->state != LK_ST_READY)
		return lk_fail(err, LK_E_USAGE, "no message can begin now");
	s->result = 1;
	for (i = 0; i < e->count; i++) {
		e->to[i].cls = LK_E_CANCELLED;
		e->to[i].code = 0;
		e->to[i].enhanced[0] = e->to[i].text[0] = '\0';
	}
	if (check_message(s, m, err) < 0 || check_envelope(s, e, err) < 0 ||
	    lk_dsn_take(s, e, err) < 0)
		return -1;
	if (m->flags & LK_MESSAGE_8BIT && !(s->caps.flags & LK_CAP_8BITMIME))
		lk_warn(s, "the message has 8-bit text, and the server does "
			"not say that it takes it");
	if (m->flags & LK_MESSAGE_LONG_LINE)
		lk_warn(s, "the message has a line of %" PRIu64 " octets; 998 "
			"are allowed", m->longest);
	s->envelope = *e;
	begin(s, m);
	return 0;
}

int
lk_smtp_mail_result(const struct lk_smtp *s, struct lk_error *err)
{
	if (s->result < 0 && err)
		*err = s->mail_error;
	return s->result;
}
