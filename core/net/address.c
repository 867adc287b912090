/* Addresses of sockets. SPDX-License-Identifier: MIT */
#include "net/address.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

void
lk_address_text(const struct lk_address *a, char *to, size_t room)
{
	const struct sockaddr_un *local = (const void *)&a->sa;
	char host[64];
	char port[8];

	if (a->sa.ss_family == AF_UNIX)
		snprintf(to, room, "unix:%s", local->sun_path);
	else if (getnameinfo((const struct sockaddr *)&a->sa, a->len, host,
			sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		snprintf(to, room, "?");
	else if (a->sa.ss_family == AF_INET6)
		snprintf(to, room, "[%s]:%s", host, port);
	else
		snprintf(to, room, "%s:%s", host, port);
}

bool
lk_address_is_loopback(const struct lk_address *a)
{
	const struct sockaddr_in *four = (const void *)&a->sa;
	const struct sockaddr_in6 *six = (const void *)&a->sa;
	const unsigned char *octets;

	if (a->len && a->sa.ss_family == AF_INET)
		return ntohl(four->sin_addr.s_addr) >> 24 == 127;
	if (!a->len || a->sa.ss_family != AF_INET6)
		return false;
	octets = six->sin6_addr.s6_addr;
	return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr) ||
	       (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr) && octets[12] == 127);
}

int
lk_address_literal(int fd, char *to, size_t room)
{
	struct lk_address a = { .len = sizeof(a.sa) };
	char host[64];

	if (getsockname(fd, (struct sockaddr *)&a.sa, &a.len) < 0 ||
	    getnameinfo((const struct sockaddr *)&a.sa, a.len, host,
			sizeof(host), NULL, 0, NI_NUMERICHOST) != 0)
		return -1;
	/* the scope of a link-local address means nothing to the peer */
	host[strcspn(host, "%")] = '\0';
	snprintf(to, room, a.sa.ss_family == AF_INET6 ? "[IPv6:%s]" : "[%s]",
		 host);
	return 0;
}
