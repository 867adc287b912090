/* The parts of latchkey mechs. SPDX-License-Identifier: MIT */
#ifndef LK_CLI_MECHS_H
#define LK_CLI_MECHS_H

#include "cli/cli.h"

/* ---- mechs.c ------------------------------------------------------------ */

const char *lk_mechs_state(const struct lk_mech_info *);

/* "sasl-*" */
bool lk_mechs_is_list(const struct lk_mech_record *);

/* What stands in a file, or names one, may be anything. */
const char *lk_mechs_clean(char room[4096], const char *text);

/* ---- mechs_info.c ------------------------------------------------------- */

/* latchkey mechs info */
int lk_mechs_info(struct lk_cli *, struct lk_error *err);

#endif
