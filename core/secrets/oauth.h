/* Tokens of OAuth 2.0: kept in files, refreshed, allowed by a person.
 * SPDX-License-Identifier: MIT */
#ifndef LK_SECRETS_OAUTH_H
#define LK_SECRETS_OAUTH_H

#include "base/buf.h"
#include "mech/secret.h"

#include <jansson.h>

#include <stdbool.h>
#include <stdint.h>

#define LK_OAUTH_NAME 200           /* octets of an account's name */
#define LK_OAUTH_ANSWER 65536       /* octets of an answer */
#define LK_OAUTH_FILE (4 * LK_OAUTH_ANSWER)

/* What the command line says, and the secrets of the request under way. */
struct lk_oauth {
	const char *name;
	const char *token_endpoint;
	const char *device_endpoint, *authorization_endpoint; /* or NULL */
	const char *client_id, *scope, *secret_from, *ca; /* or NULL */
	long within;                /* refresh, authorize: seconds */
	bool renew;
	struct lk_secret *secret;   /* of the client, or NULL */
	struct lk_secret *grant;    /* refresh token or code, or NULL */
	struct lk_secret *verifier; /* of the code, or NULL */
};

/* ---- oauth_wipe.c ------------------------------------------------------ */

/* What libcurl and jansson free is wiped from now on.  -1: *err. */
int lk_oauth_wipe(struct lk_error *err);

/* ---- oauth_form.c ------------------------------------------------------ */

/* A form with what every request holds: the client. */
int lk_form_begin(struct lk_buf *, const struct lk_oauth *,
		  struct lk_error *err);

/* Append name=value; -1 with *err: no memory. */
int lk_form_add(struct lk_buf *, const char *name, const void *value,
		size_t len, struct lk_error *err);

/* Read the client's secret, and make it, `grant` and `verifier` known, so that
 * none is shown when a server repeats it. */
int lk_oauth_secret(struct lk_oauth *, struct lk_error *err);
int lk_oauth_grant(struct lk_oauth *, const char *grant, struct lk_error *err);
int lk_oauth_verifier(struct lk_oauth *, const char *verifier,
		      struct lk_error *err);
void lk_oauth_forget(struct lk_oauth *);

/* A server's words for a person, without these secrets. */
void lk_oauth_show(const struct lk_oauth *, const char *words, char *to,
		   size_t room);

/* ---- oauth_http.c ------------------------------------------------------ */

/* The rule that an endpoint breaks, or NULL. */
const char *lk_oauth_url_rule(const char *url);

struct lk_answer {
	long status;
	json_t *json;               /* an object; NULL: it was none */
};

/* Post the form.  -1 with *err: no answer, or none that could be read. */
int lk_oauth_post(const struct lk_oauth *, const char *url,
		  const struct lk_buf *form, struct lk_answer *,
		  struct lk_error *err);

/* ---- oauth_grant.c ----------------------------------------------------- */

/* A string of an object, or NULL. */
const char *lk_json_text(const json_t *, const char *key);

/* A whole number, also one that is written as a string; or -1. */
long lk_json_seconds(const json_t *, const char *key);

/* Is it the answer to this error code (RFC 6749, 5.2)? */
bool lk_answer_is(const struct lk_answer *, const char *code);

/* Will a later try do?  Too many requests, or the server's fault. */
bool lk_answer_is_later(const struct lk_answer *);

/* Nobody let us in in that time; -1. */
int lk_grant_late(const struct lk_oauth *, long seconds, struct lk_error *err);

/* What an answer that is no success means; -1. */
int lk_answer_fail(const struct lk_oauth *, const char *url,
		   const struct lk_answer *, struct lk_error *err);

/* Put what a token endpoint granted into tokens.  -1 with *err: it is not what
 * it should be, or not a success; tokens are as before. */
int lk_grant_take(const struct lk_oauth *, const struct lk_answer *,
		  json_t *tokens, struct lk_error *err);

/* Trade the refresh token in for another access token. */
int lk_grant_refresh(struct lk_oauth *, json_t *tokens, struct lk_error *err);

/* ---- oauth_device.c ---------------------------------------------------- */

/* Ask a person to let us in, and wait until that was done. */
int lk_oauth_device(struct lk_oauth *, json_t *tokens, struct lk_error *err);

/* ---- oauth_browser.c --------------------------------------------------- */

/* The same, by a browser that comes back to this machine. */
int lk_oauth_browser(struct lk_oauth *, json_t *tokens, struct lk_error *err);

/* ---- oauth_redirect.c -------------------------------------------------- */

#define LK_KNOCKS 8

/* One connection. */
struct lk_knock {
	int fd;                     /* or -1 */
	int64_t until;              /* milliseconds, of its end */
	bool is_answered;           /* what else it says is not heard */
	struct lk_buf head;
};

/* Where a browser is sent to: http://127.0.0.1:PORT/ */
struct lk_redirect {
	int fd;
	unsigned port;
	const char *state;          /* borrowed: what it must bring along */
	int64_t latest;             /* `until` of who came last */
	struct lk_knock knocks[LK_KNOCKS];
};

/* What it brought: an error, or a code. */
struct lk_returned {
	struct lk_buf code, error, description;
};

/* Listen.  -1 with *err; close it in any case. */
int lk_redirect_open(struct lk_redirect *, struct lk_error *err);
void lk_redirect_close(struct lk_redirect *);

/* Answer whoever comes until one brings the state.  0: *got, which was zero;
 * 1: nobody within these seconds; -1 with *err. */
int lk_redirect_wait(struct lk_redirect *, long seconds,
		     struct lk_returned *got, struct lk_error *err);
void lk_returned_wipe(struct lk_returned *);

/* ---- oauth_tokens.c ---------------------------------------------------- */

/* Where the tokens of an account are kept. */
struct lk_tokens {
	char *path;                 /* of the directory, for a person */
	char file[LK_OAUTH_NAME + 8]; /* NAME.json */
	char lock[LK_OAUTH_NAME + 8]; /* NAME.lock */
	char new[LK_OAUTH_NAME + 8]; /* .NAME.new */
	int dir, locked, spare;     /* descriptors, or -1 */
};

/* Open the directory; make: create it.  -1 with *err, and it is closed. */
int lk_tokens_open(struct lk_tokens *, const char *name, bool make,
		   struct lk_error *err);
void lk_tokens_close(struct lk_tokens *);

/* Give up the lock, and what was reserved. */
void lk_tokens_release(struct lk_tokens *);

/* Read the file.  NULL with *err: there is none, it is not ours alone, or of
 * another client or endpoint. */
json_t *lk_tokens_load(const struct lk_tokens *, const struct lk_oauth *,
		       struct lk_error *err);

/* With the lock: find room for what will be saved.  A refresh token that was
 * traded in for another one must not find the disk full. */
int lk_tokens_reserve(struct lk_tokens *, struct lk_error *err);

/* Replace the file, in one piece, by what was reserved room for. */
int lk_tokens_save(struct lk_tokens *, const json_t *, struct lk_error *err);

/* ---- oauth_lock.c ------------------------------------------------------ */

/* Have the account alone, until it is released or closed. */
int lk_tokens_lock(struct lk_tokens *, struct lk_error *err);

/* All of it.  -1: errno. */
int lk_oauth_write(int fd, const void *data, size_t len);

#endif
