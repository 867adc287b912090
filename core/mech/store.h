/* The secrets of one login: asked for once, leased to mechanisms, scrubbed from
 * what the server says, wiped. SPDX-License-Identifier: MIT */
#ifndef LK_MECH_STORE_H
#define LK_MECH_STORE_H

#include <latchkey/host.h>

#include <stdbool.h>

struct lk_store;

int lk_store_new(struct lk_store **ret, const struct lk_login *,
		 struct lk_error *);
void lk_store_free(struct lk_store *);

/* Is this property a secret (password, otp, oauth.token)? */
bool lk_store_is_secret(const char *key);

/* Could the program give it?  By login->secrets; asks nobody. */
bool lk_store_has(const struct lk_store *, const char *key);

/* Have it ready: ask the program, unless it is there already.  flags: LK_ASK_*
 * (LK_ASK_RENEW asks again).  LK_DONE; LK_PENDING: lk_store_wait() tells for
 * what, then call again; LK_E_NOPROP or another class: *err says why. */
int32_t lk_store_resolve(struct lk_store *, const char *key, uint32_t flags,
			 struct lk_error *err);

/* The same with the words of a mechanism for a person: key, prompt and context
 * of the ask count, its flags do not. */
int32_t lk_store_ask(struct lk_store *, const struct lk_ask *,
		     struct lk_error *err);
void lk_store_wait(const struct lk_store *, int32_t *fd, uint32_t *events,
		   int32_t *timeout_ms);

/* Of a resolved secret, for a mechanism: counts as spent from now on.  LK_DONE or
 * LK_E_NOPROP. */
int32_t lk_store_lease(struct lk_store *, const char *key,
		       struct lk_bytes *out);

/* A secret that came in another way, as a parameter, and is given to a
 * mechanism now: scrubbed from now on, and counts as leased.  LK_DONE or
 * LK_E_NOMEM. */
int32_t lk_store_expose(struct lk_store *, const void *data, size_t len);

/* Was any secret leased since lk_store_unspend()? */
bool lk_store_spent(const struct lk_store *);
void lk_store_unspend(struct lk_store *);

/* A keyed fingerprint of the secret as it is resolved now; 0: none. */
uint64_t lk_store_fingerprint(const struct lk_store *, const char *key,
			      const unsigned char hash_key[16]);

/* Is the secret now the same octets as it was when last leased? */
bool lk_store_is_same(const struct lk_store *, const char *key);

/* Overwrite with `*` every occurrence of a secret that was ever resolved, raw or
 * in base64 (also inside a longer base64 text: all three alignments). */
void lk_store_scrub(const struct lk_store *, char *text, size_t len);

/* Copy a text for a person: scrubbed before anything else is done to it (an
 * octet that was replaced, or half a secret, would not be found), line ends as
 * blanks, printable, cut to the room. */
void lk_store_show(const struct lk_store *, char *to, size_t room,
		   const void *text, size_t len);

/* The login is over: wipe all secrets.  They are still found by
 * lk_store_scrub(). */
void lk_store_forget(struct lk_store *);

#endif
