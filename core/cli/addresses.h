/* Address lists of a message's header (RFC 5322, 3.4, with the obsolete blanks
 * and routes of 4.4). SPDX-License-Identifier: MIT */
#ifndef LK_CLI_ADDRESSES_H
#define LK_CLI_ADDRESSES_H

#include "base/buf.h"

#include <latchkey/error.h>

#include <stddef.h>

#define LK_ADDRESSES_MAX 10000
#define LK_ADDRESS_MAX 320          /* octets of one: 64 @ 255 */

/* All zero is empty. */
struct lk_addresses {
	char **list;                /* without angle brackets */
	size_t n;
};

/* Read a list and add its addresses, those already there left out.  `where` is
 * what *err calls it.  -1 with *err set: what cannot be read is refused, never
 * guessed (some may have been added). */
int lk_addresses_read(struct lk_addresses *, const char *where,
		      const void *text, size_t len, struct lk_error *err);

/* What stands for a name without a domain. */
struct lk_completion {
	const char *whole;          /* this address; or NULL: */
	const char *domain;         /* NAME@domain; or NULL: left alone */
};

/* Append a list in which each address has a domain, as it came but for that.
 * -1 and nothing appended: it cannot be read, or there is no room. */
int lk_addresses_complete(struct lk_buf *to, const void *text, size_t len,
			  const struct lk_completion *);

void lk_addresses_wipe(struct lk_addresses *);

#endif
