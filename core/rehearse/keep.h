/* Accepted mail in a directory: NNNN.eml and NNNN.env.
 * SPDX-License-Identifier: MIT */
#ifndef LK_REHEARSE_KEEP_H
#define LK_REHEARSE_KEEP_H

#include "base/buf.h"

/* Write both with mode 0600 under the first number that is free.  0, or -1 with
 * errno set and nothing left behind. */
int lk_keep(const char *dir, const struct lk_buf *message,
	    const struct lk_buf *envelope, unsigned *number);

/* It was not accepted after all. */
void lk_keep_drop(const char *dir, unsigned number);

#endif
