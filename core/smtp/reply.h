/* A server's reply, put together from pieces. SPDX-License-Identifier: MIT */
#ifndef LK_SMTP_REPLY_H
#define LK_SMTP_REPLY_H

#include "base/buf.h"

#include <stdbool.h>

/* RFC 5321 allows 512 octets a line, RFC 4954 12288 for a challenge. */
#define LK_REPLY_LINE_MAX 16384
#define LK_REPLY_MAX 65536          /* all lines of one reply */

struct lk_reader {
	struct lk_buf line;         /* the newest line, without its end */
	struct lk_buf text;         /* the texts of all lines, joined by LF */
	size_t octets;              /* of the whole reply, to bound it */
	int code;                   /* 0 before the first line is whole */
	char enhanced[16];          /* "5.7.8", or "" */
	bool line_is_whole;
	bool done;                  /* that was the last line */
};

void lk_reader_init(struct lk_reader *);
void lk_reader_wipe(struct lk_reader *);

/* Take octets up to the end of a line.  *used: how many.  1: a line is whole,
 * and ->done tells if the reply is; 0: more are needed; -1: *why says which
 * rule was broken, ->line holds the line that broke it, unless it is a later one
 * that is too long; NULL: memory is out. */
int lk_reader_feed(struct lk_reader *, const void *data, size_t len,
		   size_t *used, const char **why);

/* Forget the reply: the next octet begins another. */
void lk_reader_next(struct lk_reader *);

/* The text of reply lines joined by LF, for a person: printable, joined by
 * blanks, an enhanced code that is repeated left out. */
void lk_reply_words(char *to, size_t room, const char *enhanced,
		    const void *text, size_t len);

/* Copy the enhanced code (RFC 3463) that text opens with, if its class is that
 * of the code (RFC 2034, 4); else "". */
void lk_reply_enhanced(char to[16], int code, const void *text, size_t len);

#endif
