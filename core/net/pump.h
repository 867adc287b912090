/* A client's inside, and the pump that obeys the engine.
 * SPDX-License-Identifier: MIT */
#ifndef LK_NET_PUMP_H
#define LK_NET_PUMP_H

#include "net/dial.h"
#include "net/message.h"
#include "net/wire.h"

#include <latchkey/client.h>

#define LK_REPLY_MS 60000           /* unless the account says otherwise */
#define LK_FINAL_MS 600000          /* to the final dot (RFC 5321, 4.5.3.2) */
#define LK_WAIT_MS 300000           /* for a secret: servers wait as long */
#define LK_QUIT_MS 5000             /* for the answer that changes nothing */

struct lk_client {
	struct lk_host *host_object;
	struct lk_account *account;
	struct lk_client_options options;
	char *host;                 /* as configured, in ASCII */
	uint32_t port;
	char *socket;               /* its path; NULL: host and port */
	uint32_t tls;               /* LK_TLS_* */
	int timeout_ms;             /* for a reply */

	struct lk_trust *trust;     /* NULL until it is needed */
	struct lk_address address;  /* the last one that answered */
	struct lk_wire wire;
	struct lk_login account_login; /* the account's own */
	struct lk_auth *auth;       /* of this connection, or NULL */
	struct lk_smtp *smtp;       /* NULL: not connected yet */

	bool dialled;               /* the engine does not know of it yet */
	bool gone;                  /* the peer hung up */
	bool quitting;              /* what is awaited changes nothing */
	bool last;                  /* QUIT goes with the message under way */
	int64_t progress;           /* when something last went on */

	struct lk_pieces body;      /* of the message under way */
	const unsigned char *piece; /* what the engine did not take yet */
	size_t piece_len;

	char tls_version[16];
	char peer[128];
};

/* ---- client.c ---------------------------------------------------------- */

bool lk_client_is_connected(const struct lk_client *);

/* Close; what info tells of the last connection stays. */
void lk_client_hang_up(struct lk_client *, bool polite);

/* Hang up without a word, and end the engine and the login. */
void lk_client_forget(struct lk_client *);

/* The engine's reason for being closed; -1. */
int lk_client_closed(const struct lk_client *, struct lk_error *err);

/* ---- connect.c --------------------------------------------------------- */

/* A socket to the host: 0, or -1 with *err set. */
int lk_connect_dial(struct lk_client *, struct lk_error *err);

/* The engine wants a connection: dial unless it was done, TLS if it comes
 * first, and tell the engine how it went. */
void lk_connect_engine(struct lk_client *);

/* The engine wants TLS. */
void lk_connect_starttls(struct lk_client *);

/* What a login may know of the connection. */
struct lk_facts lk_connect_facts(const struct lk_client *);

/* Our name in EHLO. */
void lk_connect_name(const struct lk_client *, char *to, size_t room);

void lk_client_note(struct lk_client *, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- pump.c ------------------------------------------------------------ */

/* Obey the engine until it wants `until`, or is closed. */
void lk_pump(struct lk_client *, uint32_t until);

/* Is the idle connection still good?  A server that has lost its patience says
 * 421 or hangs up. */
bool lk_pump_look(struct lk_client *);

#endif
