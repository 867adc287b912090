/* MAIL, RCPT, DATA, RSET: in one flight where the server takes it.
 * SPDX-License-Identifier: MIT */
#include "smtp/engine.h"
#include "smtp/parts.h"

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

bool
lk_mail_goes_on(const struct lk_smtp *s)
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
	char size[32] = "", dsn[340] = "", ascii[LK_ADDRESS_ROOM];
	bool utf8 = !lk_address_is_ascii(s->envelope.from);
	size_t i;

	for (i = 0; i < s->envelope.count && !utf8; i++)
		utf8 = !lk_address_is_ascii(s->envelope.to[i].address);
	utf8 = utf8 && s->caps.flags & LK_CAP_SMTPUTF8;
	if (s->caps.flags & LK_CAP_SIZE)
		snprintf(size, sizeof(size), " SIZE=%" PRIu64,
			 s->message.octets);
	snprintf(dsn, sizeof(dsn), "%s%s%s%s", s->dsn.ret ? " RET=" : "",
		 s->dsn.ret ? s->dsn.ret : "", *s->dsn.envid ? " ENVID=" : "",
		 s->dsn.envid);
	return lk_put(s, *s->envelope.from ? "the sender" : "no sender: a "
		      "report that must not be answered", "MAIL FROM:<%s>%s%s%s%s",
		      on_wire(s, s->envelope.from, ascii), size,
		      s->message.flags & LK_MESSAGE_8BIT &&
		      s->caps.flags & LK_CAP_8BITMIME ? " BODY=8BITMIME" : "",
		      utf8 ? " SMTPUTF8" : "", dsn);
}

static int
put_rcpt(struct lk_smtp *s)
{
	const char *address = s->envelope.to[s->asked++].address;
	char ascii[LK_ADDRESS_ROOM];

	return lk_put(s, "a recipient", "RCPT TO:<%s>%s%s",
		      on_wire(s, address, ascii),
		      *s->dsn.notify ? " NOTIFY=" : "", s->dsn.notify);
}

static int
put_data(struct lk_smtp *s)
{
	s->data_asked = true;
	if (!s->bdat)
		return lk_put(s, "the message is next", "DATA");
	return lk_put(s, "the message is next, and all of it", "BDAT %" PRIu64
		      " LAST", s->message.octets);
}

/* What comes behind BDAT cannot be called back: not before all recipients are
 * known, unless any of them is enough. */
static bool
may_put_data(const struct lk_smtp *s)
{
	if (!s->bdat || (s->mail_heard && s->heard == s->asked))
		return true;
	return s->envelope.count == 1 ||
	       s->envelope.flags & LK_MAIL_PARTIAL;
}

enum lk_state
lk_fill_envelope(struct lk_smtp *s)
{
	int r = 0;

	while (r == 0 && lk_mail_goes_on(s) && has_room(s) && !s->data_asked) {
		if (!s->mail_asked) {
			s->mail_asked = true;
			r = put_mail(s);
		} else if (s->asked < s->envelope.count) {
			r = put_rcpt(s);
		} else if (may_put_data(s)) {
			r = put_data(s);
		} else {
			break;
		}
	}
	if (r < 0)
		return lk_end_memory(s);
	return s->bdat && s->data_asked ? lk_begin_body(s) : s->state;
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
	if (!lk_mail_goes_on(s))
		return give_up(s);
	return s->asked < s->envelope.count ? LK_ST_RCPT : LK_ST_DATA;
}

enum lk_state
lk_on_mail(struct lk_smtp *s)
{
	struct lk_auth_result login = { .size = sizeof(login), .id = "" };
	char what[300];
	int code = s->reader.code;

	s->mail_heard = true;
	if (code / 100 == 2) {
		s->mail_accepted = true;
		return next_reply(s);
	}
	snprintf(what, sizeof(what), "MAIL FROM:<%s>", s->envelope.from);
	if (code < 400)
		return lk_end_protocol(s, "it does not fit here");
	lk_reply_error(s, &s->mail_error, what);
	if (s->auth)
		lk_auth_get_result(s->auth, &login);
	if (code == 530 && !*login.id)
		lk_advise(&s->mail_error, "the server wants a login: user and "
			  "password-from");
	return next_reply(s);
}

void
lk_mail_refused(struct lk_smtp *s)
{
	struct lk_error *e = &s->mail_error;
	const struct lk_recipient *r = s->envelope.to, *end;
	const struct lk_recipient *first = NULL;
	const char *what = "refused, so nothing was sent:";
	size_t n = 0;

	if (s->finals)
		what = s->late_refusals < s->accepted
			? "sent to others, but refused for:"
			: "the message was refused for:";
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
				"%s", what);
		first = first ? first : r;
		n = strlen(e->sentence);
		snprintf(e->sentence + n, sizeof(e->sentence) - n,
			 "%s<%s>: %d %s", s->refused > 1 ? "\n" : " ",
			 r->address, r->code, r->text);
		n = strlen(e->sentence);
	}
	if (!first)
		return;
	e->stage = s->finals ? LK_STAGE_DATA : LK_STAGE_ENVELOPE;
	e->code = first->code;
	memcpy(e->enhanced, first->enhanced, sizeof(e->enhanced));
	lk_ascii_copy(e->text, sizeof(e->text), first->text);
	if (s->refused < s->envelope.count && !s->finals)
		lk_advise(e, "to send to the others all the same: --partial");
}

bool
lk_is_too_many(const struct lk_recipient *r)
{
	if (r->code == 552)
		return strcmp(r->enhanced, "5.5.3") == 0;
	return r->code == 452 &&
	       (!*r->enhanced || strcmp(r->enhanced, "4.5.3") == 0);
}

bool
lk_take_recipient(struct lk_smtp *s, struct lk_recipient *r)
{
	struct lk_reader *reply = &s->reader;

	if (reply->code / 100 == 3)
		return false;
	r->code = reply->code;
	memcpy(r->enhanced, reply->enhanced, sizeof(r->enhanced));
	lk_smtp_words(s, r->text, sizeof(r->text), reply->text.data,
		      reply->text.len);
	r->cls = 0;
	if (reply->code < 300)
		return true;
	r->cls = reply->code < 500 || lk_is_too_many(r) ? LK_E_TRANSIENT
						     : LK_E_RECIPIENT;
	s->refused++;
	if (r->cls == LK_E_TRANSIENT)
		s->refused_for_now++;
	return true;
}

enum lk_state
lk_on_rcpt(struct lk_smtp *s)
{
	struct lk_recipient *r = &s->envelope.to[s->heard];

	if (s->reader.code / 100 == 3)
		return lk_end_protocol(s, "it does not fit here");
	s->heard++;
	/* without a sender it says nothing about the recipient */
	if (s->mail_error.cls && !s->mail_accepted)
		return next_reply(s);
	lk_take_recipient(s, r);
	if (r->cls == 0)
		s->accepted++;
	s->left_over |= r->cls && lk_is_too_many(r);
	if (!lk_mail_goes_on(s))
		lk_mail_refused(s);
	return next_reply(s);
}

enum lk_state
lk_on_data(struct lk_smtp *s)
{
	struct lk_error e;

	if (s->reader.code == 354) {
		if (lk_mail_goes_on(s) && s->accepted > 0)
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
