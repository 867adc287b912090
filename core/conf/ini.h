/* The lines of a configuration file. SPDX-License-Identifier: MIT */
#ifndef LK_CONF_INI_H
#define LK_CONF_INI_H

#include <latchkey/error.h>

#include <stddef.h>

#define LK_INI_LINE_MAX 4096        /* octets, without the LF */

#define LK_INI_END     0
#define LK_INI_SECTION 1            /* [name], [name value] */
#define LK_INI_KEY     2            /* name = value */

/* All zero but text, left and path is the beginning. */
struct lk_ini {
	char *text;                 /* what is left of it; is changed, and there
				       is room for a NUL behind it */
	size_t left;
	const char *path;           /* for an advice; NULL: "FILE" */
	uint32_t line;              /* of what came last, from 1 */
	const char *name, *value;   /* never NULL after SECTION and KEY */
};

/* LK_INI_*, or -1 with *err set, which does not name file and line. */
int lk_ini_next(struct lk_ini *, struct lk_error *err);

#endif
