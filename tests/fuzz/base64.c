/* Base64: what decodes is what would be encoded, and nothing else decodes.
 * Input: the room, then octets. SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "base/base64.h"

#include <string.h>

/* The same rules, from the alphabet backwards. */
static bool
is_base64(const uint8_t *p, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
				     "opqrstuvwxyz0123456789+/";
	const char *last;
	size_t n = len;

	if (len % 4)
		return false;
	while (n > 0 && len - n < 2 && p[n - 1] == '=')
		n--;
	for (len -= n; n > 0; n--) {
		last = p[n - 1] ? strchr(digits, p[n - 1]) : NULL;
		if (!last)
			return false;
		if (len == 2 && (last - digits) % 16)
			return false;
		if (len == 1 && (last - digits) % 4)
			return false;
		len = 0;
	}
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed in = { data, size };
	size_t room = feed_octet(&in) * 16u, before;
	struct lk_buf plain, coded;
	int r;

	lk_buf_init(&plain, room);
	lk_buf_init(&coded, LK_BASE64_SIZE(room) + 3);
	lk_buf_add(&plain, "xyz", 3);
	before = plain.len;
	r = lk_base64_decode(&plain, in.at, in.left);
	if (r < 0) {
		MUST(plain.len == before, "it failed and added");
		MUST(!is_base64(in.at, in.left) ||
		     in.left / 4 * 3 > room - before, "good and refused");
	} else {
		MUST(is_base64(in.at, in.left), "bad and decoded");
		MUST(lk_base64_encode(&coded, plain.data + before,
				      plain.len - before) == 0, "no room");
		MUST(coded.len == in.left &&
		     (!in.left || memcmp(coded.data, in.at, in.left) == 0),
		     "it is encoded in another way");
	}
	lk_buf_wipe(&coded);
	lk_buf_wipe(&plain);

	lk_buf_init(&plain, in.left + 1);
	lk_buf_init(&coded, 2 * in.left + 8);
	MUST(lk_base64_encode(&coded, in.at, in.left) == 0, "no encoding");
	MUST(lk_base64_decode(&plain, coded.data, coded.len) == 0, "no way "
	     "back");
	MUST(plain.len == in.left &&
	     (!in.left || memcmp(plain.data, in.at, in.left) == 0), "another");
	lk_buf_wipe(&coded);
	lk_buf_wipe(&plain);
	return 0;
}
