/* Which mechanisms may be tried, in which order, and why not the others: a pure
 * function of what is installed, wanted, offered and remembered.
 * SPDX-License-Identifier: MIT */
#ifndef LK_MECH_POLICY_H
#define LK_MECH_POLICY_H

#include "mech/ledger.h"
#include "mech/wish.h"

/* All that decides. */
struct lk_policy {
	struct lk_entry *const *entries; /* NULL-terminated */
	const struct lk_login *login;
	const struct lk_profile *profile;
	const struct lk_facts *facts;
	const char *const *offered; /* upper case, NULL-terminated */
	bool takes_ir;              /* the server: initial responses */
	const struct lk_learnt *learnt;
};

/* Where it stands among those of the same place: what worked last leads what did
 * not work then, whatever their classes, and its own class; never another one of
 * a higher class. */
struct lk_order {
	bool is_late;               /* of a run-time list, and not named */
	int rank;
	bool is_learnt;
	bool has_failed;
};

/* One mechanism and the verdict. */
struct lk_candidate {
	struct lk_entry *entry;
	int32_t cls;                /* 0: it may be tried; LK_E_*: not, see
				       reason */
	int rank;                   /* its class, a higher one first */
	bool is_named;              /* by its id, in auth */
	size_t place;               /* in auth */
	struct lk_order order;
	const struct lk_entry *twin; /* with cls 0: one of the same form, which
				       comes first; this one only if that one
				       was not really tried */
	char reason[192];           /* of cls or twin; else "" */
	char cure[160];             /* the setting that would help, or "" */
};

/* All entries, in the order of trial; those that may not be tried behind those
 * that may.  *ret is to be freed; -1: no memory. */
int lk_policy_decide(const struct lk_policy *, struct lk_candidate **ret,
		     size_t *count);

/* A run-time list is wished for, too, by a name on the wire that is offered and
 * that nothing else has. */
void lk_policy_widen(const struct lk_policy *, const struct lk_mech_record *,
		     struct lk_wish *);

/* The verdict on c->entry by the rules alone: its cls, reason and cure. */
void lk_policy_judge(const struct lk_policy *, struct lk_candidate *c,
		     const struct lk_wish *);

/* Does it read a secret? */
bool lk_policy_reads_secret(const struct lk_mech_record *);

/* Is what goes over this connection safe from others: verified TLS, or
 * private? */
bool lk_policy_is_safe(const struct lk_facts *);

/* Does what is sent let an eavesdropper log in: a reusable secret, or a bearer
 * token? */
bool lk_policy_exposes(const struct lk_mech_record *);

/* Is this name in the list? */
bool lk_policy_is_offered(const char *const *offered, const char *wire);

/* The name of an entry for a person: its id, or that of its file, printable. */
const char *lk_policy_name(const struct lk_entry *);

#endif
