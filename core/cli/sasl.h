/* A login whose bytes a script carries: lines in and out.
 * SPDX-License-Identifier: MIT */
#ifndef LK_CLI_SASL_H
#define LK_CLI_SASL_H

#include "cli/cli.h"

#include "base/buf.h"

#define LK_SASL_MAX 65536           /* octets of a reply */
#define LK_SASL_TAG "lk1 "          /* one command at a time needs one tag */

/* A server's reply, of one line or of several. */
struct lk_sasl_reply {
	struct lk_buf text;
	struct lk_buf raw;          /* of ldap: credentials */
	bool has_raw;
	int32_t code;
	char enhanced[16];
	size_t due;                 /* of text: where its last literal ends */
};

struct lk_sasl_service {
	const char *name;           /* of --service */
	const char *port;           /* unless one is named */
	const struct lk_profile *(*profile)(void);

	/* Take one line, without its end.  1: the reply is whole; 0: not yet;
	 * -1: that is no reply, and the text has what was said. */
	int (*take)(struct lk_sasl_reply *, const char *line, size_t len);
};

/* One login. */
struct lk_sasl_talk {
	struct lk_cli *cli;
	const struct lk_sasl_service *service;
	struct lk_login account_login, login;
	struct lk_facts facts;
	struct lk_auth *auth;
	struct lk_buf offered, in, out;
	size_t used;                /* of `in`: what was read already */
};

/* ---- sasl_lines.c ------------------------------------------------------ */

/* NULL: there is no such service. */
const struct lk_sasl_service *lk_sasl_service(const char *name);

void lk_sasl_reply_init(struct lk_sasl_reply *);
void lk_sasl_reply_wipe(struct lk_sasl_reply *);

/* What LK_AUTH_SEND wants, as the lines that a script is told, each with its
 * LF.  -1: memory. */
int lk_sasl_put(struct lk_buf *to, const struct lk_sasl_service *,
		const struct lk_auth_want *);

/* In place: what a server offers as somebody copied it, or as it came, to what
 * lk_auth_begin() takes.  -1: memory. */
int lk_sasl_names(struct lk_buf *offered, const struct lk_profile *);

/* ---- sasl_talk.c ------------------------------------------------------- */

/* struct lk_login.note; ctx is the struct lk_sasl_talk. */
void lk_sasl_note(void *ctx, const char *text);

/* One line for the script. */
int lk_sasl_say(struct lk_sasl_talk *, const char *line, struct lk_error *err);

/* The next line that it says, without its end, valid until the next call.  1;
 * 0: there is none; -1: *err is set. */
int lk_sasl_read_line(struct lk_sasl_talk *, const char **line, size_t *len,
		      struct lk_error *err);

/* 0: logged in, and said so. */
int lk_sasl_log_in(struct lk_sasl_talk *, struct lk_error *err);

/* ---- sasl_secret.c ----------------------------------------------------- */

/* Is no secret to come from where the login goes? */
int lk_sasl_check_sources(struct lk_sasl_talk *, struct lk_error *err);

/* struct lk_login.secret; ctx is the struct lk_sasl_talk. */
int32_t lk_sasl_secret(void *ctx, const struct lk_ask *, struct lk_secret *to,
		       struct lk_error *err);

#endif
