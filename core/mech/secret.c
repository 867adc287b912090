/* One secret in memory. SPDX-License-Identifier: MIT */
#include "mech/secret.h"

#include "base/ascii.h"
#include "base/pages.h"
#include "base/siphash.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct lk_secret *
lk_secret_new(void)
{
	return calloc(1, sizeof(struct lk_secret));
}

void
lk_secret_free(struct lk_secret *s)
{
	if (!s)
		return;
	lk_pages_free(s->data, LK_SECRET_MAX, s->len);
	free(s);
}

int
lk_secret_add(struct lk_secret *s, const void *data, size_t len)
{
	if (len > LK_SECRET_MAX - s->len) {
		s->lost = LK_E_CONFIG;
		return -1;
	}
	if (!s->data && !(s->data = lk_pages_new(LK_SECRET_MAX))) {
		s->lost = LK_E_NOMEM;
		return -1;
	}
	if (len)
		memcpy(s->data + s->len, data, len);
	s->len += len;
	return 0;
}

void
lk_secret_wait(struct lk_secret *s, int32_t fd, uint32_t events,
	       int32_t timeout_ms)
{
	s->fd = fd;
	s->events = events;
	s->timeout_ms = timeout_ms;
}

/* The base64 digit that begins at this bit of the secret. */
static char
digit(const struct lk_secret *s, size_t bit)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned two = (unsigned)s->data[bit / 8] << 8;

	if (bit / 8 + 1 < s->len)
		two |= s->data[bit / 8 + 1];
	return digits[two >> (10 - bit % 8) & 63];
}

/* How many bits of a secret stand in a digit together with what comes before it,
 * in each of the three ways in which it may stand in a longer text. */
static const size_t shared[] = { 0, 4, 2 };

#define WAYS (sizeof(shared) / sizeof(*shared))

/* Digits of the secret alone. */
static size_t
count_digits(const struct lk_secret *s, size_t way)
{
	return s->len < 3 ? 0 : (s->len * 8 - shared[way]) / 6;
}

/* ---- after it was forgotten --------------------------------------------- */

static void
add_octet(struct lk_siphash *h, struct lk_mark *m, unsigned char c)
{
	lk_siphash_add(h, &c, 1);
	m->sum = (unsigned char)(m->sum + c);
	m->len++;
}

/* way: of base64; WAYS: raw. */
static void
make_mark(struct lk_secret *s, size_t way)
{
	struct lk_mark *m = &s->marks[way];
	struct lk_siphash h;
	size_t i, n = way == WAYS ? s->len : count_digits(s, way);

	memset(m, 0, sizeof(*m));
	lk_siphash_init(&h, s->key);
	for (i = 0; i < n; i++)
		add_octet(&h, m, way == WAYS ? s->data[i]
			  : (unsigned char)digit(s, shared[way] + 6 * i));
	lk_siphash_end(&h, m->print);
}

void
lk_secret_forget(struct lk_secret *s)
{
	size_t way;

	/* without a key it is rather kept than seen */
	if (!s->data || getrandom(s->key, sizeof(s->key), 0) !=
			(ssize_t)sizeof(s->key))
		return;
	for (way = 0; way <= WAYS; way++)
		make_mark(s, way);
	lk_pages_free(s->data, LK_SECRET_MAX, s->len);
	s->data = NULL;
}

static bool
is_marked(const struct lk_secret *s, const struct lk_mark *m, const char *at)
{
	struct lk_siphash h;
	uint64_t print[2];

	lk_siphash_init(&h, s->key);
	lk_siphash_add(&h, at, m->len);
	lk_siphash_end(&h, print);
	return print[0] == m->print[0] && print[1] == m->print[1];
}

