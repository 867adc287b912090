/* Names without a domain. SPDX-License-Identifier: MIT */
#ifndef LK_CLI_NAMING_H
#define LK_CLI_NAMING_H

#include "cli/addresses.h"
#include "cli/aliases.h"

/* Has an address no domain? */
bool lk_address_is_bare(const char *address);

/* How they become addresses. */
struct lk_naming {
	const char *path;           /* of a file of aliases, or NULL */
	const char *domain;         /* NAME@domain, or NULL */
	bool is_local;              /* without a domain they stay as they are */
	struct lk_aliases *aliases; /* NULL first: read when a name asks for it */
};

/* Add what an address stands for: itself if it has a domain; else the targets of
 * its alias, and of theirs; else NAME@domain.  -1 with *err set: it stands for
 * nothing, or for what would have to be executed, written or read. */
int lk_naming_add(struct lk_naming *, const char *address,
		  struct lk_addresses *to, struct lk_error *err);

void lk_naming_wipe(struct lk_naming *);

#endif
