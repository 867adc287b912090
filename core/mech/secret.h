/* Octets kept out of core dumps, wiped, and found again in what a peer echoes.
 * SPDX-License-Identifier: MIT */
#ifndef LK_MECH_SECRET_H
#define LK_MECH_SECRET_H

#include <latchkey/host.h>

#define LK_SECRET_MAX 65536

struct lk_secret {
	struct lk_secret *next;     /* of those that were replaced */
	unsigned char *data;        /* LK_SECRET_MAX octets of whole pages */
	size_t len;
	int32_t lost;               /* class of a failed add, or 0 */
	int32_t fd;
	uint32_t events;
	int32_t timeout_ms;
};

/* Empty; NULL: no memory. */
struct lk_secret *lk_secret_new(void);

/* Wipe and free; NULL is allowed. */
void lk_secret_free(struct lk_secret *);

/* Overwrite with `*` every occurrence in text[len]: raw, and in base64, also
 * where it stands in a longer base64 text.  Not empty; shorter than 3 octets
 * only raw. */
void lk_secret_scrub(const struct lk_secret *, char *text, size_t len);

#endif
