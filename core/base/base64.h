/* Base64 (RFC 4648, 4). SPDX-License-Identifier: MIT */
#ifndef LK_BASE_BASE64_H
#define LK_BASE_BASE64_H

#include "base/buf.h"

/* Octets that n octets become. */
#define LK_BASE64_SIZE(n) (((n) + 2) / 3 * 4)

/* Append the encoding as one unbroken line; -1: no room. */
int lk_base64_encode(struct lk_buf *to, const void *data, size_t len);

/* Append the decoding.  Strict: the alphabet, exact padding and zero spare bits
 * only.  -1 and nothing changed: no base64, or no room. */
int lk_base64_decode(struct lk_buf *to, const void *text, size_t len);

#endif
