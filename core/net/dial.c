/* Names, addresses and connecting. SPDX-License-Identifier: MIT */
#include "net/dial.h"

#include "base/buf.h"
#include "base/error.h"
#include "net/deadline.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REASONS_MAX 1024

static int
resolve(const char *host, unsigned port, struct addrinfo **ret,
	struct lk_error *err)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV,
	};
	char service[8];
	int r;

	snprintf(service, sizeof(service), "%u", port);
	r = getaddrinfo(host, service, &hints, ret);
	switch (r) {
	case 0:
		return 0;
	case EAI_AGAIN:
		lk_fail(err, LK_E_TRANSIENT, "%s: the name servers do not "
			"answer for now (%s)", host, gai_strerror(r));
		lk_advise(err, "try again later, or check /etc/resolv.conf");
		break;
	case EAI_MEMORY:
		return lk_fail_memory(err);
	case EAI_SYSTEM:
		lk_fail(err, LK_E_TRANSIENT, "%s: cannot be looked up: %s",
			host, strerror(errno));
		break;
	default:
		lk_fail(err, LK_E_NO_HOST, "no such host: %s (%s)", host,
			gai_strerror(r));
		lk_advise(err, "check `host`");
	}
	if (err)
		err->stage = LK_STAGE_CONNECT;
	return -1;
}

/* 0 when connected, else an errno. */
static int
finish(int fd, int timeout_ms)
{
	socklen_t len = sizeof(int);
	int e = 0;
	int r = lk_poll_one(fd, POLLOUT, lk_now() + timeout_ms);

	if (r < 0)
		return errno;
	if (r == 0)
		return ETIMEDOUT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &len) < 0)
		return errno;
	return e;
}

/* A descriptor, or -1 with errno. */
static int
connect_one(const struct sockaddr *sa, socklen_t len, int timeout_ms)
{
	int on = 1;
	int e = 0;
	int fd = socket(sa->sa_family,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (connect(fd, sa, len) < 0) {
		e = errno;
		if (e == EINPROGRESS || e == EINTR)
			e = finish(fd, timeout_ms);
	}
	if (e) {
		close(fd);
		errno = e;
		return -1;
	}
	/* a flight is one write: waiting to fill a segment only costs time */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

/* Why each address failed, and whether all of them refused. */
struct failures {
	struct lk_buf reasons;
	bool any, refused, timeout;
};

static int
attempt(const struct sockaddr *sa, socklen_t len, int timeout_ms,
	struct lk_address *last, struct failures *f)
{
	struct lk_address address = { .len = len };
	char text[80];
	int fd;

	memcpy(&address.sa, sa, len);
	fd = connect_one(sa, len, timeout_ms);
	if (fd >= 0) {
		*last = address;
		return fd;
	}
	f->refused |= errno == ECONNREFUSED;
	f->timeout |= errno == ETIMEDOUT;
	lk_address_text(&address, text, sizeof(text));
	/* a list that is too long for its room just ends earlier */
	lk_buf_printf(&f->reasons, "%s%s: %s", f->any ? "; " : "", text,
		      strerror(errno));
	f->any = true;
	return -1;
}

static int
no_connection(const char *host, unsigned port, struct failures *f,
	      struct lk_error *err)
{
	const char *why = lk_buf_text(&f->reasons);

	lk_fail(err, LK_E_CONNECT, "cannot connect to %s port %u: %s", host,
		port, why && *why ? why : "no address");
	if (f->refused)
		lk_advise(err, "nothing listens there: check `host` and "
			  "`port`; submission is 587, with TLS from the "
			  "start 465");
	else if (f->timeout)
		lk_advise(err, "no answer at all: a firewall may be between; "
			  "many networks block port 25, 587 and 465 are "
			  "mostly open");
	if (err)
		err->stage = LK_STAGE_CONNECT;
	return -1;
}

int
lk_dial(const char *host, unsigned port, int timeout_ms,
	struct lk_address *last, int *fd, struct lk_error *err)
{
	struct addrinfo *list = NULL;
	const struct addrinfo *a;
	struct failures f = { .any = false };
	struct lk_address known = *last;
	int s = -1;
	int r = -1;

	lk_buf_init(&f.reasons, REASONS_MAX);
	if (known.len)
		s = attempt((const struct sockaddr *)&known.sa, known.len,
			    timeout_ms, last, &f);
	if (s < 0 && resolve(host, port, &list, err) < 0)
		goto out;
	for (a = list; a && s < 0; a = a->ai_next) {
		if (a->ai_addrlen > sizeof(known.sa))
			continue;
		if (known.len == a->ai_addrlen &&
		    memcmp(&known.sa, a->ai_addr, known.len) == 0)
			continue;
		s = attempt(a->ai_addr, a->ai_addrlen, timeout_ms, last, &f);
	}
	if (s < 0) {
		no_connection(host, port, &f, err);
		goto out;
	}
	*fd = s;
	r = 0;
out:
	if (list)
		freeaddrinfo(list);
	lk_buf_wipe(&f.reasons);
	return r;
}

void
lk_address_text(const struct lk_address *a, char *to, size_t room)
{
	char host[64];
	char port[8];

	if (getnameinfo((const struct sockaddr *)&a->sa, a->len, host,
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
