/* Bounded bytes that grow, and are wiped when they grow or die.
 * SPDX-License-Identifier: MIT */
#ifndef LK_BASE_BUF_H
#define LK_BASE_BUF_H

#include <stddef.h>

struct lk_buf {
	unsigned char *data;        /* NULL while nothing was ever added */
	size_t len, room, max;
};

/* Cannot fail, does not allocate.  max: octets it may ever hold. */
void lk_buf_init(struct lk_buf *, size_t max);

/* Append; -1 if it would pass max or memory is out, and nothing is changed. */
int lk_buf_add(struct lk_buf *, const void *data, size_t len);
int lk_buf_puts(struct lk_buf *, const char *text);
int lk_buf_printf(struct lk_buf *, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Make room for n more octets and return where they go (then add to len
 * yourself), or NULL. */
unsigned char *lk_buf_reserve(struct lk_buf *, size_t n);

/* Drop the first n octets. */
void lk_buf_drop(struct lk_buf *, size_t n);

/* A NUL behind the data, not counted; NULL if there is no room. */
char *lk_buf_text(struct lk_buf *);

/* Empty, wiped, room kept. */
void lk_buf_clear(struct lk_buf *);

/* Wipe and free; as after init. */
void lk_buf_wipe(struct lk_buf *);

#endif
