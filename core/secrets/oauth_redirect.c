/* Where a browser comes back to, on loopback (RFC 8252, 7.3): HTTP for one
 * request among what else may knock. SPDX-License-Identifier: MIT */
#include "secrets/oauth.h"

#include "base/ascii.h"
#include "base/deadline.h"
#include "base/error.h"

#include <openssl/crypto.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HEAD_MAX 8192
#define PATIENCE_MS 10000       /* with one connection */

int
lk_redirect_open(struct lk_redirect *r, struct lk_error *err)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	size_t i;

	memset(r, 0, sizeof(*r));
	for (i = 0; i < LK_KNOCKS; i++)
		r->knocks[i].fd = -1;
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	r->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (r->fd < 0 || bind(r->fd, (struct sockaddr *)&at, len) < 0 ||
	    listen(r->fd, LK_KNOCKS) < 0 ||
	    getsockname(r->fd, (struct sockaddr *)&at, &len) < 0)
		return lk_fail(err, LK_E_INTERNAL, "there is no port of "
			       "127.0.0.1 for a browser to come back to: %s",
			       strerror(errno));
	r->port = ntohs(at.sin_port);
	return 0;
}

static void
drop(struct lk_knock *k)
{
	if (k->fd >= 0)
		close(k->fd);
	lk_buf_wipe(&k->head);
	k->fd = -1;
}

void
lk_redirect_close(struct lk_redirect *r)
{
	size_t i;

	for (i = 0; i < LK_KNOCKS; i++)
		drop(&r->knocks[i]);
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}

void
lk_returned_wipe(struct lk_returned *got)
{
	lk_buf_wipe(&got->code);
	lk_buf_wipe(&got->error);
	lk_buf_wipe(&got->description);
}

/* ---- the question -------------------------------------------------------- */

static int
hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = strchr(digits, lk_ascii_lower(c));

	return c && at ? (int)(at - digits) : -1;
}

/* -1: not encoded as a form is, or with what stands in no value (RFC 6749, A);
 * a description may be UTF-8, for all that. */
static int
decode(const char *p, size_t len, struct lk_buf *to)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)(p[i] == '+' ? ' ' : p[i]);

		if (c == '%') {
			int high = i + 2 < len ? hex(p[i + 1]) : -1;
			int low = i + 2 < len ? hex(p[i + 2]) : -1;

			if (high < 0 || low < 0)
				return -1;
			c = (unsigned char)(high << 4 | low);
			i += 2;
		}
		if (c < 0x20 || c == 0x7f || lk_buf_add(to, &c, 1) < 0)
			return -1;
	}
	return 0;
}

/* A parameter, or nothing.  -1: it is there twice, or no text. */
static int
take(const char *query, const char *name, struct lk_buf *to)
{
	size_t len, n = strlen(name);
	bool is_there = false;
	const char *word;

	lk_buf_init(to, HEAD_MAX);
	while ((word = lk_ascii_next(&query, "&", &len))) {
		if (len <= n || word[n] != '=' || memcmp(word, name, n) != 0)
			continue;
		if (is_there || decode(word + n + 1, len - n - 1, to) < 0)
			return -1;
		is_there = true;
	}
	return 0;
}

/* Of who was sent by the page that we have named. */
static bool
is_ours(const struct lk_redirect *r, const char *query)
{
	size_t len = strlen(r->state);
	struct lk_buf state;
	bool is;

	is = take(query, "state", &state) == 0 && state.len == len &&
	     CRYPTO_memcmp(state.data, r->state, len) == 0;
	lk_buf_wipe(&state);
	return is;
}

/* A name that was made to lead here is not ours. */
static bool
is_host(const struct lk_redirect *r, const char *fields)
{
	size_t len, skip, n = 0, right = 0;
	char names[2][32];
	const char *line;

	snprintf(names[0], sizeof(names[0]), "127.0.0.1:%u", r->port);
	snprintf(names[1], sizeof(names[1]), "localhost:%u", r->port);
	while ((line = lk_ascii_next(&fields, "\r\n", &len))) {
		if (len < 5 || !lk_ascii_equal_n(line, 5, "host:"))
			continue;
		skip = 5 + strspn(line + 5, " \t");
		while (len > skip && strchr(" \t", line[len - 1]))
			len--;
		n++;
		right += lk_ascii_equal_n(line + skip, len - skip, names[0]) ||
			 lk_ascii_equal_n(line + skip, len - skip, names[1]);
	}
	return n == 1 && right == 1;
}

/* The status that answers it: 200 is what we wait for. */
static int
judge(const struct lk_redirect *r, struct lk_buf *head,
      struct lk_returned *got)
{
	char *target = lk_buf_text(head), *query;
	size_t n;

	if (!target || strlen(target) != head->len ||
	    strncmp(target, "GET /", 5) != 0)
		return 400;
	target += 4;
	n = strcspn(target, " \r\n");
	if (strncmp(target + n, " HTTP/1.", 8) != 0 ||
	    !is_host(r, target + n))
		return 400;
	target[n] = '\0';
	if (target[1] != '?')
		return 404;
	query = target + 2;
	if (!is_ours(r, query) || take(query, "error", &got->error) < 0 ||
	    take(query, "error_description", &got->description) < 0 ||
	    take(query, "code", &got->code) < 0)
		return 400;
	return got->error.len || got->code.len ? 200 : 400;
}

