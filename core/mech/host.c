/* The host: what is installed, for programs. SPDX-License-Identifier: MIT */
#include "mech/host.h"

#include "base/ascii.h"
#include "base/error.h"
#include "mech/loader.h"
#include "mech/registry.h"
#include "mech/settings.h"
#include "mech/state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *
lk_version(void)
{
	return LATCHKEY_VERSION;
}

void
lk_host_log(struct lk_host *h, uint32_t level, const char *format, ...)
{
	char line[1024], shown[1024];
	va_list ap;

	if (!h->options.log)
		return;
	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	lk_ascii_printable(shown, sizeof(shown), line, strlen(line));
	h->options.log(h->options.log_ctx, level, shown);
}

const char *
lk_host_keep(struct lk_host *h, const char *text)
{
	char **more, *copy;
	size_t i;

	for (i = 0; i < h->n_texts; i++)
		if (strcmp(h->texts[i], text) == 0)
			return h->texts[i];
	more = reallocarray(h->texts, h->n_texts + 1, sizeof(*more));
	if (more)
		h->texts = more;
	copy = more ? strdup(text) : NULL;
	if (!copy)
		return "out of memory";
	return h->texts[h->n_texts++] = copy;
}

const char *
lk_host_keep_error(struct lk_host *h, const struct lk_error *why)
{
	char both[sizeof(why->sentence) + sizeof(why->advice) + 2];

	snprintf(both, sizeof(both), "%s%s%s", why->sentence,
		 *why->advice ? ": " : "", why->advice);
	return lk_host_keep(h, both);
}

int
lk_fail_path(struct lk_error *err, int32_t cls, const char *path,
	     const char *what)
{
	char shown[1024];

	lk_ascii_printable(shown, sizeof(shown), path, strlen(path));
	return lk_fail(err, cls, "%s: %s", shown, what);
}

static int
take_options(struct lk_host *h, const struct lk_host_options *o,
	     struct lk_error *err)
{
	size_t n;

	if (!o)
		return 0;
	if (o->flags & LK_CRITICAL)
		return lk_fail(err, LK_E_USAGE, "unknown critical flags 0x%08x "
			       "of a host", o->flags & LK_CRITICAL);
	n = o->size < sizeof(*o) ? o->size : sizeof(*o);
	memcpy(&h->options, o, n);
	if (h->options.program) {
		h->options.program = strdup(h->options.program);
		if (!h->options.program)
			return lk_fail_memory(err);
	}
	if (h->options.state_dir) {
		if (h->options.state_dir[0] != '/')
			return lk_fail_path(err, LK_E_USAGE,
					    h->options.state_dir, "the path of "
					    "a state directory must be "
					    "absolute");
		h->state_dir = lk_state_dir_new(h->options.state_dir);
		h->options.state_dir = NULL;
		if (!h->state_dir)
			return lk_fail_memory(err);
	}
	return 0;
}

int
lk_host_new(struct lk_host **ret, const struct lk_host_options *options,
	    struct lk_error *err)
{
	struct lk_host *h = calloc(1, sizeof(*h));

	if (!h)
		return lk_fail_memory(err);
	if (pthread_mutex_init(&h->lock, NULL) != 0) {
		free(h);
		return lk_fail_memory(err);
	}
	h->pid = getpid();
	h->ledger = lk_ledger_new();
	if (!h->ledger) {
		lk_fail_memory(err);
		goto fail;
	}
	if (take_options(h, options, err) < 0 ||
	    lk_scan_directories(h, err) < 0 || lk_scan_linked(h, err) < 0 ||
	    lk_host_scan(h, err) < 0 || lk_settings_check(h, err) < 0)
		goto fail;
	*ret = h;
	return 0;
fail:
	lk_host_free(h);
	return -1;
}

