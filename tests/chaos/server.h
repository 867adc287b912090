/* A server in memory, of one connection: it hears what the client sends and
 * puts its answers into `out`.  It allocates nothing and keeps nothing of what
 * it hears. SPDX-License-Identifier: MIT */
#ifndef CHAOS_SERVER_H
#define CHAOS_SERVER_H

#include <stdbool.h>
#include <stddef.h>

/* Must hold in a test, with NDEBUG too. */
#define NEED(fact) ((fact) ? (void)0 : server_abort(#fact))
_Noreturn void server_abort(const char *fact);

/* How it behaves; what is not set is the usual. */
struct manners {
	const char *words;          /* of EHLO: "PIPELINING", LF between */
	const char *auth;           /* what it offers, by blanks */
	bool starttls;              /* it offers AUTH after it only */
	bool takes_name_from_ir;    /* LOGIN: asks for the password at once
				       as that of the field report does */
	int refusals;               /* logins to refuse before one counts */
	bool drops_at_refusal;      /* it hangs up then */
	bool refuses_for_now;
	bool echoes;                /* what it refuses, or answers */
	bool refuses_second;        /* recipient */
	int final;                  /* code for the message; 0: 250 */
};

struct server {
	const struct manners *manners;
	char out[8192];
	size_t len;                 /* of out */
	bool is_encrypted;
	bool wants_tls;             /* a handshake is next */
	bool hung_up;
	bool in_body;
	enum { NO_AUTH, NAME_NEXT, PASSWORD_NEXT } auth;
	bool logged_in;
	int refused;                /* logins, on all connections */
	int recipients;
	int accepted;               /* messages, on all connections */
	char line[16384];
	size_t line_len;
};

void server_init(struct server *, const struct manners *);

/* A new connection: the greeting. */
void server_greet(struct server *, bool is_encrypted);
void server_tls_up(struct server *);

/* What the client sent. */
void server_hear(struct server *, const void *data, size_t len);

#endif