static size_t
find_mark(const struct lk_secret *s, size_t way, const char *text, size_t len,
	  size_t from)
{
	const struct lk_mark *m = &s->marks[way];
	unsigned char sum = 0;
	size_t i;

	if (m->len == 0 || m->len > len - from)
		return len;
	for (i = from; i < from + m->len; i++)
		sum = (unsigned char)(sum + (unsigned char)text[i]);
	for (i = from; i + m->len <= len; i++) {
		if (sum == m->sum && is_marked(s, m, text + i))
			return i;
		if (i + m->len < len)
			sum = (unsigned char)(sum +
					      (unsigned char)text[i + m->len] -
					      (unsigned char)text[i]);
	}
	return len;
}

/* ---- scrubbing ----------------------------------------------------------- */

/* Where it stands in text[len], at `from` or behind it; len: nowhere. */
static size_t
find_base64(const struct lk_secret *s, size_t way, const char *text,
	    size_t len, size_t from)
{
	size_t n = count_digits(s, way), i, j;

	if (!s->data)
		return find_mark(s, way, text, len, from);
	for (i = from; n && i + n <= len; i++) {
		for (j = 0; j < n; j++)
			if (text[i + j] != digit(s, shared[way] + 6 * j))
				break;
		if (j == n)
			return i;
	}
	return len;
}

static size_t
find_raw(const struct lk_secret *s, const char *text, size_t len, size_t from)
{
	const char *at;

	if (!s->data)
		return find_mark(s, WAYS, text, len, from);
	at = memmem(text + from, len - from, s->data, s->len);
	return at ? (size_t)(at - text) : len;
}

static void
scrub_base64(const struct lk_secret *s, size_t way, char *text, size_t len)
{
	size_t n = count_digits(s, way), i = 0;
	bool shares_end = (s->len * 8 - shared[way]) % 6;

	for (; (i = find_base64(s, way, text, len, i)) < len; i++) {
		size_t from = i - (shared[way] && i > 0);
		size_t to = i + n + (shares_end && i + n < len);

		memset(text + from, '*', to - from);
	}
}

static void
scrub(const struct lk_secret *s, char *text, size_t len)
{
	size_t at = 0, way;

	for (way = 0; way < WAYS; way++)
		scrub_base64(s, way, text, len);
	for (; (at = find_raw(s, text, len, at)) < len; at += s->len)
		memset(text + at, '*', s->len);
}

/* ---- across lines -------------------------------------------------------- */

static size_t
count_of_digits(const char *p, size_t len)
{
	size_t n = 0;

	while (n < len && n < 3 && lk_ascii_is_digit(p[n]))
		n++;
	return n;
}

/* What replies put before each line: "535-", "5.7.8 ", or both. */
static size_t
head_of(const char *p, size_t len)
{
	size_t head = 0, at, part;

	if (len > 3 && count_of_digits(p, len) == 3 &&
	    (p[3] == '-' || p[3] == ' '))
		head = 4;
	for (at = head, part = 0; part < 3; part++) {
		size_t n = count_of_digits(p + at, len - at);

		at += n;
		if (n == 0 || at == len || p[at++] != (part < 2 ? '.' : ' '))
			return head;
	}
	return at;
}

/* Text without its line ends and what stands before its lines; or back to where
 * it was.  Returns how much it is. */
static size_t
join(char *text, size_t len, char *joined, bool is_back)
{
	size_t i = 0, n = 0;

	while (i < len) {
		if (text[i] == '\n') {
			i++;
			i += head_of(text + i, len - i);
		} else if (text[i] == '\r') {
			i++;
		} else if (is_back) {
			text[i++] = joined[n++];
		} else {
			joined[n++] = text[i++];
		}
	}
	return n;
}

void
lk_secret_scrub(const struct lk_secret *s, char *text, size_t len)
{
	char *joined;
	size_t n;

	scrub(s, text, len);
	if (!memchr(text, '\n', len))
		return;
	joined = malloc(len);
	if (!joined) {
		/* rather nothing than half of it */
		memset(text, '*', len);
		return;
	}
	n = join(text, len, joined, false);
	if (n)
		scrub(s, joined, n);
	join(text, len, joined, true);
	explicit_bzero(joined, len);
	free(joined);
}
