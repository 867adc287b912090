/* Maps plugins into the process, for good. SPDX-License-Identifier: MIT */
#ifndef LK_MECH_LOADER_H
#define LK_MECH_LOADER_H

#include <latchkey/host.h>

#include <pthread.h>
#include <stdbool.h>
#include <sys/stat.h>

/* A plugin of the process, shared by all hosts; never unmapped. */
struct lk_module {
	const struct lk_plugin *plugin;
	pthread_mutex_t serial;     /* one call at a time, if it is serial */
	char *path;
	struct stat as_loaded;
	struct lk_module *next;
};

/* Around every call into a plugin.  A plugin's own library may call back into
 * us on the same thread: whoever is inside loads nothing and sees nothing. */
void lk_inside_begin(void);
void lk_inside_end(void);
bool lk_is_inside(void);

/* One lock around all loading, held across fork() too.  Loading is over when
 * the plugin's init has returned, so the registry holds it; who does is
 * inside. */
void lk_loader_lock(void);
void lk_loader_unlock(void);

/* With the lock held: map the file at this real absolute path, which has been
 * checked and is as st says, unless it is; then it may be older than the file.
 * NULL and *err: why not.  *mapped: its code is in the process, whatever is
 * returned. */
struct lk_module *lk_loader_open(const char *path, const struct stat *st,
				 int *mapped, struct lk_error *err);

/* With the lock held: the plugin of this name in the list, which is part of the
 * program. */
struct lk_module *lk_loader_linked(const struct lk_preloaded *list,
				   const char *name, struct lk_error *err);

#endif
