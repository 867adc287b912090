/* The face of an exchange that speaks in lines. SPDX-License-Identifier: MIT */
#include "mech/session.h"
#include "base/base64.h"

#include <string.h>

#define CRLF 2

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
	return lk_buf_printf(shown, "<%zu octets>", len);
}

static int
fail_line(struct lk_exchange *x)
{
	lk_broke(x, LK_E_NOMEM, "out of memory");
	return -1;
}

static int
command_with(struct lk_exchange *x, struct lk_bytes ir, struct lk_buf *line,
	     struct lk_buf *shown)
{
	size_t head;
	int r;

	if (lk_buf_puts(line, " ") < 0)
		return fail_line(x);
	head = line->len;
	r = ir.len ? lk_base64_encode(line, ir.data, ir.len)
		   : lk_buf_puts(line, x->session.with.profile->empty);
	if (r < 0 || show(x, shown, head, line) < 0)
		return fail_line(x);
	x->has_responded = true;
	return 1;
}

int
lk_exchange_command(struct lk_exchange *x, struct lk_buf *line,
		    struct lk_buf *shown)
{
	const struct lk_exchange_with *with = &x->session.with;
	const struct lk_mech_record *record = &with->entry->record;
	struct lk_bytes ir = lk_exchange_response(x);
	uint32_t limit = with->profile->command_limit;
	size_t need;

	lk_buf_clear(line);
	lk_buf_clear(shown);
	if (lk_buf_printf(line, "%s %s", with->profile->command,
			  record->wire) < 0)
		return fail_line(x);
	need = ir.len ? LK_BASE64_SIZE(ir.len) : strlen(with->profile->empty);
	need += line->len + 1 + CRLF;
	if (ir.data && with->initial_response && (!limit || need <= limit))
		return command_with(x, ir, line, shown);
	if (record->flags & LK_F_IR_ONLY) {
		if (with->initial_response)
			lk_broke(x, LK_E_UNSUPPORTED, "the command would have "
				 "%zu octets, %u are allowed", need,
				 (unsigned)limit);
		else
			lk_broke(x, LK_E_UNSUPPORTED, "it is never sent "
				 "without an initial response, which is not "
				 "allowed here");
		return -1;
	}
	x->is_held = ir.data;
	return lk_buf_add(shown, line->data, line->len) < 0 ? fail_line(x) : 0;
}

int32_t
lk_exchange_line(struct lk_exchange *x, struct lk_bytes raw)
{
	struct lk_bytes in = { (const unsigned char *)"", 0 };
	struct lk_buf decoded;
	bool undecodable;
	int32_t r;

	if (x->is_held) {
		x->is_held = false;
		x->has_responded = true;
		x->steps++;
		return x->last;
	}
	lk_buf_init(&decoded, LK_EXCHANGE_OCTETS);
	undecodable = raw.len &&
		      lk_base64_decode(&decoded, raw.data, raw.len) < 0;
	if (decoded.len) {
		in.data = decoded.data;
		in.len = decoded.len;
	}
	r = lk_exchange_challenge(x, in, raw, undecodable);
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
	if (limit && LK_BASE64_SIZE(out.len) + CRLF > limit) {
		lk_broke(x, LK_E_PROTOCOL, "the response would have %zu "
			 "octets, %u are allowed",
			 LK_BASE64_SIZE(out.len) + CRLF, (unsigned)limit);
		return -1;
	}
	if (lk_base64_encode(line, out.data, out.len) < 0 ||
	    show(x, shown, 0, line) < 0)
		return fail_line(x);
	return 0;
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

const struct lk_error *
lk_exchange_error(const struct lk_exchange *x)
{
	return &x->session.error;
}
