/* Lists of names, lines of a log. SPDX-License-Identifier: MIT */
#include "bridge.h"

#include <string.h>

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 0x20) : c;
}

int
bridge_equal(const char *a, const char *b)
{
	for (; *a && lower(*a) == lower(*b); a++)
		b++;
	return *a == *b;
}

int
bridge_next(const char **at, char word[64])
{
	size_t n;

	do {
		*at += strspn(*at, " \t,");
		n = strcspn(*at, " \t,");
		if (n == 0)
			return 0;
		if (n < 64) {
			memcpy(word, *at, n);
			word[n] = '\0';
		}
		*at += n;
	} while (n >= 64);
	return 1;
}

/* An id, a name on the wire, or the beginning of an id and a `*`. */
static int
is_meant(const char *word, const struct lk_mech_record *r)
{
	size_t n = strlen(word);

	if (n > 1 && word[n - 1] == '*')
		return strncmp(word, r->id, n - 1) == 0;
	return bridge_equal(word, r->id) || bridge_equal(word, r->wire);
}

size_t
bridge_place(const char *list, const struct lk_mech_record *r)
{
	char word[64];
	size_t n = 0;

	while (list && bridge_next(&list, word)) {
		n++;
		if (strcmp(word, "*") != 0 && word[0] != '!' &&
		    is_meant(word, r))
			return n;
	}
	return 0;
}

int
bridge_allows(const char *list, const struct lk_mech_record *r)
{
	int is_in = 0, is_open = 0;
	char word[64];

	if (!list)
		return 2;
	while (bridge_next(&list, word)) {
		if (word[0] == '!' && is_meant(word + 1, r))
			return -1;
		if (strcmp(word, "*") == 0)
			is_open = 1;
		else if (word[0] != '!' && is_meant(word, r))
			is_in = 1;
	}
	return is_in ? 1 : is_open ? 2 : 0;
}

/* ---- lines ---------------------------------------------------------------- */

static size_t
append(char *line, size_t room, size_t n, const char *text)
{
	for (; *text && n + 3 < room; text++) {
		if (*text == '\n') {
			line[n++] = ';';
			line[n++] = ' ';
		} else {
			line[n++] = (unsigned char)*text < 0x20 || *text == 0x7f
				? '?' : *text;
		}
	}
	line[n] = '\0';
	return n;
}

size_t
bridge_line(char *line, size_t room, const char *sentence, const char *advice)
{
	size_t n = append(line, room, 0, sentence);

	if (*advice)
		n = append(line, room, append(line, room, n, ": "), advice);
	return n;
}
