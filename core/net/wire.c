/* Octets through a socket, in the clear or not. SPDX-License-Identifier: MIT */
#include "net/wire.h"

#include "base/deadline.h"
#include "base/error.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define OUT_MAX 262144
#define FLIGHT_MAX 65536            /* encrypted at once */
#define PIECE 16384

void
lk_wire_open(struct lk_wire *w, int fd, const char *host)
{
	memset(w, 0, sizeof(*w));
	w->fd = fd;
	w->host = host;
	lk_buf_init(&w->out, OUT_MAX);
}

static int
fail_errno(const struct lk_wire *w, int e, struct lk_error *err)
{
	return lk_fail(err, LK_E_PROTOCOL, "the connection to %s is lost: %s",
		       w->host, strerror(e));
}

/* As much as the socket takes: 0 and *sent, or -1. */
static int
put(struct lk_wire *w, const void *data, size_t len, size_t *sent,
    struct lk_error *err)
{
	ssize_t n;

	*sent = 0;
	do {
		n = send(w->fd, data, len, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
		return fail_errno(w, errno, err);
	if (n > 0) {
		*sent = (size_t)n;
		w->sent += *sent;
		w->heard = false;
	}
	return 0;
}

static int
flush(struct lk_wire *w, struct lk_error *err)
{
	size_t sent;

	if (w->out.len == 0)
		return 0;
	if (put(w, w->out.data, w->out.len, &sent, err) < 0)
		return -1;
	lk_buf_drop(&w->out, sent);
	return 0;
}

void
lk_wire_close(struct lk_wire *w, bool polite)
{
	if (w->fd >= 0) {
		/* what the engine has given up must not go out now */
		if (polite && w->tls && w->out.len == 0) {
			lk_tls_close(w->tls);
			if (lk_tls_drain(w->tls, &w->out) == 0)
				flush(w, NULL);
		}
		close(w->fd);
	}
	lk_tls_free(w->tls);
	w->tls = NULL;
	w->fd = -1;
	w->unread = false;
	lk_buf_wipe(&w->out);
}

int
lk_wire_write(struct lk_wire *w, const void *data, size_t len, size_t *taken,
	      struct lk_error *err)
{
	*taken = 0;
	if (!w->tls) {
		w->due = w->sent + len;
		return len ? put(w, data, len, taken, err) : 0;
	}
	if (w->out.len > FLIGHT_MAX)
		return flush(w, err);
	if (len > FLIGHT_MAX)
		len = FLIGHT_MAX;
	if (lk_tls_write(w->tls, data, len, err) < 0)
		return -1;
	if (lk_tls_drain(w->tls, &w->out) < 0)
		return lk_fail_memory(err);
	if (len)
		w->due = w->sent + w->out.len;
	*taken = len;
	return flush(w, err);
}

void
lk_wire_hurry(const struct lk_wire *w)
{
#ifdef TCP_QUICKACK
	int on = 1;

	/* not for good: the kernel forgets it */
	if (w->heard)
		setsockopt(w->fd, IPPROTO_TCP, TCP_QUICKACK, &on,
			   sizeof(on));
#else
	(void)w;
#endif
}

/* How many octets, 0: none now, -1. */
static int
get(struct lk_wire *w, void *to, size_t room, struct lk_error *err)
{
	ssize_t n;

	do {
		n = recv(w->fd, to, room, 0);
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		return lk_fail(err, LK_E_PROTOCOL,
			       "%s closed the connection", w->host);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (n < 0)
		return fail_errno(w, errno, err);
	w->heard = true;
	return (int)n;
}

static int
decrypt(struct lk_wire *w, void *to, size_t room, struct lk_error *err)
{
	int n = lk_tls_read(w->tls, to, room, err);

	w->unread = n > 0 && lk_tls_has_more(w->tls);
	/* an answer of TLS itself, to a change of keys */
	if (n >= 0 && lk_tls_drain(w->tls, &w->out) < 0)
		return lk_fail_memory(err);
	if (n == LK_TLS_END)
		return lk_fail(err, LK_E_PROTOCOL,
			       "%s closed the connection", w->host);
	return n;
}

int
lk_wire_read(struct lk_wire *w, void *to, size_t room, struct lk_error *err)
{
	unsigned char piece[PIECE];
	int n;

	if (!w->tls)
		return get(w, to, room, err);
	if (w->unread)
		return decrypt(w, to, room, err);
	n = get(w, piece, sizeof(piece), err);
	if (n <= 0)
		return n;
	if (lk_tls_feed(w->tls, piece, (size_t)n) < 0)
		return lk_fail_memory(err);
	return decrypt(w, to, room, err);
}

static int
no_answer(const struct lk_wire *w, int timeout_ms, struct lk_error *err)
{
	return lk_fail(err, LK_E_TRANSIENT,
		       "no answer from %s for %d s during the TLS handshake",
		       w->host, timeout_ms / 1000);
}

/* What the peer has to read before it answers. */
static int
send_all(struct lk_wire *w, int64_t deadline, int timeout_ms,
	 struct lk_error *err)
{
	while (w->out.len) {
		if (flush(w, err) < 0)
			return -1;
		if (w->out.len == 0)
			break;
		if (lk_poll_one(w->fd, POLLOUT, deadline) == 0)
			return no_answer(w, timeout_ms, err);
	}
	return 0;
}

static int
receive_some(struct lk_wire *w, int64_t deadline, int timeout_ms,
	     struct lk_error *err)
{
	unsigned char piece[PIECE];
	int n;

	if (lk_poll_one(w->fd, POLLIN, deadline) == 0)
		return no_answer(w, timeout_ms, err);
	n = get(w, piece, sizeof(piece), NULL);
	if (n < 0)
		return lk_tls_cut(w->tls, err);
	if (lk_tls_feed(w->tls, piece, (size_t)n) < 0)
		return lk_fail_memory(err);
	return 0;
}

int
lk_wire_handshake(struct lk_wire *w, struct lk_trust *trust, int timeout_ms,
		  struct lk_error *err)
{
	int64_t deadline = lk_now() + timeout_ms;
	int r;

	if (lk_tls_new(&w->tls, trust, w->host, err) < 0)
		return -1;
	for (;;) {
		r = lk_tls_handshake(w->tls, err);
		if (lk_tls_drain(w->tls, &w->out) < 0)
			return lk_fail_memory(err);
		if (r < 0) {
			flush(w, NULL);
			return -1;
		}
		if (r > 0)
			break;
		if (send_all(w, deadline, timeout_ms, err) < 0 ||
		    receive_some(w, deadline, timeout_ms, err) < 0)
			return -1;
	}
	/* the first octets of the protocol may have come with the last ones
	 * of the handshake */
	w->unread = true;
	return 0;
}
