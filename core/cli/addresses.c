/* Reading address lists. SPDX-License-Identifier: MIT */
#include "cli/addresses.h"

#include "base/ascii.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 100               /* of comments in comments */

/* An address is built in `text` while it is read; END is the end. */
#define END (-1)

struct reader {
	const unsigned char *at, *end;
	const unsigned char *word, *word_end; /* the last words */
	const char *why;            /* what is wrong, once something is */
	struct lk_buf text;
	bool is_cut, no_memory;     /* is_cut: text did not hold all of it */
	const struct lk_completion *completion; /* or NULL */
	struct lk_buf *out;         /* of it, */
	const unsigned char *copied; /* up to here */
};

static int
peek(const struct reader *r)
{
	return r->at < r->end ? *r->at : END;
}

static bool
wrong(struct reader *r, const char *why)
{
	if (!r->why)
		r->why = why;
	return false;
}

/* A name before an address may be as long as it likes. */
static void
put(struct reader *r, unsigned char c)
{
	if (lk_buf_add(&r->text, &c, 1) < 0)
		r->is_cut = true;
}

static void
clear(struct reader *r)
{
	lk_buf_clear(&r->text);
	r->is_cut = false;
}

static bool
is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
is_atom(int c)
{
	return c > ' ' && c != 0x7f && !strchr("()<>[]:;@\\,.\"", c);
}

/* A quoted pair takes the next octet with it. */
static bool
skip_comment(struct reader *r)
{
	int depth = 0;

	do {
		int c = peek(r);

		if (c == END)
			return wrong(r, "a comment is not closed");
		if (c == '\\' && r->at + 1 < r->end)
			r->at++;
		else if (c == '(' && ++depth > DEPTH_MAX)
			return wrong(r, "comments in comments go too deep");
		else if (c == ')')
			depth--;
		r->at++;
	} while (depth > 0);
	return true;
}

/* Blanks and comments. */
static bool
skip(struct reader *r)
{
	for (;;) {
		if (is_blank(peek(r)))
			r->at++;
		else if (peek(r) != '(')
			return true;
		else if (!skip_comment(r))
			return false;
	}
}

/* A quoted string (close = '"') or a domain literal (close = ']'), kept as it
 * stands but for folding. */
static bool
take_quoted(struct reader *r, unsigned char close)
{
	int c;

	put(r, *r->at++);
	for (; (c = peek(r)) != END; r->at++) {
		if (c == '\r' || c == '\n')
			continue;
		if ((c < ' ' && c != '\t') || c == 0x7f)
			return wrong(r, "a quote holds a control character");
		if (c == '\\') {
			put(r, '\\');
			c = ++r->at < r->end ? *r->at : END;
			if (c < ' ' || c == 0x7f)
				return wrong(r, "a \\ in a quote quotes "
						"nothing");
			put(r, (unsigned char)c);
			continue;
		}
		put(r, (unsigned char)c);
		if (c == close) {
			r->at++;
			return true;
		}
	}
	return wrong(r, "a quote is not closed");
}

/* Words with dots between them, into text: *count words, *is_local if they make
 * one local part or domain. */
static bool
take_words(struct reader *r, size_t *count, bool *is_local)
{
	bool after_word = false, ok = skip(r);

	*count = 0;
	*is_local = true;
	r->word = r->word_end = r->at;
	while (ok) {
		int c = peek(r);

		if (c == '.') {
			*is_local = *is_local && after_word;
			after_word = false;
			put(r, *r->at++);
		} else if (c == '"' || is_atom(c)) {
			*is_local = *is_local && !after_word;
			after_word = true;
			++*count;
			if (c == '"')
				ok = take_quoted(r, '"');
			else
				while (is_atom(peek(r)))
					put(r, *r->at++);
		} else {
			break;
		}
		r->word_end = r->at;
		ok = ok && skip(r);
	}
	*is_local = *is_local && after_word;
	return ok;
}

/* What stands behind the @. */
static bool
take_domain(struct reader *r)
{
	size_t from = r->text.len, count;
	bool is_domain;

	put(r, *r->at++);
	if (!skip(r))
		return false;
	if (peek(r) == '[')
		return take_quoted(r, ']') && skip(r);
	if (!take_words(r, &count, &is_domain))
		return false;
	if (r->text.len == from + 1 && peek(r) != '@')
		return wrong(r, "no domain follows the @");
	is_domain = is_domain && !memchr(r->text.data + from, '"',
					 r->text.len - from);
	return is_domain || wrong(r, "what follows the @ is no domain");
}

/* @a,@b: before an address, long obsolete, is skipped. */
static bool
skip_route(struct reader *r)
{
	while (peek(r) == '@' || peek(r) == ',') {
		if (peek(r) == ',')
			r->at++;
		else if (!take_domain(r))
			return false;
		if (!skip(r))
			return false;
	}
	clear(r);
	if (peek(r) != ':')
		return wrong(r, "no : follows a route");
	r->at++;
	return true;
}

