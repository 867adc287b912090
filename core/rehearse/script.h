/* Conversations and servers in files, as tests/scripts/FORMAT.md has them.
 * SPDX-License-Identifier: MIT */
#ifndef LK_REHEARSE_SCRIPT_H
#define LK_REHEARSE_SCRIPT_H

#include "base/buf.h"

#include <latchkey/error.h>

#include <stdbool.h>

#define LK_SCRIPT_MAILS  8
#define LK_SCRIPT_TO     128
#define LK_SCRIPT_PARAMS 8

/* ---- the text of a line ------------------------------------------------- */

struct lk_text {
	char *data;                 /* with a NUL behind it */
	size_t len;
};

/* `{name}` stands for the value. */
struct lk_var {
	const char *name;           /* NULL at the end */
	const char *value;          /* NULL: there is none */
};

/* How an octet is compared in a pattern. */
#define LK_HOW_FOLD  'f'            /* written as it is: case does not count */
#define LK_HOW_EXACT 'e'            /* from an escape or from braces */
#define LK_HOW_ANY   '*'            /* a `*`: anything */

/* Undo the escapes of raw: \r \n \t \0 \\ \* \xHH, {b64:...}, {name}.  vars and
 * how may be NULL; how gets one LK_HOW_* for each octet.  NULL, or what is
 * wrong. */
const char *lk_expand(struct lk_buf *to, struct lk_buf *how, const char *raw,
		      const struct lk_var *vars);

/* ---- a file ------------------------------------------------------------- */

enum lk_turn_kind {
	LK_TURN_SERVER,
	LK_TURN_CLIENT,
	LK_TURN_CLIENT_GLOB,
	LK_TURN_TLS,
	LK_TURN_CONNECT,
	LK_TURN_DROP,
	LK_TURN_TIMEOUT,
	LK_TURN_END,
	LK_TURN_STATE,              /* of servers: its name */
	LK_TURN_ON,                 /* a pattern */
	LK_TURN_NEXT,               /* a state's name */
	LK_TURN_START,              /* a state's name */
	LK_TURN_CHECK,              /* after END: word, text */
	LK_TURN_OPTION,             /* word, text */
};

struct lk_turn {
	enum lk_turn_kind kind;
	int line;
	char *word;
	struct lk_text text;        /* escapes undone; as written in servers */
};

struct lk_script {
	const char *path;           /* borrowed */
	struct lk_turn *turns;
	size_t n;
	bool is_server;             /* it has states */
};

/* -1 with *err set: LK_E_CONFIG, "FILE:LINE: what is wrong". */
int lk_script_read(struct lk_script *, const char *path, struct lk_error *err);
void lk_script_free(struct lk_script *);

/* Fail: "FILE:LINE: what is wrong: what stands there".  Returns -1. */
int lk_script_bad(const struct lk_script *, int line, const char *wrong,
		  const char *text, struct lk_error *err);

/* The first comment of a file, cut if it does not fit; "" if it has none. */
void lk_script_title(const char *path, char *to, size_t room);

/* ---- its options --------------------------------------------------------- */

struct lk_script_mail {
	char *from;
	char *to[LK_SCRIPT_TO];
	size_t count;
	struct lk_text message;
	bool partial, last;
	char *dsn_notify, *dsn_ret, *envid;
};

struct lk_script_options {
	char *tls, *ehlo, *host, *peer, *user, *authzid, *realm, *auth;
	char *password, *token, *renewed;
	const char *params[LK_SCRIPT_PARAMS + 1];
	size_t n_params;
	unsigned port, failure_budget;
	bool insecure_plaintext, fallback_to_plaintext;
	bool private, unverified, pending, client_cert, binding;
	bool lmtp, bdat;
	struct lk_script_mail mails[LK_SCRIPT_MAILS];
	size_t n_mails;
};

/* The defaults.  -1: memory. */
int lk_script_options_init(struct lk_script_options *);
void lk_script_options_free(struct lk_script_options *);

/* Take the options from turn `from` up to the first turn that is played.  -1
 * with *err set. */
int lk_script_options_take(struct lk_script_options *, const struct lk_script *,
			   size_t from, struct lk_error *err);

#endif
