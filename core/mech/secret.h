/* Octets kept out of core dumps, wiped, and found again in what a peer echoes.
 * SPDX-License-Identifier: MIT */
#ifndef LK_MECH_SECRET_H
#define LK_MECH_SECRET_H

#include <latchkey/host.h>

#define LK_SECRET_MAX 65536

/* What is kept of a secret that was forgotten, in one of its forms: enough to
 * know a run of as many octets again. */
struct lk_mark {
	size_t len;                 /* 0: none */
	uint64_t print[2];          /* keyed */
	unsigned char sum;          /* of the octets: other runs are passed over
				       quickly */
};

struct lk_secret {
	struct lk_secret *next;     /* of those that were replaced */
	unsigned char *data;        /* LK_SECRET_MAX octets of whole pages */
	size_t len;
	int32_t lost;               /* class of a failed add, or 0 */
	int32_t fd;
	uint32_t events;
	int32_t timeout_ms;
	struct lk_mark marks[4];    /* once it is forgotten */
	unsigned char key[16];      /* of the marks */
};

/* Empty; NULL: no memory. */
struct lk_secret *lk_secret_new(void);

/* Wipe and free; NULL is allowed. */
void lk_secret_free(struct lk_secret *);

/* Wipe it, but for keyed fingerprints, by which it is still scrubbed. */
void lk_secret_forget(struct lk_secret *);

/* Overwrite with `*` every occurrence in text[len]: raw, and in base64, also
 * where it stands in a longer base64 text; and where the lines of a reply cut
 * it.  Not empty; shorter than 3 octets only raw. */
void lk_secret_scrub(const struct lk_secret *, char *text, size_t len);

#endif
