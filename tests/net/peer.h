/* A server on a loopback port, in a thread, that follows a script.
 * SPDX-License-Identifier: MIT */
#ifndef LK_TEST_NET_PEER_H
#define LK_TEST_NET_PEER_H

#include "net/certs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

enum turn_kind {
	END, SAY, HEAR, MAX_12, TLS, TLS_CERT, TLS_EARLY, BODY, OCTETS, SLOW,
	HANG_UP, ACCEPT, WAIT, PAUSE, DRIP, TICKETS, KEYS
};

/* SAY text; HEAR one line that begins with text; TLS: shake hands;
 * MAX_12: at most 1.2; TLS_CERT: and want a certificate of this authority;
 * TLS_EARLY: and say text in the first flight; BODY: read until the final
 * dot; OCTETS: as many as text says; SLOW: with pauses; HANG_UP and ACCEPT: the
 * next connection; WAIT: until the client hangs up; PAUSE: half a second without
 * reading; DRIP: say text again and again, until the client hangs up; TICKETS,
 * KEYS: so with session tickets, with changes of keys. */
struct turn {
	enum turn_kind kind;
	const char *text;
};

struct peer {
	int listener, fd;
	unsigned port;
	pthread_t thread;
	const struct turn *script;
	SSL_CTX *ctx;               /* NULL: no TLS */
	SSL *ssl;
	bool slow;
	size_t body;                /* octets of the last BODY */
	char line[2048];            /* what was not read yet, then a line */
	size_t len;
	char heard[16384];          /* all lines */
	char wrong[512];            /* the turn that failed, or "" */
};

static inline int
peer_read(struct peer *p, void *to, size_t room)
{
	if (p->ssl)
		return SSL_read(p->ssl, to, (int)room);
	return (int)recv(p->fd, to, room, 0);
}

