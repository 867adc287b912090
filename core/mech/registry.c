/* Which mechanisms there are, and getting their plugins to run.
 * SPDX-License-Identifier: MIT */
#include "mech/registry.h"

#include "base/error.h"
#include "mech/admit.h"
#include "mech/check.h"
#include "mech/loader.h"
#include "mech/outcome.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All hosts of the process share the lock of a serial plugin. */
static void
enter(struct lk_file *f)
{
	if (f->calls.threads != LK_PLUGIN_PER_SESSION)
		pthread_mutex_lock(f->serial);
	lk_inside_begin();
}

static void
leave(struct lk_file *f)
{
	lk_inside_end();
	if (f->calls.threads != LK_PLUGIN_PER_SESSION)
		pthread_mutex_unlock(f->serial);
}

void
lk_entry_enter(struct lk_entry *e)
{
	enter(e->file);
}

void
lk_entry_leave(struct lk_entry *e)
{
	leave(e->file);
}

void
lk_file_end(struct lk_file *f)
{
	if (f->plugin && f->calls.deinit) {
		enter(f);
		f->calls.deinit(f->context);
		leave(f);
	}
	f->plugin = NULL;
	f->context = NULL;
}

/* ---- entries ---------------------------------------------------------- */

struct lk_entry *
lk_entry_add(struct lk_file *f, const struct lk_mech_record *record,
	     const struct lk_param_record *const *params)
{
	static const struct lk_param_record *const none[] = { NULL };
	struct lk_entry **more, *e = calloc(1, sizeof(*e));
	struct lk_host *h = f->host;

	if (!e)
		return NULL;
	more = reallocarray(h->entries, h->n_entries + 1, sizeof(*more));
	if (!more) {
		free(e);
		return NULL;
	}
	h->entries = more;
	e->file = f;
	if (record)
		e->record = *record;
	e->params = params ? params : none;
	e->state = LK_MECH_FOUND;
	more[h->n_entries++] = e;
	return e;
}

static int
by_place(const void *a, const void *b)
{
	const struct lk_entry *x = *(struct lk_entry *const *)a;
	const struct lk_entry *y = *(struct lk_entry *const *)b;
	int r;

	if (x->file->directory != y->file->directory)
		return x->file->directory < y->file->directory ? -1 : 1;
	r = strcmp(x->file->found, y->file->found);
	return r ? r : strcmp(x->record.id, y->record.id);
}

static void
decide(struct lk_entry *e, int32_t state, const char *reason)
{
	e->next_reason = reason;
	e->next_state = state;
}

/* What it is by itself. */
static void
settle_alone(struct lk_entry *e)
{
	struct lk_file *f = e->file;
	const char *why = f->reason ? f->reason : e->fault;
	char text[3072];

	if (why && f->changed) {
		snprintf(text, sizeof(text),
			 "%s; changed on disk, restart to try it again", why);
		why = lk_host_keep(f->host, text);
	}
	if (why)
		decide(e, LK_MECH_FAILED, why);
	else if (!e->mech)
		decide(e, LK_MECH_FOUND, NULL);
	else if (f->changed)
		decide(e, LK_MECH_CHANGED,
			  "changed on disk, restart to use it");
	else
		decide(e, LK_MECH_LOADED, NULL);
}

static bool
competes(const struct lk_entry *e)
{
	return e->file->present && !e->replaced && *e->record.id &&
	       !e->file->reason && !e->fault;
}

#define TWIN "the id %s is also in %s, in the same directory"

static void
settle_pair(struct lk_entry *first, struct lk_entry *later)
{
	struct lk_host *h = first->file->host;
	char text[3072];

	if (first->file->directory == later->file->directory &&
	    first->file->directory < h->n_directories) {
		snprintf(text, sizeof(text), TWIN, first->record.id,
			 later->file->shown);
		decide(first, LK_MECH_FAILED, lk_host_keep(h, text));
		snprintf(text, sizeof(text), TWIN, first->record.id,
			 first->file->shown);
		decide(later, LK_MECH_FAILED, lk_host_keep(h, text));
	} else if (first->next_state != LK_MECH_FAILED &&
		   first->next_state != LK_MECH_SHADOWED) {
		snprintf(text, sizeof(text), "shadowed by %s, which is %s",
			 first->file->shown, first->file->is_linked
			 ? "part of the program" : "in an earlier directory");
		decide(later, LK_MECH_SHADOWED, lk_host_keep(h, text));
	}
}

void
lk_settle(struct lk_host *h)
{
	size_t i, j;

	if (h->n_entries)
		qsort(h->entries, h->n_entries, sizeof(*h->entries), by_place);
	for (i = 0; i < h->n_entries; i++)
		settle_alone(h->entries[i]);
	/* twins of one directory come before what they would shadow */
	for (i = 0; i < h->n_entries; i++)
		for (j = i + 1; j < h->n_entries; j++)
			if (competes(h->entries[i]) &&
			    competes(h->entries[j]) &&
			    strcmp(h->entries[i]->record.id,
				   h->entries[j]->record.id) == 0)
				settle_pair(h->entries[i], h->entries[j]);
	for (i = 0; h->is_frozen && i < h->n_entries; i++)
		if (h->entries[i]->next_state == LK_MECH_FOUND)
			decide(h->entries[i], LK_MECH_FAILED, LK_FROZEN);
	/* at last, because others read these without the lock */
	for (i = 0; i < h->n_entries; i++) {
		h->entries[i]->reason = h->entries[i]->next_reason;
		h->entries[i]->state = h->entries[i]->next_state;
	}
}

