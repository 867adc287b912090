/* SASLprep (RFC 4013), by libidn. SPDX-License-Identifier: MIT */
#include "scram.h"

#include <openssl/crypto.h>
#include <stringprep.h>

#include <string.h>

/* One code point becomes at most 18 (U+FDFA: 3 octets become 33). */
#define GROWTH 11

static int
is_ascii(struct lk_bytes b)
{
	size_t i;

	for (i = 0; i < b.len; i++)
		if (b.data[i] >= 0x80)
			return 0;
	return 1;
}

/* What the profile makes of ASCII: itself, without controls. */
static int
has_control(struct lk_bytes b)
{
	size_t i;

	for (i = 0; i < b.len; i++)
		if (b.data[i] < 0x20 || b.data[i] == 0x7f)
			return 1;
	return 0;
}

static const char *
complaint_of(int rc)
{
	switch (rc) {
	case STRINGPREP_OK:
		return NULL;
	case STRINGPREP_CONTAINS_UNASSIGNED:
		return "it has a character that Unicode 3.2 does not know";
	case STRINGPREP_CONTAINS_PROHIBITED:
		return "it has a control or another character that is not "
		       "allowed";
	case STRINGPREP_BIDI_BOTH_L_AND_RAL:
	case STRINGPREP_BIDI_LEADTRAIL_NOT_RAL:
		return "it mixes writing from the right and from the left";
	case STRINGPREP_ICONV_ERROR:
		return "it is not UTF-8";
	default:
		return "libidn cannot read it";
	}
}

/* The library leaves what it works on in freed memory: it does not get what is
 * the same afterwards. */
const char *
scram_prepare(struct scram_text *to, struct lk_bytes from, int is_password)
{
	/* a password is stored, a name is a query (RFC 5802, 2.2 and 5.1) */
	int flags = is_password ? STRINGPREP_NO_UNASSIGNED : 0, rc;
	size_t room = from.len * GROWTH + 1;
	char *text;

	if (is_ascii(from)) {
		if (has_control(from))
			return complaint_of(STRINGPREP_CONTAINS_PROHIBITED);
		scram_add(to, from.data, from.len);
		return NULL;
	}
	if (memchr(from.data, '\0', from.len))
		return complaint_of(STRINGPREP_CONTAINS_PROHIBITED);
	text = OPENSSL_malloc(room);
	if (!text) {
		to->has_failed = 1;
		return NULL;
	}
	memcpy(text, from.data, from.len);
	text[from.len] = '\0';
	rc = stringprep(text, room, flags, stringprep_saslprep);
	if (rc == STRINGPREP_OK)
		scram_puts(to, text);
	if (rc == STRINGPREP_MALLOC_ERROR)
		to->has_failed = 1;
	OPENSSL_clear_free(text, room);
	return rc == STRINGPREP_MALLOC_ERROR ? NULL : complaint_of(rc);
}
