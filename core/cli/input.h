/* The message as it comes in: its header block, and where the rest is.
 * SPDX-License-Identifier: MIT */
#ifndef LK_CLI_INPUT_H
#define LK_CLI_INPUT_H

#include "base/buf.h"

#include <latchkey/error.h>

#include <stdbool.h>
#include <stdint.h>

#define LK_HEADER_MAX 1048576

struct lk_input {
	struct lk_buf header;       /* the fields, without the empty line */
	size_t head_len;            /* with it, as it came: header.data has it */
	bool is_bare;               /* no header block at all */
	bool is_ended;              /* an empty line ended it */
	bool is_crlf;
	int fd;                     /* seekable: the body, from offset on */
	uint64_t offset;
	uint64_t length;            /* of it; 0: to the end of the file */
	uint64_t left;              /* of what may be read */
	bool is_spooled;            /* fd is ours to close */
};

/* Read from where fd stands, at most `most` octets.  What cannot be read twice
 * is copied to a file that has no name and that nobody else may read.  -1 with
 * *err set. */
int lk_input_read(struct lk_input *, int fd, uint64_t most,
		  struct lk_error *err);

/* A file without a name, below TMPDIR or /tmp.  A descriptor, or -1 with *err
 * set. */
int lk_input_spool(struct lk_error *err);

/* Also after a failure. */
void lk_input_wipe(struct lk_input *);

/* One field of a header block. */
struct lk_field {
	const char *start;          /* of its name */
	size_t len;                 /* to the end of its last line */
	size_t name_len;
	const char *value;          /* behind the colon, still folded */
	size_t value_len;
};

/* The next field, from *at (0 first) on; false at the end. */
bool lk_field_next(const struct lk_buf *header, size_t *at, struct lk_field *);
bool lk_field_is(const struct lk_field *, const char *name);

#endif
