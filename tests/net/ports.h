/* Loopback addresses that answer, refuse, or say nothing.
 * SPDX-License-Identifier: MIT */
#ifndef LK_TEST_NET_PORTS_H
#define LK_TEST_NET_PORTS_H

#include "net/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/certs.h"

#define FULL_MAX 8

/* A bound socket, its address, and who fills its queue. */
struct port {
	int fd;
	struct lk_address address;
	unsigned number;
	int fillers[FULL_MAX];
	int n;
};

static inline struct lk_address
address_of(const char *text, unsigned port)
{
	struct lk_address a = { .len = 0 };
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };

	four.sin_port = six.sin6_port = htons((uint16_t)port);
	if (strchr(text, ':')) {
		must(inet_pton(AF_INET6, text, &six.sin6_addr) == 1);
		memcpy(&a.sa, &six, a.len = sizeof(six));
	} else {
		must(inet_pton(AF_INET, text, &four.sin_addr) == 1);
		memcpy(&a.sa, &four, a.len = sizeof(four));
	}
	return a;
}

/* Of a port (0: a free one) that refuses (backlog -1) or listens. */
static inline struct port
port_open(const char *address, unsigned number, int backlog)
{
	struct port p = { .address = address_of(address, number) };
	struct sockaddr_in *four = (void *)&p.address.sa;
	int only = 1;

	p.fd = socket(p.address.sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (p.address.sa.ss_family == AF_INET6)
		setsockopt(p.fd, IPPROTO_IPV6, IPV6_V6ONLY, &only,
			   sizeof(only));
	must(bind(p.fd, (struct sockaddr *)&p.address.sa,
		  p.address.len) == 0);
	if (backlog >= 0)
		must(listen(p.fd, backlog) == 0);
	must(getsockname(p.fd, (struct sockaddr *)&p.address.sa,
			 &p.address.len) == 0);
	/* the port stands at the same place in both families */
	p.number = ntohs(four->sin_port);
	return p;
}

static inline void
port_close(struct port *p)
{
	while (p->n > 0)
		close(p->fillers[--p->n]);
	close(p->fd);
}

/* Nobody accepts and the queue is full: it says nothing. */
static inline struct port
port_mute(const char *address, unsigned number)
{
	struct port p = port_open(address, number, 0);
	struct pollfd w = { .events = POLLOUT };

	do {
		must(p.n < FULL_MAX);
		w.fd = socket(p.address.sa.ss_family,
			      SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		p.fillers[p.n++] = w.fd;
		connect(w.fd, (struct sockaddr *)&p.address.sa,
			p.address.len);
	} while (poll(&w, 1, 200) > 0);
	return p;
}

#endif
