/* What a mechanism may ask for, and whether it is there.
 * SPDX-License-Identifier: MIT */
#ifndef LK_MECH_PROPERTY_H
#define LK_MECH_PROPERTY_H

#include "mech/policy.h"

struct lk_property {
	const char *key;            /* LK_P_* */
	bool is_secret;
	const char *reason;         /* of not having it */
	const char *cure;           /* the setting that would help, or "" */
};

/* The one that `key` is, or begins with ("cb:"); NULL: none that the login or
 * the connection has. */
const struct lk_property *lk_property_find(const char *key, size_t len);

/* Does this login, over this connection, have it? */
bool lk_property_is_had(const struct lk_policy *, const char *key, size_t len);

#endif
