/* What a login says about mechanisms by name: its `auth` list and its
 * parameters. SPDX-License-Identifier: MIT */
#ifndef LK_MECH_WISH_H
#define LK_MECH_WISH_H

#include "mech/host.h"

/* ---- wish.c: the list --------------------------------------------------- */

/* What the list says about one mechanism. */
struct lk_wish {
	bool is_list;               /* it says what may be tried */
	bool is_open;               /* and the rest behind it (`*`) */
	bool is_listed;             /* by its id or its wire name */
	bool is_named;              /* by its id */
	bool is_forbidden;
	size_t place;               /* of what is listed; else the largest */
};

/* auth may be NULL. */
void lk_wish_read(const char *auth, const struct lk_mech_record *,
		  struct lk_wish *out);

/* Its grammar, and whether every name is installed; LK_E_CONFIG. */
int lk_wish_check(const char *auth, struct lk_entry *const *entries,
		  struct lk_error *);

/* The next word that asks for what nobody here is known to have; NULL: none.  A
 * run-time list that was not loaded may have a name on the wire all the same. */
const char *lk_wish_unknown(const char **auth, struct lk_entry *const *entries,
			    size_t *len);

/* The installed id, or wire name if it is written so, that is most like this
 * word and not too far away; or NULL. */
const char *lk_wish_nearest(const char *word, size_t len,
			    struct lk_entry *const *entries);

/* Does this record of a run-time list, "sasl-*", stand for this id? */
bool lk_wish_covers(const struct lk_mech_record *, const char *id, size_t len);

/* ---- params.c: ID.NAME=VALUE -------------------------------------------- */

/* All of them against what is installed; LK_E_CONFIG. */
int lk_params_check(const char *const *params, struct lk_entry *const *entries,
		    struct lk_error *);

/* The last value given, or NULL. */
const char *lk_params_find(const char *const *params, const char *id,
			   const char *name);

#endif
