/* One attempt, its rules enforced. SPDX-License-Identifier: MIT */
#include "mech/session.h"
#include "base/ascii.h"
#include "base/error.h"
#include "mech/outcome.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct lk_mech_record *
record(const struct lk_exchange *x)
{
	return &x->session.with.entry->record;
}

static const struct lk_profile *
profile(const struct lk_exchange *x)
{
	return x->session.with.profile;
}

/* Complete the error.  A refusal explains itself by the server's words. */
static int32_t
blame(struct lk_exchange *x, int32_t cls)
{
	struct lk_error *e = &x->session.error;

	if (!*e->sentence && x->event.kind != LK_EV_FAILURE)
		lk_fail(e, cls, "%s", lk_outcome_said(cls));
	e->cls = cls;
	e->stage = LK_STAGE_LOGIN;
	lk_ascii_copy(e->mech, sizeof(e->mech), record(x)->id);
	return cls;
}

int32_t
lk_broke(struct lk_exchange *x, int32_t cls, const char *format, ...)
{
	char sentence[512];
	va_list ap;

	va_start(ap, format);
	if (vsnprintf(sentence, sizeof(sentence), format, ap) < 0)
		*sentence = '\0';
	va_end(ap);
	lk_fail(&x->session.error, cls, "%s", sentence);
	lk_inside_drop(&x->session);
	return x->last = blame(x, cls);
}

static void
fill_server(struct lk_exchange *x)
{
	const char *command = profile(x)->command;
	uint32_t limit = command ? profile(x)->command_limit : 0;
	size_t taken = strlen(command ? command : "") +
		       strlen(record(x)->wire) + strlen("  \r\n");

	x->server.size = sizeof(x->server);
	x->server.offered = x->session.with.offered;
	if (!x->session.with.initial_response)
		return;
	if (limit == 0) {
		x->server.flags = LK_SERVER_IR_OK;
	} else if (limit >= taken + 4) {
		x->server.flags = LK_SERVER_IR_OK;
		x->server.max_ir = (uint32_t)(limit - taken) / 4 * 3;
	}
}

int
lk_exchange_new(struct lk_exchange **ret, const struct lk_exchange_with *with,
		struct lk_error *err)
{
	const struct lk_mech *calls = &with->entry->calls;
	struct lk_exchange *x;

	if (!calls->start || !calls->step)
		return lk_fail(err, LK_E_INTERNAL, "%s: the mechanism has no "
			       "start or no step", with->entry->record.id);
	x = calloc(1, sizeof(*x));
	if (!x)
		return lk_fail_memory(err);
	lk_inside_init(&x->session, with);
	lk_buf_init(&x->in, LK_EXCHANGE_OCTETS);
	lk_buf_init(&x->raw, LK_EXCHANGE_OCTETS);
	x->last = LK_E_INTERNAL;
	x->pid = getpid();
	fill_server(x);
	*ret = x;
	return 0;
}

static void
enter(struct lk_exchange *x, uint32_t may)
{
	lk_inside_turn(&x->session, may);
	lk_entry_enter(x->session.with.entry);
}

static void
leave(struct lk_exchange *x)
{
	lk_entry_leave(x->session.with.entry);
	x->session.may = 0;
}

static void
end_mechanism(struct lk_exchange *x)
{
	const struct lk_mech *calls = &x->session.with.entry->calls;

	enter(x, 0);
	if (x->is_live && calls->cancel)
		calls->cancel(x->state, &x->session.head);
	if (x->state && calls->free)
		calls->free(x->state, &x->session.head);
	leave(x);
}

void
lk_exchange_free(struct lk_exchange *x)
{
	if (!x)
		return;
	/* in a forked child a lock of the plugin may be held for ever */
	if (x->pid == getpid())
		end_mechanism(x);
	lk_inside_wipe(&x->session);
	lk_buf_wipe(&x->in);
	lk_buf_wipe(&x->raw);
	explicit_bzero(x, sizeof(*x));
	free(x);
}

/* ---- what a call came to ----------------------------------------------- */

static bool
is_result(int32_t r)
{
	return r >= LK_E_MECH_LAST && r <= LK_EXPECT_FAIL;
}

