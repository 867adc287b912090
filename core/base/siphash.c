/* SipHash-2-4-128. SPDX-License-Identifier: MIT */
#include "base/siphash.h"

#include <string.h>

static uint64_t
rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

static void
rounds(uint64_t v[4], int n)
{
	while (n--) {
		v[0] += v[1];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[0] = rotate(v[0], 32);
		v[2] += v[3];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[2] = rotate(v[2], 32);
	}
}

static uint64_t
word(const unsigned char *p)
{
	uint64_t w = 0;
	int i;

	for (i = 7; i >= 0; i--)
		w = w << 8 | p[i];
	return w;
}

void
lk_siphash_init(struct lk_siphash *h, const unsigned char key[16])
{
	uint64_t k0 = word(key), k1 = word(key + 8);

	h->v[0] = k0 ^ UINT64_C(0x736f6d6570736575);
	h->v[1] = k1 ^ UINT64_C(0x646f72616e646f6d) ^ 0xee;
	h->v[2] = k0 ^ UINT64_C(0x6c7967656e657261);
	h->v[3] = k1 ^ UINT64_C(0x7465646279746573);
	h->word = 0;
	h->len = 0;
}

static void
absorb(struct lk_siphash *h, uint64_t w)
{
	h->v[3] ^= w;
	rounds(h->v, 2);
	h->v[0] ^= w;
}

void
lk_siphash_add(struct lk_siphash *h, const void *data, size_t len)
{
	const unsigned char *p = data;
	size_t i;

	for (i = 0; i < len; i++) {
		h->word |= (uint64_t)p[i] << (h->len % 8 * 8);
		if (++h->len % 8 == 0) {
			absorb(h, h->word);
			h->word = 0;
		}
	}
}

void
lk_siphash_end(struct lk_siphash *h, uint64_t out[2])
{
	absorb(h, h->word | (uint64_t)h->len << 56);
	h->v[2] ^= 0xee;
	rounds(h->v, 4);
	out[0] = h->v[0] ^ h->v[1] ^ h->v[2] ^ h->v[3];
	h->v[1] ^= 0xdd;
	rounds(h->v, 4);
	out[1] = h->v[0] ^ h->v[1] ^ h->v[2] ^ h->v[3];
	explicit_bzero(h, sizeof(*h));
}
