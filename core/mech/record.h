/* The records that describe mechanisms and their parameters, checked.
 * SPDX-License-Identifier: MIT */
#ifndef LK_MECH_RECORD_H
#define LK_MECH_RECORD_H

#include <latchkey/error.h>

#include <stdbool.h>

#define LK_NOTES_MAX 256            /* records of one file */
#define LK_CRITICAL 0xffff0000u     /* bits of any flags */

/* One mechanism of a file. */
struct lk_noted {
	struct lk_mech_record record;
	const struct lk_param_record **params; /* NULL-terminated */
	char *fault;                /* why it is refused, or NULL */
};

struct lk_notes {
	struct lk_noted *mechs;
	size_t n_mechs;
	struct lk_param_record *params;
	size_t n_params;
};

struct lk_notes *lk_notes_new(void);
void lk_notes_free(struct lk_notes *);

/* Add a record of this type (LK_NOTE_*), len octets as its writer had it: a
 * zero-filled copy is kept.  -1 and *err: the file is refused. */
int lk_notes_add(struct lk_notes *, uint32_t type, const void *record,
		 size_t len, struct lk_error *err);

/* All are there: give parameters to their mechanisms and check everything.  A
 * mechanism that is refused alone gets a fault.  -1 and *err: the file is. */
int lk_notes_end(struct lk_notes *, struct lk_error *err);

/* "prefix-*": stands for a list that is known at run time. */
bool lk_record_is_prefix(const struct lk_mech_record *);

/* Does the prefix record stand for this id? */
bool lk_record_covers(const struct lk_mech_record *, const char *id);

#endif
