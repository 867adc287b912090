/* What the fuzz targets share. SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "base/base64.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
fuzz_found(const char *format, ...)
{
	va_list ap;

	fputs("finding: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}

uint8_t
feed_octet(struct feed *f)
{
	if (f->left == 0)
		return 0;
	f->left--;
	return *f->at++;
}

const uint8_t *
feed_until(struct feed *f, uint8_t end, size_t *len)
{
	static const uint8_t none;
	const uint8_t *from = f->left ? f->at : &none, *to;

	to = f->left ? memchr(from, end, f->left) : NULL;
	*len = to ? (size_t)(to - from) : f->left;
	if (f->left)
		f->at += *len + (to != NULL);
	f->left -= *len + (to != NULL);
	return from;
}

void
marker_make(char to[MARKER + 1], const char *seed, const uint8_t *data,
	    size_t size)
{
	uint64_t sum = 14695981039346656037u;
	size_t i;

	for (i = 0; seed[i]; i++)
		sum = (sum ^ (uint8_t)seed[i]) * 1099511628211u;
	for (i = 0; i < size; i++)
		sum = (sum ^ data[i]) * 1099511628211u;
	for (i = 0; i < MARKER; i++) {
		sum = sum * 6364136223846793005u + 1442695040888963407u;
		to[i] = "abcdefghijklmnopqrstuvwxyz012345"[sum >> 40 & 31];
	}
	to[MARKER] = '\0';
}

/* Base64 of the secret behind `shift` octets: only the digits that nothing
 * beside it has a part in. */
static bool
find_base64(const void *text, size_t len, const void *secret, size_t n,
	    size_t shift)
{
	size_t from = (8 * shift + 5) / 6, to = 8 * (shift + n) / 6;
	struct lk_buf plain, coded;
	bool found;

	lk_buf_init(&plain, n + shift);
	lk_buf_init(&coded, 2 * n + 16);
	lk_buf_add(&plain, "\0\0", shift);
	lk_buf_add(&plain, secret, n);
	lk_base64_encode(&coded, plain.data, plain.len);
	found = memmem(text, len, coded.data + from, to - from);
	lk_buf_wipe(&plain);
	lk_buf_wipe(&coded);
	return found;
}

bool
marker_find(const void *text, size_t len, const void *secret, size_t n)
{
	if (n == 0 || len == 0)
		return false;
	return memmem(text, len, secret, n) ||
	       (n >= 3 && (find_base64(text, len, secret, n, 0) ||
			   find_base64(text, len, secret, n, 1) ||
			   find_base64(text, len, secret, n, 2)));
}

bool
is_printable(const char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < ' ' && *text != '\n') ||
		    *text == 0x7f)
			return false;
	return true;
}

void
must_be_error(const struct lk_error *e)
{
	MUST(e->cls < 0 && e->cls >= LK_E_LAST, "class %d", (int)e->cls);
	MUST(e->stage >= 0 && e->stage <= LK_STAGE_QUIT, "stage %d",
	     (int)e->stage);
	MUST(memchr(e->sentence, '\0', sizeof(e->sentence)) &&
	     memchr(e->advice, '\0', sizeof(e->advice)) &&
	     memchr(e->text, '\0', sizeof(e->text)) &&
	     memchr(e->enhanced, '\0', sizeof(e->enhanced)) &&
	     memchr(e->mech, '\0', sizeof(e->mech)), "a text has no end");
	MUST(*e->sentence, "class %d without a sentence", (int)e->cls);
	MUST(is_printable(e->sentence) && is_printable(e->advice) &&
	     is_printable(e->text) && is_printable(e->mech),
	     "not printable: %s / %s / %s", e->sentence, e->advice, e->text);
	MUST(lk_error_exit(e->cls) >= 64 && lk_error_exit(e->cls) <= 78,
	     "exit %d", lk_error_exit(e->cls));
}