/* Of start and of a challenge: the rules of the result table. */
static int32_t
check(struct lk_exchange *x, int32_t r)
{
	bool has_emitted = x->session.has_emitted;
	uint32_t flags = record(x)->flags;

	if (!is_result(r))
		return lk_broke(x, LK_E_INTERNAL, "the mechanism returned %d, "
				"which is no result", (int)r);
	if (r == LK_PENDING && has_emitted)
		return lk_broke(x, LK_E_INTERNAL, "the mechanism gave a "
				"response and said that it is not ready");
	if (r >= 0 && x->session.lost)
		return x->session.lost;
	if (r < 0 || x->event.kind != 0)
		return r;
	if (r == LK_EXPECT_FAIL)
		return lk_broke(x, LK_E_INTERNAL, "the mechanism expects a "
				"refusal of its first message");
	if ((flags & LK_F_SERVER_FIRST) && has_emitted)
		return lk_broke(x, LK_E_INTERNAL, "the mechanism is "
				"server-first and gave an initial response");
	if ((flags & LK_F_IR_ONLY) && !has_emitted)
		return lk_broke(x, LK_E_INTERNAL, "the mechanism is ir-only "
				"and gave no initial response");
	return r;
}

/* The server says that the login is done; the mechanism, by r, does not. */
static int32_t
fail_success(struct lk_exchange *x, int32_t r)
{
	bool is_mutual = r == LK_E_MUTUAL || (record(x)->flags & LK_F_MUTUAL);

	if (r == LK_E_NOMEM)
		return lk_broke(x, r, "out of memory");
	r = is_mutual ? LK_E_MUTUAL : LK_E_PROTOCOL;
	if (*x->session.error.sentence)
		return x->last = blame(x, r);
	return lk_broke(x, r, "the server says that the login is done, but %s",
			is_mutual ? "did not prove itself" : "it is not");
}

/* The mechanism was called for x->event and returned r. */
static int32_t
conclude(struct lk_exchange *x, int32_t r)
{
	uint32_t kind = x->event.kind;

	if ((r == LK_DONE || r == LK_CONTINUE || r == LK_PENDING) &&
	    !x->session.lost)
		memset(&x->session.error, 0, sizeof(x->session.error));
	if (r == LK_PENDING && !x->session.has_emitted)
		return x->last = r;
	if (kind == LK_EV_SUCCESS || kind == LK_EV_FAILURE)
		x->is_live = false;
	if (kind == LK_EV_SUCCESS)
		r = r == LK_DONE ? r : fail_success(x, r);
	else if (kind == LK_EV_FAILURE)
		r = r < 0 && is_result(r) ? r : x->event.cls;
	else
		r = check(x, r);
	if (kind == LK_EV_CHALLENGE && r >= 0)
		x->has_responded = true;
	x->octets += x->session.out.len;
	if (x->octets > LK_EXCHANGE_OCTETS && r >= 0)
		r = lk_broke(x, LK_E_PROTOCOL, "more than %d octets in one "
			     "login", LK_EXCHANGE_OCTETS);
	if (r < 0) {
		lk_inside_drop(&x->session);
		blame(x, r);
	}
	return x->last = r;
}

static int32_t
step(struct lk_exchange *x, const struct lk_event *event)
{
	bool is_outcome = x->event.kind == LK_EV_SUCCESS ||
			  x->event.kind == LK_EV_FAILURE;
	int32_t r;

	enter(x, is_outcome ? LK_MAY_OUTCOME : LK_MAY_ALL);
	r = x->session.with.entry->calls.step(x->state, &x->session.head,
					      event);
	leave(x);
	return conclude(x, r);
}

static void
begin_event(struct lk_exchange *x, uint32_t kind)
{
	memset(&x->event, 0, sizeof(x->event));
	x->event.size = sizeof(x->event);
	x->event.kind = kind;
	x->event.domain = profile(x)->service;
	x->event.enhanced = "";
	x->event.text = "";
	lk_buf_clear(&x->in);
	lk_buf_clear(&x->raw);
}

static struct lk_bytes
bytes_of(const struct lk_buf *b)
{
	struct lk_bytes bytes = { (const unsigned char *)"", b->len };

	if (b->len)
		bytes.data = b->data;
	return bytes;
}

/* ---- bytes ------------------------------------------------------------- */

int32_t
lk_exchange_available(struct lk_exchange *x)
{
	const struct lk_entry *entry = x->session.with.entry;
	int32_t r;

	if (!entry->calls.available)
		return LK_DONE;
	enter(x, LK_MAY_AVAILABLE);
	r = entry->calls.available(entry->file->context, entry->mech,
				   &x->session.head, &x->server);
	leave(x);
	if (r > 0 || !is_result(r))
		return lk_broke(x, LK_E_INTERNAL, "the mechanism returned %d "
				"to `available`", (int)r);
	return r < 0 ? blame(x, r) : r;
}

