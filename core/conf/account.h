/* An account's inside, for the files that fill it in.
 * SPDX-License-Identifier: MIT */
#ifndef LK_CONF_ACCOUNT_H
#define LK_CONF_ACCOUNT_H

#include "conf/source.h"
#include "conf/values.h"

/* The secrets that can be asked for, and the key that says where each is. */
#define LK_SECRETS 2
struct lk_secret_key {
	const char *property, *word;
	enum lk_key_id key;
};
extern const struct lk_secret_key lk_secret_keys[LK_SECRETS];

struct lk_account {
	struct lk_values values;
	char *name;                 /* of its section, or the sender that it
				       was found by; or NULL */
	char tokens[256];           /* lk_account_tokens() */
	const char *service;        /* static: whose secrets it asks for */
	struct lk_source source[LK_SECRETS];
	struct lk_error failed[LK_SECRETS]; /* what a source said in this
					       login: each mechanism asks
					       again */
	int32_t (*prompt)(void *ctx, const char *text, struct lk_secret *);
	void *prompt_ctx;
};

/* To read, or to change keys that are no secret's source. */
struct lk_values *lk_account_values(struct lk_account *);

/* Move these over what it has; -1 with *err set and nothing changed. */
int lk_account_take(struct lk_account *, struct lk_values *,
		    struct lk_error *err);

/* For sources that go by it; -1: *err is set. */
int lk_account_name(struct lk_account *, const char *name,
		    struct lk_error *err);

/* Of its service. */
const struct lk_profile *lk_account_profile(const struct lk_account *);

/* Does a person give its password?  Then one-time passwords, too. */
bool lk_account_asks(const struct lk_account *);

/* struct lk_login.secret. */
int32_t lk_account_secret(void *account, const struct lk_ask *,
			  struct lk_secret *to, struct lk_error *err);

#endif
