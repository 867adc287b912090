/* As much of an IMAP client as a login needs, and a server that is a text.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_IMAP_H
#define TESTS_IMAP_H

#include <latchkey/host.h>

#include <stdbool.h>

struct imap {
	struct lk_auth *auth;
	struct lk_facts facts;
	const char *offered;
	const char *server;         /* all that it says; it hangs up at "\n!" or
				       at the end */
	unsigned tag;
	char said[2048];            /* lines and events, "|" between */
	char shown[2048];           /* the same as a trace may have it */
};

/* Obey lk_auth until it is done or stops; the flags of STOP. */
uint32_t imap_log_in(struct imap *);

#endif
