/* The server in memory on a loopback port, in a process of its own, so that
 * what it hears is not in ours. SPDX-License-Identifier: MIT */
#ifndef CHAOS_PEER_H
#define CHAOS_PEER_H

#include "server.h"

#include <sys/types.h>

struct peer {
	pid_t pid;
	unsigned port;
	char ca[64];                /* file of the authority of its certificate;
				       peer_end() removes it */
};

/* Serves connections until peer_end(). */
void peer_begin(struct peer *, const struct manners *, bool implicit_tls);
void peer_end(struct peer *);

#endif
