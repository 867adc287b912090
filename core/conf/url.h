/* smtp://[user@]host[:port][?key=value&...] SPDX-License-Identifier: MIT */
#ifndef LK_CONF_URL_H
#define LK_CONF_URL_H

#include "conf/values.h"

/* Read a URL into empty values: host and tls always, port, user and keys if it
 * has them.  -1 with *err set and values empty; *err never holds a part of the
 * URL that could be a secret. */
int lk_url_parse(const char *url, struct lk_values *, struct lk_error *err);

#endif
