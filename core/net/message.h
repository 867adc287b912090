/* Reading a message in pieces. SPDX-License-Identifier: MIT */
#ifndef LK_NET_MESSAGE_H
#define LK_NET_MESSAGE_H

#include <latchkey/client.h>

#define LK_PIECE 16384

/* Hands out a message piece by piece, no more than was there when it was
 * scanned. */
struct lk_pieces {
	struct lk_message message;
	uint64_t at;                /* octets handed out */
	uint64_t end;               /* octets that the scan saw */
	size_t used;                /* of piece, ever */
	unsigned char piece[LK_PIECE];
};

/* lk_message_facts(), and how many octets it saw. */
int lk_message_measure(const struct lk_message *, struct lk_message_facts *,
		       uint64_t *octets, struct lk_error *err);

void lk_pieces_init(struct lk_pieces *, const struct lk_message *,
		    uint64_t end);

/* The next piece, valid until the next call: 1, 0 at the end, -1 with *err
 * set. */
int lk_pieces_next(struct lk_pieces *, const unsigned char **data, size_t *len,
		   struct lk_error *err);

#endif