void
lk_host_free(struct lk_host *h)
{
	size_t i;

	if (!h)
		return;
	for (i = 0; i < h->n_files; i++) {
		/* in a forked child nobody knows in which state they are */
		if (h->pid == getpid())
			lk_file_end(h->files[i]);
		lk_file_free(h->files[i]);
	}
	for (i = 0; i < h->n_entries; i++)
		free(h->entries[i]);
	for (i = 0; i < h->n_texts; i++)
		free(h->texts[i]);
	for (i = 0; i < h->n_directories; i++)
		free(h->directories[i].path);
	free(h->files);
	free(h->entries);
	free(h->texts);
	free(h->directories);
	lk_ledger_free(h->ledger);
	lk_state_dir_free(h->state_dir);
	free((char *)h->options.program);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

int
lk_host_scan(struct lk_host *h, struct lk_error *err)
{
	int r = 0;

	pthread_mutex_lock(&h->lock);
	if (!h->is_frozen) {
		r = lk_scan(h, err);
		lk_settle(h);
	}
	pthread_mutex_unlock(&h->lock);
	return r;
}

struct lk_entry **
lk_host_entries(struct lk_host *h)
{
	struct lk_entry **list, *e;
	size_t i, n = 0;

	if (lk_is_inside())
		return calloc(1, sizeof(*list));
	pthread_mutex_lock(&h->lock);
	list = calloc(h->n_entries + 1, sizeof(*list));
	for (i = 0; list && i < h->n_entries; i++) {
		e = h->entries[i];
		if (e->file->present && !e->replaced)
			list[n++] = e;
	}
	pthread_mutex_unlock(&h->lock);
	return list;
}

void
lk_host_each(struct lk_host *h,
	     int (*each)(void *ctx, const struct lk_mech_info *), void *ctx)
{
	struct lk_entry **list = lk_host_entries(h);
	size_t i;

	for (i = 0; list && list[i]; i++) {
		const struct lk_entry *e = list[i];
		const char *reason = e->reason;
		struct lk_mech_info info = {
			.size = sizeof(info),
			.flags = e->file->user_dir ? LK_MECH_USER_DIR : 0,
			.state = e->state,
			.path = e->file->path,
			.reason = reason ? reason : "",
			.record = *e->record.id ? &e->record : NULL,
			.params = e->params,
		};

		if (each(ctx, &info) != 0)
			break;
	}
	free(list);
}

/* The first thing that is wrong with a file that was loaded. */
static int
check_loaded(struct lk_file *f, struct lk_error *err)
{
	struct lk_host *h = f->host;
	const char *fault = NULL, *id = NULL;
	size_t i;

	pthread_mutex_lock(&h->lock);
	for (i = 0; i < h->n_entries && !fault; i++)
		if (h->entries[i]->file == f) {
			fault = h->entries[i]->fault;
			id = h->entries[i]->record.id;
		}
	pthread_mutex_unlock(&h->lock);
	if (fault)
		return lk_fail(err, LK_E_CONFIG, "%s: %s: %s", f->shown, id,
			       fault);
	return 0;
}

/* Without a look at the disk. */
static int
find_loaded(struct lk_host *h, const char *path, struct lk_file **ret,
	    struct lk_error *err)
{
	size_t i;

	for (i = 0; i < h->n_files; i++) {
		*ret = h->files[i];
		if ((*ret)->plugin && (strcmp((*ret)->path, path) == 0 ||
				       strcmp((*ret)->found, path) == 0))
			return 0;
	}
	return lk_fail_path(err, LK_E_CONFIG, path, LK_FROZEN);
}

int
lk_host_load(struct lk_host *h, const char *path, struct lk_error *err)
{
	struct lk_file *f = NULL;
	int r;

	if (*path != '/')
		return lk_fail_path(err, LK_E_USAGE, path,
				    "the path of a plugin must be absolute");
	pthread_mutex_lock(&h->lock);
	r = h->is_frozen ? find_loaded(h, path, &f, err)
			 : lk_scan_path(h, path, &f, err);
	lk_settle(h);
	pthread_mutex_unlock(&h->lock);
	if (r < 0 || lk_file_load(f, err) < 0)
		return -1;
	return check_loaded(f, err);
}
