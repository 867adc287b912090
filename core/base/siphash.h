/* SipHash-2-4 with 128 bits: a keyed fingerprint of a secret in memory.
 * Aumasson and Bernstein, "SipHash: a fast short-input PRF".
 * SPDX-License-Identifier: MIT */
#ifndef LK_BASE_SIPHASH_H
#define LK_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct lk_siphash {
	uint64_t v[4];
	uint64_t word;              /* octets that do not fill a word yet */
	size_t len;
};

void lk_siphash_init(struct lk_siphash *, const unsigned char key[16]);
void lk_siphash_add(struct lk_siphash *, const void *data, size_t len);

/* The fingerprint; wipes the state. */
void lk_siphash_end(struct lk_siphash *, uint64_t out[2]);

#endif
