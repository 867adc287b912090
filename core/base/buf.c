/* Bounded wiped buffers. SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
lk_buf_init(struct lk_buf *b, size_t max)
{
	memset(b, 0, sizeof(*b));
	b->max = max;
}

/* Room for n more, whatever max says. */
static unsigned char *
grow(struct lk_buf *b, size_t n)
{
	unsigned char *bigger;
	size_t room;

	if (b->data && n <= b->room - b->len)
		return b->data + b->len;
	room = b->room < 128 ? 128 : b->room * 2;
	if (room < b->len + n)
		room = b->len + n;
	/* never realloc: it would leave an unwiped copy behind */
	bigger = malloc(room);
	if (!bigger)
		return NULL;
	if (b->len)
		memcpy(bigger, b->data, b->len);
	if (b->data)
		explicit_bzero(b->data, b->room);
	free(b->data);
	b->data = bigger;
	b->room = room;
	return b->data + b->len;
}

unsigned char *
lk_buf_reserve(struct lk_buf *b, size_t n)
{
	return n > b->max - b->len ? NULL : grow(b, n);
}

int
lk_buf_add(struct lk_buf *b, const void *data, size_t len)
{
	unsigned char *to = lk_buf_reserve(b, len);

	if (!to)
		return -1;
	if (len)
		memcpy(to, data, len);
	b->len += len;
	return 0;
}

int
lk_buf_puts(struct lk_buf *b, const char *text)
{
	return lk_buf_add(b, text, strlen(text));
}

int
lk_buf_printf(struct lk_buf *b, const char *format, ...)
{
	unsigned char *to;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n > b->max - b->len)
		return -1;
	/* vsnprintf wants a place for its NUL, which is not counted */
	to = grow(b, (size_t)n + 1);
	if (!to)
		return -1;
	va_start(ap, format);
	vsnprintf((char *)to, (size_t)n + 1, format, ap);
	va_end(ap);
	b->len += (size_t)n;
	return 0;
}

void
lk_buf_drop(struct lk_buf *b, size_t n)
{
	assert(n <= b->len);
	if (n == 0)
		return;
	memmove(b->data, b->data + n, b->len - n);
	explicit_bzero(b->data + (b->len - n), n);
	b->len -= n;
}

char *
lk_buf_text(struct lk_buf *b)
{
	unsigned char *to;

	to = grow(b, 1);
	if (!to)
		return NULL;
	*to = '\0';
	return (char *)b->data;
}

void
lk_buf_clear(struct lk_buf *b)
{
	if (b->data)
		explicit_bzero(b->data, b->room);
	b->len = 0;
}

void
lk_buf_wipe(struct lk_buf *b)
{
	lk_buf_clear(b);
	free(b->data);
	lk_buf_init(b, b->max);
}
