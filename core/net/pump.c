/* The pump: it does what the engine wants, and watches the time.
 * SPDX-License-Identifier: MIT */
#include "net/pump.h"

#include "base/deadline.h"
#include "base/error.h"

#include <string.h>

#define PIECE 16384

#ifndef POLLRDHUP
#define POLLRDHUP 0                 /* elsewhere it is noticed later */
#endif

static void
progress(struct lk_client *c)
{
	c->progress = lk_now();
}

/* Is all known, but for what changes nothing? */
static bool
is_settled(const struct lk_client *c)
{
	return c->quitting ||
	       (c->last && lk_smtp_mail_result(c->smtp, NULL) != 1);
}

/* Does the engine still use this connection? */
static bool
is_in_use(struct lk_client *c)
{
	return !(lk_smtp_want(c->smtp) & (LK_WANT_CLOSED | LK_WANT_CONNECT));
}

/* Everything of one read, TLS may have several pieces of it.  false: there is
 * nothing, or the connection is gone and *err says so. */
static bool
take_input(struct lk_client *c, struct lk_error *err)
{
	unsigned char data[PIECE];
	bool any = false, was_settled;
	uint64_t before;
	int n;

	do {
		n = lk_wire_read(&c->wire, data, sizeof(data), err);
		if (n < 0) {
			c->gone = true;
			return false;
		}
		if (n == 0)
			return any;
		any = true;
		was_settled = is_settled(c);
		before = lk_smtp_replies(c->smtp);
		lk_smtp_input(c->smtp, data, (size_t)n);
		/* a peer that trickles gets no more time than a silent one */
		if (!was_settled && lk_smtp_replies(c->smtp) > before)
			progress(c);
		/* servers echo what they were told */
		explicit_bzero(data, (size_t)n);
	} while (c->wire.unread && is_in_use(c));
	return true;
}

static void
receive(struct lk_client *c)
{
	struct lk_error why = { .cls = 0 };

	if (!take_input(c, &why) && why.cls)
		lk_smtp_lost(c->smtp, &why);
}

/* Sending fails where the server has closed; what it said before that tells
 * why. */
static void
give_up(struct lk_client *c, const struct lk_error *why)
{
	while (is_in_use(c) && take_input(c, NULL))
		;
	c->gone = true;
	if (is_in_use(c))
		lk_smtp_lost(c->smtp, why);
}

/* Octets of the message, until the engine has enough to send. */
static void
feed(struct lk_client *c)
{
	struct lk_error why = { .cls = 0 };
	size_t taken;
	int r;

	while (lk_smtp_want(c->smtp) & LK_WANT_BODY) {
		if (c->piece_len == 0) {
			r = lk_pieces_next(&c->body, &c->piece, &c->piece_len,
					   &why);
			if (r < 0)
				lk_smtp_lost(c->smtp, &why);
			else if (r == 0)
				lk_smtp_body_end(c->smtp);
			if (r <= 0)
				return;
		}
		taken = lk_smtp_body(c->smtp, c->piece, c->piece_len);
		c->piece += taken;
		c->piece_len -= taken;
		if (c->piece_len)
			return;
	}
}

/* What can go now. */
static void
push(struct lk_client *c)
{
	struct lk_error why = { .cls = 0 };
	uint64_t before;
	const void *data;
	size_t len, taken;
	bool was_settled;

	do {
		data = lk_smtp_output(c->smtp, &len);
		if (len == 0 && c->wire.out.len == 0)
			return;
		before = c->wire.sent;
		was_settled = is_settled(c);
		if (lk_wire_write(&c->wire, data, len, &taken, &why) < 0) {
			give_up(c, &why);
			return;
		}
		if (!was_settled && c->wire.sent > before &&
		    before < c->wire.due)
			progress(c);
		lk_smtp_sent(c->smtp, taken);
	} while (taken && taken == len);
}

static bool
has_unsent(struct lk_client *c)
{
	return c->wire.out.len || (lk_smtp_want(c->smtp) & LK_WANT_SEND);
}

/* ---- waiting ----------------------------------------------------------- */

static int
limit_ms(const struct lk_client *c, uint32_t want)
{
	int ms = c->timeout_ms;

	if (want & LK_WANT_WAIT)
		ms = LK_WAIT_MS;
	else if (lk_smtp_is_final(c->smtp) && ms < LK_FINAL_MS)
		ms = LK_FINAL_MS;
	else if (is_settled(c) && ms > LK_QUIT_MS)
		ms = LK_QUIT_MS;
	return ms;
}

