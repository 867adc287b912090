/* The server's end of one connection: lines, with a deadline each, and TLS.
 * SPDX-License-Identifier: MIT */
#ifndef LK_REHEARSE_PEER_H
#define LK_REHEARSE_PEER_H

#include "base/buf.h"

#include <openssl/ssl.h>

#define LK_PEER_LINE 16384
#define LK_PEER_MS   300000         /* for one line (RFC 5321, 4.5.3.2.7) */

#define LK_PEER_OK     1
#define LK_PEER_CLOSED 0
#define LK_PEER_LATE   (-1)         /* the deadline passed */
#define LK_PEER_LONG   (-2)         /* a line has no end */
#define LK_PEER_STOP   (-3)         /* we are told to end */
#define LK_PEER_FAILED (-4)         /* the socket, TLS, or memory */

struct lk_peer {
	int fd;                     /* -1: closed */
	int stop;                   /* end when it can be read, or -1 */
	SSL *ssl;
	struct lk_buf in, out;
	struct lk_buf line;         /* the last one, with its end and a NUL */
};

/* Takes the descriptor. */
void lk_peer_open(struct lk_peer *, int fd, int stop);

/* The next line in peer->line.  What was said goes out first if there is none
 * yet.  LK_PEER_*. */
int lk_peer_read(struct lk_peer *);

/* Wait for the client to close: LK_PEER_CLOSED, or LK_PEER_OK if it says
 * something instead. */
int lk_peer_read_end(struct lk_peer *);

/* Goes out with the next read, or with flush. */
int lk_peer_say(struct lk_peer *, const void *data, size_t len);
int lk_peer_flush(struct lk_peer *);

/* What came in the clear is forgotten. */
int lk_peer_tls(struct lk_peer *, SSL_CTX *);

/* Hang up so that what was said still arrives; a closed one is allowed. */
void lk_peer_close(struct lk_peer *);

#endif
