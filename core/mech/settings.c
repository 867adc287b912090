/* What a program's options say of plugins and their parameters.
 * SPDX-License-Identifier: MIT */
#include "mech/settings.h"

#include "base/ascii.h"
#include "base/error.h"
#include "mech/loader.h"
#include "mech/registry.h"
#include "mech/wish.h"

#include <stdlib.h>
#include <string.h>

/* "/x/NAME.so", or "NAME.a" of the program itself. */
static bool
is_called(const char *path, const char *name)
{
	const char *base = strrchr(path, '/');
	const size_t n = strlen(name);

	base = base ? base + 1 : path;
	return strncmp(base, name, n) == 0 &&
	       (strcmp(base + n, ".so") == 0 || strcmp(base + n, ".a") == 0);
}

bool
lk_settings_disable(const struct lk_host *h, const char *path)
{
	const struct lk_plugin_setting *p = h->options.plugins;

	for (; p && p->name; p++)
		if ((p->flags & LK_SETTING_DISABLED) && is_called(path, p->name))
			return true;
	return false;
}

/* Of several files of this name the one whose directory comes first.  What a
 * user's directory has runs only where a login names it. */
static struct lk_file *
find_file(struct lk_host *h, const char *name)
{
	struct lk_file *best = NULL;
	size_t i;

	pthread_mutex_lock(&h->lock);
	for (i = 0; i < h->n_files; i++) {
		struct lk_file *f = h->files[i];

		if (f->present && !f->superseded && !f->user_dir &&
		    is_called(f->found, name) &&
		    (!best || f->directory < best->directory))
			best = f;
	}
	pthread_mutex_unlock(&h->lock);
	return best;
}

static int
check_critical(struct lk_host *h, const char *name, struct lk_error *err)
{
	struct lk_file *f = find_file(h, name);
	struct lk_error why;

	if (f && lk_file_load(f, &why) == 0)
		return 0;
	if (f && why.cls == LK_E_NOMEM)
		return lk_fail_memory(err);
	if (f)
		lk_fail(err, LK_E_CONFIG, "a critical plugin cannot be loaded: "
			"%s", why.sentence);
	else
		lk_fail(err, LK_E_CONFIG, "the critical plugin %s is in none of "
			"the plugin directories", name);
	lk_advise(err, "%s%scritical = no in mechs.d/%s.conf lets logins go on "
		  "without it", f ? why.advice : "",
		  f && *why.advice ? "; " : "", name);
	if (err)
		err->stage = LK_STAGE_CONFIG;
	return -1;
}

int
lk_settings_check(struct lk_host *h, struct lk_error *err)
{
	const struct lk_plugin_setting *p = h->options.plugins;

	/* who is inside of a mechanism sees no plugin at all */
	for (; p && p->name && !lk_is_inside(); p++)
		if ((p->flags & LK_SETTING_CRITICAL) &&
		    check_critical(h, p->name, err) < 0)
			return -1;
	return 0;
}

/* ---- parameters ------------------------------------------------------- */

static size_t
count(const char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

static bool
is_installed(const char *param, struct lk_entry *const *entries)
{
	const size_t n = strcspn(param, ".=");
	size_t i;

	for (i = 0; entries[i]; i++) {
		const struct lk_mech_record *r = &entries[i]->record;

		if ((strlen(r->id) == n && memcmp(r->id, param, n) == 0) ||
		    lk_wish_covers(r, param, n))
			return true;
	}
	return false;
}

/* Of the program's options, which may be of a file. */
static int
check_default(const struct lk_host *h, size_t i,
	      struct lk_entry *const *entries, struct lk_error *err)
{
	const char *const one[] = { h->options.params[i], NULL };
	const char *const *places = h->options.places;
	struct lk_error why;

	if (lk_params_check(one, entries, &why) == 0)
		return 0;
	lk_fail(err, why.cls, "%s: %s",
		places ? places[i] : "default of all logins", why.sentence);
	lk_advise(err, "%s", why.advice);
	return -1;
}

const char **
lk_settings_params(struct lk_host *h, const char *const *own,
		   struct lk_entry *const *entries, struct lk_error *err)
{
	const char *const *dflt = h->options.params;
	const size_t n_dflt = count(dflt), n_own = count(own);
	const char **all = calloc(n_dflt + n_own + 1, sizeof(*all));
	size_t n = 0, i;
	int r = 0;

	if (!all) {
		lk_fail_memory(err);
		return NULL;
	}
	for (i = 0; i < n_dflt && r == 0; i++) {
		/* a package that was removed leaves its configuration */
		if (!is_installed(dflt[i], entries))
			continue;
		r = check_default(h, i, entries, err);
		all[n++] = dflt[i];
	}
	if (r == 0 && lk_params_check(own, entries, err) == 0) {
		if (n_own)
			memcpy(all + n, own, n_own * sizeof(*all));
		return all;
	}
	free(all);
	return NULL;
}
