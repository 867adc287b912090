/* What a loaded plugin says of itself, taken over.
 * SPDX-License-Identifier: MIT */
#ifndef LK_MECH_ADMIT_H
#define LK_MECH_ADMIT_H

#include "mech/host.h"

/* A zero-filled copy of its calls.  -1 and *err: the plugin is refused. */
int lk_admit_plugin(const struct lk_plugin *, struct lk_plugin *copy,
		    struct lk_error *err);

/* With the host's lock held: give each entry of the file its mechanism or its
 * fault, and make entries for a run-time list.  -1 and *err: the plugin is
 * refused, or LK_E_NOMEM, and nothing has changed. */
int lk_admit_list(struct lk_file *, const struct lk_mech *const *list,
		  struct lk_error *err);

#endif
