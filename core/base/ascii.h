/* Text of protocols is ASCII, whatever the locale says.
 * SPDX-License-Identifier: MIT */
#ifndef LK_BASE_ASCII_H
#define LK_BASE_ASCII_H

#include <stdbool.h>
#include <stddef.h>

char lk_ascii_lower(char c);
char lk_ascii_upper(char c);
bool lk_ascii_is_alnum(char c);
bool lk_ascii_is_digit(char c);

/* Equal but for the case of A-Z. */
bool lk_ascii_equal(const char *a, const char *b);
bool lk_ascii_equal_n(const char *a, size_t alen, const char *b);

/* Where `word` (lower case) stands in text[len], the case of A-Z ignored;
 * NULL if nowhere. */
const char *lk_ascii_find(const char *text, size_t len, const char *word);

/* As above, but as a whole word: no ASCII letter or digit on either side. */
const char *lk_ascii_find_word(const char *text, size_t len, const char *word);

/* Is `word` (length n) one of the blank-separated words of `list`?  Exact. */
bool lk_ascii_has_word(const char *list, const char *word, size_t n);

/* Iterate words separated by any of `seps`: *at moves on; returns the word and
 * its length, or NULL at the end. */
const char *lk_ascii_next(const char **at, const char *seps, size_t *len);

/* Copy peer's bytes for a person: valid UTF-8 without controls, marks of
 * direction and what is invisible is kept, all else becomes '?'.  Always ends with a NUL, cut at a
 * character.  Returns the length. */
size_t lk_ascii_printable(char *to, size_t room, const void *from, size_t len);

/* strlcpy: returns false if it was cut. */
bool lk_ascii_copy(char *to, size_t room, const char *from);

/* A decimal number without sign, at most max; -1 if it is not one. */
long lk_ascii_number(const char *text, size_t len, long max);

/* How far two words are apart (insert, delete, replace), for "did you mean". */
unsigned lk_ascii_distance(const char *a, const char *b);

#endif
