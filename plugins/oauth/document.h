/* What a server says about a token that it refuses: a JSON object (RFC 7628,
 * 3.2.2). SPDX-License-Identifier: MIT */
#ifndef OAUTH_DOCUMENT_H
#define OAUTH_DOCUMENT_H

#include <stddef.h>
#include <stdint.h>

/* What a person is told of it. */
struct oauth_document {
	int32_t cls;                /* LK_E_* of the refusal */
	char sentence[192];
	char advice[256];           /* "": none */
};

/* Always fills *to: what cannot be read is a refusal without an explanation.
 * text is hostile; len 0: the server explains nothing. */
void oauth_document_read(struct oauth_document *to, const void *text,
			 size_t len);

#endif