/* ---- the answer ---------------------------------------------------------- */

static const struct {
	int status;
	const char *phrase, *words;
} answers[] = {
	{ 200, "OK", "You may close this window." },
	{ 400, "Bad Request", "This is not what is waited for here." },
	{ 404, "Not Found", "There is nothing here." },
};

/* It fits into what the kernel holds for a new connection: who does not read
 * it goes without. */
static void
answer(struct lk_knock *k, int status)
{
	static const char page[] = "<!DOCTYPE html><title>Latchkey</title><p>";
	char text[512];
	size_t i = 0;
	int n;

	while (answers[i].status != status)
		i++;
	n = snprintf(text, sizeof(text), "HTTP/1.1 %d %s\r\n"
		     "Content-Type: text/html; charset=utf-8\r\n"
		     "Content-Length: %zu\r\n"
		     "Content-Security-Policy: default-src 'none'\r\n"
		     "Referrer-Policy: no-referrer\r\n"
		     "Cache-Control: no-store\r\n"
		     "Connection: close\r\n\r\n%s%s\n", status,
		     answers[i].phrase, strlen(page) +
		     strlen(answers[i].words) + 1, page, answers[i].words);
	(void)send(k->fd, text, (size_t)n, MSG_NOSIGNAL);
	(void)shutdown(k->fd, SHUT_WR);
	k->is_answered = true;
	lk_buf_wipe(&k->head);
}

/* ---- who knocks ---------------------------------------------------------- */

/* Closed while it still sends, a connection would be reset, and the answer lost
 * with it. */
static void
drain(struct lk_knock *k)
{
	char rest[4096];
	ssize_t n = recv(k->fd, rest, sizeof(rest), 0);

	explicit_bzero(rest, sizeof(rest));
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		drop(k);
}

/* Is it what we wait for? */
static bool
hear(const struct lk_redirect *r, struct lk_knock *k, struct lk_returned *got)
{
	size_t room = HEAD_MAX - k->head.len;
	unsigned char *to = lk_buf_reserve(&k->head, room);
	ssize_t n = to ? recv(k->fd, to, room, 0) : 0;
	int status = 0;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		drop(k);
		return false;
	}
	k->head.len += (size_t)n;
	if (memmem(k->head.data, k->head.len, "\r\n\r\n", 4))
		status = judge(r, &k->head, got);
	else if (k->head.len == HEAD_MAX)
		status = 400;
	if (status)
		answer(k, status);
	if (status != 200)
		lk_returned_wipe(got);
	return status == 200;
}

/* A browser opens more connections than it needs, and may leave them silent:
 * the oldest makes room. */
static int
let_in(struct lk_redirect *r, struct lk_error *err)
{
	struct lk_knock *k = r->knocks;
	size_t i;
	int fd = accept4(r->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0 && (errno == EAGAIN || errno == EINTR ||
		       errno == ECONNABORTED))
		return 0;
	if (fd < 0)
		return lk_fail(err, LK_E_INTERNAL, "no browser can come back "
			       "to 127.0.0.1:%u: %s", r->port,
			       strerror(errno));
	for (i = 1; i < LK_KNOCKS && k->fd >= 0; i++)
		if (r->knocks[i].fd < 0 || r->knocks[i].until < k->until)
			k = &r->knocks[i];
	drop(k);
	k->fd = fd;
	k->until = lk_now() + PATIENCE_MS;
	/* of two that came at once one is the older, too */
	if (k->until <= r->latest)
		k->until = r->latest + 1;
	r->latest = k->until;
	k->is_answered = false;
	lk_buf_init(&k->head, HEAD_MAX);
	return 0;
}

/* Those whose time is over go.  When it is the next one's. */
static int64_t
expire(struct lk_redirect *r, int64_t until)
{
	const int64_t now = lk_now();
	size_t i;

	for (i = 0; i < LK_KNOCKS; i++) {
		struct lk_knock *k = &r->knocks[i];

		if (k->fd >= 0 && k->until <= now) {
			if (!k->is_answered && k->head.len)
				answer(k, 400);
			drop(k);
		}
		if (k->fd >= 0 && k->until < until)
			until = k->until;
	}
	return until;
}

int
lk_redirect_wait(struct lk_redirect *r, long seconds, struct lk_returned *got,
		 struct lk_error *err)
{
	const int64_t until = lk_now() + (int64_t)seconds * 1000;
	struct pollfd p[LK_KNOCKS + 1];
	size_t i;

	while (lk_now() < until) {
		const int64_t next = expire(r, until);

		for (i = 0; i < LK_KNOCKS; i++)
			p[i] = (struct pollfd){ r->knocks[i].fd, POLLIN, 0 };
		p[i] = (struct pollfd){ r->fd, POLLIN, 0 };
		if (lk_poll(p, LK_KNOCKS + 1, next) < 0)
			return lk_fail(err, LK_E_INTERNAL, "poll: %s",
				       strerror(errno));
		for (i = 0; i < LK_KNOCKS; i++) {
			struct lk_knock *k = &r->knocks[i];

			if (p[i].revents && k->is_answered)
				drain(k);
			else if (p[i].revents && hear(r, k, got))
				return 0;
		}
		if (p[i].revents && let_in(r, err) < 0)
			return -1;
	}
	return 1;
}
