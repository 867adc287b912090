/* What an exchange says to a server and hears from it: lines of base64, or
 * octets. SPDX-License-Identifier: MIT */
#include "mech/session.h"
#include "base/base64.h"

#include <string.h>

#define CRLF 2
#define QUOTED_MAX 1024             /* RFC 5804, 4 */

static uint32_t
flags(const struct lk_exchange *x)
{
	return x->session.with.profile->flags;
}

/* A line for a trace: the response is shown until a secret was leased. */
static int
show(const struct lk_exchange *x, struct lk_buf *shown, size_t head,
     const struct lk_buf *line)
{
	size_t len = x->session.out.len;

	if (!x->session.has_leased || len == 0)
		return lk_buf_add(shown, line->data, line->len);
	if (lk_buf_add(shown, line->data, head) < 0)
		return -1;
	return lk_buf_printf(shown, "<%zu octet%s>", len, len == 1 ? "" : "s");
}

static int
fail_line(struct lk_exchange *x)
{
	lk_broke(x, LK_E_NOMEM, "out of memory");
	return -1;
}

/* In base64, and as a string where the protocol has such. */
static int
add_coded(const struct lk_exchange *x, struct lk_buf *line, struct lk_bytes b)
{
	size_t len = LK_BASE64_SIZE(b.len);

	if (!(flags(x) & LK_PROFILE_STRINGS))
		return lk_base64_encode(line, b.data, b.len);
	if (len > QUOTED_MAX)
		return lk_buf_printf(line, "{%zu+}\r\n", len) < 0
		       ? -1 : lk_base64_encode(line, b.data, b.len);
	if (lk_buf_puts(line, "\"") < 0 ||
	    lk_base64_encode(line, b.data, b.len) < 0)
		return -1;
	return lk_buf_puts(line, "\"");
}

static int
command_alone(struct lk_exchange *x, struct lk_buf *line)
{
	const char *quote = flags(x) & LK_PROFILE_STRINGS ? "\"" : "";

	lk_buf_clear(line);
	return lk_buf_printf(line, "%s %s%s%s",
			     x->session.with.profile->command, quote,
			     x->session.with.entry->record.wire, quote);
}

/* 1; 0: it would be `*need` octets long, which is too much; -1. */
static int
command_with(struct lk_exchange *x, struct lk_bytes ir, struct lk_buf *line,
	     struct lk_buf *shown, size_t *need)
{
	const struct lk_profile *profile = x->session.with.profile;
	size_t head;
	int r;

	if (lk_buf_puts(line, " ") < 0)
		return fail_line(x);
	head = line->len;
	r = ir.len ? add_coded(x, line, ir)
		   : lk_buf_puts(line, profile->empty);
	*need = line->len + CRLF;
	if (r == 0 && profile->command_limit && *need > profile->command_limit)
		return command_alone(x, line) < 0 ? fail_line(x) : 0;
	if (r < 0 || show(x, shown, head, line) < 0)
		return fail_line(x);
	x->has_responded = true;
	return 1;
}

/* The octets are taken as they are: only the trace is a text. */
static int
show_octets(struct lk_exchange *x, struct lk_buf *shown, const char *wire)
{
	struct lk_bytes out = lk_exchange_response(x);
	int r = lk_buf_puts(shown, wire);

	if (r == 0 && out.data)
		r = lk_buf_printf(shown, " <%zu octet%s>", out.len,
				  out.len == 1 ? "" : "s");
	if (r < 0)
		return fail_line(x);
	x->has_responded = x->has_responded || out.data;
	return out.data ? 1 : 0;
}

int
lk_exchange_command(struct lk_exchange *x, struct lk_buf *line,
		    struct lk_buf *shown)
{
	const struct lk_exchange_with *with = &x->session.with;
	const struct lk_mech_record *record = &with->entry->record;
	struct lk_bytes ir = lk_exchange_response(x);
	size_t need = 0;
	int r;

	lk_buf_clear(line);
	lk_buf_clear(shown);
	if (flags(x) & LK_PROFILE_BYTES)
		return show_octets(x, shown, record->wire);
	if (command_alone(x, line) < 0)
		return fail_line(x);
	if (ir.data && with->initial_response) {
		r = command_with(x, ir, line, shown, &need);
		if (r != 0)
			return r;
	}
	if (record->flags & LK_F_IR_ONLY) {
		if (with->initial_response)
			lk_broke(x, LK_E_UNSUPPORTED, "the command would have "
				 "%zu octets, %u are allowed", need,
				 (unsigned)with->profile->command_limit);
		else
			lk_broke(x, LK_E_UNSUPPORTED, "it is never sent "
				 "without an initial response, which is not "
				 "allowed here");
		return -1;
	}
	x->is_held = ir.data;
	return lk_buf_add(shown, line->data, line->len) < 0 ? fail_line(x) : 0;
}

