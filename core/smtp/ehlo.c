/* The lines of an EHLO reply. SPDX-License-Identifier: MIT */
#include "smtp/ehlo.h"

#include "base/ascii.h"

#include <stdbool.h>
#include <string.h>

#define NAME_MAX_ 20                /* of a mechanism (RFC 4422, 3.1) */

/* Add one mechanism's name, if it is one and not there yet. */
static void
add_mechanism(struct lk_caps *c, const char *word, size_t n)
{
	char name[NAME_MAX_ + 1];
	size_t at = strlen(c->auth), i;

	if (n > NAME_MAX_ || at + n + 2 > sizeof(c->auth))
		return;
	for (i = 0; i < n; i++) {
		name[i] = lk_ascii_upper(word[i]);
		if (!lk_ascii_is_alnum(name[i]) && name[i] != '-' &&
		    name[i] != '_')
			return;
	}
	if (lk_ascii_has_word(c->auth, name, n))
		return;
	if (at)
		c->auth[at++] = ' ';
	memcpy(c->auth + at, name, n);
	c->auth[at + n] = '\0';
}

/* Several lines and spellings add up: AUTH, AUTH=, X-EXPS. */
static void
take_auth(struct lk_caps *c, const char *args)
{
	const char *word;
	size_t n;

	while ((word = lk_ascii_next(&args, " \t=", &n)))
		add_mechanism(c, word, n);
}

static void
take_size(struct lk_caps *c, const char *args)
{
	size_t n;
	const char *word = lk_ascii_next(&args, " \t", &n);
	long size = word ? lk_ascii_number(word, n, INT64_MAX) : -1;

	if (size > 0)
		c->size = (uint64_t)size;
}

static void
take_limits(struct lk_caps *c, const char *args)
{
	const char *word;
	long max;
	size_t n;

	while ((word = lk_ascii_next(&args, " \t", &n))) {
		if (n <= 8 || !lk_ascii_equal_n(word, 8, "RCPTMAX="))
			continue;
		max = lk_ascii_number(word + 8, n - 8, 1000000);
		if (max > 0)
			c->rcpt_max = (uint32_t)max;
	}
}

static const struct {
	const char *word;
	uint32_t flag;
	void (*take)(struct lk_caps *, const char *args);
	const char *meaning;
} words[] = {
	{ "AUTH", LK_CAP_AUTH, take_auth, "how one may log in" },
	{ "X-EXPS", LK_CAP_AUTH, take_auth, "how one may log in" },
	{ "PIPELINING", LK_CAP_PIPELINING, NULL, "takes many commands at once" },
	{ "8BITMIME", LK_CAP_8BITMIME, NULL, "takes 8-bit text" },
	{ "SMTPUTF8", LK_CAP_SMTPUTF8, NULL, "takes non-ASCII addresses" },
	{ "STARTTLS", LK_CAP_STARTTLS, NULL, "can switch to TLS" },
	{ "SIZE", LK_CAP_SIZE, take_size, "how large a message may be" },
	{ "ENHANCEDSTATUSCODES", LK_CAP_ENHANCED, NULL, "has finer codes" },
	{ "DSN", LK_CAP_DSN, NULL, "can report on delivery" },
	{ "CHUNKING", LK_CAP_CHUNKING, NULL, "takes a message in chunks" },
	{ "LIMITS", LK_CAP_LIMITS, take_limits, "how much it takes at once" },
};

#define N_WORDS (sizeof(words) / sizeof(*words))

static size_t
find_word(const char *line, size_t len)
{
	size_t n = 0, i;

	while (n < len && !memchr(" \t=", line[n], 3))
		n++;
	for (i = 0; i < N_WORDS; i++)
		if (lk_ascii_equal_n(line, n, words[i].word))
			break;
	return i;
}

static void
take_line(struct lk_caps *c, const char *line, size_t len)
{
	char args[1024];
	size_t i, skip;

	while (len > 0 && (*line == ' ' || *line == '\t')) {
		line++;
		len--;
	}
	i = find_word(line, len);
	if (i == N_WORDS)
		return;
	c->flags |= words[i].flag;
	skip = strlen(words[i].word) + 1;
	if (!words[i].take || len <= skip)
		return;
	/* a line that is too long loses its last word, cut or not */
	line += skip;
	len -= skip;
	if (len >= sizeof(args)) {
		len = sizeof(args) - 1;
		while (len > 0 && line[len] != ' ')
			len--;
	}
	memcpy(args, line, len);
	args[len] = '\0';
	words[i].take(c, args);
}

void
lk_caps_parse(struct lk_caps *c, const char *text, size_t len)
{
	const char *end = text + len, *p, *next;

	memset(c, 0, sizeof(*c));
	p = memchr(text, '\n', len);
	for (; p && p < end; p = next) {
		p++;
		next = memchr(p, '\n', (size_t)(end - p));
		take_line(c, p, (size_t)((next ? next : end) - p));
	}
}

const char *
lk_caps_meaning(const char *line, size_t len)
{
	size_t i = find_word(line, len);

	return i < N_WORDS ? words[i].meaning : "";
}

bool
lk_ehlo_is_valid(const char *name)
{
	size_t len = strlen(name), i;
	bool literal = name[0] == '[';

	if (len == 0 || len > 255 || (literal && name[len - 1] != ']'))
		return false;
	for (i = literal ? 1 : 0; i < len - (literal ? 1 : 0); i++)
		if (!lk_ascii_is_alnum(name[i]) &&
		    !strchr(literal ? ".-_:" : ".-_", name[i]))
			return false;
	return i > (literal ? 1u : 0u);
}