static void
time_is_over(struct lk_client *c, uint32_t want)
{
	struct lk_error why;
	int s = limit_ms(c, want) / 1000;

	if (want & LK_WANT_WAIT)
		lk_fail(&why, LK_E_TRANSIENT,
			"the login waited %d s for a secret or a plugin", s);
	else if ((want & LK_WANT_SEND) || c->wire.sent < c->wire.due)
		lk_fail(&why, LK_E_TRANSIENT,
			"%s took nothing more for %d s", c->host, s);
	else
		lk_fail(&why, LK_E_TRANSIENT, "no answer from %s for %d s",
			c->host, s);
	lk_smtp_lost(c->smtp, &why);
}

static short
poll_events(uint32_t wait)
{
	return (short)((wait & LK_WAIT_READ ? POLLIN : 0) |
		       (wait & LK_WAIT_WRITE ? POLLOUT : 0));
}

/* While a login waits nothing is read, but a server may lose its patience. */
static void
look_after(struct lk_client *c, short revents)
{
	struct lk_error why;

	if (!(revents & (POLLRDHUP | POLLHUP | POLLERR)))
		return;
	c->gone = true;
	lk_fail(&why, LK_E_PROTOCOL, "%s closed the connection", c->host);
	lk_smtp_lost(c->smtp, &why);
}

/* What was waited for is there, or its time is over.  A login that goes on has
 * as long as at first. */
static void
go_on(struct lk_client *c)
{
	lk_smtp_ready(c->smtp);
	if (!(lk_smtp_want(c->smtp) & (LK_WANT_WAIT | LK_WANT_WORK)))
		progress(c);
}

/* Until the peer or what a login waits for is ready.  The time is looked at in
 * any case: a peer may be ready for ever and say nothing. */
static void
await(struct lk_client *c)
{
	uint32_t want = lk_smtp_want(c->smtp);
	int64_t over = c->progress + limit_ms(c, want);
	int64_t until = over;
	struct pollfd fds[2] = { { .fd = -1 }, { .fd = -1 } };
	int32_t fd, timeout_ms;
	uint32_t events;
	int n;

	if (has_unsent(c))
		fds[0].events = POLLOUT;
	else if (want & LK_WANT_BODY)
		until = 0;          /* only look */
	if (want & (LK_WANT_RECV | LK_WANT_BODY))
		fds[0].events |= POLLIN;
	if (want & LK_WANT_WAIT)
		fds[0].events |= POLLRDHUP;
	if (fds[0].events && !c->gone)
		fds[0].fd = c->wire.fd;
	if (want & LK_WANT_WAIT) {
		lk_smtp_wait(c->smtp, &fd, &events, &timeout_ms);
		fds[1].fd = fd;
		fds[1].events = poll_events(events);
		if (timeout_ms >= 0 && lk_now() + timeout_ms < until)
			until = lk_now() + timeout_ms;
	}
	if (fds[0].events == POLLIN && until)
		lk_wire_hurry(&c->wire);
	n = lk_poll(fds, 2, until);
	if (want & LK_WANT_WAIT)
		look_after(c, fds[0].revents);
	else if (fds[0].revents & ~POLLOUT)
		receive(c);
	if ((want & lk_smtp_want(c->smtp) & LK_WANT_WAIT) &&
	    (fds[1].revents || (n == 0 && until < over)))
		go_on(c);
	if (is_in_use(c) && lk_now() >= c->progress + limit_ms(c, want))
		time_is_over(c, want);
}

void
lk_pump(struct lk_client *c, uint32_t until)
{
	uint32_t want;

	progress(c);
	for (;;) {
		want = lk_smtp_want(c->smtp);
		if (want & LK_WANT_CLOSED)
			return;
		if (want & LK_WANT_CONNECT) {
			lk_connect_engine(c);
			progress(c);
			continue;
		}
		if (want & LK_WANT_BODY)
			feed(c);
		if (is_in_use(c) && !c->gone)
			push(c);
		want = lk_smtp_want(c->smtp);
		if (want & (LK_WANT_CLOSED | LK_WANT_CONNECT))
			continue;
		if (has_unsent(c))
			await(c);
		else if (want & until)
			return;
		else if (want & LK_WANT_TLS)
			lk_connect_starttls(c);
		else if (want & LK_WANT_WORK)
			go_on(c);
		else if (c->wire.unread && (want & LK_WANT_RECV))
			receive(c);
		else
			await(c);
	}
}

bool
lk_pump_look(struct lk_client *c)
{
	receive(c);
	return is_in_use(c);
}
