/* From a host's name to a connected socket. SPDX-License-Identifier: MIT */
#ifndef LK_NET_DIAL_H
#define LK_NET_DIAL_H

#include <latchkey/error.h>

#include <stdbool.h>
#include <sys/socket.h>

#define LK_DIAL_MS 15000            /* for each address */

struct lk_address {
	struct sockaddr_storage sa;
	socklen_t len;              /* 0: none */
};

/* Try `last` first if it is set, then every address of the host in order, each
 * for at most timeout_ms.  0: *fd is connected, non-blocking, close-on-exec and
 * sends small writes at once, *last is the address; or -1 with *err set. */
int lk_dial(const char *host, unsigned port, int timeout_ms,
	    struct lk_address *last, int *fd, struct lk_error *err);

/* "127.0.0.1:587", "[::1]:587". */
void lk_address_text(const struct lk_address *, char *to, size_t room);

bool lk_address_is_loopback(const struct lk_address *);

/* The address literal of our end (RFC 5321, 4.1.3): "[127.0.0.1]",
 * "[IPv6:::1]".  -1: it has none. */
int lk_address_literal(int fd, char *to, size_t room);

#endif
