/* One secret in memory. SPDX-License-Identifier: MIT */
#include "mech/secret.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Whole pages, so that they can be kept out of a core dump. */
static unsigned char *
pages_new(void)
{
	void *p = mmap(NULL, LK_SECRET_MAX, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	(void)madvise(p, LK_SECRET_MAX, MADV_DONTDUMP);
	return p;
}

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
	if (s->data) {
		explicit_bzero(s->data, s->len);
		(void)munmap(s->data, LK_SECRET_MAX);
	}
	free(s);
}

int
lk_secret_add(struct lk_secret *s, const void *data, size_t len)
{
	if (len > LK_SECRET_MAX - s->len) {
		s->lost = LK_E_CONFIG;
		return -1;
	}
	if (!s->data && !(s->data = pages_new())) {
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

/* `shared`: how many bits of the secret stand in a digit together with what
 * comes before it. */
static void
scrub_base64(const struct lk_secret *s, size_t shared, char *text, size_t len)
{
	size_t bits = s->len * 8 - shared, n = bits / 6, i, j;

	for (i = 0; i + n <= len; i++) {
		size_t from = i - (shared && i > 0);
		size_t to = i + n + (bits % 6 && i + n < len);

		for (j = 0; j < n; j++)
			if (text[i + j] != digit(s, shared + 6 * j))
				break;
		if (j == n)
			memset(text + from, '*', to - from);
	}
}

void
lk_secret_scrub(const struct lk_secret *s, char *text, size_t len)
{
	char *at = text, *end = text + len;

	if (s->len >= 3) {
		scrub_base64(s, 0, text, len);
		scrub_base64(s, 4, text, len);
		scrub_base64(s, 2, text, len);
	}
	while ((at = memmem(at, (size_t)(end - at), s->data, s->len))) {
		memset(at, '*', s->len);
		at += s->len;
	}
}
