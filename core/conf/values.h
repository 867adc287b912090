/* What an account was told: values by key, parameters of mechanisms.
 * SPDX-License-Identifier: MIT */
#ifndef LK_CONF_VALUES_H
#define LK_CONF_VALUES_H

#include "conf/keys.h"

/* All zero is empty. */
struct lk_values {
	char *key[LK_KEYS];         /* NULL = not set */
	char **params;              /* "ID.NAME=VALUE", NULL at the end; or
				       NULL */
	size_t n_params;
};

/* Set a key or an ID.PARAM; -1 with *err set and nothing changed. */
int lk_values_set(struct lk_values *, const char *name, size_t len,
		  const char *value, struct lk_error *err);

/* Move all of `from` over `to`; -1: no memory, and both unchanged. */
int lk_values_move(struct lk_values *to, struct lk_values *from);

/* Forget one key. */
void lk_values_unset(struct lk_values *, enum lk_key_id);

/* Wipe and free all; as zeroed. */
void lk_values_wipe(struct lk_values *);

#endif
