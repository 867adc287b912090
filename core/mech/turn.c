/* One attempt: calls of the mechanism, lines, cancelling.
 * SPDX-License-Identifier: MIT */
#include "mech/auth.h"

#include "base/error.h"
#include "mech/outcome.h"

static const struct lk_mech_record *
record(const struct lk_auth *a)
{
	return &a->tried[a->now].entry->record;
}

void
lk_auth_call(struct lk_auth *a, enum lk_auth_call call)
{
	a->call = call;
	a->is_resumed = false;
	if (record(a)->flags & LK_F_MAY_BLOCK)
		a->state = LK_AT_WORK;
	else
		lk_auth_run(a);
}

/* ---- what a call came to ------------------------------------------------ */

static void
failed(struct lk_auth *a, int32_t r)
{
	bool has_declined = (r == LK_E_UNSUPPORTED || r == LK_E_NOPROP) &&
			    !lk_store_spent(a->store);

	if (r == LK_E_NOMEM)
		lk_auth_fail(a, r, "out of memory");
	else if (r == LK_E_MUTUAL)
		lk_auth_end(a, LK_END_MUTUAL, r);
	else
		lk_auth_end(a, has_declined ? LK_END_DECLINED : LK_END_LOCAL,
			    r);
}

static void
send_command(struct lk_auth *a)
{
	int r;

	if (a->is_broken) {
		lk_auth_reconnect(a);
		return;
	}
	lk_buf_clear(&a->line);
	lk_buf_clear(&a->shown);
	r = lk_exchange_command(a->exchange, &a->line, &a->shown);
	if (r < 0) {
		failed(a, lk_exchange_error(a->exchange)->cls);
		return;
	}
	/* LDAP has but one form */
	a->has_ir = r == 1 && !(a->profile.flags & LK_PROFILE_BYTES);
	a->meaning = r == 1 ? "initial response" : "command";
	a->state = LK_AT_SEND;
}

static void
send_answer(struct lk_auth *a)
{
	if (a->is_broken) {
		lk_auth_end(a, LK_END_HUNG_UP, 0);
		return;
	}
	lk_buf_clear(&a->line);
	lk_buf_clear(&a->shown);
	if (lk_exchange_answer(a->exchange, &a->line, &a->shown) < 0) {
		failed(a, lk_exchange_error(a->exchange)->cls);
		return;
	}
	a->meaning = "response";
	a->state = LK_AT_SEND;
}

static void
after(struct lk_auth *a, int32_t r)
{
	switch (a->call) {
	case LK_CALL_START:
		if (r < 0)
			failed(a, r);
		else
			send_command(a);
		return;
	case LK_CALL_LINE:
		if (r < 0)
			failed(a, r);
		else
			send_answer(a);
		return;
	case LK_CALL_SUCCESS:
		if (r == LK_DONE)
			lk_auth_succeed(a);
		else if (r == LK_E_NOMEM)
			lk_auth_fail(a, r, "out of memory");
		else
			lk_auth_end(a, LK_END_UNACCEPTED, r);
		return;
	case LK_CALL_FAILURE:
		lk_auth_end(a, lk_outcome_refine(a->kind, r), r);
		return;
	}
}

static int32_t
run(struct lk_auth *a)
{
	char text[512];

	if (a->is_resumed)
		return lk_exchange_resume(a->exchange);
	switch (a->call) {
	case LK_CALL_START:
		return lk_exchange_start(a->exchange);
	case LK_CALL_LINE:
		return lk_exchange_line(a->exchange, a->reply.raw);
	case LK_CALL_SUCCESS:
		return lk_exchange_accept(a->exchange, a->reply.raw);
	case LK_CALL_FAILURE:
		break;
	}
	lk_auth_quote(a, text, sizeof(text), a->reply.text);
	return lk_exchange_failure(a->exchange, lk_outcome_class(a->kind),
				   &a->reply, text);
}

void
lk_auth_run(struct lk_auth *a)
{
	bool may_block = record(a)->flags & LK_F_MAY_BLOCK;
	int32_t r;

	if (a->state == LK_AT_PENDING && may_block) {
		a->state = LK_AT_WORK;
		return;
	}
	r = run(a);
	a->is_resumed = r == LK_PENDING;
	if (r == LK_PENDING)
		a->state = LK_AT_PENDING;
	else
		after(a, r);
}

/* ---- cancelling --------------------------------------------------------- */

/* The connection is in a state that nobody knows: say nothing more. */
static void
abandon(struct lk_auth *a)
{
	a->is_broken = true;
	lk_auth_next(a);
}

void
lk_auth_cancel(struct lk_auth *a)
{
	lk_buf_clear(&a->line);
	lk_buf_clear(&a->shown);
	if (a->is_broken || !a->profile.cancel || a->learnt.no_cancel) {
		abandon(a);
		return;
	}
	if (lk_buf_puts(&a->line, a->profile.cancel) < 0 ||
	    lk_buf_puts(&a->shown, a->profile.cancel) < 0) {
		lk_auth_fail(a, LK_E_NOMEM, "out of memory");
		return;
	}
	a->meaning = "cancel";
	a->state = LK_AT_SEND_CANCEL;
}

/* Only a refusal says that it was understood. */
static bool
is_understood(const struct lk_auth *a, const struct lk_reply *reply)
{
	int32_t kind;

	if (!reply)
		return false;
	if (reply->code > 0)
		return reply->code >= 500 && reply->code <= 599;
	kind = a->profile.kind(reply);
	return kind == LK_REPLY_SYNTAX || kind == LK_REPLY_NO_MECH ||
	       kind == LK_REPLY_REFUSED;
}

void
lk_auth_cancelled(struct lk_auth *a, const struct lk_reply *reply)
{
	if (is_understood(a, reply)) {
		lk_auth_next(a);
		return;
	}
	lk_auth_note(a, "the server did not understand that the attempt was "
		     "cancelled: the connection is closed");
	lk_ledger_no_cancel(a->host->ledger, a->login.host, a->login.port);
	lk_auth_remember_no_cancel(a);
	a->learnt.no_cancel = true;
	abandon(a);
}
