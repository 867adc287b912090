/* A message as sendmail takes it. SPDX-License-Identifier: MIT */
#include "cli/sendmail.h"

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

/* Behind a dot that begins a line: does the line end? */
static bool
is_line_end(FILE *from, FILE *to)
{
	int c = getc(from);

	if (c == '\n' || c == EOF)
		return true;
	putc('.', to);
	if (c == '\r') {
		c = getc(from);
		if (c == '\n' || c == EOF)
			return true;
		putc('\r', to);
	}
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
