/* Locale-free text. SPDX-License-Identifier: MIT */
#include "base/ascii.h"

#include <stdint.h>
#include <string.h>

char
lk_ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

char
lk_ascii_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

bool
lk_ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool
lk_ascii_is_alnum(char c)
{
	c = lk_ascii_lower(c);
	return lk_ascii_is_digit(c) || (c >= 'a' && c <= 'z');
}

bool
lk_ascii_equal_n(const char *a, size_t alen, const char *b)
{
	size_t i;

	for (i = 0; i < alen; i++)
		if (!b[i] || lk_ascii_lower(a[i]) != lk_ascii_lower(b[i]))
			return false;
	return b[alen] == '\0';
}

bool
lk_ascii_equal(const char *a, const char *b)
{
	return lk_ascii_equal_n(a, strlen(a), b);
}

const char *
lk_ascii_find(const char *text, size_t len, const char *word)
{
	size_t n = strlen(word), i, j;

	for (i = 0; i + n <= len; i++) {
		for (j = 0; j < n; j++)
			if (lk_ascii_lower(text[i + j]) != word[j])
				break;
		if (j == n)
			return text + i;
	}
	return NULL;
}

const char *
lk_ascii_find_word(const char *text, size_t len, const char *word)
{
	const char *end = text + len, *from = text, *at;
	size_t n = strlen(word);

	while (n && (at = lk_ascii_find(from, (size_t)(end - from), word))) {
		bool left = at == text || !lk_ascii_is_alnum(at[-1]);
		bool right = at + n == end || !lk_ascii_is_alnum(at[n]);

		if (left && right)
			return at;
		from = at + 1;
	}
	return NULL;
}

bool
lk_ascii_has_word(const char *list, const char *word, size_t n)
{
	const char *w;
	size_t len;

	while ((w = lk_ascii_next(&list, " ", &len)))
		if (len == n && memcmp(w, word, n) == 0)
			return true;
	return false;
}

const char *
lk_ascii_next(const char **at, const char *seps, size_t *len)
{
	const char *word = *at + strspn(*at, seps);

	*len = strcspn(word, seps);
	*at = word + *len;
	return *len ? word : NULL;
}

/* Length of the valid UTF-8 character at p, 0 if there is none. */
static size_t
character(const unsigned char *p, size_t len)
{
	static const unsigned char least[] = { 0, 0, 0x80, 0xa0, 0x90 };
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2
		 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
	size_t i;

	if (n == 0 || n > len)
		return 0;
	for (i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 || p[0] == 0xf0) && p[1] < least[n])
		return 0;
	if ((p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

/* Controls, what reorders a line on a terminal, and what is not to be seen at
 * all; but for joiners (U+200c, U+200d), which words of some languages need. */
static bool
is_control(const unsigned char *p, size_t n)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad },
		{ 0x61c, 0x61c }, { 0x180e, 0x180e }, { 0x200b, 0x200b },
		{ 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
		{ 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe007f },
	};
	uint32_t c = n == 1 ? p[0] : p[0] & (0x7fu >> n);
	size_t i;

	for (i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3f);
	for (i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

size_t
lk_ascii_printable(char *to, size_t room, const void *from, size_t len)
{
	const unsigned char *p = from;
	size_t out = 0;

	while (len) {
		size_t n, put;

		/* nearly all of any text */
		while (len && *p >= ' ' && *p <= '~' && out + 1 < room) {
			to[out++] = (char)*p++;
			len--;
		}
		if (len == 0)
			break;
		n = character(p, len);
		put = n && !is_control(p, n) ? n : 1;
		if (out + put >= room)
			break;
		if (n && !is_control(p, n))
			memcpy(to + out, p, n);
		else
			to[out] = p[0] == '\t' ? ' ' : '?';
		out += put;
		n = n ? n : 1;
		p += n;
		len -= n;
	}
	if (room)
		to[out] = '\0';
	return out;
}

bool
lk_ascii_copy(char *to, size_t room, const char *from)
{
	size_t n = strnlen(from, room);
	bool fits = n < room;

	if (room == 0)
		return false;
	if (!fits)
		n = room - 1;
	memcpy(to, from, n);
	to[n] = '\0';
	return fits;
}

long
lk_ascii_number(const char *text, size_t len, long max)
{
	long v = 0, digit;
	size_t i;

	if (len == 0)
		return -1;
	for (i = 0; i < len; i++) {
		if (!lk_ascii_is_digit(text[i]))
			return -1;
		digit = text[i] - '0';
		if (digit > max || v > (max - digit) / 10)
			return -1;
		v = v * 10 + digit;
	}
	return v;
}

unsigned
lk_ascii_distance(const char *a, const char *b)
{
	size_t n = strlen(b), i, j;
	unsigned row[64];

	if (n >= sizeof(row) / sizeof(*row))
		return (unsigned)n;
	for (j = 0; j <= n; j++)
		row[j] = (unsigned)j;
	for (i = 0; a[i]; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i + 1;
		for (j = 0; j < n; j++) {
			unsigned least = diagonal + (a[i] != b[j]);

			diagonal = row[j + 1];
			if (diagonal + 1 < least)
				least = diagonal + 1;
			if (row[j] + 1 < least)
				least = row[j] + 1;
			row[j + 1] = least;
		}
	}
	return row[n];
}
