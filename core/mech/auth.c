/* One login, as the program sees it. SPDX-License-Identifier: MIT */
#include "mech/auth.h"

#include "base/ascii.h"
#include "base/error.h"
#include "mech/outcome.h"
#include "mech/settings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_OCTETS (LK_EXCHANGE_OCTETS * 2)
#define REPLY_MAX 65536

static void
copy(void *to, size_t room, const void *from, uint32_t size)
{
	memset(to, 0, room);
	memcpy(to, from, size < room ? size : room);
}

static int
check(struct lk_auth *a, struct lk_error *err)
{
	struct lk_entry **entries;
	int r;

	if (!a->login.host || !a->login.host[0])
		return lk_fail(err, LK_E_USAGE, "a login needs the host that "
			       "its secret is for");
	if (!a->profile.kind || !a->profile.service ||
	    (!(a->profile.flags & LK_PROFILE_BYTES) &&
	     (!a->profile.command || !a->profile.empty)))
		return lk_fail(err, LK_E_USAGE, "a login needs a profile with "
			       "a service, a command, the spelling of an empty "
			       "response and the kinds of replies");
	entries = lk_host_entries(a->host);
	if (!entries)
		return lk_fail_memory(err);
	r = lk_wish_check(a->login.auth, entries, err);
	if (r == 0) {
		a->params = lk_settings_params(a->host, a->login.params,
					       entries, err);
		a->login.params = a->params;
		r = a->params ? 0 : -1;
	}
	free(entries);
	if (r < 0 && err)
		err->stage = LK_STAGE_CONFIG;
	return r;
}

int
lk_auth_new(struct lk_auth **ret, struct lk_host *host,
	    const struct lk_login *login, const struct lk_profile *profile,
	    struct lk_error *err)
{
	struct lk_auth *a;

	if (lk_host_scan(host, err) < 0 || lk_settings_check(host, err) < 0)
		return -1;
	a = calloc(1, sizeof(*a));
	if (!a)
		return lk_fail_memory(err);
	a->host = host;
	a->pid = getpid();
	copy(&a->login, sizeof(a->login), login, login->size);
	copy(&a->profile, sizeof(a->profile), profile, profile->size);
	lk_buf_init(&a->line, LINE_MAX_OCTETS);
	lk_buf_init(&a->shown, LINE_MAX_OCTETS);
	lk_buf_init(&a->text, REPLY_MAX);
	lk_buf_init(&a->raw, REPLY_MAX);
	a->weak_rank = -2;
	a->lock = -1;
	a->meaning = "";
	if (check(a, err) < 0 || lk_store_new(&a->store, &a->login, err) < 0) {
		lk_auth_free(a);
		return -1;
	}
	*ret = a;
	return 0;
}

void
lk_auth_free(struct lk_auth *a)
{
	if (!a)
		return;
	lk_auth_drop(a);
	/* in a forked child the ledger's lock may be held for ever */
	if (a->pid == getpid())
		lk_ledger_release(a->host->ledger, &a->claim, a->was_refused);
	lk_auth_follow(a);
	lk_state_wipe(&a->state_file);
	lk_store_free(a->store);
	lk_buf_wipe(&a->line);
	lk_buf_wipe(&a->shown);
	lk_buf_wipe(&a->text);
	lk_buf_wipe(&a->raw);
	free(a->params);
	free(a->candidates);
	free(a->entries);
	free(a->tried);
	free(a->offered);
	free(a->offer);
	free(a->peer_name);
	free(a);
}

/* An exchange does not live on in a child. */
static bool
is_ours(struct lk_auth *a)
{
	if (a->pid == getpid())
		return true;
	if (a->state != LK_AT_STOP) {
		a->state = LK_AT_STOP;
		a->stop_flags = LK_AUTH_CLOSE;
		lk_fail(&a->error, LK_E_INTERNAL, "this login was begun in "
			"another process, before a fork");
	}
	return false;
}

/* ---- the connection ----------------------------------------------------- */

void
lk_auth_begin(struct lk_auth *a, const struct lk_facts *facts,
	      const char *offered)
{
	bool is_clear;

	if (!is_ours(a) || a->state == LK_AT_STOP || a->state == LK_AT_DONE)
		return;
	lk_auth_drop(a);
	a->is_broken = a->is_sent = false;
	lk_auth_recall(a);
	if (lk_auth_meet(a, facts, offered) < 0)
		return;
	is_clear = !(a->facts.flags & LK_FACT_ENCRYPTED);
	/* it was to be started, and is not on: not once more */
	if (is_clear && a->state == LK_AT_TLS)
		a->facts.flags &= ~LK_FACT_TLS_OFFERED;
	if (is_clear && (a->facts.flags & LK_FACT_TLS_REQUIRED) &&
	    (a->facts.flags & LK_FACT_TLS_OFFERED)) {
		lk_auth_note(a, "TLS is required: it is started first");
		a->state = LK_AT_TLS;
		return;
	}
	lk_auth_next(a);
}

