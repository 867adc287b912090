/* Loading ahead, and no more from then on. SPDX-License-Identifier: MIT */
#include "base/ascii.h"
#include "base/error.h"
#include "mech/loader.h"
#include "mech/record.h"
#include "mech/registry.h"
#include "mech/state.h"
#include "mech/wish.h"

#include <stdlib.h>
#include <string.h>

#define SEPARATORS " \t\r\n,"

void
lk_host_freeze(struct lk_host *h)
{
	const bool is_inside = lk_is_inside();

	/* its descriptor works in a chroot, too */
	lk_state_open(h, true);
	/* who is inside may hold this lock already */
	if (!is_inside)
		lk_loader_lock();
	pthread_mutex_lock(&h->lock);
	h->is_frozen = true;
	lk_settle(h);
	pthread_mutex_unlock(&h->lock);
	if (!is_inside)
		lk_loader_unlock();
}

/* Could a login with this `auth` use it? */
static bool
is_wanted(const struct lk_entry *e, const char *auth)
{
	const int32_t state = e->state;
	struct lk_wish w;

	lk_wish_read(auth, &e->record, &w);
	if (!*e->record.id || state == LK_MECH_SHADOWED || w.is_forbidden)
		return false;
	if (w.is_named || e->file->user_dir)
		return w.is_named;
	/* what nobody asked for may be broken */
	return w.is_listed ||
	       (state == LK_MECH_FOUND && (w.is_open || !w.is_list));
}

/* A run-time list may have any name on the wire. */
static bool
is_any_list(const struct lk_entry *e, const char *word)
{
	for (; *word; word++)
		if (lk_ascii_upper(*word) != *word)
			return false;
	return lk_record_is_prefix(&e->record) && !e->file->user_dir &&
	       e->state == LK_MECH_FOUND;
}

static int
load(struct lk_host *h, const char *auth,
     bool (*is_meant)(const struct lk_entry *, const char *auth),
     struct lk_error *err)
{
	struct lk_entry **list = lk_host_entries(h);
	size_t i;
	int r = 0;

	if (!list)
		return lk_fail_memory(err);
	for (i = 0; list[i]; i++)
		if (is_meant(list[i], auth) &&
		    lk_host_load_entry(h, list[i], r < 0 ? NULL : err) < 0)
			r = -1;
	free(list);
	return r;
}

/* Is anything loaded that this word stands for?  Or say what is there. */
static int
check_loaded(struct lk_host *h, const char *word, struct lk_error *err)
{
	struct lk_entry **list = lk_host_entries(h);
	const char *nearest;
	struct lk_wish w;
	int r = -1;
	size_t i;

	if (!list)
		return lk_fail_memory(err);
	nearest = lk_wish_nearest(word, strlen(word), list);
	lk_fail(err, LK_E_CONFIG, "preload: no installed mechanism is called "
		"\"%s\"", word);
	if (nearest)
		lk_advise(err, "did you mean \"%s\"?", nearest);
	for (i = 0; list[i] && r < 0; i++) {
		const int32_t state = list[i]->state;

		lk_wish_read(word, &list[i]->record, &w);
		if (!w.is_listed)
			continue;
		if (state == LK_MECH_LOADED || state == LK_MECH_CHANGED) {
			r = 0;
		} else if (!w.is_named && list[i]->file->user_dir) {
			lk_fail(err, LK_E_CONFIG, "preload: %s: in a user "
				"directory and not named by its id",
				list[i]->file->shown);
			lk_advise(err, "\"%s\" instead of \"%s\"",
				  list[i]->record.id, word);
		}
	}
	free(list);
	return r;
}

static int
check_words(struct lk_host *h, const char *auth, struct lk_error *err)
{
	const char *at;
	char word[64];
	size_t len;
	int r = 0;

	while ((at = lk_ascii_next(&auth, SEPARATORS, &len))) {
		if (*at == '!' || (len == 1 && *at == '*'))
			continue;
		lk_ascii_printable(word, sizeof(word), at, len);
		if (check_loaded(h, word, NULL) == 0)
			continue;
		if (load(h, word, is_any_list, r < 0 ? NULL : err) < 0 ||
		    check_loaded(h, word, r < 0 ? NULL : err) < 0)
			r = -1;
	}
	return r;
}

int
lk_host_preload(struct lk_host *h, const char *auth, struct lk_error *err)
{
	int r;

	if (lk_host_scan(h, err) < 0)
		return -1;
	r = load(h, auth, is_wanted, err);
	if (auth && check_words(h, auth, r < 0 ? NULL : err) < 0)
		r = -1;
	return r;
}
