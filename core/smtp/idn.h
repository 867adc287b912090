/* Internationalised domain names (IDNA 2008).
 * SPDX-License-Identifier: MIT */
#ifndef LK_SMTP_IDN_H
#define LK_SMTP_IDN_H

#include <latchkey/error.h>

#define LK_DOMAIN_ROOM 256

/* The domain as the DNS has it: ASCII stays as it is, UTF-8 becomes A-labels
 * ("xn--...").  -1 with *err set: LK_E_MESSAGE, it is no domain name. */
int lk_idn_ascii(const char *domain, char to[LK_DOMAIN_ROOM],
		 struct lk_error *err);

#endif
