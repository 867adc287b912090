/* MAIL, RCPT, DATA, RSET: in one flight where the server takes it.
 * SPDX-License-Identifier: MIT */
#include "smtp/engine.h"

#include "base/ascii.h"
#include "base/error.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The commands on their way leave room for one more. */
static bool
has_room(const struct lk_smtp *s)
{
	if (!(s->caps.flags & LK_CAP_PIPELINING))
		return s->pending == 0;
	return s->pending < LK_FLIGHT_COMMANDS;
}

/* As far as is known: may the message still be sent to somebody? */
static bool
goes_on(const struct lk_smtp *s)
{
	if (s->mail_error.cls)
		return false;
	if (s->envelope.flags & LK_MAIL_PARTIAL)
		return s->refused < s->envelope.count;
	return s->refused == 0;
}

/* The address as this server takes it; it was checked. */
static const char *
on_wire(const struct lk_smtp *s, const char *address,
	char ascii[LK_ADDRESS_ROOM])
{
	if (s->caps.flags & LK_CAP_SMTPUTF8 || lk_address_is_ascii(address))
		return address;
	return lk_address_ascii(address, ascii, NULL) == 0 ? ascii : address;
}

static int
put_mail(struct lk_smtp *s)
{
	char size[32] = "", ascii[LK_ADDRESS_ROOM];
	bool utf8 = !lk_address_is_ascii(s->envelope.from);
	size_t i;

	for (i = 0; i < s->envelope.count && !utf8; i++)
		utf8 = !lk_address_is_ascii(s->envelope.to[i].address);
	utf8 = utf8 && s->caps.flags & LK_CAP_SMTPUTF8;
	if (s->caps.flags & LK_CAP_SIZE)
		snprintf(size, sizeof(size), " SIZE=%" PRIu64,
			 s->message.octets);
	return lk_put(s, *s->envelope.from ? "the sender" : "no sender: a "
		      "report that must not be answered", "MAIL FROM:<%s>%s%s%s",
		      on_wire(s, s->envelope.from, ascii), size,
		      s->message.flags & LK_MESSAGE_8BIT &&
		      s->caps.flags & LK_CAP_8BITMIME ? " BODY=8BITMIME" : "",
		      utf8 ? " SMTPUTF8" : "");
}

enum lk_state
lk_fill_envelope(struct lk_smtp *s)
{
	char ascii[LK_ADDRESS_ROOM];
	int r = 0;

	while (r == 0 && goes_on(s) && has_room(s) && !s->data_asked) {
		if (!s->mail_asked) {
			s->mail_asked = true;
			r = put_mail(s);
		} else if (s->asked < s->envelope.count) {
			r = lk_put(s, "a recipient", "RCPT TO:<%s>",
				   on_wire(s, s->envelope.to[s->asked].address,
					   ascii));
			s->asked++;
		} else {
			s->data_asked = true;
			r = lk_put(s, "the message is next", "DATA");
		}
	}
	return r < 0 ? lk_end_memory(s) : s->state;
}

/* The message cannot be sent; the connection can be used again. */
static enum lk_state
give_up(struct lk_smtp *s)
{
	struct lk_error e = s->mail_error;

	lk_mail_failed(s, &e);
	if (s->envelope.flags & LK_MAIL_LAST)
		return LK_ST_QUIT;
	return s->mail_accepted ? LK_ST_RSET : LK_ST_READY;
}

/* What is the next reply about? */
static enum lk_state
next_reply(struct lk_smtp *s)
{
	if (s->heard < s->asked)
		return LK_ST_RCPT;
	if (s->data_asked)
		return LK_ST_DATA;
	if (!goes_on(s))
		return give_up(s);
	return s->asked < s->envelope.count ? LK_ST_RCPT : LK_ST_DATA;
}

enum lk_state
lk_on_mail(struct lk_smtp *s)
{
	char what[300];
	int code = s->reader.code;

	if (code / 100 == 2) {
		s->mail_accepted = true;
		return next_reply(s);
	}
	snprintf(what, sizeof(what), "MAIL FROM:<%s>", s->envelope.from);
	if (code < 400)
		return lk_end_protocol(s, "it does not fit here");
	lk_reply_error(s, &s->mail_error, what);
	if (code == 530 && !s->auth)
		lk_advise(&s->mail_error, "the server wants a login: user and "
			  "password-from");
	return next_reply(s);
}

