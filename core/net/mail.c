/* Messages of a client. SPDX-License-Identifier: MIT */
#include "net/pump.h"

#include "base/error.h"
#include "smtp/parts.h"

#include <stdlib.h>
#include <string.h>

/* One try: 0, or -1 with *why.  *closed: the server hung up, or said 421,
 * before it answered anything else. */
static int
transact(struct lk_client *c, struct lk_envelope *e,
	 const struct lk_message *m, const struct lk_message_facts *facts,
	 uint64_t octets, bool *closed, struct lk_error *why)
{
	uint64_t replies;
	int r;

	*closed = false;
	lk_pieces_init(&c->body, m, octets);
	c->piece_len = 0;
	replies = lk_smtp_replies(c->smtp);
	c->last = (e->flags & LK_MAIL_LAST) != 0;
	if (lk_smtp_mail(c->smtp, e, facts, why) < 0)
		return -1;
	lk_pump(c, LK_WANT_MAIL);
	r = lk_smtp_mail_result(c->smtp, why);
	if (!(lk_smtp_want(c->smtp) & LK_WANT_CLOSED))
		return r;
	if (r == 1)
		r = lk_client_closed(c, why);
	replies = lk_smtp_replies(c->smtp) - replies;
	*closed = r < 0 && why->cls != LK_E_UNKNOWN &&
		  ((c->gone && replies == 0) ||
		   (why->code == 421 && replies == 1));
	lk_client_hang_up(c, true);
	return r;
}

/* Over a new connection if the kept one is gone before anything was said. */
static int
mail_once(struct lk_client *c, struct lk_envelope *e,
	  const struct lk_message *m, const struct lk_message_facts *facts,
	  uint64_t octets, struct lk_error *err)
{
	struct lk_error why = { .cls = 0 };
	bool kept, again;
	int r;

	if (lk_client_is_connected(c) && !lk_pump_look(c))
		lk_client_forget(c);
	kept = lk_client_is_connected(c);
	do {
		if (lk_client_connect(c, err) < 0)
			return -1;
		r = transact(c, e, m, facts, octets, &again, &why);
		if (r == 0)
			return 0;
		again = again && kept;
		kept = false;
		if (again)
			lk_client_note(c, "nothing was sent yet: once more");
	} while (again);
	if (err)
		*err = why;
	return -1;
}

/* ---- more recipients than a server takes at once ------------------------ */

static bool
is_left_over(const struct lk_recipient *r)
{
	return (r->cls == LK_E_CANCELLED && r->code == 0) ||
	       (r->cls == LK_E_TRANSIENT && lk_is_too_many(r));
}

static size_t
collect(const struct lk_envelope *e, struct lk_recipient *to)
{
	size_t i, n = 0;

	for (i = 0; i < e->count; i++)
		if (is_left_over(&e->to[i]))
			to[n++] = (struct lk_recipient){
				.address = e->to[i].address,
				.cls = LK_E_CANCELLED,
			};
	return n;
}

static void
hand_back(struct lk_envelope *e, const struct lk_recipient *from)
{
	size_t i;

	for (i = 0; i < e->count; i++)
		if (is_left_over(&e->to[i]))
			e->to[i] = *from++;
}

/* Were all of them refused, each by a reply of its own? */
static bool
is_refused(const struct lk_envelope *e)
{
	size_t i;

	for (i = 0; i < e->count; i++)
		if (e->to[i].cls != LK_E_RECIPIENT &&
		    e->to[i].cls != LK_E_TRANSIENT)
			return false;
	return true;
}

/* The message went to some.  The others, as many at once as the server takes,
 * as long as it goes on. */
static int
mail_others(struct lk_client *c, struct lk_envelope *e,
	    const struct lk_message *m, const struct lk_message_facts *facts,
	    uint64_t octets, struct lk_error *err)
{
	struct lk_envelope part = *e;
	size_t before = e->count;
	int r = 0;

	part.to = calloc(e->count, sizeof(*part.to));
	if (!part.to)
		return lk_fail_memory(err);
	while (r == 0 && (part.count = collect(e, part.to)) > 0 &&
	       part.count < before) {
		before = part.count;
		lk_client_note(c, "once more, to the %zu that were left over",
			       part.count);
		r = mail_once(c, &part, m, facts, octets, err);
		if (r < 0 && is_refused(&part))
			r = 0;
		hand_back(e, part.to);
	}
	free(part.to);
	return r;
}

int
lk_client_mail(struct lk_client *c, struct lk_envelope *given,
	       const struct lk_message *m, struct lk_error *err)
{
	struct lk_envelope e = { 0 };
	struct lk_message_facts facts;
	struct lk_error why;
	uint64_t octets;
	size_t i;
	int r;

	memcpy(&e, given, given->size < sizeof(e) ? given->size : sizeof(e));
	e.size = sizeof(e);
	for (i = 0; i < e.count; i++)
		e.to[i].cls = LK_E_CANCELLED; /* until it is known better */
	if (!e.dsn_notify)
		e.dsn_notify = lk_account_get(c->account, "dsn-notify");
	if (!e.dsn_ret)
		e.dsn_ret = lk_account_get(c->account, "dsn-ret");
	if (lk_message_measure(m, &facts, &octets, err) < 0)
		return -1;
	r = mail_once(c, &e, m, &facts, octets, &why);
	if (r == 0 && e.flags & LK_MAIL_PARTIAL)
		r = mail_others(c, &e, m, &facts, octets, &why);
	if (r < 0 && err)
		*err = why;
	if (e.flags & LK_MAIL_LAST)
		lk_client_close(c);
	return r;
}
