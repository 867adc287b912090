/* The inside of a rehearsal. SPDX-License-Identifier: MIT */
#ifndef LK_REHEARSE_INSIDE_H
#define LK_REHEARSE_INSIDE_H

#include "rehearse/pattern.h"
#include "rehearse/peer.h"
#include "rehearse/rehearse.h"

#include <limits.h>
#include <pthread.h>

#define LK_REHEARSE_AT_ONCE 32

struct lk_rehearse;

struct lk_rehearse_slot {
	struct lk_rehearse *rehearse;
	pthread_t thread;
	bool is_used;
	int fd;
};

struct lk_rehearse {
	struct lk_rehearse_options options;
	struct lk_script script;
	struct lk_script_options say;   /* what the file's options say */
	struct lk_pattern *patterns;    /* one a turn: those of ON are used */
	char address[64];
	unsigned port;
	const char *tls;
	char ca[PATH_MAX];              /* "": none was written */
	SSL_CTX *ctx;
	int listener;
	struct lk_rehearse_slot slots[LK_REHEARSE_AT_ONCE];

	pthread_mutex_t lock;           /* of what follows, and of the trace */
	size_t start;                   /* the turn that connections start at */
};

/* ---- serve.c ------------------------------------------------------------ */

/* The next connection: a descriptor, or LK_PEER_* as a read would say. */
int lk_rehearse_accept(struct lk_rehearse *);

/* ---- rules.c ------------------------------------------------------------ */

/* Check the states of a server and read its patterns. */
int lk_rules_read(struct lk_rehearse *, struct lk_error *err);

/* The turn that is the state of this name; n if there is none. */
size_t lk_rules_state(const struct lk_rehearse *, const char *name);

/* The rule of a state that the line matches: the turn of its first action, or
 * n if there is none. */
size_t lk_rules_find(const struct lk_rehearse *, size_t state,
		     const char *line, size_t len);

/* Of turn i: is it still an action of the rule before it? */
bool lk_rules_is_action(const struct lk_rehearse *, size_t i);

#define LK_VARS 9

/* What {name} stands for; number and octets as texts, or NULL. */
void lk_rules_vars(const struct lk_rehearse *, struct lk_var vars[LK_VARS],
		   const char *number, const char *octets);

/* ---- play.c, converse.c ------------------------------------------------- */

/* Play the states on one connection. */
void lk_rehearse_play(struct lk_rehearse *, int fd);

/* Play a conversation, on as many connections as it takes. */
int lk_rehearse_converse(struct lk_rehearse *, struct lk_error *err);

/* ---- show.c ------------------------------------------------------------- */

/* One line for the trace, without its end.  in_login: the client answers a
 * challenge. */
void lk_rehearse_show(struct lk_rehearse *, int32_t from, const char *line,
		      size_t len, bool in_login);

#endif
