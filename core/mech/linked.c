/* Plugins that are part of the program. SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "mech/loader.h"
#include "mech/registry.h"
#include "mech/settings.h"

#include <string.h>

#define PROGRAM "@PROGRAM@"         /* libtool's name for the program itself */

/* What it has shows only when its code ran; it is in the program anyway. */
static int
add(struct lk_host *h, const char *name, struct lk_error *err)
{
	const struct stat none = { 0 };
	struct lk_file *f = lk_file_new(h, name, &none, 0);
	struct lk_error why;
	struct lk_entry *e;

	if (!f)
		return lk_fail_memory(err);
	f->is_linked = true;
	f->path = strdup(name);
	if (!f->path || lk_file_show(f) < 0)
		return lk_fail_memory(err);
	if (lk_settings_disable(h, name))
		f->reason = lk_host_keep(h, LK_DISABLED);
	if (lk_file_load(f, &why) == 0)
		return 0;
	if (why.cls == LK_E_NOMEM)
		return lk_fail_memory(err);
	/* one that is broken keeps its place */
	pthread_mutex_lock(&h->lock);
	e = lk_entry_add(f, NULL, NULL);
	pthread_mutex_unlock(&h->lock);
	return e ? 0 : lk_fail_memory(err);
}

int
lk_scan_linked(struct lk_host *h, struct lk_error *err)
{
	const struct lk_preloaded *p = h->options.preloaded;

	/* who is inside of a mechanism sees nothing anyway */
	if (lk_is_inside())
		return 0;
	/* the first one names who made the list */
	for (; p && p->name; p++)
		if (p != h->options.preloaded && !p->address &&
		    strcmp(p->name, PROGRAM) != 0 && add(h, p->name, err) < 0)
			return -1;
	return 0;
}
