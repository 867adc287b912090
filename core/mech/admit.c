/* What a loaded plugin says of itself, taken over.
 * SPDX-License-Identifier: MIT */
#include "mech/admit.h"

#include "base/error.h"
#include "mech/registry.h"

#include <stdlib.h>
#include <string.h>

#define LISTED_MAX 256              /* mechanisms of one plugin */

int
lk_admit_plugin(const struct lk_plugin *p, struct lk_plugin *copy,
		struct lk_error *err)
{
	if (p->size < offsetof(struct lk_plugin, threads))
		return lk_fail(err, LK_E_CONFIG, "short struct: its struct "
			       "lk_plugin has %u octets", p->size);
	if (p->abi != LK_ABI)
		return lk_fail(err, LK_E_CONFIG, "its code was built for draft "
			       "%u, this program reads draft %u",
			       p->abi & 0xffff, LK_ABI_DRAFT);
	if (p->size < sizeof(*copy))
		return lk_fail(err, LK_E_CONFIG, "short struct: its struct "
			       "lk_plugin has %u octets, at least %zu are "
			       "needed", p->size, sizeof(*copy));
	memcpy(copy, p, sizeof(*copy));
	if (copy->flags & LK_CRITICAL)
		return lk_fail(err, LK_E_CONFIG, "its struct lk_plugin has "
			       "the unknown critical flags 0x%08x",
			       copy->flags & LK_CRITICAL);
	if (!copy->mechs)
		return lk_fail(err, LK_E_CONFIG, "it has no mechs callback");
	return 0;
}

/* Copies of what is in memory, as of a note in a file. */
static bool
copy_mech(const struct lk_mech_note *n, struct lk_mech_record *to)
{
	if (!n || n->namesz != sizeof(LK_NOTE_OWNER) ||
	    n->type != LK_NOTE_MECH || n->descsz < sizeof(*to))
		return false;
	*to = n->record;
	return true;
}

static bool
copy_param(const struct lk_param_note *n, struct lk_param_record *to)
{
	if (n->namesz != sizeof(LK_NOTE_OWNER) || n->type != LK_NOTE_PARAM ||
	    n->descsz < sizeof(*to))
		return false;
	*to = n->record;
	return true;
}

static bool
has_param(const struct lk_entry *e, const struct lk_param_record *r)
{
	size_t i = 0;

	while (e->params[i] && memcmp(e->params[i], r, sizeof(*r)) != 0)
		i++;
	return e->params[i];
}

static bool
has_same_params(const struct lk_entry *e, const struct lk_mech *m)
{
	struct lk_param_record r;
	size_t i;

	for (i = 0; m->params && m->params[i]; i++)
		if (!copy_param(m->params[i], &r) || !has_param(e, &r))
			return false;
	return true;
}

/* Take over the calls of a mechanism: its fault, or NULL. */
static const char *
admit(struct lk_entry *e, const struct lk_mech *mech)
{
	struct lk_mech *c = &e->calls;

	memcpy(c, mech, sizeof(*c));
	if (c->flags & LK_CRITICAL)
		return "its struct lk_mech has unknown critical flags";
	if (!c->start)
		return "it has no start callback";
	if (!c->step)
		return "it has no step callback";
	if (!c->free)
		return "it has no free callback";
	e->mech = mech;
	return NULL;
}

static struct lk_entry *
find(struct lk_file *f, const char *id)
{
	struct lk_host *h = f->host;
	size_t i;

	for (i = 0; i < h->n_entries; i++)
		if (h->entries[i]->file == f &&
		    strncmp(h->entries[i]->record.id, id,
			    sizeof(h->entries[i]->record.id)) == 0)
			return h->entries[i];
	return NULL;
}

static struct lk_entry *
find_prefix(struct lk_file *f, const char *id)
{
	struct lk_host *h = f->host;
	size_t i;

	for (i = 0; i < h->n_entries; i++)
		if (h->entries[i]->file == f && !h->entries[i]->fault &&
		    lk_record_covers(&h->entries[i]->record, id))
			return h->entries[i];
	return NULL;
}

/* One of a run-time list: its notes, for lk_notes_end().  Of the parameters that
 * are noted for the prefix it has those that it lists, as its own. */
static int
list_one(struct lk_file *f, const struct lk_mech *m,
	 const struct lk_mech_record *record, struct lk_error *err)
{
	const struct lk_entry *prefix = find_prefix(f, record->id);
	struct lk_param_record p;
	size_t i;

	if (lk_notes_add(f->listed, LK_NOTE_MECH, record, sizeof(*record),
			 err) < 0)
		return -1;
	for (i = 0; m->params && m->params[i]; i++) {
		if (!copy_param(m->params[i], &p))
			return lk_fail(err, LK_E_CONFIG, "a parameter of %s "
				       "has no note", record->id);
		if (prefix && memcmp(p.id, record->id, sizeof(p.id)) != 0 &&
		    !has_param(prefix, &p))
			return lk_fail(err, LK_E_CONFIG, "a parameter of %s "
				       "is in no note: the note in the file "
				       "and in memory differ", record->id);
		memcpy(p.id, record->id, sizeof(p.id));
		if (lk_notes_add(f->listed, LK_NOTE_PARAM, &p, sizeof(p),
				 err) < 0)
			return -1;
	}
	return 0;
}

