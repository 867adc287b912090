/* Who could replace a file? SPDX-License-Identifier: MIT */
#ifndef LK_MECH_CHECK_H
#define LK_MECH_CHECK_H

#include <latchkey/error.h>

/* Nobody but root and the effective user can replace what this absolute path
 * leads to: every directory, link and file on the way is looked at.  -1: *err
 * names who and what, and its advice is the command that cures it. */
int lk_check_path(const char *path, struct lk_error *err);

#endif
