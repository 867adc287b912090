/* Maps plugins into the process, for good: the one file that knows libltdl.
 * SPDX-License-Identifier: MIT */
#include "mech/loader.h"

#include "base/ascii.h"
#include "base/error.h"

#include <dlfcn.h>
#include <ltdl.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local unsigned inside;
static struct lk_module *modules;
static bool is_up;

void
lk_inside_begin(void)
{
	inside++;
}

void
lk_inside_end(void)
{
	inside--;
}

bool
lk_is_inside(void)
{
	return inside > 0;
}

/* Who forks inside of a plugin may hold this lock already, or one that its
 * holder waits for. */
static void
before_fork(void)
{
	if (!inside)
		pthread_mutex_lock(&lock);
}

static void
after_fork(void)
{
	if (!inside)
		pthread_mutex_unlock(&lock);
}

static void
watch_forks(void)
{
	pthread_atfork(before_fork, after_fork, after_fork);
}

void
lk_loader_lock(void)
{
	pthread_once(&once, watch_forks);
	pthread_mutex_lock(&lock);
	inside++;
}

void
lk_loader_unlock(void)
{
	inside--;
	pthread_mutex_unlock(&lock);
}

/* The linker's text holds names as they are on disk. */
static int
fail(struct lk_error *err, const char *what, const char *text)
{
	char shown[1024];

	text = text ? text : "unknown error";
	lk_ascii_printable(shown, sizeof(shown), text, strlen(text));
	return lk_fail(err, LK_E_CONFIG, "%s: %s", what, shown);
}

/* libltdl calls every failure "file not found" and binds lazily, so that a
 * missing symbol would end the process later.  The dynamic linker itself tells
 * the truth, at once. */
static void *
preflight(const char *path, struct lk_error *err)
{
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!handle) {
		fail(err, "cannot be loaded", dlerror());
		return NULL;
	}
	if (!dlsym(handle, LK_PLUGIN_SYMBOL)) {
		lk_fail(err, LK_E_CONFIG,
			"no symbol " LK_PLUGIN_SYMBOL " in it");
		dlclose(handle);
		return NULL;
	}
	return handle;
}

static bool
start_up(void)
{
	is_up = is_up || lt_dlinit() == 0;
	return is_up;
}

/* Resident, and by its whole name: no .la file, no search path.  `advice` says
 * where it comes from: a file, or the program itself. */
static const struct lk_plugin *
map(const char *name, int (*advice)(lt_dladvise *), struct lk_error *err)
{
	const struct lk_plugin *plugin = NULL;
	lt_dladvise advise = NULL;
	lt_dlhandle handle = NULL;

	if (start_up() && lt_dladvise_init(&advise) == 0 &&
	    advice(&advise) == 0 && lt_dladvise_resident(&advise) == 0)
		handle = lt_dlopenadvise(name, advise);
	if (handle)
		plugin = lt_dlsym(handle, LK_PLUGIN_SYMBOL);
	if (!plugin)
		fail(err, "cannot be loaded by libltdl", lt_dlerror());
	if (advise)
		lt_dladvise_destroy(&advise);
	return plugin;
}

/* One file by two paths is one plugin. */
static struct lk_module *
module_of(const struct lk_plugin *plugin, const char *path,
	  const struct stat *st, struct lk_error *err)
{
	struct lk_module *m;

	for (m = modules; m; m = m->next)
		if (m->plugin == plugin)
			return m;
	m = calloc(1, sizeof(*m));
	if (m)
		m->path = strdup(path);
	if (!m || !m->path || pthread_mutex_init(&m->serial, NULL) != 0) {
		if (m)
			free(m->path);
		free(m);
		lk_fail_memory(err);
		return NULL;
	}
	m->plugin = plugin;
	m->as_loaded = *st;
	m->next = modules;
	modules = m;
	return m;
}

struct lk_module *
lk_loader_open(const char *path, const struct stat *st, int *mapped,
	       struct lk_error *err)
{
	const struct lk_plugin *plugin;
	struct lk_module *m;
	void *handle;

	*mapped = 1;
	/* the dynamic linker, too, would return what it has by this name */
	for (m = modules; m; m = m->next)
		if (strcmp(m->path, path) == 0)
			return m;
	*mapped = 0;
	handle = preflight(path, err);
	if (!handle)
		return NULL;
	*mapped = 1;
	plugin = map(path, lt_dladvise_local, err);
	dlclose(handle);
	return plugin ? module_of(plugin, path, st, err) : NULL;
}

/* A list that libltdl has already it does not take again; but another user of
 * libltdl may have made it forget all. */
struct lk_module *
lk_loader_linked(const struct lk_preloaded *list, const char *name,
		 struct lk_error *err)
{
	const struct lk_plugin *plugin;
	struct stat none = { 0 };

	_Static_assert(sizeof(*list) == sizeof(lt_dlsymlist) &&
		       offsetof(struct lk_preloaded, address) ==
		       offsetof(lt_dlsymlist, address), "libltdl's list");
	if (!start_up() || lt_dlpreload((const lt_dlsymlist *)list) != 0) {
		lk_fail_memory(err);
		return NULL;
	}
	plugin = map(name, lt_dladvise_preload, err);
	return plugin ? module_of(plugin, name, &none, err) : NULL;
}
