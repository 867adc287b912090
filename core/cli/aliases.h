/* A file of aliases, as aliases(5) has it. SPDX-License-Identifier: MIT */
#ifndef LK_CLI_ALIASES_H
#define LK_CLI_ALIASES_H

#include <latchkey/error.h>

#include <stdbool.h>
#include <stddef.h>

struct lk_alias {
	char *name;                 /* lower case, without quotes */
	char *value, *end;          /* its lines in one */
	unsigned line;
	bool is_open;               /* its targets are being looked at */
	bool is_done;
};

struct lk_aliases {
	char *text;                 /* holds all names and values */
	struct lk_alias *list;      /* sorted by name */
	size_t n;
};

/* -1 with *err set: file, line and rule. */
int lk_aliases_read(struct lk_aliases **ret, const char *path,
		    struct lk_error *err);

/* By its name in lower case, or NULL. */
struct lk_alias *lk_aliases_find(const struct lk_aliases *, const char *key);

void lk_aliases_free(struct lk_aliases *);

#endif
