/* What host.c, scan.c and registry.c share. SPDX-License-Identifier: MIT */
#ifndef LK_MECH_REGISTRY_H
#define LK_MECH_REGISTRY_H

#include "mech/host.h"
#include "mech/note.h"

/* ---- scan.c ------------------------------------------------------------ */

/* Fill in host->directories from the environment. */
int lk_scan_directories(struct lk_host *, struct lk_error *);

/* With the host's lock held: look at all directories. */
int lk_scan(struct lk_host *, struct lk_error *);

/* With the host's lock held: look at one file that is in none of them. */
int lk_scan_path(struct lk_host *, const char *path, struct lk_file **ret,
		 struct lk_error *);

/* A file that was found here.  NULL: no memory. */
struct lk_file *lk_file_new(struct lk_host *, const char *found,
			    const struct stat *, size_t directory);

void lk_file_free(struct lk_file *);

/* Its path is known: how it is shown.  -1: no memory. */
int lk_file_show(struct lk_file *);

/* Which file on disk it stands for. */
void lk_file_identify(struct lk_file *, const struct stat *);
bool lk_file_differs(const struct lk_file *, const struct stat *);

/* ---- linked.c ---------------------------------------------------------- */

/* Make files of what is part of the program, and load them.  -1: no memory. */
int lk_scan_linked(struct lk_host *, struct lk_error *);

/* ---- registry.c, with the host's lock held ------------------------------ */

/* A new entry of the file.  record NULL: it has none. */
struct lk_entry *lk_entry_add(struct lk_file *,
			      const struct lk_mech_record *record,
			      const struct lk_param_record *const *params);

/* Why what is not loaded never will be, once the host is frozen. */
#define LK_FROZEN "not loaded, and loading is frozen"

/* Sort the entries, and say of each one what it is now. */
void lk_settle(struct lk_host *);

/* Load the file, unless it is.  Without the lock. */
int lk_file_load(struct lk_file *, struct lk_error *);

/* Its deinit, if it is loaded. */
void lk_file_end(struct lk_file *);

/* ---- host.c ------------------------------------------------------------- */

/* The text, kept until the host ends; never NULL. */
const char *lk_host_keep(struct lk_host *, const char *text);

/* "PATH: what", of a path as a program gave it. */
int lk_fail_path(struct lk_error *, int32_t cls, const char *path,
		 const char *what);

/* Sentence and advice in one, kept. */
const char *lk_host_keep_error(struct lk_host *, const struct lk_error *);

#endif
