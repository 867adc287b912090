/* Replies and capabilities: the reader cannot tell how they were cut, and what
 * it says of them is within bounds.
 *
 * Input: the size of the pieces, then octets; NUL N C stands for N * 64 times
 * C, or for NUL if N is 0. SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "smtp/ehlo.h"
#include "smtp/reply.h"

#include <stdlib.h>
#include <string.h>

#define OCTETS (1 << 18)
#define EVENTS 4096

/* What a good line came to, in a number. */
static uint64_t
sum_of(const struct lk_reader *r)
{
	uint64_t sum = (uint64_t)r->code * 2 + r->done;
	size_t i;

	for (i = 0; i < r->text.len; i++)
		sum = (sum ^ r->text.data[i]) * 1099511628211u;
	for (i = 0; r->enhanced[i]; i++)
		sum = (sum ^ (uint8_t)r->enhanced[i]) * 1099511628211u;
	return sum;
}

static void
check_words(const struct lk_reader *r, size_t room)
{
	char words[300];

	memset(words, 'X', sizeof(words));
	lk_reply_words(words, room, r->enhanced, r->text.data, r->text.len);
	MUST(strnlen(words, sizeof(words)) < room, "no end");
	MUST(room == sizeof(words) || words[room] == 'X', "beyond its room");
	MUST(is_printable(words) && !strchr(words, '\n'), "words: %s", words);
}

static void
check_caps(const struct lk_reader *r)
{
	struct lk_caps c;
	size_t i;

	memset(&c, 0xff, sizeof(c));
	lk_caps_parse(&c, (const char *)r->text.data, r->text.len);
	MUST(memchr(c.auth, '\0', sizeof(c.auth)), "auth has no end");
	MUST(!*c.auth || (c.flags & LK_CAP_AUTH), "names without AUTH");
	MUST(!c.size || (c.flags & LK_CAP_SIZE), "a size without SIZE");
	for (i = 0; c.auth[i]; i++)
		MUST((c.auth[i] >= 'A' && c.auth[i] <= 'Z') ||
		     (c.auth[i] >= '0' && c.auth[i] <= '9') ||
		     strchr("-_ ", c.auth[i]), "auth: %s", c.auth);
}

static void
check_line(const struct lk_reader *r)
{
	const char *meaning;

	MUST(r->code >= 200 && r->code <= 599, "code %d", r->code);
	MUST(r->text.len <= LK_REPLY_MAX, "a text of %zu octets", r->text.len);
	MUST(r->line.len <= LK_REPLY_LINE_MAX, "a line of %zu octets",
	     r->line.len);
	MUST(strnlen(r->enhanced, sizeof(r->enhanced)) <= 9, "enhanced");
	MUST(!*r->enhanced || r->enhanced[0] - '0' == r->code / 100,
	     "%d has %s", r->code, r->enhanced);
	if (r->line.len > 4) {
		meaning = lk_caps_meaning((char *)r->line.data + 4,
					  r->line.len - 4);
		MUST(is_printable(meaning), "meaning: %s", meaning);
	}
	if (!r->done)
		return;
	check_words(r, 300);
	check_words(r, 17);
	check_words(r, 1);
	check_caps(r);
}

static size_t
run(const uint8_t *data, size_t len, size_t piece, uint64_t *events)
{
	struct lk_reader r;
	const char *why = NULL;
	size_t used, at = 0, n = 0;
	int result = 0;

	lk_reader_init(&r);
	while (at < len && result >= 0 && n < EVENTS) {
		size_t give = len - at < piece ? len - at : piece;

		result = lk_reader_feed(&r, data + at, give, &used, &why);
		MUST(used <= give && used > 0, "used %zu of %zu", used, give);
		at += used;
		if (result == 0) {
			MUST(used == give, "left octets");
			continue;
		}
		MUST(result > 0 || (why && *why), "no reason");
		if (result > 0)
			check_line(&r);
		events[n++] = result > 0 ? sum_of(&r) : 0;
		if (r.done)
			lk_reader_next(&r);
	}
	lk_reader_wipe(&r);
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint64_t whole[EVENTS], pieces[EVENTS];
	struct feed in = { data, size };
	size_t piece = feed_octet(&in), n, i, len = 0;
	uint8_t *text = malloc(OCTETS);

	if (!text)
		return 0;
	while (in.left > 0 && len < OCTETS) {
		uint8_t c = feed_octet(&in), count = 0;

		if (c == 0 && (count = feed_octet(&in)) != 0)
			c = feed_octet(&in);
		for (i = 0; i < (count ? count * 64u : 1) && len < OCTETS; i++)
			text[len++] = c;
	}
	n = run(text, len, len, whole);
	MUST(run(text, len, piece ? piece : 1, pieces) == n,
	     "in pieces of %zu another number of lines", piece);
	for (i = 0; i < n; i++)
		MUST(whole[i] == pieces[i],
		     "in pieces of %zu line %zu differs", piece, i);
	free(text);
	return 0;
}
