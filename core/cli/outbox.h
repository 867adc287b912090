/* Many messages: files, directories, mailboxes, and lists of what was not sent.
 * SPDX-License-Identifier: MIT */
#ifndef LK_CLI_OUTBOX_H
#define LK_CLI_OUTBOX_H

#include <latchkey/error.h>

#include <stdbool.h>
#include <stddef.h>

#define LK_OUT_UNSENT  '.'
#define LK_OUT_UNKNOWN '?'          /* it may have been accepted */
#define LK_OUT_SENT    '#'

struct lk_out {
	char *path;                 /* absolute */
	uint64_t offset, length;    /* in a mailbox; length 0: the whole file */
	char state;                 /* LK_OUT_* */
	long at;                    /* of the state, in the list */
};

struct lk_outbox {
	struct lk_out *list;
	size_t n, room;
};

/* Add the messages of a file, a directory (its files by name, those of new and
 * cur if it is a Maildir) or a mailbox, or what a list has.  -1 with *err
 * set. */
int lk_outbox_add(struct lk_outbox *, const char *path, struct lk_error *err);
void lk_outbox_wipe(struct lk_outbox *);

/* ---- unsent.c ------------------------------------------------------------ */

#define LK_UNSENT_MAGIC "# latchkey: what was not sent\n"

/* The list of an outbox on disk, true at any moment: who ends the command in
 * the middle finds a message that was under way as unknown. */
struct lk_unsent {
	int fd;                     /* -1: there is none */
	const char *path;
};

/* Add what a list says; its magic was read. */
int lk_unsent_read(struct lk_outbox *, const char *path, const char *text,
		   struct lk_error *err);

/* Begin the list; path NULL: none is wanted.  A file that is there already must
 * be one of `read` (n of them): what it says would be lost. */
int lk_unsent_open(struct lk_unsent *, const char *path, struct lk_outbox *,
		   char *const *read, size_t n, struct lk_error *err);

/* A message has another state now. */
int lk_unsent_mark(struct lk_unsent *, struct lk_out *, char state,
		   struct lk_error *err);

/* Write the list anew without what was sent; remove it if nothing is left. */
int lk_unsent_close(struct lk_unsent *, const struct lk_outbox *,
		    struct lk_error *err);

#endif