/* ---- loading ---------------------------------------------------------- */

/* The file is still what was listed, and nobody else's. */
static int
check_again(struct lk_file *f, struct stat *st, struct lk_error *err)
{
	int fd = lk_note_open(f->path, st, err);

	if (fd < 0)
		return -1;
	close(fd);
	if (lk_file_differs(f, st))
		return lk_fail(err, LK_E_CONFIG,
			       "changed on disk since it was listed");
	f->untrusted = lk_check_path(f->found, NULL, err) < 0;
	return f->untrusted ? -1 : 0;
}

static int
begin(struct lk_file *f, struct lk_error *err)
{
	struct lk_early early;
	int32_t r = LK_DONE;

	lk_early_init(&early, f->host, f->shown);
	enter(f);
	if (f->calls.init)
		r = f->calls.init(&early.head, &f->context);
	leave(f);
	if (r == LK_DONE)
		return 0;
	lk_fail(err, LK_E_CONFIG, "its init failed: %s", *early.error.sentence
		? early.error.sentence : lk_outcome_said(r));
	lk_advise(err, "%s", early.error.advice);
	return -1;
}

/* Its code.  *mapped as of lk_loader_open(). */
static struct lk_module *
get_module(struct lk_file *f, int *mapped, struct lk_error *err)
{
	struct lk_module *m;
	struct stat st;

	*mapped = f->is_linked;
	if (f->is_linked)
		return lk_loader_linked(f->host->options.preloaded, f->path,
					err);
	if (check_again(f, &st, err) < 0)
		return NULL;
	m = lk_loader_open(f->path, &st, mapped, err);
	if (!m)
		return NULL;
	/* another host may have loaded it when it was another file */
	pthread_mutex_lock(&f->host->lock);
	f->changed = lk_file_differs(f, &m->as_loaded);
	lk_file_identify(f, &m->as_loaded);
	pthread_mutex_unlock(&f->host->lock);
	return m;
}

/* Everything that runs code of the plugin. */
static int
bring_up(struct lk_file *f, const struct lk_mech *const **list, int *mapped,
	 struct lk_error *err)
{
	struct lk_module *m = get_module(f, mapped, err);

	if (!m || lk_admit_plugin(m->plugin, &f->calls, err) < 0)
		return -1;
	f->serial = &m->serial;
	if (begin(f, err) < 0)
		return -1;
	f->plugin = m->plugin;
	enter(f);
	*list = f->calls.mechs(f->context);
	leave(f);
	return 0;
}

static int
load_locked(struct lk_file *f, struct lk_error *err)
{
	const struct lk_mech *const *list = NULL;
	struct lk_host *h = f->host;
	const char *reason;
	struct lk_error why;
	bool is_up;
	int r, mapped;

	pthread_mutex_lock(&h->lock);
	is_up = f->plugin && !f->reason;
	reason = f->reason;
	if (!is_up && !reason && h->is_frozen)
		reason = LK_FROZEN;
	if (!reason)
		f->pinned = true;
	pthread_mutex_unlock(&h->lock);
	if (is_up)
		return 0;
	if (reason)
		return lk_fail(err, LK_E_CONFIG, "%s: %s", f->shown, reason);
	r = bring_up(f, &list, &mapped, &why);
	pthread_mutex_lock(&h->lock);
	if (r == 0)
		r = lk_admit_list(f, list, &why);
	f->pinned = mapped;
	if (r < 0 && why.cls != LK_E_NOMEM)
		f->reason = lk_host_keep_error(h, &why);
	lk_settle(h);
	pthread_mutex_unlock(&h->lock);
	if (r < 0) {
		if (why.cls == LK_E_NOMEM)
			lk_file_end(f);
		lk_fail(err, why.cls, "%s: %s", f->shown, why.sentence);
		if (*why.advice)
			lk_advise(err, "%s", why.advice);
		lk_host_log(h, LK_LOG_WARN, "%s: %s", f->shown, why.sentence);
		return -1;
	}
	lk_host_log(h, LK_LOG_INFO, "%s: loaded", f->shown);
	return 0;
}

int
lk_file_load(struct lk_file *f, struct lk_error *err)
{
	int r;

	if (lk_is_inside())
		return lk_fail(err, LK_E_UNSUPPORTED, "%s: not loaded from "
			       "inside of another mechanism", f->shown);
	lk_loader_lock();
	r = load_locked(f, err);
	lk_loader_unlock();
	return r;
}

int
lk_host_load_entry(struct lk_host *h, struct lk_entry *e,
		   struct lk_error *err)
{
	const char *reason;
	int32_t state = e->state;
	bool is_ready;

	if (state == LK_MECH_LOADED || state == LK_MECH_CHANGED)
		return 0;
	reason = e->reason;
	if (state == LK_MECH_FAILED)
		return lk_fail(err, LK_E_CONFIG, "%s: %s", e->file->shown,
			       reason ? reason : "failed");
	if (lk_file_load(e->file, err) < 0)
		return -1;
	pthread_mutex_lock(&h->lock);
	is_ready = e->mech || e->replaced;
	reason = e->reason;
	pthread_mutex_unlock(&h->lock);
	if (!is_ready)
		return lk_fail(err, LK_E_CONFIG, "%s: %s: %s", e->file->shown,
			       e->record.id, reason ? reason : "failed");
	return 0;
}
