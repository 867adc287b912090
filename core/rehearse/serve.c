/* The listener, and a thread for each connection.
 * SPDX-License-Identifier: MIT */
#include "rehearse/cert.h"
#include "rehearse/inside.h"

#include "base/error.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Only this machine may reach a rehearsal. */
static int
read_address(union address *to, socklen_t *len, const char *text,
	     unsigned port, struct lk_error *err)
{
	memset(to, 0, sizeof(*to));
	if (inet_pton(AF_INET, text, &to->v4.sin_addr) == 1 &&
	    ntohl(to->v4.sin_addr.s_addr) >> 24 == 127) {
		to->v4.sin_family = AF_INET;
		to->v4.sin_port = htons((uint16_t)port);
		*len = sizeof(to->v4);
		return 0;
	}
	if (inet_pton(AF_INET6, text, &to->v6.sin6_addr) == 1 &&
	    IN6_IS_ADDR_LOOPBACK(&to->v6.sin6_addr)) {
		to->v6.sin6_family = AF_INET6;
		to->v6.sin6_port = htons((uint16_t)port);
		*len = sizeof(to->v6);
		return 0;
	}
	lk_fail(err, LK_E_USAGE, "address: \"%s\" is not a loopback address; "
		"a rehearsal is for this machine alone", text);
	lk_advise(err, "127.0.0.1, ::1, or 127.0.0.2, which is treated like a "
		  "host far away");
	return -1;
}

static int
open_listener(struct lk_rehearse *r, struct lk_error *err)
{
	const char *text = r->options.address ? r->options.address
					      : "127.0.0.1";
	union address a;
	socklen_t len;
	int one = 1;

	if (read_address(&a, &len, text, r->options.port, err) < 0)
		return -1;
	snprintf(r->address, sizeof(r->address), "%s", text);
	r->listener = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC |
			     SOCK_NONBLOCK, 0);
	if (r->listener < 0 ||
	    setsockopt(r->listener, SOL_SOCKET, SO_REUSEADDR, &one,
		       sizeof(one)) < 0 ||
	    bind(r->listener, &a.any, len) < 0 ||
	    listen(r->listener, SOMAXCONN) < 0 ||
	    getsockname(r->listener, &a.any, &len) < 0)
		return lk_fail(err, LK_E_CONNECT, "cannot listen on %s, port "
			       "%u: %s", text, r->options.port,
			       strerror(errno));
	r->port = ntohs(a.any.sa_family == AF_INET ? a.v4.sin_port
						   : a.v6.sin6_port);
	return 0;
}

static bool
uses_tls(const struct lk_rehearse *r)
{
	size_t i;

	for (i = 0; i < r->script.n; i++)
		if (r->script.turns[i].kind == LK_TURN_TLS)
			return true;
	return strcmp(r->tls, "none") != 0;
}

static int
make_cert(struct lk_rehearse *r, struct lk_error *err)
{
	const struct lk_script_options *o = &r->say;
	const char *peer = r->options.peer ? r->options.peer : o->peer;
	char other[300];
	int n;

	if (!uses_tls(r))
		return 0;
	n = snprintf(r->ca, sizeof(r->ca), "%s/ca-%u.pem", r->options.dir,
		     r->port);
	if (n < 0 || (size_t)n >= sizeof(r->ca)) {
		r->ca[0] = '\0';
		return lk_fail(err, LK_E_CONFIG, "%s: the name is too long",
			       r->options.dir);
	}
	snprintf(other, sizeof(other), "DNS:%s", peer ? peer : "");
	return lk_cert_new(&r->ctx, peer && strcmp(peer, o->host) != 0
			   ? other : LK_CERT_NAMES, r->ca, err);
}

static int
read_tls(struct lk_rehearse *r, struct lk_error *err)
{
	static const char *const words[] = { "starttls", "implicit", "none" };
	size_t i;

	r->tls = r->options.tls ? r->options.tls : r->say.tls;
	if (!r->script.is_server) /* its options may change on the way */
		return r->options.tls
			? lk_fail(err, LK_E_USAGE, "%s is a conversation: it "
				  "says itself where TLS comes",
				  r->script.path)
			: 0;
	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(r->tls, words[i]) == 0)
			return 0;
	return lk_fail(err, r->options.tls ? LK_E_USAGE : LK_E_CONFIG,
		       "tls: \"%s\" is not starttls, implicit or none",
		       r->tls);
}

