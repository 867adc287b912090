/* One line a message. SPDX-License-Identifier: MIT */
#ifndef LK_CLI_LOG_H
#define LK_CLI_LOG_H

#include "cli/addresses.h"

#include <latchkey/error.h>

#include <time.h>

/* What it tells; a text may be NULL or hold anything. */
struct lk_log_line {
	time_t now;
	const char *account, *from, *id;
	const struct lk_addresses *to;
	int32_t code;               /* of the server's last reply, 0: none */
	int32_t cls;                /* LK_E_*, 0: sent */
	int exit;
};

/* Get ready for it, before anything is sent: `where` is syslog, a file (made
 * with mode 0600), or NULL.  A descriptor, -1: none is needed, -2 with *err
 * set. */
int lk_log_open(const char *where, struct lk_error *err);

/* Closes the descriptor.  -1 with *err set. */
int lk_log_write(int fd, const char *where, const struct lk_log_line *,
		 struct lk_error *err);

#endif
