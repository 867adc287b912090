/* The parts of latchkey accounts check. SPDX-License-Identifier: MIT */
#ifndef LK_CLI_CHECK_H
#define LK_CLI_CHECK_H

#include "cli/cli.h"

struct lk_check {
	struct lk_cli *cli;
	const char *file;           /* what has nothing from it does not count;
				       or NULL */
	const char *kind, *name;    /* the section under way */
	struct lk_account *account; /* or NULL */
	char broken[1024];          /* what mechs.d says wrongly; or "" */
	bool is_meant;              /* it has something from the file */
	size_t sections, wrong, doubtful;
};

/* ---- check.c ------------------------------------------------------------- */

void lk_check_tell(struct lk_check *, bool is_wrong, const char *sentence);

/* With file and line of the key, or, if that is NULL, of the one that the
 * sentence begins with. */
void lk_check_tell_at(struct lk_check *, bool is_wrong, const char *key,
		      const char *sentence);

/* ---- check_source.c ------------------------------------------------------ */

/* Secrets that are nowhere to be had; nothing is run. */
void lk_check_sources(struct lk_check *);

/* ---- check_value.c ------------------------------------------------------- */

/* Values that a person hardly means, files that are not there, and what exposes
 * secrets. */
void lk_check_values(struct lk_check *);

/* ---- check_files.c ------------------------------------------------------- */

/* Domains that a provider takes over from another one, or has for nothing. */
void lk_check_domains(struct lk_check *);

/* What mechs.d says of plugins that are not there. */
void lk_check_plugins(struct lk_check *);

/* Files that nobody reads. */
void lk_check_unread(struct lk_check *);

#endif
