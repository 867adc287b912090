/* One connection of the server. SPDX-License-Identifier: MIT */
#include "rehearse/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PIECE     4096
#define OUT_MAX   (1 << 20)
#define FAREWELL_MS 2000            /* for the client to hang up in its turn */

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static int
await(struct lk_peer *p, short events, int64_t deadline)
{
	struct pollfd fds[2] = {
		{ .fd = p->fd, .events = events },
		{ .fd = p->stop, .events = POLLIN },
	};
	int64_t left = deadline - now();
	int n;

	do {
		n = poll(fds, 2, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return LK_PEER_FAILED;
	if (fds[1].revents)
		return LK_PEER_STOP;
	return n == 0 ? LK_PEER_LATE : LK_PEER_OK;
}

/* OpenSSL returned r: wait for what it wants. */
static int
await_tls(struct lk_peer *p, int r, int64_t deadline)
{
	switch (SSL_get_error(p->ssl, r)) {
	case SSL_ERROR_WANT_READ:
		return await(p, POLLIN, deadline);
	case SSL_ERROR_WANT_WRITE:
		return await(p, POLLOUT, deadline);
	case SSL_ERROR_ZERO_RETURN:
	case SSL_ERROR_SYSCALL:
		return LK_PEER_CLOSED;
	default:
		return ERR_GET_REASON(ERR_peek_error()) ==
		       SSL_R_UNEXPECTED_EOF_WHILE_READING ? LK_PEER_CLOSED
							  : LK_PEER_FAILED;
	}
}

void
lk_peer_open(struct lk_peer *p, int fd, int stop)
{
	int one = 1;

	memset(p, 0, sizeof(*p));
	p->fd = fd;
	p->stop = stop;
	lk_buf_init(&p->in, LK_PEER_LINE + PIECE);
	lk_buf_init(&p->out, OUT_MAX);
	lk_buf_init(&p->line, LK_PEER_LINE + 1);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

/* One read into p->in. */
static int
fill(struct lk_peer *p, int64_t deadline)
{
	char piece[PIECE];
	int r, n;

	do {
		ERR_clear_error();
		n = p->ssl ? SSL_read(p->ssl, piece, sizeof(piece))
			   : (int)recv(p->fd, piece, sizeof(piece), 0);
		if (n > 0)
			return lk_buf_add(&p->in, piece, (size_t)n) < 0
				? LK_PEER_LONG : LK_PEER_OK;
		if (p->ssl)
			r = await_tls(p, n, deadline);
		else if (n < 0 && (errno == EAGAIN || errno == EINTR))
			r = await(p, POLLIN, deadline);
		else
			r = LK_PEER_CLOSED;
	} while (r == LK_PEER_OK);
	return r;
}

static int
take_line(struct lk_peer *p, size_t len)
{
	lk_buf_clear(&p->line);
	if (lk_buf_add(&p->line, p->in.data, len) < 0 ||
	    !lk_buf_text(&p->line))
		return LK_PEER_LONG;
	lk_buf_drop(&p->in, len);
	return LK_PEER_OK;
}

int
lk_peer_read(struct lk_peer *p)
{
	int64_t deadline = now() + LK_PEER_MS;
	const unsigned char *lf;
	int r;

	for (;;) {
		lf = p->in.len ? memchr(p->in.data, '\n', p->in.len) : NULL;
		if (lf)
			return take_line(p, (size_t)(lf + 1 - p->in.data));
		if (p->in.len >= LK_PEER_LINE)
			return LK_PEER_LONG;
		r = lk_peer_flush(p);
		if (r == LK_PEER_OK)
			r = fill(p, deadline);
		if (r != LK_PEER_OK)
			return r;
	}
}

int
lk_peer_read_end(struct lk_peer *p)
{
	int r = lk_peer_flush(p);

	if (r == LK_PEER_OK && p->in.len == 0)
		r = fill(p, now() + LK_PEER_MS);
	if (p->in.len == 0)
		return r;
	r = lk_peer_read(p);
	return r == LK_PEER_CLOSED ? LK_PEER_LONG : r;
}

int
lk_peer_say(struct lk_peer *p, const void *data, size_t len)
{
	if (p->out.len + len > OUT_MAX) {
		int r = lk_peer_flush(p);

		if (r != LK_PEER_OK)
			return r;
	}
	return lk_buf_add(&p->out, data, len) < 0 ? LK_PEER_FAILED
						  : LK_PEER_OK;
}

int
lk_peer_flush(struct lk_peer *p)
{
	int64_t deadline = now() + LK_PEER_MS;
	int r = LK_PEER_OK, n;

	while (p->out.len && r == LK_PEER_OK) {
		ERR_clear_error();
		n = p->ssl ? SSL_write(p->ssl, p->out.data, (int)p->out.len)
			   : (int)send(p->fd, p->out.data, p->out.len,
				       MSG_NOSIGNAL);
		if (n > 0)
			lk_buf_drop(&p->out, (size_t)n);
		else if (p->ssl)
			r = await_tls(p, n, deadline);
		else if (n < 0 && (errno == EAGAIN || errno == EINTR))
			r = await(p, POLLOUT, deadline);
		else
			r = LK_PEER_CLOSED;
	}
	return r;
}

int
lk_peer_tls(struct lk_peer *p, SSL_CTX *ctx)
{
	int64_t deadline = now() + LK_PEER_MS;
	int r = lk_peer_flush(p), n = 0;

	lk_buf_clear(&p->in);
	if (r != LK_PEER_OK)
		return r;
	p->ssl = SSL_new(ctx);
	if (!p->ssl || SSL_set_fd(p->ssl, p->fd) != 1)
		return LK_PEER_FAILED;
	SSL_set_mode(p->ssl, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	while (n != 1 && r == LK_PEER_OK) {
		ERR_clear_error();
		n = SSL_accept(p->ssl);
		if (n != 1)
			r = await_tls(p, n, deadline);
	}
	return r;
}

void
lk_peer_close(struct lk_peer *p)
{
	int64_t deadline = now() + FAREWELL_MS;
	char piece[PIECE];
	ssize_t n;

	if (p->fd < 0)
		return;
	(void)lk_peer_flush(p);
	ERR_clear_error();
	if (p->ssl && SSL_is_init_finished(p->ssl))
		SSL_shutdown(p->ssl);
	shutdown(p->fd, SHUT_WR);
	do {
		n = recv(p->fd, piece, sizeof(piece), 0);
		if (n < 0 && (errno != EAGAIN ||
			      await(p, POLLIN, deadline) != LK_PEER_OK))
			break;
	} while (n != 0);
	close(p->fd);
	p->fd = -1;
	SSL_free(p->ssl);
	p->ssl = NULL;
	lk_buf_wipe(&p->in);
	lk_buf_wipe(&p->out);
	lk_buf_wipe(&p->line);
}
