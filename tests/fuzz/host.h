/* A host whose plugins are linked in: no file is touched, and what was learnt
 * is forgotten between inputs. SPDX-License-Identifier: MIT */
#ifndef FUZZ_HOST_H
#define FUZZ_HOST_H

#include "mech/host.h"

/* The one host, as new.  log: as of struct lk_host_options. */
struct lk_host *fuzz_host(void (*log)(void *, uint32_t, const char *),
			  void *ctx);

/* The entry with this id; there is one. */
struct lk_entry *fuzz_entry(const char *id);

#endif