/* The name that was read has no domain. */
static bool
complete(struct reader *r)
{
	const struct lk_completion *c = r->completion;
	const unsigned char *to = c && c->whole ? r->word : r->word_end;

	if (!c || (!c->whole && !c->domain))
		return true;
	if (lk_buf_add(r->out, r->copied, (size_t)(to - r->copied)) < 0 ||
	    lk_buf_printf(r->out, "%s%s", c->whole ? "" : "@",
			  c->whole ? c->whole : c->domain) < 0)
		return wrong(r, "it grows too long");
	r->copied = r->word_end;
	return true;
}

/* Between < and >. */
static bool
take_angle(struct reader *r)
{
	size_t count;
	bool is_local;

	r->at++;
	clear(r);
	if (!skip(r) || (peek(r) == '@' && !skip_route(r)))
		return false;
	if (!take_words(r, &count, &is_local))
		return false;
	if (!is_local)
		return wrong(r, count ? "blanks stand in an address"
				      : "no address stands between < and >");
	if (!(peek(r) == '@' ? take_domain(r) : complete(r)))
		return false;
	if (peek(r) != '>')
		return wrong(r, "no > follows the address");
	r->at++;
	return skip(r);
}

static int
keep(struct lk_addresses *to, struct reader *r)
{
	const char *text = lk_buf_text(&r->text);
	char **more;
	size_t i;

	if (!text)
		return -1;
	for (i = 0; i < to->n; i++)
		if (strcmp(to->list[i], text) == 0)
			return 0;
	more = realloc(to->list, (to->n + 1) * sizeof(*more));
	if (!more)
		return -1;
	to->list = more;
	to->list[to->n] = strdup(text);
	if (!to->list[to->n])
		return -1;
	to->n++;
	return 0;
}

/* One mailbox, or the name of a group, or nothing: up to its , ; or the end.
 * 1: text has an address. */
static int
take_mailbox(struct reader *r, bool *in_group)
{
	size_t count;
	bool is_local, ok;

	clear(r);
	if (!take_words(r, &count, &is_local))
		return -1;
	if (peek(r) == ':' && count && !*in_group) {
		*in_group = true;
		r->at++;
		return 0;
	}
	if (peek(r) == '<')
		ok = take_angle(r);
	else if (r->text.len == 0 && peek(r) != '@')
		return 0;
	else if (!is_local)
		ok = wrong(r, count ? "blanks or dots stand where they cannot"
				    : "no name stands before the @");
	else
		ok = peek(r) == '@' ? take_domain(r) : complete(r);
	if (ok && r->is_cut)
		ok = wrong(r, "an address is longer than 320 octets");
	return ok ? 1 : -1;
}

static int
read_list(struct lk_addresses *to, struct reader *r)
{
	bool in_group = false;

	while (skip(r) && peek(r) != END) {
		const unsigned char *before = r->at;
		int one = take_mailbox(r, &in_group);

		if (one < 0)
			return -1;
		if (one == 1 && to->n >= LK_ADDRESSES_MAX) {
			wrong(r, "there are more than 10000 addresses");
			return -1;
		}
		if (one == 1 && keep(to, r) < 0) {
			r->no_memory = true;
			return -1;
		}
		if (one == 0 && r->at > before && r->at[-1] == ':')
			continue;
		if (peek(r) == ';' && in_group)
			in_group = false;
		else if (peek(r) != ',' && peek(r) != END)
			wrong(r, "a character stands where it cannot");
		if (r->why)
			return -1;
		if (peek(r) != END)
			r->at++;
	}
	if (in_group)
		wrong(r, "a group is not closed by ;");
	return r->why ? -1 : 0;
}

/* -1: r->why, or no_memory. */
static int
read_all(struct lk_addresses *to, struct reader *r)
{
	int result = -1;

	lk_buf_init(&r->text, LK_ADDRESS_MAX);
	r->no_memory = !lk_buf_reserve(&r->text, LK_ADDRESS_MAX);
	if (!r->no_memory)
		result = read_list(to, r);
	lk_buf_wipe(&r->text);
	return result;
}

int
lk_addresses_read(struct lk_addresses *to, const char *where, const void *text,
		  size_t len, struct lk_error *err)
{
	struct reader r = { .at = text, .end = (const unsigned char *)text + len };
	char shown[128];

	if (read_all(to, &r) == 0)
		return 0;
	if (r.no_memory)
		return lk_fail_memory(err);
	lk_ascii_printable(shown, sizeof(shown), text, len);
	lk_fail(err, LK_E_MESSAGE, "%s: \"%s\" is not a list of addresses: %s",
		where, shown, r.why);
	if (err)
		err->stage = LK_STAGE_MESSAGE;
	return -1;
}

int
lk_addresses_complete(struct lk_buf *to, const void *text, size_t len,
		      const struct lk_completion *c)
{
	struct reader r = { .at = text, .end = (const unsigned char *)text + len,
			    .completion = c, .out = to, .copied = text };
	struct lk_addresses all = { 0 };
	size_t before = to->len;
	int result = read_all(&all, &r);

	lk_addresses_wipe(&all);
	if (result == 0 &&
	    lk_buf_add(to, r.copied, (size_t)(r.end - r.copied)) == 0)
		return 0;
	to->len = before;
	return -1;
}

void
lk_addresses_wipe(struct lk_addresses *a)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		free(a->list[i]);
	free(a->list);
	memset(a, 0, sizeof(*a));
}
