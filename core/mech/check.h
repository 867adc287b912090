/* Who could replace a file? SPDX-License-Identifier: MIT */
#ifndef LK_MECH_CHECK_H
#define LK_MECH_CHECK_H

#include <latchkey/error.h>

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/* Nobody but root and the effective user can replace what this absolute path
 * leads to: every directory, link and file on the way is looked at.  -1: *err
 * names who and what, and its advice is the command that cures it. */
int lk_check_path(const char *path, struct lk_error *err);

/* In a user namespace the real root may have no number: the kernel then shows
 * the overflow id, which may also be somebody's number.  Is it nobody's? */
bool lk_check_is_unmapped(uid_t uid);

/* Is this user in one of the ranges of an open uid_map (user_namespaces(7))? */
bool lk_check_is_mapped(FILE *map, uid_t uid);

#endif
