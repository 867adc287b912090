/* Where a secret comes from: env:NAME file:PATH cmd:PROGRAM ARG... fd:N prompt.
 * SPDX-License-Identifier: MIT */
#ifndef LK_CONF_SOURCE_H
#define LK_CONF_SOURCE_H

#include "base/buf.h"

#include <latchkey/host.h>

#include <stdbool.h>
#include <sys/types.h>

#define LK_SOURCE_MAX 65536         /* octets of a secret */
#define LK_SOURCE_DEADLINE_MS 60000 /* of a command */
#define LK_SOURCE_HIDDEN 4          /* variables */

/* One source, and the command it runs. */
struct lk_source {
	struct lk_buf got;          /* the secret, or what has come of it */
	bool used;                  /* fd: it was read */
	pid_t pid;                  /* of the command, or 0 */
	int fd;                     /* of its output, or -1 */
	int64_t until;              /* when it must have ended */
	int64_t deadline_ms;
	int wait_fd;                /* of LK_PENDING, or -1 */
	int wait_ms;                /* of LK_PENDING, or -1 */
	const char *hidden[LK_SOURCE_HIDDEN]; /* variables that a command does
					         not get; or NULL */
};

/* The rule that `spec` breaks, or NULL. */
const char *lk_source_rule(const char *spec);

/* Is it `prompt`?  Then the account asks, not the source. */
bool lk_source_is_prompt(const char *spec);

/* The variable that holds the secret, or NULL. */
const char *lk_source_variable(const char *spec);

/* A descriptor that holds it is ours alone: no program that is run gets it. */
void lk_source_guard(const char *spec);

void lk_source_init(struct lk_source *);

/* Kill what runs, close, wipe; as after init. */
void lk_source_wipe(struct lk_source *);

/* Read the secret.  LK_DONE: it is in `got`, for the caller to wipe;
 * LK_PENDING: wait, then call again; LK_E_NOPROP, LK_E_NOMEM with *err set. */
int32_t lk_source_read(struct lk_source *, const char *spec, uint32_t flags,
		       struct lk_error *err);

/* ---- command.c -------------------------------------------------------- */

/* The rule that a command line breaks, or NULL. */
const char *lk_command_rule(const char *line);

/* Run it, read its output; as lk_source_read, before the checks of `got`. */
int32_t lk_command_read(struct lk_source *, const char *line,
			struct lk_error *err);

/* Kill and reap what runs, close. */
void lk_command_stop(struct lk_source *);

/* ---- source.c, for command.c ------------------------------------------ */

/* Read what is there: 1: the end, 0: more may come, -1: *err is set. */
int lk_source_drain(struct lk_source *, int fd, struct lk_error *err);

/* ---- tty.c ------------------------------------------------------------ */

/* Ask at /dev/tty: LK_DONE, LK_E_NOPROP (no terminal), LK_E_CANCELLED
 * (interrupted, nothing typed), LK_E_NOMEM. */
int32_t lk_tty_prompt(void *ctx, const char *text, struct lk_secret *);

#endif
