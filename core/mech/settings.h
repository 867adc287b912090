/* What a program's options say of plugins and their parameters.
 * SPDX-License-Identifier: MIT */
#ifndef LK_MECH_SETTINGS_H
#define LK_MECH_SETTINGS_H

#include "mech/host.h"

#define LK_DISABLED "disabled: mechs.d says enabled = no"

/* Is the plugin at this path to be left alone? */
bool lk_settings_disable(const struct lk_host *, const char *path);

/* Load what is critical; -1 with *err set. */
int lk_settings_check(struct lk_host *, struct lk_error *);

/* The host's defaults, then a login's own, both checked: NULL-terminated, to
 * free(); what is in it is borrowed.  NULL with *err set. */
const char **lk_settings_params(struct lk_host *, const char *const *own,
				struct lk_entry *const *entries,
				struct lk_error *);

#endif
