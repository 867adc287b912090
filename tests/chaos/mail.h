/* A whole login and a message over the server in memory.  The test itself
 * allocates nothing. SPDX-License-Identifier: MIT */
#ifndef CHAOS_MAIL_H
#define CHAOS_MAIL_H

#include "server.h"

#include <latchkey/smtp.h>

#define MAIL_TO 3

struct mail {
	/* what is wanted */
	struct lk_host *host;
	struct lk_login login;
	uint32_t tls;
	size_t recipients;          /* 0: as 1 */
	uint32_t flags;             /* LK_MAIL_* */
	unsigned messages;          /* 0: as 1 */
	const char *text;           /* NULL: some text */
	void (*pause)(void *ctx);   /* before each piece the server says */
	void (*wait)(void *ctx);    /* before it waits for anything else */
	void *pause_ctx;
	struct server server;       /* server_init() it */

	/* what became of it */
	int32_t cls;                /* of the session: 0 after QUIT */
	int32_t result[4];          /* of each message: 0 or a class */
	unsigned begun;             /* messages */
	unsigned sent;              /* with result 0 */
	struct lk_error error;
	struct lk_recipient to[MAIL_TO];
	char mech[32];              /* that logged in, or "" */
};

void mail_run(struct mail *);

/* Plugins stay mapped, which costs memory once. */
void mail_load_all(void);

#endif
