/* Configuration files: who may have written them, and what is in them.
 * SPDX-License-Identifier: MIT */
#ifndef LK_CONF_FILE_H
#define LK_CONF_FILE_H

#include <latchkey/error.h>

#include <stddef.h>

#define LK_CONF_FILE_MAX 1048576    /* octets */

/* All of it, to free(), with room for a NUL.  1; 0: there is none; -1 with *err
 * set, which names the file. */
int lk_conf_file_read(const char *path, char **text, size_t *len,
		      struct lk_error *err);

/* The names *.conf in a directory, sorted, to lk_conf_file_names_free().  How
 * many, 0 if there is no such directory, or -1. */
int lk_conf_file_names(const char *path, char ***names, struct lk_error *err);
void lk_conf_file_names_free(char **names, int n);

/* Those that end in nothing of the kind, but for what editors and packages leave
 * behind: in the same way. */
int lk_conf_file_unread(const char *path, char ***names, struct lk_error *err);

#endif
