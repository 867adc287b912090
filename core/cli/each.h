/* Many messages over one connection. SPDX-License-Identifier: MIT */
#ifndef LK_CLI_EACH_H
#define LK_CLI_EACH_H

#include "cli/cli.h"

/* latchkey send --each; an exit status, or -1 with *err set. */
int lk_cli_each(struct lk_cli *, struct lk_error *err);

#endif
