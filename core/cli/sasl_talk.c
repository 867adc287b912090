/* A login over a connection that a script holds.
 * SPDX-License-Identifier: MIT */
#include "cli/sasl.h"

#include "base/ascii.h"
#include "base/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WAIT_MS 300000              /* for a secret: servers wait as long */

/* ---- lines --------------------------------------------------------------- */

static int
write_all(struct lk_buf *b, struct lk_error *err)
{
	size_t at = 0;
	ssize_t n = 0;

	while (at < b->len && n >= 0) {
		n = write(STDOUT_FILENO, b->data + at, b->len - at);
		if (n < 0 && errno == EINTR)
			n = 0;
		at += n > 0 ? (size_t)n : 0;
	}
	lk_buf_clear(b);
	return n < 0 ? lk_fail(err, LK_E_TRANSIENT, "standard output: %s",
			       strerror(errno)) : 0;
}

int
lk_sasl_say(struct lk_sasl_talk *t, const char *line, struct lk_error *err)
{
	if (lk_buf_puts(&t->out, line) < 0 || lk_buf_puts(&t->out, "\n") < 0)
		return lk_fail_memory(err);
	return write_all(&t->out, err);
}

int
lk_sasl_read_line(struct lk_sasl_talk *t, const char **line, size_t *len,
		  struct lk_error *err)
{
	unsigned char *end, *to;
	ssize_t n;

	lk_buf_drop(&t->in, t->used);
	t->used = 0;
	for (;;) {
		end = t->in.len ? memchr(t->in.data, '\n', t->in.len) : NULL;
		if (end)
			break;
		to = lk_buf_reserve(&t->in, 1024);
		if (!to)
			return lk_fail(err, LK_E_PROTOCOL, "a line on standard "
				       "input is longer than %d octets",
				       LK_SASL_MAX);
		n = read(STDIN_FILENO, to, 1024);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return lk_fail(err, LK_E_PROTOCOL, "standard input: %s",
				       strerror(errno));
		if (n == 0)
			return 0;
		t->in.len += (size_t)n;
	}
	t->used = (size_t)(end - t->in.data) + 1;
	*line = (const char *)t->in.data;
	*len = t->used - 1;
	while (*len && (*line)[*len - 1] == '\r')
		--*len;
	return 1;
}

/* ---- the trace ----------------------------------------------------------- */

void
lk_sasl_note(void *ctx, const char *text)
{
	struct lk_sasl_talk *t = ctx;
	struct lk_trace line = { LK_TRACE_NOTE, text, "", "" };

	if (t->cli->trace)
		lk_cli_trace(t->cli, &line);
}

static void
trace_sent(struct lk_sasl_talk *t, const struct lk_auth_want *w)
{
	struct lk_trace line = {
		LK_TRACE_CLIENT, w->shown ? w->shown : "", "",
		w->meaning ? w->meaning : "",
	};

	if (t->cli->trace)
		lk_cli_trace(t->cli, &line);
}

static void
trace_reply(struct lk_sasl_talk *t, const struct lk_reply *reply,
	    uint32_t flags)
{
	struct lk_trace line = { LK_TRACE_SERVER, NULL, "", "" };
	char shown[1024], said[1024], *copy;

	if (!t->cli->trace)
		return;
	copy = malloc(reply->text.len + 1);
	if (!copy)
		return;
	memcpy(copy, reply->text.data, reply->text.len);
	lk_auth_scrub(t->auth, copy, reply->text.len);
	lk_ascii_printable(said, sizeof(said), copy, reply->text.len);
	if ((flags & LK_AUTH_HIDE) &&
	    t->service->profile()->kind(reply) == LK_REPLY_CHALLENGE)
		snprintf(said, sizeof(said), "<%zu octet%s>", reply->text.len,
			 reply->text.len == 1 ? "" : "s");
	free(copy);
	if (reply->code)
		snprintf(shown, sizeof(shown), "%d %.1000s", (int)reply->code,
			 said);
	line.line = reply->code ? shown : said;
	lk_cli_trace(t->cli, &line);
}

/* ---- what the login wants ------------------------------------------------ */

static int
no_line(struct lk_error *err)
{
	lk_fail(err, LK_E_PROTOCOL, "standard input ended where a reply was "
		"awaited");
	lk_advise(err, "LOST says that the server hung up");
	return -1;
}

/* One whole reply. */
static int
read_reply(struct lk_sasl_talk *t, struct lk_sasl_reply *r, bool *is_lost,
	   struct lk_error *err)
{
	const char *line;
	int whole = 0, n;
	size_t len;

