/* Filling a struct lk_error. SPDX-License-Identifier: MIT */
#ifndef LK_BASE_ERROR_H
#define LK_BASE_ERROR_H

#include <latchkey/error.h>

/* Set class and sentence, clear the rest; returns -1 always, so that a caller
 * can `return lk_fail(err, ...)`.  err may be NULL. */
int lk_fail(struct lk_error *err, int32_t cls, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Add the way out.  err may be NULL. */
void lk_advise(struct lk_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* "out of memory", LK_E_NOMEM; returns -1. */
int lk_fail_memory(struct lk_error *err);

#endif
