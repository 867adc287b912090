/* Replies: lines, codes, texts. SPDX-License-Identifier: MIT */
#include "smtp/reply.h"

#include "base/ascii.h"

#include <string.h>

void
lk_reader_init(struct lk_reader *r)
{
	memset(r, 0, sizeof(*r));
	lk_buf_init(&r->line, LK_REPLY_LINE_MAX);
	lk_buf_init(&r->text, LK_REPLY_MAX);
}

void
lk_reader_wipe(struct lk_reader *r)
{
	lk_buf_wipe(&r->line);
	lk_buf_wipe(&r->text);
	lk_reader_init(r);
}

void
lk_reader_next(struct lk_reader *r)
{
	lk_buf_drop(&r->line, r->line.len);
	lk_buf_drop(&r->text, r->text.len);
	r->octets = 0;
	r->code = 0;
	r->enhanced[0] = '\0';
	r->line_is_whole = false;
	r->done = false;
}

/* "5.7.8": class, subject, detail. */
void
lk_reply_enhanced(char to[16], int code, const void *text, size_t len)
{
	const char *p = text;
	size_t n = 0, part, parts;

	to[0] = '\0';
	for (parts = 0; parts < 3; parts++) {
		if (parts > 0 && (n >= len || p[n++] != '.'))
			return;
		for (part = 0; n < len && lk_ascii_is_digit(p[n]); part++)
			n++;
		if (part == 0 || part > 3 || (parts == 0 && part != 1))
			return;
	}
	if (p[0] - '0' != code / 100 || (n < len && p[n] != ' ' &&
	    p[n] != '\n'))
		return;
	memcpy(to, p, n);
	to[n] = '\0';
}

static int
code_of(const unsigned char *p, size_t len)
{
	if (len < 3 || p[0] < '2' || p[0] > '5' ||
	    !lk_ascii_is_digit((char)p[1]) || !lk_ascii_is_digit((char)p[2]))
		return 0;
	return (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
}

/* The line is whole: what does it say? */
static int
take_line(struct lk_reader *r, const char **why)
{
	const unsigned char *p;
	size_t len = r->line.len;
	int code;

	while (len > 0 && r->line.data[len - 1] == '\r')
		len--;
	r->line.len = len;
	p = r->line.data;
	code = code_of(p, len);
	if (!code || (len > 3 && p[3] != ' ' && p[3] != '-')) {
		*why = "that is no SMTP reply";
		return -1;
	}
	if (r->code && r->code != code) {
		*why = "the codes of one reply differ";
		return -1;
	}
	r->done = len == 3 || p[3] == ' ';
	len = len > 4 ? len - 4 : 0;
	if ((r->code && lk_buf_add(&r->text, "\n", 1) < 0) ||
	    lk_buf_add(&r->text, p + 4, len) < 0) {
		*why = NULL;
		return -1;
	}
	r->code = code;
	if (!r->enhanced[0])
		lk_reply_enhanced(r->enhanced, code, p + 4, len);
	r->line_is_whole = true;
	return 1;
}

/* What is cut may end within a secret: it is not kept, but for so much of the
 * first line that nobody is shown where it ends. */
static int
fail_long(struct lk_reader *r, const void *data, size_t len)
{
	size_t room = r->line.max - r->line.len;

	if (r->code ||
	    lk_buf_add(&r->line, data, len < room ? len : room) < 0)
		lk_buf_drop(&r->line, r->line.len);
	return -1;
}

int
lk_reader_feed(struct lk_reader *r, const void *data, size_t len, size_t *used,
	       const char **why)
{
	const char *end = memchr(data, '\n', len);
	size_t n = end ? (size_t)(end - (const char *)data) : len;

	if (r->line_is_whole) {
		lk_buf_drop(&r->line, r->line.len);
		r->line_is_whole = false;
	}
	*used = end ? n + 1 : n;
	r->octets += *used;
	if (r->octets > LK_REPLY_MAX) {
		*why = "the reply is too long";
		return fail_long(r, data, n);
	}
	if (n > r->line.max - r->line.len) {
		*why = "the line is too long";
		return fail_long(r, data, n);
	}
	if (lk_buf_add(&r->line, data, n) < 0) {
		*why = NULL;
		return -1;
	}
	return end ? take_line(r, why) : 0;
}

void
lk_reply_words(char *to, size_t room, const char *enhanced, const void *text,
	       size_t len)
{
	const char *p = text, *end = p + len, *next;
	size_t skip = strlen(enhanced), out = 0;

	to[0] = '\0';
	for (; p <= end; p = next + 1) {
		next = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
		next = next ? next : end;
		len = (size_t)(next - p);
		if (p != text && skip && len > skip && p[skip] == ' ' &&
		    memcmp(p, enhanced, skip) == 0) {
			p += skip + 1;
			len -= skip + 1;
		}
		if (out > 0 && len > 0 && room - out > 1) {
			to[out++] = ' ';
			to[out] = '\0';
		}
		out += lk_ascii_printable(to + out, room - out, p, len);
	}
}
