/* A connection: a socket, and TLS on it once it is up.  Never waits, but for
 * the handshake; never raises SIGPIPE. SPDX-License-Identifier: MIT */
#ifndef LK_NET_WIRE_H
#define LK_NET_WIRE_H

#include "base/buf.h"
#include "net/tls.h"

struct lk_wire {
	int fd;                     /* -1: closed */
	const char *host;           /* for messages, borrowed */
	struct lk_tls *tls;         /* or NULL */
	struct lk_buf out;          /* encrypted, for the socket */
	bool unread;                /* TLS may hold octets that came */
	uint64_t sent;              /* octets that the socket took */
	uint64_t due;               /* `sent`, once all that was given is out:
				       what TLS says by itself is no progress */
	bool heard;                 /* something came after the last of them */
};

/* Takes the descriptor. */
void lk_wire_open(struct lk_wire *, int fd, const char *host);

/* Wipes; a closed one is allowed.  polite: the peer is told that TLS ends. */
void lk_wire_close(struct lk_wire *, bool polite);

/* What waits goes first, then as much of data as there is room for, in one
 * write; *taken tells how much.  0, or -1 with *err set: it is broken. */
int lk_wire_write(struct lk_wire *, const void *data, size_t len,
		  size_t *taken, struct lk_error *err);

/* One read: how many octets, 0: none now (with `unread`: ask again), or -1 with
 * *err set: closed, reset, or TLS failed. */
int lk_wire_read(struct lk_wire *, void *to, size_t room,
		 struct lk_error *err);

/* Before waiting for the peer: what it sends in two writes it may send at once
 * (Nagle's rule holds the second until the first is acknowledged, and an
 * acknowledgement is delayed by 40 ms).  Does nothing before the first, which
 * mostly is the only one. */
void lk_wire_hurry(const struct lk_wire *);

/* TLS, in at most timeout_ms.  Its last octets go with the next write.  0, or
 * -1 with *err set. */
int lk_wire_handshake(struct lk_wire *, struct lk_trust *,
		      int timeout_ms, struct lk_error *err);

#endif
