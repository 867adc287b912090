/* Who could replace a file? SPDX-License-Identifier: MIT */
#ifndef LK_MECH_CHECK_H
#define LK_MECH_CHECK_H

#include <latchkey/error.h>

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/* Of the files of one directory, looked at in turn: what was found good is not
 * looked at for each of them. */
struct lk_way {
	char given[PATH_MAX];       /* the directory, or "" to begin with */
	char real[PATH_MAX];        /* the same without links */
	char file[PATH_MAX];        /* the last file that was good, likewise */
};

/* Nobody but root and the effective user can replace what this absolute path
 * leads to: every directory, link and file on the way is looked at.  -1: *err
 * names who and what, and its advice is the command that cures it.  way: NULL,
 * or of this moment only. */
int lk_check_path(const char *path, struct lk_way *way, struct lk_error *err);

/* In a user namespace the real root may have no number: the kernel then shows
 * the overflow id, which may also be somebody's number.  Is it nobody's? */
bool lk_check_is_unmapped(uid_t uid);

/* Is this user in one of the ranges of an open uid_map (user_namespaces(7))? */
bool lk_check_is_mapped(FILE *map, uid_t uid);

#endif