static int
prepare(struct lk_rehearse *r, struct lk_error *err)
{
	if (lk_script_read(&r->script, r->options.path, err) < 0)
		return -1;
	if (r->script.n == 0)
		return lk_fail(err, LK_E_CONFIG, "%s: there is nothing in it",
			       r->options.path);
	if (lk_script_options_init(&r->say) < 0)
		return lk_fail_memory(err);
	if (lk_script_options_take(&r->say, &r->script, 0, err) < 0 ||
	    read_tls(r, err) < 0)
		return -1;
	if (r->script.is_server && lk_rules_read(r, err) < 0)
		return -1;
	if (open_listener(r, err) < 0)
		return -1;
	return make_cert(r, err);
}

int
lk_rehearse_new(struct lk_rehearse **ret, const struct lk_rehearse_options *o,
		struct lk_error *err)
{
	struct lk_rehearse *r = calloc(1, sizeof(*r));

	if (!r)
		return lk_fail_memory(err);
	r->options = *o;
	r->listener = -1;
	pthread_mutex_init(&r->lock, NULL);
	if (prepare(r, err) < 0) {
		lk_rehearse_free(r);
		return -1;
	}
	*ret = r;
	return 0;
}

void
lk_rehearse_free(struct lk_rehearse *r)
{
	size_t i;

	if (!r)
		return;
	if (r->listener >= 0)
		close(r->listener);
	if (r->ca[0])
		unlink(r->ca);
	for (i = 0; r->patterns && i < r->script.n; i++)
		lk_pattern_free(&r->patterns[i]);
	free(r->patterns);
	lk_script_options_free(&r->say);
	lk_script_free(&r->script);
	SSL_CTX_free(r->ctx);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

void
lk_rehearse_get_info(const struct lk_rehearse *r,
		     struct lk_rehearse_info *info)
{
	info->address = r->address;
	info->port = r->port;
	info->tls = r->script.is_server ? r->tls : r->say.tls;
	info->ca = r->ca;
	info->user = r->say.user;
	info->password = r->say.password;
	info->token = r->say.token;
	info->is_server = r->script.is_server;
}

int
lk_rehearse_accept(struct lk_rehearse *r)
{
	struct pollfd fds[2] = {
		{ .fd = r->listener, .events = POLLIN },
		{ .fd = r->options.stop, .events = POLLIN },
	};
	int fd = -1;

	while (fd < 0) {
		if (poll(fds, 2, -1) < 0) {
			if (errno != EINTR)
				return LK_PEER_FAILED;
			continue;
		}
		if (fds[1].revents)
			return LK_PEER_STOP;
		fd = accept4(r->listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0 && errno != EAGAIN && errno != EINTR &&
		    errno != ECONNABORTED)
			return LK_PEER_FAILED;
	}
	return fd;
}

static void *
play_slot(void *arg)
{
	struct lk_rehearse_slot *slot = arg;

	lk_rehearse_play(slot->rehearse, slot->fd);
	return NULL;
}

static void
join(struct lk_rehearse_slot *slot)
{
	if (slot->is_used)
		pthread_join(slot->thread, NULL);
	slot->is_used = false;
}

int
lk_rehearse_run(struct lk_rehearse *r, struct lk_error *err)
{
	unsigned n;
	size_t i;
	int fd = 0;

	if (!r->script.is_server)
		return lk_rehearse_converse(r, err);
	for (n = 0; !r->options.connections || n < r->options.connections;
	     n++) {
		struct lk_rehearse_slot *slot;

		/* with all in use, the oldest connection is waited for */
		slot = &r->slots[n % LK_REHEARSE_AT_ONCE];
		join(slot);
		fd = lk_rehearse_accept(r);
		if (fd < 0)
			break;
		slot->rehearse = r;
		slot->fd = fd;
		slot->is_used = pthread_create(&slot->thread, NULL, play_slot,
					       slot) == 0;
		if (!slot->is_used)
			close(fd);
	}
	for (i = 0; i < LK_REHEARSE_AT_ONCE; i++)
		join(&r->slots[i]);
	if (fd == LK_PEER_FAILED)
		return lk_fail(err, LK_E_CONNECT, "no connection can be "
			       "accepted: %s", strerror(errno));
	return 0;
}
