/* A message as sendmail takes it. SPDX-License-Identifier: MIT */
#include "cli/sendmail.h"

#include "cli/input.h"

#include "base/ascii.h"

#include <string.h>

#define FROM_ "From "

/* Old programs begin with the line that an mbox has.  False: what was read of it
 * is in the copy. */
static bool
skip_from_line(FILE *from, FILE *to)
{
	size_t n = 0;
	int c = EOF;

	while (FROM_[n] && (c = getc(from)) == FROM_[n])
		n++;
	if (!FROM_[n]) {
		while ((c = getc(from)) != EOF && c != '\n')
			;
		return true;
	}
	fwrite(FROM_, 1, n, to);
	ungetc(c, from);
	return n == 0;
}

/* Behind a dot that begins a line: does the line end?  False: the dot, and what
 * else was read, is in the copy. */
static bool
is_line_end(FILE *from, FILE *to)
{
	int c = getc(from);
	const bool is_cr = c == '\r';

	if (is_cr)
		c = getc(from);
	if (c == '\n' || c == EOF)
		return true;
	fputs(is_cr ? ".\r" : ".", to);
	ungetc(c, from);
	return false;
}

void
lk_sendmail_copy(FILE *from, FILE *to, bool keeps_dots)
{
	bool at_start = skip_from_line(from, to);
	int c;

	while ((c = getc(from)) != EOF) {
		if (c == '.' && at_start && !keeps_dots) {
			if (is_line_end(from, to))
				return;
		} else {
			putc(c, to);
		}
		at_start = c == '\n';
	}
}

bool
lk_sendmail_id(const struct lk_buf *head, char *to, size_t room)
{
	struct lk_field f;
	size_t at = 0, skipped;

	while (at < head->len && !strchr("\r\n", head->data[at]) &&
	       lk_field_next(head, &at, &f)) {
		if (!lk_field_is(&f, "Message-ID"))
			continue;
		for (skipped = 0; skipped < f.value_len &&
		     strchr(" \t\r\n", f.value[skipped]); skipped++)
			;
		f.value_len -= skipped;
		while (f.value_len && strchr(" \t\r\n", f.value[skipped +
						f.value_len - 1]))
			f.value_len--;
		lk_ascii_printable(to, room, f.value + skipped, f.value_len);
		return true;
	}
	return false;
}
