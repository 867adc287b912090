/* Addresses of sockets. SPDX-License-Identifier: MIT */
#ifndef LK_NET_ADDRESS_H
#define LK_NET_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct lk_address {
	struct sockaddr_storage sa;
	socklen_t len;              /* 0: none */
};

/* "127.0.0.1:587", "[::1]:587", "unix:/run/lmtp". */
void lk_address_text(const struct lk_address *, char *to, size_t room);

bool lk_address_is_loopback(const struct lk_address *);

/* The address literal of our end (RFC 5321, 4.1.3): "[127.0.0.1]",
 * "[IPv6:::1]".  -1: it has none. */
int lk_address_literal(int fd, char *to, size_t room);

#endif
