/* Results for programs: one JSON object a line, on standard output.
 * SPDX-License-Identifier: MIT */
#ifndef LK_CLI_JSON_H
#define LK_CLI_JSON_H

#include "cli/cli.h"
#include "cli/outbox.h"

/* Of the parameter that each mechanism has. */
#define LK_CLI_IR_HELP "never: the first line is not sent along with AUTH"

/* A command that failed. */
void lk_json_failed(const struct lk_cli *, const struct lk_error *);

/* A message; out NULL: the one on standard input.  err NULL: it was sent. */
void lk_json_message(const struct lk_cli *, const struct lk_out *,
		     char state, const struct lk_envelope *,
		     const struct lk_error *err);

/* A login. */
void lk_json_login(const struct lk_account *, const struct lk_client_info *);

/* A mechanism; all of it, or with the reason why it would not be tried. */
void lk_json_mech(const struct lk_mech_info *, const char *state);
void lk_json_why(const struct lk_mech_info *, const char *reason);

/* Of latchkey accounts and providers.  a NULL: err says why. */
void lk_json_account(const char *name, const struct lk_account *a,
		     const struct lk_error *err);
void lk_json_provider(const char *name, const char *host, const char *match);
void lk_json_setting(const char *kind, const char *name,
		     const struct lk_setting *);
void lk_json_learnt(const char *account, const struct lk_learnt_info *);
void lk_json_doubt(const char *kind, const char *name, const char *level,
		   const char *sentence);

#endif
