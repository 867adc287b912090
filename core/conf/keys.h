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
	LK_KEYS
};

#define LK_KEY_QUERY 0x1u           /* may stand in a URL's query */
#define LK_KEY_SHOWN 0x2u           /* a bad value is shown in the error */

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

/* "unknown key", with the nearest one; returns -1. */
int lk_key_unknown(const char *name, size_t len, struct lk_error *err);

/* Is it ID.PARAM, a parameter of a mechanism? */
bool lk_key_is_param(const char *name, size_t len);

/* The rules that others need. */
const char *lk_key_rule_text(const char *value);

#endif
