/* The plugin as a host loads it, and logins by its mechanisms.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_SASL_REAL_H
#define TESTS_SASL_REAL_H

#include "unit/attempt.h"

static struct lk_host *installed;
static struct lk_entry **entries;

static inline void
list_entries(void)
{
	free(entries);
	entries = lk_host_entries(installed);
	assert_non_null(entries);
}

/* NULL: there is no such mechanism. */
static inline struct lk_entry *
find_in(struct lk_entry **list, const char *id)
{
	size_t i;

	for (i = 0; list[i]; i++)
		if (strcmp(list[i]->record.id, id) == 0)
			return list[i];
	return NULL;
}

static inline struct lk_entry *
find(const char *id)
{
	return find_in(entries, id);
}

static char loaded_log[8192];       /* what was logged by the host */

static inline void
note_line(void *ctx, uint32_t level, const char *text)
{
	size_t n = strlen(loaded_log);

	(void)ctx;
	(void)level;
	snprintf(loaded_log + n, sizeof(loaded_log) - n, "%s\n", text);
}

static inline int
load(void **state)
{
	struct lk_host_options options = { .size = sizeof(options),
					   .log = note_line };
	struct lk_error err;

	(void)state;
	if (lk_host_new(&installed, &options, &err) < 0)
		fail_msg("%s", err.sentence);
	list_entries();
	assert_non_null(find("sasl-*"));
	if (lk_host_load_entry(installed, find("sasl-*"), &err) < 0)
		fail_msg("%s", err.sentence);
	list_entries();
	assert_null(find("sasl-*"));
	return 0;
}

static inline int
unload(void **state)
{
	(void)state;
	free(entries);
	entries = NULL;
	lk_host_free(installed);
	return 0;
}

/* A login by this mechanism is about to begin; alice logs in. */
static inline void
real_init_in(struct attempt *a, struct lk_entry **list, const char *id)
{
	struct lk_entry *e = find_in(list, id);

	if (!e || !e->mech)
		fail_msg("%s: %s", id, e && e->reason ? e->reason : "none");
	attempt_init(a, e->mech);
	a->entry.params = e->params;
	a->file.context = e->file->context;
	a->facts.flags = LK_FACT_ENCRYPTED | LK_FACT_VERIFIED;
}

static inline void
real_init(struct attempt *a, const char *id)
{
	real_init_in(a, entries, id);
}

static inline void
assert_part(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in \"%s\"", part, text);
}

static inline const char *
sentence(struct attempt *a)
{
	return lk_exchange_error(a->x)->sentence;
}

#endif