/* ---- what is wanted ----------------------------------------------------- */

static const uint32_t wants[LK_AT_STATES] = {
	[LK_AT_CONNECT] = LK_AUTH_RECONNECT,
	[LK_AT_TLS] = LK_AUTH_START_TLS,
	[LK_AT_SECRET] = LK_AUTH_WAIT,
	[LK_AT_CLAIM] = LK_AUTH_WAIT,
	[LK_AT_RENEW] = LK_AUTH_WAIT,
	[LK_AT_WORK] = LK_AUTH_WORK,
	[LK_AT_PENDING] = LK_AUTH_WAIT,
	[LK_AT_SEND] = LK_AUTH_SEND,
	[LK_AT_READ] = LK_AUTH_READ,
	[LK_AT_SEND_CANCEL] = LK_AUTH_SEND,
	[LK_AT_READ_CANCEL] = LK_AUTH_READ,
	[LK_AT_DONE] = LK_AUTH_DONE,
	[LK_AT_STOP] = LK_AUTH_STOP,
};

static void
fill_wait(const struct lk_auth *a, struct lk_auth_want *out)
{
	if (a->state == LK_AT_PENDING) {
		lk_exchange_wait(a->exchange, &out->fd, &out->events,
				 &out->timeout_ms);
	} else if (a->state == LK_AT_CLAIM && a->waits) {
		out->timeout_ms = LK_AUTH_POLL_MS;
	} else if (a->state == LK_AT_CLAIM) {
		out->fd = a->claim.pipe[0];
		out->events = LK_WAIT_READ;
	} else {
		lk_store_wait(a->store, &out->fd, &out->events,
			      &out->timeout_ms);
	}
}

/* Nobody guesses a token, and what the server says of one helps. */
static bool
is_guessable(const struct lk_auth *a)
{
	return a->exchange && lk_exchange_has_leased(a->exchange) &&
	       !(a->tried[a->now].entry->record.flags & LK_F_TOKEN);
}

static void
fill_want(struct lk_auth *a, struct lk_auth_want *out)
{
	const char *shown;

	out->kind = wants[a->state];
	if (out->kind == LK_AUTH_WAIT)
		fill_wait(a, out);
	if (out->kind == LK_AUTH_STOP)
		out->flags = a->stop_flags;
	if (a->state == LK_AT_READ)
		out->flags = is_guessable(a) * LK_AUTH_HIDE |
			     lk_exchange_is_done(a->exchange) * LK_AUTH_LAST;
	if (out->kind != LK_AUTH_SEND)
		return;
	shown = lk_buf_text(&a->shown);
	out->shown = shown ? shown : "";
	if (a->state == LK_AT_SEND && !a->is_sent)
		out->flags = LK_AUTH_COMMAND;
	out->meaning = a->meaning;
	out->mech = a->tried[a->now].entry->record.wire;
	if (a->profile.flags & LK_PROFILE_BYTES) {
		out->line = lk_exchange_response(a->exchange);
		return;
	}
	/* an empty line is one, too */
	out->line.data = a->line.data ? a->line.data
				      : (const unsigned char *)"";
	out->line.len = a->line.len;
}

void
lk_auth_want(struct lk_auth *a, struct lk_auth_want *out)
{
	struct lk_auth_want w = {
		.size = out->size, .fd = -1, .timeout_ms = -1,
		.shown = "", .meaning = "", .mech = "",
	};

	is_ours(a);
	fill_want(a, &w);
	memcpy(out, &w, out->size < sizeof(w) ? out->size : sizeof(w));
}

void
lk_auth_sent(struct lk_auth *a)
{
	struct lk_tried *t;

	if (!is_ours(a))
		return;
	if (a->state == LK_AT_SEND_CANCEL)
		a->state = LK_AT_READ_CANCEL;
	if (a->state != LK_AT_SEND)
		return;
	t = &a->tried[a->now];
	lk_buf_clear(&a->line);
	if (!a->is_sent) {
		a->n_ids += !t->is_sent;
		a->n_lines++;
		a->is_first = true;
		a->is_sent = t->is_sent = true;
	} else {
		a->is_first = false;
	}
	a->state = LK_AT_READ;
}