/* One line a refused recipient. */
static void
refused_error(struct lk_smtp *s)
{
	struct lk_error *e = &s->mail_error;
	const struct lk_recipient *r = s->envelope.to, *end;
	const struct lk_recipient *first = NULL;
	size_t n = 0;

	for (end = r + s->envelope.count; r < end; r++) {
		if (r->cls != LK_E_RECIPIENT && r->cls != LK_E_TRANSIENT)
			continue;
		if (n > sizeof(e->sentence) - 700) {
			snprintf(e->sentence + n, sizeof(e->sentence) - n,
				 "\n... %zu in all", s->refused);
			break;
		}
		if (!first)
			lk_fail(e, s->refused == s->refused_for_now
				? LK_E_TRANSIENT : LK_E_RECIPIENT,
				"refused, so nothing was sent:");
		first = first ? first : r;
		n = strlen(e->sentence);
		snprintf(e->sentence + n, sizeof(e->sentence) - n,
			 "%s<%s>: %d %s", s->refused > 1 ? "\n" : " ",
			 r->address, r->code, r->text);
		n = strlen(e->sentence);
	}
	if (!first)
		return;
	e->stage = LK_STAGE_ENVELOPE;
	e->code = first->code;
	memcpy(e->enhanced, first->enhanced, sizeof(e->enhanced));
	lk_ascii_copy(e->text, sizeof(e->text), first->text);
	if (s->refused < s->envelope.count)
		lk_advise(e, "to send to the others all the same: --partial");
}

enum lk_state
lk_on_rcpt(struct lk_smtp *s)
{
	struct lk_recipient *r = &s->envelope.to[s->heard];
	struct lk_reader *reply = &s->reader;

	if (reply->code / 100 == 3)
		return lk_end_protocol(s, "it does not fit here");
	s->heard++;
	/* without a sender it says nothing about the recipient */
	if (s->mail_error.cls && !s->mail_accepted)
		return next_reply(s);
	r->code = reply->code;
	memcpy(r->enhanced, reply->enhanced, sizeof(r->enhanced));
	lk_smtp_words(s, r->text, sizeof(r->text), reply->text.data,
		      reply->text.len);
	if (reply->code < 300) {
		r->cls = 0;
		s->accepted++;
		return next_reply(s);
	}
	r->cls = reply->code < 500 ? LK_E_TRANSIENT : LK_E_RECIPIENT;
	s->refused++;
	if (reply->code < 500)
		s->refused_for_now++;
	if (!goes_on(s))
		refused_error(s);
	return next_reply(s);
}

enum lk_state
lk_on_data(struct lk_smtp *s)
{
	struct lk_error e;

	if (s->reader.code == 354) {
		if (goes_on(s) && s->accepted > 0)
			return lk_begin_body(s);
		/* a dot now would send an empty message to who was accepted */
		lk_trace_note(s, "closing: nothing is to be sent");
		e = s->mail_error;
		return lk_end_with(s, &e);
	}
	if (s->reader.code < 400)
		return lk_end_protocol(s, "it does not fit here");
	if (!s->mail_error.cls)
		lk_reply_error(s, &s->mail_error, "DATA");
	return give_up(s);
}

enum lk_state
lk_send_rset(struct lk_smtp *s)
{
	if (lk_put(s, "forget this message", "RSET") < 0)
		return lk_end_memory(s);
	return LK_ST_RSET;
}

enum lk_state
lk_on_rset(struct lk_smtp *s)
{
	if (s->reader.code / 100 == 2)
		return LK_ST_READY;
	return lk_end_refused(s, "RSET");
}

/* ---- before anything is sent ------------------------------------------- */

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
	if (s->caps.rcpt_max && e->count > s->caps.rcpt_max) {
		lk_fail(err, LK_E_MESSAGE, "%zu recipients, the server takes "
			"%u at once", e->count, (unsigned)s->caps.rcpt_max);
		lk_advise(err, "send the message in parts");
		return -1;
	}
	if (*e->from && lk_address_check(e->from, utf8, err) < 0)
		return -1;
	for (i = 0; i < e->count; i++)
		if (lk_address_check(e->to[i].address, utf8, err) < 0)
			return -1;
	return 0;
}

int
lk_smtp_mail(struct lk_smtp *s, struct lk_envelope *e,
	     const struct lk_message_facts *m, struct lk_error *err)
{
	size_t i;

	if (s->state != LK_ST_READY)
		return lk_fail(err, LK_E_USAGE, "no message can begin now");
	s->result = 1;
	for (i = 0; i < e->count; i++) {
		e->to[i].cls = LK_E_CANCELLED;
		e->to[i].code = 0;
		e->to[i].enhanced[0] = e->to[i].text[0] = '\0';
	}
	if (check_message(s, m, err) < 0 || check_envelope(s, e, err) < 0)
		return -1;
	if (m->flags & LK_MESSAGE_8BIT && !(s->caps.flags & LK_CAP_8BITMIME))
		lk_warn(s, "the message has 8-bit text, and the server does "
			"not say that it takes it");
	if (m->flags & LK_MESSAGE_LONG_LINE)
		lk_warn(s, "the message has a line of %" PRIu64 " octets; 998 "
			"are allowed", m->longest);
	s->envelope = *e;
	s->message = *m;
	s->mail_asked = s->mail_accepted = s->data_asked = false;
	s->asked = s->heard = s->accepted = s->refused = 0;
	s->refused_for_now = 0;
	s->mail_error.cls = 0;
	lk_smtp_go(s, LK_ST_MAIL);
	return 0;
}

int
lk_smtp_mail_result(const struct lk_smtp *s, struct lk_error *err)
{
	if (s->result < 0 && err)
		*err = s->mail_error;
	return s->result;
}
