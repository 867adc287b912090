/* The keys of an account: names, rules, defaults.
 * SPDX-License-Identifier: MIT */
#ifndef LK_CONF_KEYS_H
#define LK_CONF_KEYS_H

#include <latchkey/error.h>

#include <stdbool.h>
#include <stddef.h>

enum lk_key_id {
	LK_KEY_HOST,
	LK_KEY_PORT,
	LK_KEY_TLS,
	LK_KEY_CA,
	LK_KEY_PIN,
	LK_KEY_CERT,
	LK_KEY_KEY,
	LK_KEY_NO_VERIFY,
	LK_KEY_PLAINTEXT,
	LK_KEY_FALLBACK,
	LK_KEY_AUTH,
	LK_KEY_USER,
	LK_KEY_AUTHZID,
	LK_KEY_REALM,
	LK_KEY_FROM,
	LK_KEY_PASSWORD_FROM,
	LK_KEY_TOKEN_FROM,
	LK_KEY_EHLO,
	LK_KEY_PROTOCOL,
	LK_KEY_SOCKET,
	LK_KEY_BDAT,
	LK_KEY_DSN_NOTIFY,
	LK_KEY_DSN_RET,
	LK_KEY_TIMEOUT,
	LK_KEY_BUDGET,
	LK_KEY_LOG,
	LK_KEY_ALIASES,
	LK_KEY_DOMAIN,
	LK_KEY_TOKEN_ENDPOINT,
	LK_KEY_DEVICE_ENDPOINT,
	LK_KEY_AUTHORIZATION_ENDPOINT,
	LK_KEY_CLIENT_ID,
	LK_KEY_SCOPE,
	LK_KEY_CLIENT_SECRET,
	/* of each service host, port, tls, auth, in this order */
	LK_KEY_IMAP,
	LK_KEY_POP3 = LK_KEY_IMAP + 4,
	LK_KEY_LDAP = LK_KEY_POP3 + 4,
	LK_KEY_SIEVE = LK_KEY_LDAP + 4,
	LK_KEY_PROVIDER_NAME = LK_KEY_SIEVE + 4,
	LK_KEY_MATCH,
	LK_KEY_SECRET_KIND,
	LK_KEY_ADVICE,
	LK_KEY_FACTS,
	LK_KEY_ENABLED,
	LK_KEY_CRITICAL,
	LK_KEYS
};

#define LK_KEY_QUERY 0x1u           /* may stand in a URL's query */
#define LK_KEY_SHOWN 0x2u           /* a bad value is shown in the error */

/* Who may say it. */
#define LK_KEY_PROGRAM 0x4u         /* lk_account_set: -o */
#define LK_KEY_ACCOUNT 0x8u         /* an [account] */
#define LK_KEY_PROVIDER 0x10u       /* a [provider] */
#define LK_KEY_PLUGIN 0x20u         /* a file of mechs.d */

struct lk_key {
	const char *name;
	const char *(*rule)(const char *value); /* what it breaks, or NULL */
	const char *dflt;           /* or NULL */
	unsigned flags;             /* LK_KEY_* */
};

extern const struct lk_key lk_keys[LK_KEYS];

/* Its index in lk_keys, or -1. */
int lk_key_find(const char *name, size_t len);

/* 0, or -1 with *err set: the value breaks the key's rule. */
int lk_key_check(enum lk_key_id, const char *value, struct lk_error *err);

/* What was probably meant by a value that breaks the rule: an advice in *err,
 * where that can be told. */
void lk_key_advise(enum lk_key_id, const char *value, struct lk_error *err);

/* May it be said there (one of "who may say it")?  Every ID.PARAM may.  -1 with
 * *err set: where it may, or the nearest key. */
int lk_key_allow(const char *name, size_t len, unsigned where,
		 struct lk_error *err);

/* "unknown key", with the nearest one; returns -1. */
int lk_key_unknown(const char *name, size_t len, unsigned where,
		   struct lk_error *err);

/* Is it ID.PARAM, a parameter of a mechanism? */
bool lk_key_is_param(const char *name, size_t len);

#endif
