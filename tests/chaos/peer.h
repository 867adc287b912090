/* The server in memory on a loopback port, in a process of its own, so that
 * what it hears is not in ours. SPDX-License-Identifier: MIT */
#ifndef CHAOS_PEER_H
#define CHAOS_PEER_H

#include "server.h"

#include "temp.h"

#include <sys/types.h>

struct peer {
	pid_t pid;
	unsigned port;
	int *accepted;              /* messages, so far */
	char ca[TEMP];              /* file of the authority of its certificate;
				       peer_end() removes it */
};

/* Serves connections, one after the other, until peer_end(). */
void peer_begin(struct peer *, const struct manners *, bool implicit_tls);
void peer_end(struct peer *);

/* Returns when it is through with all connections so far. */
void peer_settle(const struct peer *);

#endif
