/* Names, addresses and connecting. SPDX-License-Identifier: MIT */
#include "net/dial.h"

#include "base/buf.h"
#include "base/deadline.h"
#include "base/error.h"
#include "net/race.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define REASONS_MAX 1024

/* NULL: *err is set. */
static struct addrinfo *
resolve(const char *host, unsigned port, struct lk_error *err)
{
	struct addrinfo *list = NULL;
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV,
	};
	char service[8];
	int r;

	snprintf(service, sizeof(service), "%u", port);
	r = getaddrinfo(host, service, &hints, &list);
	switch (r) {
	case 0:
		return list;
	case EAI_AGAIN:
		lk_fail(err, LK_E_TRANSIENT, "%s: the name servers do not "
			"answer for now (%s)", host, gai_strerror(r));
		lk_advise(err, "try again later, or check /etc/resolv.conf");
		break;
	case EAI_MEMORY:
		lk_fail_memory(err);
		break;
	case EAI_SYSTEM:
		lk_fail(err, LK_E_TRANSIENT, "%s: cannot be looked up: %s",
			host, strerror(errno));
		break;
	default:
		lk_fail(err, LK_E_NO_HOST, "no such host: %s (%s)", host,
			gai_strerror(r));
		lk_advise(err, "check `host`, and whether this machine has "
			  "a network");
	}
	return NULL;
}

static void
no_connection(const char *host, unsigned port, const struct lk_race *race,
	      struct lk_error *err)
{
	bool refused = false, timeout = false;
	struct lk_buf reasons;
	const char *why;
	char text[80];
	size_t i;

	lk_buf_init(&reasons, REASONS_MAX);
	for (i = 0; i < race->count; i++) {
		const struct lk_try *t = &race->tries[i];

		refused |= t->error == ECONNREFUSED;
		timeout |= t->error == ETIMEDOUT;
		lk_address_text(&t->address, text, sizeof(text));
		/* a list that is too long for its room just ends earlier */
		lk_buf_printf(&reasons, "%s%s: %s", i ? "; " : "", text,
			      strerror(t->error));
	}
	why = lk_buf_text(&reasons);
	lk_fail(err, LK_E_CONNECT, "cannot connect to %s port %u: %s", host,
		port, why && *why ? why : "no address");
	lk_buf_wipe(&reasons);
	if (refused)
		lk_advise(err, "nothing listens there: check `host` and "
			  "`port`; submission is 587, with TLS from the "
			  "start 465");
	else if (timeout)
		lk_advise(err, "no answer at all: a firewall may be between; "
			  "many networks block port 25, 587 and 465 are "
			  "mostly open");
}

int
lk_dial(const char *host, unsigned port, int timeout_ms,
	struct lk_address *last, int *fd, struct lk_error *err)
{
	struct lk_error why = { .cls = 0 };
	struct addrinfo *list;
	const struct addrinfo *a;
	struct lk_race race;
	int winner = LK_RACE_LOST;
	int r = -1;

	lk_race_init(&race, timeout_ms);
	if (last->len) {
		lk_race_add(&race, (const struct sockaddr *)&last->sa,
			    last->len);
		winner = lk_race_run(&race, lk_now() + LK_RACE_STEP_MS);
	}
	if (winner < 0) {
		list = resolve(host, port, &why);
		for (a = list; a; a = a->ai_next)
			lk_race_add(&race, a->ai_addr, a->ai_addrlen);
		if (list)
			freeaddrinfo(list);
		lk_race_mix(&race);
		winner = lk_race_run(&race, INT64_MAX);
	}
	if (winner >= 0) {
		*last = race.tries[winner].address;
		*fd = race.tries[winner].fd;
		race.tries[winner].fd = -1;
		r = 0;
	} else {
		if (!why.cls)
			no_connection(host, port, &race, &why);
		why.stage = LK_STAGE_CONNECT;
		if (err)
			*err = why;
	}
	lk_race_end(&race);
	return r;
}

/* A full queue of such a socket cannot be polled for, only waited for. */
static int
connect_socket(const struct sockaddr_un *a, int timeout_ms)
{
	struct timeval limit = {
		.tv_sec = timeout_ms / 1000,
		.tv_usec = timeout_ms % 1000 * 1000,
	};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int e;

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit,
		       sizeof(limit)) == 0 &&
	    connect(fd, (const struct sockaddr *)a, sizeof(*a)) == 0 &&
	    fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
		return fd;
	e = errno == EAGAIN ? ETIMEDOUT : errno;
	close(fd);
	errno = e;
	return -1;
}

int
lk_dial_socket(const char *path, int timeout_ms, struct lk_address *address,
	       int *fd, struct lk_error *err)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(a.sun_path))
		return lk_fail(err, LK_E_CONFIG, "socket: %s is longer than "
			       "%zu octets", path, sizeof(a.sun_path) - 1);
	memcpy(a.sun_path, path, strlen(path));
	*fd = connect_socket(&a, timeout_ms);
	if (*fd < 0) {
		lk_fail(err, LK_E_CONNECT, "cannot connect to %s: %s", path,
			strerror(errno));
		if (errno == ECONNREFUSED || errno == ENOENT)
			lk_advise(err, "nothing listens there: does the "
				  "server run, and is the path right?");
		if (err)
			err->stage = LK_STAGE_CONNECT;
		return -1;
	}
	memcpy(&address->sa, &a, sizeof(a));
	address->len = sizeof(a);
	return 0;
}
