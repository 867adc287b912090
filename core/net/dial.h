/* From a host's name to a connected socket. SPDX-License-Identifier: MIT */
#ifndef LK_NET_DIAL_H
#define LK_NET_DIAL_H

#include "net/address.h"

#include <latchkey/error.h>

#define LK_DIAL_MS 15000            /* for each address */

/* Race the addresses of the host, each for at most timeout_ms; `last`, if it is
 * set, has a head start and the name is not looked up if it answers in it.
 * 0: *fd is connected as lk_race_run() says, *last is the address; or -1 with
 * *err set, which names each address and why it failed. */
int lk_dial(const char *host, unsigned port, int timeout_ms,
	    struct lk_address *last, int *fd, struct lk_error *err);

/* A Unix socket likewise. */
int lk_dial_socket(const char *path, int timeout_ms, struct lk_address *,
		   int *fd, struct lk_error *err);

#endif