static inline bool
peer_say(struct peer *p, const char *text)
{
	size_t len = strlen(text);

	if (p->ssl)
		return SSL_write(p->ssl, text, (int)len) == (int)len;
	return send(p->fd, text, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static inline bool
peer_hear(struct peer *p, const char *start)
{
	size_t used = strlen(p->heard);
	char *end;
	int n;

	while (!(end = memchr(p->line, '\n', p->len))) {
		n = p->len < sizeof(p->line)
			? peer_read(p, p->line + p->len,
				    sizeof(p->line) - p->len)
			: -1;
		if (n <= 0)
			return false;
		p->len += (size_t)n;
	}
	*end = '\0';
	snprintf(p->heard + used, sizeof(p->heard) - used, "%s\n", p->line);
	p->len -= (size_t)(end + 1 - p->line);
	used = strlen(start);
	n = strncmp(p->line, start, used);
	memmove(p->line, end + 1, p->len);
	return n == 0;
}

/* To the dot; what stands behind it is the next command. */
static inline bool
peer_body(struct peer *p)
{
	struct timespec pause = { .tv_nsec = 1000000 };
	static const char dot[] = "\r\n.\r\n";
	char data[4096];
	size_t at = 2, i;           /* as after a line end */
	int n = (int)p->len;

	memcpy(data, p->line, p->len);
	p->len = 0;
	p->body = 0;
	for (;;) {
		for (i = 0; i < (size_t)n; i++) {
			p->body++;
			if (data[i] == dot[at])
				at++;
			else
				at = data[i] == '\r' ? 1 : 0;
			if (at == 5)
				break;
		}
		if (at == 5)
			break;
		if (p->slow)
			nanosleep(&pause, NULL);
		n = peer_read(p, data, sizeof(p->line));
		if (n <= 0)
			return false;
	}
	p->len = (size_t)n - (i + 1);
	memcpy(p->line, data + i + 1, p->len);
	return true;
}

static inline bool
peer_octets(struct peer *p, size_t count)
{
	char data[4096];
	int n;

	p->body = count;
	if (count < p->len) {
		p->len -= count;
		memmove(p->line, p->line + count, p->len);
		return true;
	}
	for (count -= p->len, p->len = 0; count > 0; count -= (size_t)n) {
		n = peer_read(p, data, count < sizeof(data) ? count
							     : sizeof(data));
		if (n <= 0)
			return false;
	}
	return true;
}

static inline bool
peer_accept(struct peer *p)
{
	struct timeval limit = { .tv_sec = 10 };

	p->fd = accept(p->listener, NULL, NULL);
	setsockopt(p->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(p->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	p->len = 0;
	return p->fd >= 0;
}

static inline bool
peer_hang_up(struct peer *p)
{
	SSL_free(p->ssl);
	p->ssl = NULL;
	close(p->fd);
	p->fd = -1;
	return true;
}

static inline bool
peer_tls(struct peer *p)
{
	p->ssl = SSL_new(p->ctx);
	SSL_set_fd(p->ssl, p->fd);
	return SSL_accept(p->ssl) == 1;
}

static inline bool
peer_tls_early(struct peer *p, const char *text)
{
	int cork = 1;
	char data[1];
	size_t n;
	bool ok;

	/* one segment */
	setsockopt(p->fd, IPPROTO_TCP, TCP_CORK, &cork, sizeof(cork));
	SSL_CTX_set_max_early_data(p->ctx, 1024);
	SSL_CTX_set_num_tickets(p->ctx, 0); /* nothing else follows */
	p->ssl = SSL_new(p->ctx);
	SSL_set_fd(p->ssl, p->fd);
	ok = SSL_read_early_data(p->ssl, data, 1, &n) ==
		     SSL_READ_EARLY_DATA_FINISH &&
	     SSL_write_early_data(p->ssl, text, strlen(text), &n) == 1;
	cork = 0;
	setsockopt(p->fd, IPPROTO_TCP, TCP_CORK, &cork, sizeof(cork));
	return ok && SSL_accept(p->ssl) == 1;
}

static inline bool
peer_wait(struct peer *p)
{
	char data[256];
	int n;

	do {
		n = peer_read(p, data, sizeof(data));
	} while (n > 0);
	return true;
}

/* A change of keys asks for another; what the client says to it is not read. */
static inline bool
peer_flood(struct peer *p, enum turn_kind kind, const char *text)
{
	struct timespec pause = { .tv_nsec = kind == DRIP ? 100000000 : 1000 };
	time_t end = time(NULL) + 8;
	char data[4096];
	bool ok = true;

	while (ok && time(NULL) < end) {
		if (kind == DRIP)
			ok = peer_say(p, text);
		else if (kind == TICKETS)
			ok = SSL_new_session_ticket(p->ssl) == 1;
		else
			ok = SSL_key_update(p->ssl,
					    SSL_KEY_UPDATE_REQUESTED) == 1;
		if (kind != DRIP)
			ok = ok && SSL_do_handshake(p->ssl) == 1 &&
			     (recv(p->fd, data, sizeof(data),
				   MSG_DONTWAIT) > 0 || errno == EAGAIN);
		nanosleep(&pause, NULL);
	}
	return !ok;
}

static inline bool
peer_turn(struct peer *p, const struct turn *t)
{
	struct timespec half = { .tv_nsec = 500000000 };

	switch (t->kind) {
	case SAY:
		return peer_say(p, t->text);
	case HEAR:
		return peer_hear(p, t->text);
	case TLS:
		return peer_tls(p);
	case TLS_CERT:
		SSL_CTX_load_verify_file(p->ctx, t->text);
		SSL_CTX_set_verify(p->ctx, SSL_VERIFY_PEER |
				   SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
		return peer_tls(p);
	case TLS_EARLY:
		return peer_tls_early(p, t->text);
	case MAX_12:
		return SSL_CTX_set_max_proto_version(p->ctx,
						     TLS1_2_VERSION) == 1;
	case BODY:
		return peer_body(p);
	case OCTETS:
		return peer_octets(p, strtoul(t->text, NULL, 10));
	case SLOW:
		p->slow = true;
		return true;
	case HANG_UP:
		return peer_hang_up(p);
	case ACCEPT:
		return peer_accept(p);
	case WAIT:
		return peer_wait(p);
	case DRIP:
	case TICKETS:
	case KEYS:
		return peer_flood(p, t->kind, t->text);
	case PAUSE:
		return nanosleep(&half, NULL) == 0;
	case END:
		break;
	}
	return false;
}

static inline void *
peer_main(void *arg)
{
	struct peer *p = arg;
	const struct turn *t = p->script;

	if (!peer_accept(p))
		return NULL;
	for (; t->kind != END; t++) {
		if (peer_turn(p, t))
			continue;
		snprintf(p->wrong, sizeof(p->wrong), "turn %d (%.60s) at \"%.400s\"",
			 (int)(t - p->script), t->text ? t->text : "",
			 p->line);
		break;
	}
	if (p->fd >= 0)
		peer_hang_up(p);
	return NULL;
}

/* The thread's own writes may meet a closed socket; the client's thread keeps
 * the default, so that a SIGPIPE of it ends the test. */
static inline void
peer_run(struct peer *p)
{
	sigset_t pipes, old;

	sigemptyset(&pipes);
	sigaddset(&pipes, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipes, &old);
	must(pthread_create(&p->thread, NULL, peer_main, p) == 0);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static inline void
peer_start_on(struct peer *p, const char *address, const struct cert *c,
	      const struct turn *script)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int small = 65536;

	memset(p, 0, sizeof(*p));
	p->fd = -1;
	p->script = script;
	if (c) {
		p->ctx = SSL_CTX_new(TLS_server_method());
		SSL_CTX_use_certificate(p->ctx, c->x509);
		SSL_CTX_use_PrivateKey(p->ctx, c->key);
	}
	p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(p->listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	inet_pton(AF_INET, address, &a.sin_addr);
	must(bind(p->listener, (struct sockaddr *)&a, len) == 0);
	must(listen(p->listener, 4) == 0);
	must(getsockname(p->listener, (struct sockaddr *)&a, &len) == 0);
	p->port = ntohs(a.sin_port);
	peer_run(p);
}

/* On a Unix socket. */
static inline void
peer_start_at(struct peer *p, const char *path, const struct turn *script)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	memset(p, 0, sizeof(*p));
	p->fd = -1;
	p->script = script;
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	p->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(bind(p->listener, (struct sockaddr *)&a, sizeof(a)) == 0);
	must(listen(p->listener, 4) == 0);
	peer_run(p);
}

static inline void
peer_start(struct peer *p, const struct cert *c, const struct turn *script)
{
	peer_start_on(p, "127.0.0.1", c, script);
}

/* Wakes it if nobody came. */
static inline void
peer_stop(struct peer *p)
{
	shutdown(p->listener, SHUT_RDWR);
	pthread_join(p->thread, NULL);
	close(p->listener);
	SSL_CTX_free(p->ctx);
}

#endif