/* Entries for what was listed; mechs[i] is the one of the i-th note. */
static int
expand(struct lk_file *f, const struct lk_mech *const *mechs,
       struct lk_error *err)
{
	struct lk_entry *prefix, *e;
	size_t i;

	if (lk_notes_end(f->listed, err) < 0)
		return -1;
	for (i = 0; i < f->listed->n_mechs; i++) {
		struct lk_noted *m = &f->listed->mechs[i];
		const struct lk_param_record *const *params =
			(const struct lk_param_record *const *)m->params;

		prefix = find_prefix(f, m->record.id);
		if (prefix)
			prefix->replaced = true;
		e = lk_entry_add(f, &m->record, params);
		if (!e)
			return lk_fail_memory(err);
		e->fault = m->fault ? lk_host_keep(f->host, m->fault)
				    : admit(e, mechs[i]);
	}
	return 0;
}

/* One that is listed: admitted if it is noted, collected if a prefix is.  Of
 * what is part of the program no file has notes: all are collected. */
static int
take(struct lk_file *f, const struct lk_mech *mech,
     const struct lk_mech **collected, struct lk_error *err)
{
	struct lk_mech_record record;
	struct lk_entry *e;

	if (mech->size < sizeof(*mech))
		return lk_fail(err, LK_E_CONFIG, "short struct: its struct "
			       "lk_mech has %u octets, at least %zu are needed",
			       mech->size, sizeof(*mech));
	if (!copy_mech(mech->note, &record) ||
	    !memchr(record.id, 0, sizeof(record.id)))
		return lk_fail(err, LK_E_CONFIG,
			       "it lists a mechanism without a note");
	e = find(f, record.id);
	if (e && f->changed) {
		/* older code than the file: these two may have moved on */
		memcpy(record.version, e->record.version,
		       sizeof(record.version));
		memcpy(record.summary, e->record.summary,
		       sizeof(record.summary));
	}
	if (e && memcmp(&e->record, &record, sizeof(record)) != 0)
		e->fault = "the note in the file and in memory differ";
	else if (e && !e->fault)
		e->fault = has_same_params(e, mech) ? admit(e, mech)
			   : "the note of a parameter in the file and in "
			     "memory differ";
	if (e)
		return 0;
	if ((!f->is_linked && !find_prefix(f, record.id)) ||
	    strchr(record.id, '*'))
		return lk_fail(err, LK_E_CONFIG, "it lists a mechanism that is "
			       "in no note: the note in the file and in memory "
			       "differ");
	collected[f->listed->n_mechs] = mech;
	return list_one(f, mech, &record, err);
}

static int
admit_all(struct lk_file *f, const struct lk_mech *const *list,
	  struct lk_error *err)
{
	const struct lk_mech *collected[LISTED_MAX];
	struct lk_host *h = f->host;
	size_t i;

	f->listed = lk_notes_new();
	if (!f->listed)
		return lk_fail_memory(err);
	for (i = 0; list && list[i]; i++) {
		if (i == LISTED_MAX)
			return lk_fail(err, LK_E_CONFIG, "it lists more than "
				       "%d mechanisms", LISTED_MAX);
		if (take(f, list[i], collected, err) < 0)
			return -1;
	}
	if (expand(f, collected, err) < 0)
		return -1;
	for (i = 0; i < h->n_entries; i++) {
		struct lk_entry *e = h->entries[i];

		if (e->file != f || e->mech || e->fault || e->replaced)
			continue;
		e->fault = lk_record_is_prefix(&e->record)
				   ? "its library offers no mechanism"
				   : "it is noted, but the plugin does not "
				     "list it";
	}
	return 0;
}

/* As if nothing had been listed yet; the entries from `from` on are new. */
static void
forget(struct lk_file *f, size_t from)
{
	struct lk_host *h = f->host;
	size_t i;

	while (h->n_entries > from)
		free(h->entries[--h->n_entries]);
	for (i = 0; i < from; i++)
		if (h->entries[i]->file == f) {
			h->entries[i]->mech = NULL;
			h->entries[i]->replaced = false;
		}
	lk_notes_free(f->listed);
	f->listed = NULL;
}

int
lk_admit_list(struct lk_file *f, const struct lk_mech *const *list,
	      struct lk_error *err)
{
	size_t n = f->host->n_entries;

	if (admit_all(f, list, err) == 0)
		return 0;
	if (err->cls == LK_E_NOMEM)
		forget(f, n);
	return -1;
}
