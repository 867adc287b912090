/* The order of trial. SPDX-License-Identifier: MIT */
#include "mech/policy.h"

#include "base/ascii.h"
#include "mech/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
lk_policy_name(const struct lk_entry *e)
{
	const char *slash = strrchr(e->file->shown, '/');

	if (e->record.id[0])
		return e->record.id;
	return slash ? slash + 1 : e->file->shown;
}

/* Classes by flags, from the top; the last row fits all. */
static const struct {
	uint32_t with, without;
	int rank;
} ranks[] = {
	{ LK_F_CHANNEL_BINDING, 0, 7 },
	{ LK_F_TOKEN, 0, 6 },
	{ LK_F_MUTUAL, LK_F_PLAINTEXT, 5 },
	{ LK_F_ACTIVE_SAFE, LK_F_PLAINTEXT, 5 },
	{ 0, LK_F_PLAINTEXT | LK_F_IR_ONLY, 4 },
	{ LK_F_IR_ONLY, 0, 1 },
	{ LK_F_SERVER_FIRST, 0, 2 },
	{ 0, 0, 3 },
};

#define RANK_FIRST 8
#define RANK_LAST  0
#define RANK_LIST  (-1)             /* known at run time only */
#define RANK_UNKNOWN (-2)           /* what was learnt may not be tried now */

static int
rank_of(const struct lk_mech_record *r, const struct lk_login *login)
{
	const char *secrets = login->secrets;
	size_t len, i = 0;

	if (lk_record_is_prefix(r))
		return RANK_LIST;
	if (r->flags & LK_F_NO_SECRET)
		return secrets && lk_ascii_next(&secrets, " ", &len)
		       ? RANK_LAST : RANK_FIRST;
	while ((r->flags & ranks[i].with) != ranks[i].with ||
	       (r->flags & ranks[i].without))
		i++;
	return ranks[i].rank;
}

/* Was it unknown until the plugin ran? */
static bool
is_of_list(const struct lk_entry *e)
{
	const struct lk_notes *notes = e->file->notes;
	size_t i;

	for (i = 0; notes && i < notes->n_mechs; i++)
		if (strcmp(notes->mechs[i].record.id, e->record.id) == 0)
			return lk_record_is_prefix(&e->record);
	return notes != NULL;
}

static void
fill_order(struct lk_candidate *c, const struct lk_learnt *l, int learnt_rank)
{
	const char *id = c->entry->record.id;

	c->order.is_late = c->place == (size_t)-1 && is_of_list(c->entry);
	c->order.rank = c->rank;
	if (learnt_rank == RANK_UNKNOWN)
		return;
	c->order.is_learnt = strcmp(l->id, id) == 0;
	c->order.has_failed = lk_learnt_has_failed(l, id);
	if (c->order.has_failed && c->rank > learnt_rank)
		c->order.rank = learnt_rank;
}

static int
compare(const void *left, const void *right)
{
	const struct lk_candidate *a = left, *b = right;
	const struct lk_mech_record *ra = &a->entry->record;
	const struct lk_mech_record *rb = &b->entry->record;
	bool can_a = a->cls == 0, can_b = b->cls == 0;

	if (can_a != can_b)
		return can_a ? -1 : 1;
	if (a->place != b->place)
		return a->place < b->place ? -1 : 1;
	if (a->order.is_late != b->order.is_late)
		return a->order.is_late ? 1 : -1;
	if (a->order.rank != b->order.rank)
		return a->order.rank > b->order.rank ? -1 : 1;
	if (a->order.is_learnt != b->order.is_learnt)
		return a->order.is_learnt ? -1 : 1;
	if (a->order.has_failed != b->order.has_failed)
		return a->order.has_failed ? 1 : -1;
	if (ra->strength != rb->strength)
		return ra->strength > rb->strength ? -1 : 1;
	if (strcmp(ra->id, rb->id) != 0)
		return strcmp(ra->id, rb->id);
	return strcmp(a->entry->file->path, b->entry->file->path);
}

/* Of those that may be tried: is there one before it with the same form? */
static void
find_twin(struct lk_candidate *all, size_t i)
{
	const struct lk_mech_record *r = &all[i].entry->record;
	size_t j;

	for (j = 0; j < i && !all[i].twin; j++) {
		const struct lk_mech_record *before = &all[j].entry->record;

		if (r->wire[0] && strcmp(before->wire, r->wire) == 0 &&
		    !((before->flags ^ r->flags) & LK_F_IR_ONLY))
			all[i].twin = all[j].entry;
	}
	if (!all[i].twin)
		return;
	snprintf(all[i].reason, sizeof(all[i].reason),
		 "same form as %s, which comes first", all[i].twin->record.id);
	snprintf(all[i].cure, sizeof(all[i].cure), "-o auth=%s", r->id);
}

static void
judge(const struct lk_policy *p, struct lk_entry *e, struct lk_candidate *c)
{
	struct lk_wish wish;

	lk_wish_read(p->login->auth, &e->record, &wish);
	lk_policy_widen(p, &e->record, &wish);
	c->entry = e;
	c->is_named = wish.is_named;
	c->place = wish.place;
	c->rank = rank_of(&e->record, p->login);
	lk_policy_judge(p, c, &wish);
}

int
lk_policy_decide(const struct lk_policy *p, struct lk_candidate **ret,
		 size_t *count)
{
	struct lk_candidate *all;
	int learnt_rank = RANK_UNKNOWN;
	size_t n = 0, i;

	while (p->entries[n])
		n++;
	all = calloc(n + 1, sizeof(*all));
	if (!all)
		return -1;
	for (i = 0; i < n; i++) {
		judge(p, p->entries[i], &all[i]);
		if (all[i].cls == 0 &&
		    strcmp(p->entries[i]->record.id, p->learnt->id) == 0)
			learnt_rank = all[i].rank;
	}
	for (i = 0; i < n; i++)
		fill_order(&all[i], p->learnt, learnt_rank);
	qsort(all, n, sizeof(*all), compare);
	for (i = 0; i < n && all[i].cls == 0; i++)
		find_twin(all, i);
	*ret = all;
	*count = n;
	return 0;
}
