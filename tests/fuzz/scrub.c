/* What is scrubbed holds no secret, raw or in base64, and keeps its length.
 *
 * Input: secret LF, then pieces of text that end with LF; the first octet of
 * one says what is put before it: the secret, or base64 of it with 0 to 2
 * octets before and behind. SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "base/base64.h"
#include "mech/secret.h"

#include <string.h>

static void
put_secret(struct lk_buf *text, uint8_t how, const uint8_t *secret, size_t len)
{
	struct lk_buf plain;

	if (how == 0 || how > 9) {
		lk_buf_add(text, secret, how ? 0 : len);
		return;
	}
	how--;
	lk_buf_init(&plain, len + 8);
	lk_buf_add(&plain, "\377\376", how % 3);
	lk_buf_add(&plain, secret, len);
	lk_buf_add(&plain, "\001\002", how / 3);
	lk_base64_encode(text, plain.data, plain.len);
	lk_buf_wipe(&plain);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed in = { data, size };
	struct lk_secret *s;
	struct lk_buf text, before;
	const uint8_t *secret, *piece;
	size_t len, n, i, stars = 0;

	secret = feed_until(&in, '\n', &len);
	/* what stands for it may be part of it */
	if (len == 0 || memchr(secret, '*', len))
		return 0;
	s = lk_secret_new();
	if (!s || lk_secret_add(s, secret, len) < 0) {
		lk_secret_free(s);
		return 0;
	}
	lk_buf_init(&text, 1 << 20);
	lk_buf_init(&before, 1 << 20);
	while (in.left > 0) {
		put_secret(&text, feed_octet(&in), secret, len);
		piece = feed_until(&in, '\n', &n);
		lk_buf_add(&text, piece, n);
	}
	lk_buf_add(&before, text.data, text.len);
	if (text.len)
		lk_secret_scrub(s, (char *)text.data, text.len);
	for (i = 0; i < text.len; i++) {
		MUST(text.data[i] == before.data[i] || text.data[i] == '*',
		     "octet %zu is another", i);
		stars += text.data[i] != before.data[i];
	}
	MUST(!marker_find(text.data, text.len, secret, len), "it is there");
	MUST(stars == 0 || marker_find(before.data, before.len, secret, len),
	     "%zu octets lost for nothing", stars);
	lk_buf_wipe(&text);
	lk_buf_wipe(&before);
	lk_secret_free(s);
	return 0;
}