int32_t
lk_exchange_start(struct lk_exchange *x)
{
	const struct lk_entry *entry = x->session.with.entry;
	int32_t r;

	begin_event(x, 0);
	enter(x, LK_MAY_ALL);
	r = entry->calls.start(entry->file->context, entry->mech,
			       &x->session.head, &x->server, &x->state);
	leave(x);
	x->is_live = r >= 0;
	return conclude(x, r);
}

/* May the mechanism be called with something from the server? */
static int32_t
check_challenge(struct lk_exchange *x, size_t len)
{
	if (x->last == LK_DONE || x->last == LK_EXPECT_FAIL)
		return lk_broke(x, LK_E_PROTOCOL, "the server goes on asking "
				"although everything was said");
	if (x->last != LK_CONTINUE)
		return lk_broke(x, LK_E_INTERNAL, "a challenge at the wrong "
				"time");
	x->octets += len;
	if (++x->steps > LK_EXCHANGE_STEPS || x->octets > LK_EXCHANGE_OCTETS)
		return lk_broke(x, LK_E_PROTOCOL, "more than %d challenges or "
				"%d octets in one login", LK_EXCHANGE_STEPS,
				LK_EXCHANGE_OCTETS);
	return LK_DONE;
}

int32_t
lk_exchange_challenge(struct lk_exchange *x, struct lk_bytes in,
		      struct lk_bytes raw, bool undecodable)
{
	bool raw_ok = record(x)->flags & LK_F_RAW_OK;
	int32_t r = check_challenge(x, raw.len > in.len ? raw.len : in.len);

	if (r != LK_DONE)
		return r;
	if (undecodable && !raw_ok && x->has_responded)
		return lk_broke(x, LK_E_PROTOCOL, "the server's challenge is "
				"no base64");
	begin_event(x, LK_EV_CHALLENGE);
	if (lk_buf_add(&x->raw, raw.data, raw.len) < 0 ||
	    (!undecodable && lk_buf_add(&x->in, in.data, in.len) < 0))
		return lk_broke(x, LK_E_NOMEM, "out of memory");
	if (undecodable && raw_ok)
		x->event.flags = LK_EVENT_UNDECODABLE;
	else if (undecodable || in.data)
		x->event.in = bytes_of(&x->in);
	if (raw.data && (raw_ok || !undecodable))
		x->event.raw = bytes_of(&x->raw);
	return step(x, &x->event);
}

int32_t
lk_exchange_success(struct lk_exchange *x, struct lk_bytes data)
{
	if (x->last == LK_EXPECT_FAIL)
		return lk_broke(x, LK_E_MUTUAL, "the server accepts what it "
				"had begun to refuse");
	if (x->is_held)
		return lk_broke(x, LK_E_PROTOCOL, "the server says that the "
				"login is done before it got a response");
	if (!x->is_live || (x->last != LK_CONTINUE && x->last != LK_DONE))
		return fail_success(x, LK_E_PROTOCOL);
	begin_event(x, LK_EV_SUCCESS);
	if (data.data) {
		if (lk_buf_add(&x->in, data.data, data.len) < 0)
			return fail_success(x, LK_E_NOMEM);
		x->event.in = bytes_of(&x->in);
	}
	return step(x, &x->event);
}

int32_t
lk_exchange_failure(struct lk_exchange *x, int32_t cls,
		    const struct lk_reply *reply, const char *text)
{
	if (!x->is_live || x->last < 0 || x->last == LK_PENDING)
		return cls;
	begin_event(x, LK_EV_FAILURE);
	x->is_held = false;
	x->event.cls = cls;
	x->event.code = reply ? reply->code : 0;
	if (reply && reply->enhanced)
		lk_ascii_copy(x->enhanced, sizeof(x->enhanced),
			      reply->enhanced);
	if (text)
		lk_ascii_printable(x->text, sizeof(x->text), text,
				   strlen(text));
	x->event.enhanced = x->enhanced;
	x->event.text = x->text;
	return step(x, &x->event);
}

int32_t
lk_exchange_resume(struct lk_exchange *x)
{
	struct lk_event event = x->event;

	if (x->last != LK_PENDING)
		return lk_broke(x, LK_E_INTERNAL, "nothing to resume");
	event.interrupted = event.kind;
	event.kind = LK_EV_RESUME;
	return step(x, &event);
}

struct lk_bytes
lk_exchange_response(const struct lk_exchange *x)
{
	struct lk_bytes none = { NULL, 0 };

	return x->session.has_emitted ? bytes_of(&x->session.out) : none;
}