/* A mechanism that must wait sees the reply after the program let go of it. */
static int
keep_reply(struct lk_auth *a, const struct lk_reply *reply)
{
	copy(&a->reply, sizeof(a->reply), reply, reply->size);
	lk_buf_clear(&a->text);
	lk_buf_clear(&a->raw);
	if (lk_buf_add(&a->text, a->reply.text.data, a->reply.text.len) < 0 ||
	    lk_buf_add(&a->raw, a->reply.raw.data, a->reply.raw.len) < 0)
		return -1;
	lk_ascii_printable(a->enhanced, sizeof(a->enhanced),
			   a->reply.enhanced ? a->reply.enhanced : "",
			   a->reply.enhanced ? strlen(a->reply.enhanced) : 0);
	a->reply.enhanced = a->enhanced;
	a->reply.text.data = a->text.data;
	/* an empty one is one, too */
	if (a->reply.raw.data)
		a->reply.raw.data = a->raw.data ? a->raw.data
						: (const unsigned char *)"";
	if (a->profile.data)
		a->reply.raw = a->profile.data(&a->reply);
	return 0;
}

void
lk_auth_reply(struct lk_auth *a, const struct lk_reply *reply)
{
	if (!is_ours(a))
		return;
	if (a->state == LK_AT_READ_CANCEL) {
		lk_auth_cancelled(a, reply);
		return;
	}
	if (a->state != LK_AT_READ)
		return;
	if (reply->text.len > REPLY_MAX || reply->raw.len > REPLY_MAX) {
		a->kind = LK_REPLY_GARBLED;
		lk_auth_end(a, LK_REPLY_GARBLED, 0);
		return;
	}
	if (keep_reply(a, reply) < 0) {
		lk_auth_fail(a, LK_E_NOMEM, "out of memory");
		return;
	}
	a->kind = a->profile.kind(&a->reply);
	switch (a->kind) {
	case LK_REPLY_CHALLENGE:
		lk_auth_call(a, LK_CALL_LINE);
		return;
	case LK_REPLY_SUCCESS:
	case LK_REPLY_ACCEPTED:
		lk_auth_call(a, LK_CALL_SUCCESS);
		return;
	case LK_REPLY_GARBLED:
		lk_auth_end(a, LK_REPLY_GARBLED, 0);
		return;
	default:
		lk_auth_call(a, LK_CALL_FAILURE);
	}
}

void
lk_auth_ready(struct lk_auth *a)
{
	if (!is_ours(a))
		return;
	if (a->state == LK_AT_SECRET || a->state == LK_AT_CLAIM)
		lk_auth_prepare(a);
	else if (a->state == LK_AT_RENEW)
		lk_auth_renew(a);
	else if (a->state == LK_AT_WORK || a->state == LK_AT_PENDING)
		lk_auth_run(a);
}

/* Nothing depends on the connection now: a later step notices that it is gone.
 * But nobody waits for ever. */
static void
lost_while_waiting(struct lk_auth *a, bool is_late)
{
	if (is_late && a->is_sent)
		lk_auth_end(a, LK_END_DEADLINE, 0);
	else if (is_late)
		lk_auth_fail(a, LK_E_TRANSIENT, "%s was not ready in time",
			     a->state == LK_AT_CLAIM ? "another login with "
			     "this secret" : a->state == LK_AT_PENDING ?
			     "the mechanism" : "the secret");
	else if (a->state == LK_AT_PENDING && a->is_sent)
		lk_auth_end(a, LK_END_HUNG_UP, 0);
}

void
lk_auth_lost(struct lk_auth *a, int32_t cls)
{
	bool is_late = cls == LK_E_TRANSIENT;

	if (!is_ours(a) || a->state == LK_AT_DONE || a->state == LK_AT_STOP)
		return;
	a->is_broken = true;
	switch (wants[a->state]) {
	case LK_AUTH_SEND:
	case LK_AUTH_READ:
		if (a->state == LK_AT_SEND_CANCEL ||
		    a->state == LK_AT_READ_CANCEL) {
			lk_auth_cancelled(a, NULL);
			return;
		}
		/* some of it may have gone out */
		lk_auth_sent(a);
		lk_auth_end(a, is_late ? LK_END_DEADLINE : LK_END_HUNG_UP, 0);
		return;
	case LK_AUTH_WAIT:
	case LK_AUTH_WORK:
		lost_while_waiting(a, is_late);
		return;
	default:
		if (cls == LK_E_CONNECT)
			lk_auth_fail(a, cls, "no connection to %s:%u",
				     a->login.host, (unsigned)a->login.port);
		else
			lk_auth_fail(a, is_late ? LK_E_TRANSIENT
						: LK_E_PROTOCOL, "the "
				     "connection was lost before the login");
	}
}

void
lk_auth_scrub(struct lk_auth *a, char *text, size_t len)
{
	lk_store_scrub(a->store, text, len);
}

const struct lk_error *
lk_auth_error(const struct lk_auth *a)
{
	return &a->error;
}
