/* A host whose plugins are linked in. SPDX-License-Identifier: MIT */
#include "host.h"

#include "fuzz.h"
#include "mech/admit.h"
#include "mech/registry.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of sources that are compiled with LK_STATIC. */
extern const struct lk_plugin login_LTX_latchkey_plugin_v0;
extern const struct lk_plugin plain_LTX_latchkey_plugin_v0;
extern const struct lk_plugin scripted_LTX_latchkey_plugin_v0;

static const struct lk_plugin *const plugins[] = {
	&login_LTX_latchkey_plugin_v0,
	&plain_LTX_latchkey_plugin_v0,
	&scripted_LTX_latchkey_plugin_v0,
};
#define PLUGINS (sizeof(plugins) / sizeof(*plugins))

static struct lk_host *host;

/* As if the notes had been read from a file. */
static void
read_notes(struct lk_file *f, const struct lk_mech *const *list)
{
	struct lk_error err;
	size_t i, j;

	f->notes = lk_notes_new();
	for (i = 0; list[i]; i++) {
		const struct lk_mech *m = list[i];

		lk_notes_add(f->notes, LK_NOTE_MECH, &m->note->record,
			     sizeof(m->note->record), &err);
		for (j = 0; m->params && m->params[j]; j++)
			lk_notes_add(f->notes, LK_NOTE_PARAM,
				     &m->params[j]->record,
				     sizeof(m->params[j]->record), &err);
	}
	MUST(lk_notes_end(f->notes, &err) == 0, "%s", err.sentence);
}

static void
add_plugin(const struct lk_plugin *plugin)
{
	struct lk_file *f = calloc(1, sizeof(*f));
	const struct lk_mech *const *list;
	struct lk_error err;
	size_t i;

	MUST(lk_admit_plugin(plugin, &f->calls, &err) == 0, "%s",
	     err.sentence);
	f->host = host;
	f->found = f->path = strdup(plugin->name);
	f->present = f->pinned = true;
	f->plugin = plugin;
	list = plugin->mechs(NULL);
	read_notes(f, list);
	for (i = 0; i < f->notes->n_mechs; i++)
		lk_entry_add(f, &f->notes->mechs[i].record,
			     (const struct lk_param_record *const *)
			     f->notes->mechs[i].params);
	MUST(lk_admit_list(f, list, &err) == 0, "%s", err.sentence);
}

/* Lives as long as the process. */
static void
set_up(void)
{
	size_t i;

	host = calloc(1, sizeof(*host));
	pthread_mutex_init(&host->lock, NULL);
	host->pid = getpid();
	for (i = 0; i < PLUGINS; i++)
		add_plugin(plugins[i]);
	lk_settle(host);
	for (i = 0; i < host->n_entries; i++)
		MUST(host->entries[i]->state == LK_MECH_LOADED, "%s: %s",
		     host->entries[i]->record.id, host->entries[i]->reason);
}

struct lk_host *
fuzz_host(void (*log)(void *, uint32_t, const char *), void *ctx)
{
	if (!host)
		set_up();
	lk_ledger_free(host->ledger);
	host->ledger = lk_ledger_new();
	host->options.log = log;
	host->options.log_ctx = ctx;
	return host;
}

struct lk_entry *
fuzz_entry(const char *id)
{
	size_t i = 0;

	while (strcmp(host->entries[i]->record.id, id) != 0)
		i++;
	return host->entries[i];
}
