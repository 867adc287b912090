/* What must be known of a message before MAIL. SPDX-License-Identifier: MIT */
#include <latchkey/smtp.h>

#include <stdbool.h>
#include <string.h>

#define LINE_MAX_ 998               /* RFC 5322, 2.1.1 */

static bool
has_8bit(const unsigned char *p, size_t len)
{
	uint64_t word, all = 0;

	for (; len >= sizeof(word); len -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		all |= word;
	}
	while (len-- > 0)
		all |= *p++;
	return (all & 0x8080808080808080u) != 0;
}

static void
end_line(struct lk_message_facts *f)
{
	if (f->last == '\r')
		f->line--;
	if (f->line > f->longest)
		f->longest = f->line;
	if (f->line > LINE_MAX_)
		f->flags |= LK_MESSAGE_LONG_LINE;
	f->octets += f->line + 2;
	f->lines++;
	f->line = 0;
	f->last = '\n';
}

void
lk_message_scan(struct lk_message_facts *f, const void *data, size_t len)
{
	const unsigned char *p = data, *end, *lf;
	size_t n;

	if (len == 0)
		return;
	end = p + len;
	if (has_8bit(p, len))
		f->flags |= LK_MESSAGE_8BIT;
	if (memchr(p, '\0', len))
		f->flags |= LK_MESSAGE_NUL;
	for (; p < end; p = lf + 1) {
		lf = memchr(p, '\n', (size_t)(end - p));
		n = (size_t)((lf ? lf : end) - p);
		if (n > 0) {
			if (f->last == '\r' || memchr(p, '\r', n - 1))
				f->flags |= LK_MESSAGE_LONE_CR;
			f->line += n;
			f->last = p[n - 1];
		}
		if (!lf)
			break;
		end_line(f);
	}
}

void
lk_message_scan_end(struct lk_message_facts *f)
{
	if (f->line == 0)
		return;
	if (f->last == '\r')
		f->flags |= LK_MESSAGE_LONE_CR;
	f->last = 0;
	f->flags |= LK_MESSAGE_NO_END;
	end_line(f);
}
