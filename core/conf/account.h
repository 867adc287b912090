/* An account's inside, for the files that fill it in.
 * SPDX-License-Identifier: MIT */
#ifndef LK_CONF_ACCOUNT_H
#define LK_CONF_ACCOUNT_H

#include "conf/values.h"

/* To read, or to change keys that are no secret's source. */
struct lk_values *lk_account_values(struct lk_account *);

/* Move these over what it has; -1 with *err set and nothing changed. */
int lk_account_take(struct lk_account *, struct lk_values *,
		    struct lk_error *err);

#endif