	while (whole == 0) {
		if (lk_sasl_say(t, "READ", err) < 0)
			return -1;
		n = lk_sasl_read_line(t, &line, &len, err);
		if (n <= 0)
			return n < 0 ? -1 : no_line(err);
		*is_lost = len == 4 && memcmp(line, "LOST", 4) == 0;
		whole = *is_lost ? 1 : t->service->take(r, line, len);
	}
	return whole < 0 ? lk_fail(err, LK_E_PROTOCOL, "the server's reply is "
				   "longer than %d octets", LK_SASL_MAX) : 0;
}

static struct lk_bytes
bytes_of(const struct lk_buf *b)
{
	struct lk_bytes bytes = {
		b->data ? b->data : (const unsigned char *)"", b->len,
	};

	return bytes;
}

static int
on_read(struct lk_sasl_talk *t, uint32_t flags, struct lk_error *err)
{
	struct lk_reply reply = { .size = sizeof(reply) };
	struct lk_sasl_reply r;
	bool is_lost = false;
	int result;

	lk_sasl_reply_init(&r);
	result = read_reply(t, &r, &is_lost, err);
	if (result == 0 && is_lost) {
		lk_sasl_note(t, "the server hung up");
		lk_auth_lost(t->auth, LK_E_PROTOCOL);
	} else if (result == 0) {
		reply.code = r.code;
		reply.enhanced = r.enhanced;
		reply.text = bytes_of(&r.text);
		if (r.has_raw)
			reply.raw = bytes_of(t->service->profile()->flags &
					     LK_PROFILE_BYTES ? &r.raw
							      : &r.text);
		trace_reply(t, &reply, flags);
		lk_auth_reply(t->auth, &reply);
	}
	lk_sasl_reply_wipe(&r);
	return result;
}

static int
on_send(struct lk_sasl_talk *t, const struct lk_auth_want *w,
	struct lk_error *err)
{
	if (lk_sasl_put(&t->out, t->service, w) < 0)
		return lk_fail_memory(err);
	trace_sent(t, w);
	if (write_all(&t->out, err) < 0)
		return -1;
	lk_auth_sent(t->auth);
	return 0;
}

static void
begin(struct lk_sasl_talk *t)
{
	lk_auth_begin(t->auth, &t->facts, (const char *)t->offered.data);
}

static int
no_connection(struct lk_error *err)
{
	lk_fail(err, LK_E_PROTOCOL, "the login can go on over a new connection "
		"only, and the script makes none");
	lk_advise(err, "--trace tells why; perhaps a MECHANISM instead of "
		  "auto");
	return -1;
}

/* READY, and what the server offers now if that is not what it was. */
static int
on_reconnect(struct lk_sasl_talk *t, struct lk_error *err)
{
	const char *line;
	size_t len;
	int n;

	if (lk_sasl_say(t, "RECONNECT", err) < 0)
		return -1;
	n = lk_sasl_read_line(t, &line, &len, err);
	if (n <= 0)
		return n < 0 ? -1 : no_connection(err);
	if (len < 5 || memcmp(line, "READY", 5) != 0)
		return lk_fail(err, LK_E_PROTOCOL, "RECONNECT is answered with "
			       "READY [NAME...]");
	if (len > 6) {
		lk_buf_clear(&t->offered);
		if (lk_buf_add(&t->offered, line + 6, len - 6) < 0 ||
		    lk_sasl_names(&t->offered, t->service->profile()) < 0)
			return lk_fail_memory(err);
	}
	begin(t);
	return 0;
}

static int
on_done(struct lk_sasl_talk *t, struct lk_error *err)
{
	struct lk_auth_result result = { .size = sizeof(result) };

	lk_auth_get_result(t->auth, &result);
	lk_cli_warn(result.warning);
	return lk_buf_printf(&t->out, "DONE %s %s", result.id, result.wire) < 0
		? lk_fail_memory(err) : lk_sasl_say(t, "", err);
}

int
lk_sasl_log_in(struct lk_sasl_talk *t, struct lk_error *err)
{
	struct lk_auth_want w = { .size = sizeof(w) };
	int r = 0;

	begin(t);
	while (r == 0) {
		r = lk_auth_await(t->auth, WAIT_MS, &w, err);
		if (r <= 0)
			return r < 0 ? -1 : on_done(t, err);
		if (w.kind == LK_AUTH_SEND)
			r = on_send(t, &w, err);
		else if (w.kind == LK_AUTH_READ)
			r = on_read(t, w.flags, err);
		else
			r = on_reconnect(t, err);
	}
	return r;
}

