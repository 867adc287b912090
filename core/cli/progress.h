/* How far it is, on a terminal. SPDX-License-Identifier: MIT */
#ifndef LK_CLI_PROGRESS_H
#define LK_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct lk_progress {
	bool is_on;
	size_t all;
	struct timespec start, shown;
};

/* On standard error, if it is a terminal and `wanted`. */
void lk_progress_begin(struct lk_progress *, size_t all, bool wanted);

/* Not more often than ten times a second. */
void lk_progress_show(struct lk_progress *, size_t done, size_t failed);

/* Before another line is printed, and at the end. */
void lk_progress_clear(struct lk_progress *);

#endif
