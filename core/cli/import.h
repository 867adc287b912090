/* Settings of other programs, made into ours.  SPDX-License-Identifier: MIT */
#ifndef LK_CLI_IMPORT_H
#define LK_CLI_IMPORT_H

#include "base/buf.h"

#include <latchkey/provider.h>

#include <stdbool.h>

#define LK_IMPORT_MAX 1048576       /* octets of a file */

struct lk_cli;

/* latchkey providers import FILE.xml, accounts import FILE. */
int lk_cli_import_provider(struct lk_cli *, struct lk_error *err);
int lk_cli_import_account(struct lk_cli *, struct lk_error *err);

/* ---- import_write.c ----------------------------------------------------- */

/* A file that is being written, in memory. */
struct lk_import {
	struct lk_buf out;
	struct lk_account *scratch; /* knows the rules of values */
	const char *home;           /* what ~ means, or NULL */
	size_t lost;                /* of what there was, and could not be kept */
	bool is_full;               /* no memory */
	struct lk_error err;        /* of the last value */
};

int lk_import_init(struct lk_import *, struct lk_error *err);
void lk_import_wipe(struct lk_import *);

/* Nothing of it can begin a line of its own. */
void lk_import_comment(struct lk_import *, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void lk_import_lose(struct lk_import *, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A line as it is. */
void lk_import_line(struct lk_import *, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* NULL: a line can have this value of this key; else the rule that it breaks,
 * valid until the next call. */
const char *lk_import_rule(struct lk_import *, const char *key,
			   const char *value);

/* KEY = VALUE, or what it breaks, as a loss. */
void lk_import_put(struct lk_import *, const char *key, const char *value);

/* What a section can be called: `wish`, with what may not stand there replaced.
 */
void lk_import_name(char to[65], const char *wish);

/* ---- the readers, from memory ------------------------------------------ */

/* -1, LK_E_CONFIG: it is not one, or nothing of it is of use. */
int lk_import_autoconfig(struct lk_import *, const void *xml, size_t len,
			 struct lk_error *err);

/* text is changed; it has room for a NUL. */
int lk_import_msmtp(struct lk_import *, char *text, size_t len,
		    struct lk_error *err);

#endif
