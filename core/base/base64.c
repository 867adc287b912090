/* Base64 (RFC 4648, 4). SPDX-License-Identifier: MIT */
#include "base/base64.h"

#include <stdint.h>

static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int
lk_base64_encode(struct lk_buf *to, const void *data, size_t len)
{
	const unsigned char *p = data;
	unsigned char *out;
	size_t i;

	if (len > to->max || !(out = lk_buf_reserve(to, LK_BASE64_SIZE(len))))
		return -1;
	for (i = 0; i < len; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16;

		if (i + 1 < len)
			v |= (uint32_t)p[i + 1] << 8;
		if (i + 2 < len)
			v |= p[i + 2];
		*out++ = (unsigned char)alphabet[v >> 18];
		*out++ = (unsigned char)alphabet[v >> 12 & 63];
		*out++ = i + 1 < len ? (unsigned char)alphabet[v >> 6 & 63]
				     : '=';
		*out++ = i + 2 < len ? (unsigned char)alphabet[v & 63] : '=';
	}
	to->len += LK_BASE64_SIZE(len);
	return 0;
}

static int
value(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int
lk_base64_decode(struct lk_buf *to, const void *text, size_t len)
{
	const unsigned char *p = text;
	unsigned char *out;
	size_t pad = 0, n = 0, left, i;
	uint32_t v = 0;

	if (len % 4)
		return -1;
	while (pad < 2 && pad < len && p[len - 1 - pad] == '=')
		pad++;
	out = lk_buf_reserve(to, len / 4 * 3 - pad);
	if (!out)
		return -1;
	for (i = 0; i < len; i++) {
		int six = i < len - pad ? value(p[i]) : 0;

		if (six < 0)
			return -1;
		v = v << 6 | (uint32_t)six;
		if (i % 4 < 3)
			continue;
		left = i + 1 < len ? 3 : 3 - pad;
		/* the bits that the padding leaves over must be zero */
		if (v & (0xffffffu >> (8 * left)))
			return -1;
		for (; left; left--, v <<= 8)
			out[n++] = (unsigned char)(v >> 16);
		v = 0;
	}
	to->len += n;
	return 0;
}
