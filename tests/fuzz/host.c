/* A host whose plugins are linked in. SPDX-License-Identifier: MIT */
#define LK_STATIC                   /* their symbols have names of their own */
#include "host.h"

#include "fuzz.h"
#include "mech/admit.h"
#include "mech/registry.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* Of sources that are compiled with LK_STATIC. */
#define LINKED(X) X(cram_md5) X(external) X(login) X(oauth) X(plain) X(scram) \
	X(scripted)
#define DECLARE(name) extern const struct lk_plugin LK_SYMBOL__(name);
#define ADDRESS(name) &LK_SYMBOL__(name),
LINKED(DECLARE)

static const struct lk_plugin *const plugins[] = { LINKED(ADDRESS) };
#define PLUGINS (sizeof(plugins) / sizeof(*plugins))

static struct lk_host *host;
static struct lk_file *files[PLUGINS];
static uint64_t chance;

/* ---- chance and time, by the linker's --wrap ----------------------------- */

ssize_t __wrap_getrandom(void *to, size_t len, unsigned flags);
int __wrap_PKCS5_PBKDF2_HMAC(const char *, int, const unsigned char *, int,
			     int, const EVP_MD *, int, unsigned char *);
int __real_PKCS5_PBKDF2_HMAC(const char *, int, const unsigned char *, int,
			     int, const EVP_MD *, int, unsigned char *);

/* The same for every input. */
ssize_t
__wrap_getrandom(void *to, size_t len, unsigned flags)
{
	unsigned char *p = to;
	size_t i;

	(void)flags;
	for (i = 0; i < len; i++) {
		chance = chance * 6364136223846793005u + 1;
		p[i] = (unsigned char)(chance >> 56);
	}
	return (ssize_t)len;
}

/* A server may ask for a million rounds. */
int
__wrap_PKCS5_PBKDF2_HMAC(const char *password, int n_password,
			 const unsigned char *salt, int n_salt, int rounds,
			 const EVP_MD *md, int n, unsigned char *to)
{
	MUST(rounds >= 4096 && rounds <= 1000000, "%d rounds", rounds);
	return __real_PKCS5_PBKDF2_HMAC(password, n_password, salt, n_salt, 1,
					md, n, to);
}

/* ---- the host ------------------------------------------------------------ */

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

static struct lk_file *
add_plugin(const struct lk_plugin *plugin)
{
	struct lk_file *f = calloc(1, sizeof(*f));
	const struct lk_mech *const *list;
	struct lk_error err;
	size_t i;

	MUST(lk_admit_plugin(plugin, &f->calls, &err) == 0, "%s",
	     err.sentence);
	f->host = host;
	f->found = f->path = f->shown = strdup(plugin->name);
	f->present = f->pinned = true;
	f->plugin = plugin;
	list = plugin->mechs(NULL);
	read_notes(f, list);
	for (i = 0; i < f->notes->n_mechs; i++)
		lk_entry_add(f, &f->notes->mechs[i].record,
			     (const struct lk_param_record *const *)
			     f->notes->mechs[i].params);
	MUST(lk_admit_list(f, list, &err) == 0, "%s", err.sentence);
	return f;
}

/* What it remembers begins anew. */
static void
restart(struct lk_file *f)
{
	struct lk_early early;

	if (f->context && f->calls.deinit)
		f->calls.deinit(f->context);
	f->context = NULL;
	lk_early_init(&early, host, f->path);
	if (f->calls.init)
		MUST(f->calls.init(&early.head, &f->context) == LK_DONE,
		     "%s: init", f->path);
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
		files[i] = add_plugin(plugins[i]);
	lk_settle(host);
	for (i = 0; i < host->n_entries; i++)
		MUST(host->entries[i]->state == LK_MECH_LOADED, "%s: %s",
		     host->entries[i]->record.id, host->entries[i]->reason);
}

struct lk_host *
fuzz_host(void (*log)(void *, uint32_t, const char *), void *ctx)
{
	size_t i;

	if (!host)
		set_up();
	chance = 1;
	for (i = 0; i < PLUGINS; i++)
		restart(files[i]);
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
