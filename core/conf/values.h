/* What an account was told: values by key, parameters of mechanisms, and where
 * each was said.  SPDX-License-Identifier: MIT */
#ifndef LK_CONF_VALUES_H
#define LK_CONF_VALUES_H

#include "conf/keys.h"

#include <latchkey/provider.h>

#define LK_PARAMS_MAX 256
#define LK_NAME_MAX 64              /* of ID.PARAM, and a NUL */

/* A line of a file, or what a program said. */
struct lk_place {
	char *file;                 /* NULL: a program's */
	uint32_t line;
};

/* All zero is empty. */
struct lk_values {
	char *key[LK_KEYS];         /* NULL = not set */
	struct lk_place key_place[LK_KEYS];
	char **params;              /* "ID.NAME=VALUE", NULL at the end; or
				       NULL */
	struct lk_place *param_place;
	size_t n_params;
};

/* Set a key or an ID.PARAM; -1 with *err set and nothing changed.  `place` is
 * copied; NULL: a program said it. */
int lk_values_set(struct lk_values *, const char *name, size_t len,
		  const char *value, const struct lk_place *place,
		  struct lk_error *err);

/* Where the key or the ID.PARAM was set, or NULL: it is not. */
const struct lk_place *lk_values_find(const struct lk_values *,
				      const char *name, size_t len);

/* Set all that `from` has, over what is there; -1: no memory, *err is set, and
 * `to` may have some of it. */
int lk_values_copy(struct lk_values *to, const struct lk_values *from,
		   struct lk_error *err);

/* Move all of `from` over `to`; -1: no memory, and both unchanged. */
int lk_values_move(struct lk_values *to, struct lk_values *from);

/* Forget one key. */
void lk_values_unset(struct lk_values *, enum lk_key_id);

/* As lk_account_each(). */
void lk_values_each(const struct lk_values *,
		    int (*each)(void *ctx, const struct lk_setting *),
		    void *ctx);

/* Wipe and free all; as zeroed. */
void lk_values_wipe(struct lk_values *);

#endif
