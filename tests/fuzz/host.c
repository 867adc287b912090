/* A host whose plugins are linked in. SPDX-License-Identifier: MIT */
#include "host.h"

#include "fuzz.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Their sources are compiled with LK_STATIC. */
LK_PRELOAD(cram_md5);
LK_PRELOAD(external);
LK_PRELOAD(login);
LK_PRELOAD(oauth);
LK_PRELOAD(plain);
LK_PRELOAD(scram);
LK_PRELOAD(scripted);

static const struct lk_preloaded plugins[] = {
	LK_PRELOADED_BEGIN, LK_PRELOADED(cram_md5), LK_PRELOADED(external),
	LK_PRELOADED(login), LK_PRELOADED(oauth), LK_PRELOADED(plain),
	LK_PRELOADED(scram), LK_PRELOADED(scripted), LK_PRELOADED_END
};

static struct lk_host *host;
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

/* It looks at no directory. */
static void
set_up(void)
{
	const struct lk_host_options options = {
		.size = sizeof(options), .preloaded = plugins,
	};
	struct lk_error err;

	setenv("LATCHKEY_PLUGIN_PATH", "/nonexistent", 1);
	setenv("XDG_DATA_HOME", "/nonexistent", 1);
	MUST(lk_host_new(&host, &options, &err) == 0, "%s", err.sentence);
	lk_host_freeze(host);
}

/* What the plugin remembers. */
static void
restart(struct lk_file *f)
{
	struct lk_early early;

	if (!f->calls.init)
		return;
	if (f->calls.deinit)
		f->calls.deinit(f->context);
	f->context = NULL;
	lk_early_init(&early, host, f->shown);
	MUST(f->calls.init(&early.head, &f->context) == LK_DONE, "%s: init",
	     f->shown);
}

struct lk_host *
fuzz_host(void (*log)(void *, uint32_t, const char *), void *ctx)
{
	size_t i;

	if (!host)
		set_up();
	/* as a new one would: it begins anew with each input */
	chance = 1;
	for (i = 0; i < host->n_files; i++)
		restart(host->files[i]);
	lk_ledger_free(host->ledger);
	host->ledger = lk_ledger_new();
	host->options.log = log;
	host->options.log_ctx = ctx;
	return host;
}

struct lk_entry *
fuzz_entry(const char *id)
{
	struct lk_entry **entries = lk_host_entries(host), *e = NULL;
	size_t i;

	for (i = 0; entries && entries[i]; i++)
		if (strcmp(entries[i]->record.id, id) == 0)
			e = entries[i];
	free(entries);
	MUST(e && e->state == LK_MECH_LOADED, "%s: %s", id,
	     e && e->reason ? e->reason : "it is not there");
	return e;
}
