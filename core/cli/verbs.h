/* What latchkey accounts and latchkey providers share.
 * SPDX-License-Identifier: MIT */
#ifndef LK_CLI_VERBS_H
#define LK_CLI_VERBS_H

#include "cli/cli.h"

/* The first operand. */
struct lk_cli_verb {
	const char *name;           /* NULL: the end of a list */
	const char *operands;       /* for a person, or "nothing else" */
	size_t least, most;         /* of them */
	int (*run)(struct lk_cli *, struct lk_error *);
};

int lk_cli_verb(struct lk_cli *, const struct lk_cli_verb *,
		struct lk_error *err);

/* With the host: print a setting and where it was said; ctx is a struct lk_shown. */
struct lk_shown {
	struct lk_cli *cli;
	const char *kind, *name;    /* "account", "work" */
};

int lk_cli_show(void *ctx, const struct lk_setting *);

/* ---- check.c ----------------------------------------------------------- */

/* latchkey accounts check, providers check. */
int lk_cli_check(struct lk_cli *, struct lk_error *err);

#endif