/* 0: decoded; 1: it is no base64; -1: no memory. */
static int
decode(struct lk_buf *to, struct lk_bytes raw)
{
	lk_buf_init(to, LK_EXCHANGE_OCTETS);
	if (raw.len == 0)
		return 0;
	if (raw.len <= LK_EXCHANGE_OCTETS && !lk_buf_reserve(to, raw.len))
		return -1;
	return lk_base64_decode(to, raw.data, raw.len) < 0;
}

int32_t
lk_exchange_line(struct lk_exchange *x, struct lk_bytes raw)
{
	struct lk_bytes in = { (const unsigned char *)"", 0 };
	struct lk_buf decoded;
	int32_t r;
	int bad;

	if (flags(x) & LK_PROFILE_BYTES)
		return lk_exchange_challenge(x, raw, raw, false);
	if (x->is_held) {
		x->is_held = false;
		x->has_responded = true;
		x->steps++;
		return x->last;
	}
	bad = decode(&decoded, raw);
	if (bad < 0)
		return lk_broke(x, LK_E_NOMEM, "out of memory");
	if (decoded.len) {
		in.data = decoded.data;
		in.len = decoded.len;
	}
	r = lk_exchange_challenge(x, in, raw, bad);
	lk_buf_wipe(&decoded);
	return r;
}

int32_t
lk_exchange_accept(struct lk_exchange *x, struct lk_bytes raw)
{
	struct lk_bytes data = { (const unsigned char *)"", 0 };
	struct lk_buf decoded;
	int32_t r;
	int bad;

	if (!raw.data || (flags(x) & LK_PROFILE_BYTES))
		return lk_exchange_success(x, raw);
	bad = decode(&decoded, raw);
	if (bad < 0)
		return lk_broke(x, LK_E_NOMEM, "out of memory");
	if (bad) {
		r = lk_broke(x, x->session.with.entry->record.flags &
				LK_F_MUTUAL ? LK_E_MUTUAL : LK_E_PROTOCOL,
			     "what the server's success carries is no base64");
	} else {
		if (decoded.len)
			data.data = decoded.data;
		data.len = decoded.len;
		r = lk_exchange_success(x, data);
	}
	lk_buf_wipe(&decoded);
	return r;
}

int
lk_exchange_answer(struct lk_exchange *x, struct lk_buf *line,
		   struct lk_buf *shown)
{
	struct lk_bytes out = lk_exchange_response(x);
	uint32_t limit = x->session.with.profile->line_limit;

	lk_buf_clear(line);
	lk_buf_clear(shown);
	if (flags(x) & LK_PROFILE_BYTES)
		return show_octets(x, shown,
				   x->session.with.entry->record.wire) < 0
		       ? -1 : 0;
	if (add_coded(x, line, out) < 0)
		return fail_line(x);
	if (limit && line->len + CRLF > limit) {
		lk_broke(x, LK_E_PROTOCOL, "the response would have %zu "
			 "octets, %u are allowed", line->len + CRLF,
			 (unsigned)limit);
		lk_buf_clear(line);
		return -1;
	}
	return show(x, shown, 0, line) < 0 ? fail_line(x) : 0;
}

void
lk_exchange_wait(const struct lk_exchange *x, int32_t *fd, uint32_t *events,
		 int32_t *timeout_ms)
{
	*fd = x->session.fd;
	*events = x->session.events;
	*timeout_ms = x->session.timeout_ms;
}

bool
lk_exchange_is_done(const struct lk_exchange *x)
{
	return x->last == LK_DONE && !x->is_held;
}

bool
lk_exchange_is_unproven(const struct lk_exchange *x)
{
	return x->session.is_unproven;
}

bool
lk_exchange_has_leased(const struct lk_exchange *x)
{
	return x->session.has_leased;
}

bool
lk_exchange_has_shown(const struct lk_exchange *x)
{
	return x->session.has_shown;
}

const struct lk_error *
lk_exchange_error(const struct lk_exchange *x)
{
	return &x->session.error;
}
