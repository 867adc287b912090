/* Memory that runs out: the code of the libraries calls these instead of the C
 * library's, by the linker's --wrap. SPDX-License-Identifier: MIT */
#ifndef CHAOS_FAIL_H
#define CHAOS_FAIL_H

#include <stdbool.h>
#include <stddef.h>

/* The n-th allocation from now on fails, counted from 0; all else works. */
void fail_at(size_t n);

/* None fails any more.  Did one? */
bool fail_stop(void);

/* Blocks and mappings that are there now. */
size_t fail_live(void);

/* Who asked for what failed, as arguments for `addr2line -e PROGRAM`. */
const char *fail_where(void);

#endif
