/* Messages to more recipients than a server takes at once.
 * SPDX-License-Identifier: MIT */
#ifndef LK_SMTP_PARTS_H
#define LK_SMTP_PARTS_H

#include <latchkey/smtp.h>

#include <stdbool.h>

/* Was it refused only because there were too many (RFC 5321, 4.5.3.1.10: 452,
 * of old servers 552)? */
bool lk_is_too_many(const struct lk_recipient *);

#endif
