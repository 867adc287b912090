/* Where a secret comes from: env:NAME file:PATH cmd:PROGRAM ARG... fd:N
 * credential:NAME netrc keyring oauth prompt.  SPDX-License-Identifier: MIT */
#ifndef LK_CONF_SOURCE_H
#define LK_CONF_SOURCE_H

#include "base/buf.h"

#include <latchkey/host.h>

#include <stdbool.h>
#include <sys/types.h>

#define LK_SOURCE_MAX 65536         /* octets of a secret */
#define LK_SOURCE_DEADLINE_MS 60000 /* of a program */
#define LK_SOURCE_HIDDEN 4          /* variables */

/* Whose secret it is; NULL: not known. */
struct lk_whose {
	const char *service;        /* "smtp", "imap" ...; never NULL */
	const char *host, *user;
	uint32_t port;
	const char *name;           /* of the account's tokens */
	const char *token_endpoint, *client_id, *scope, *client_secret_from;
};

/* One source, and the program it runs. */
struct lk_source {
	struct lk_buf got;          /* the secret, or what has come of it */
	bool used;                  /* fd: it was read */
	unsigned char *kept;        /* by lk_source_keep(), in pages of its
				       own; or NULL */
	size_t n_kept;
	pid_t pid;                  /* of the program, or 0 */
	int fd;                     /* of its output, or -1 */
	int said_fd;                /* of its standard error, or -1 */
	int64_t until;              /* when it must have ended */
	int64_t deadline_ms;
	int wait_fd;                /* of LK_PENDING, or -1 */
	int wait_ms;                /* of LK_PENDING, or -1 */
	char shown[128];            /* it, for a sentence: no arguments */
	const char *hidden[LK_SOURCE_HIDDEN]; /* variables that a program does
					         not get; or NULL */
};

/* The rule that `spec` breaks, or NULL. */
const char *lk_source_rule(const char *spec);

/* Is it `prompt`?  Then the account asks, not the source. */
bool lk_source_is_prompt(const char *spec);

/* Is it `oauth`?  Then the client's secret is not hidden from it. */
bool lk_source_is_oauth(const char *spec);

/* The variable that holds the secret, or NULL. */
const char *lk_source_variable(const char *spec);

/* A descriptor that holds it is ours alone: no program that is run gets it. */
void lk_source_guard(const char *spec);

void lk_source_init(struct lk_source *);

/* Kill what runs, close, wipe; as after init. */
void lk_source_wipe(struct lk_source *);

/* Read the secret; flags: LK_ASK_*.  LK_DONE: it is in `kept`, or else in `got`,
 * for the caller to wipe; LK_PENDING: wait, then call again; LK_E_NOPROP, LK_E_NOMEM,
 * LK_E_TRANSIENT with *err set. */
int32_t lk_source_read(struct lk_source *, const char *spec, uint32_t flags,
		       const struct lk_whose *, struct lk_error *err);

/* Keep what is in `got`: it is not read again.  -1: no memory. */
int lk_source_keep(struct lk_source *);

/* ---- of one kind each ---------------------------------------------------- */

/* What stands behind the colon, or NULL. */
#define LK_SOURCE_RULE(kind) const char *lk_##kind##_rule(const char *rest)

/* As lk_source_read, before the checks of `got`; any class below 0. */
#define LK_SOURCE_READ(kind) \
	int32_t lk_##kind##_read(struct lk_source *, const char *rest, \
				 uint32_t flags, const struct lk_whose *, \
				 struct lk_error *err)

LK_SOURCE_RULE(file);
LK_SOURCE_READ(file);
LK_SOURCE_RULE(credential);
LK_SOURCE_READ(credential);
LK_SOURCE_RULE(netrc);
LK_SOURCE_READ(netrc);
LK_SOURCE_RULE(command);
LK_SOURCE_READ(command);
LK_SOURCE_RULE(keyring);
LK_SOURCE_READ(keyring);
LK_SOURCE_READ(oauth);

/* ---- source.c, for them -------------------------------------------------- */

/* Read what is there: 1: the end, 0: more may come, -1: *err is set. */
int lk_source_drain(struct lk_source *, int fd, struct lk_error *err);

/* ---- source_file.c ------------------------------------------------------- */

/* Open a regular file that nobody but its owner has access to; `group`: a group
 * may read it, which is also how an access list looks.  -1: *err is set. */
int lk_source_open(const char *path, bool group, struct lk_error *err);

/* ---- program.c ----------------------------------------------------------- */

/* Run it.  is_ours: what it says on its standard error is the reason of its
 * failure; else that is ours.  -1: *err is set. */
int lk_program_start(struct lk_source *, char *const argv[], bool is_ours,
		     struct lk_error *err);

/* Read its output; as lk_source_read, before the checks of `got`. */
int32_t lk_program_read(struct lk_source *, struct lk_error *err);

/* Kill and reap what runs, close. */
void lk_program_stop(struct lk_source *);

/* ---- tty.c --------------------------------------------------------------- */

/* Ask at /dev/tty, by a printable text: LK_DONE, LK_E_NOPROP (no terminal), LK_E_CANCELLED
 * (interrupted, nothing typed), LK_E_NOMEM. */
int32_t lk_tty_prompt(void *ctx, const char *text, struct lk_secret *);

#endif
