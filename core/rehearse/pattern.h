/* The patterns of a server's rules. SPDX-License-Identifier: MIT */
#ifndef LK_REHEARSE_PATTERN_H
#define LK_REHEARSE_PATTERN_H

#include "rehearse/script.h"

struct lk_pattern {
	struct lk_buf octets, how;  /* as lk_expand() gives them */
};

/* Undo the escapes of raw.  NULL, or what is wrong; free it in any case. */
const char *lk_pattern_read(struct lk_pattern *, const char *raw,
			    const struct lk_var *vars);
void lk_pattern_free(struct lk_pattern *);

bool lk_pattern_match(const struct lk_pattern *, const char *line, size_t len);

#endif
