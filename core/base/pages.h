/* Whole pages, for a secret that stays a while: no core dump has them.
 * SPDX-License-Identifier: MIT */
#ifndef LK_BASE_PAGES_H
#define LK_BASE_PAGES_H

#include <stddef.h>

/* Zeroed; NULL: no memory. */
void *lk_pages_new(size_t size);

/* Wipe the first `used` octets, and give them back; NULL is allowed. */
void lk_pages_free(void *, size_t size, size_t used);

#endif
