/* Accounts: where to, as whom, how, and where the secret comes from.
 *
 * Flag = key = `-o` key.  An account is filled from a URL and from keys; a later
 * value replaces an earlier one.
 *
 *   host port           where to
 *   tls                 starttls (default) | implicit | opportunistic | none
 *   ca                  file or directory of trusted certificates
 *   pin                 sha256//BASE64 of the server's public key
 *   cert key            client certificate, PEM files
 *   insecure-no-verify  yes: any certificate
 *   insecure-plaintext  yes: plaintext mechanisms without verified TLS
 *   fallback-to-plaintext  yes: after the refusal of a better mechanism
 *   auth                ids or wire names: an order and an allow-list
 *   ID.PARAM            a parameter of a mechanism; ID.ir = auto | never
 *   user authzid realm
 *   from                envelope sender
 *   password-from       env:NAME file:PATH cmd:PROGRAM ARG... fd:N prompt
 *   token-from          the same
 *   ehlo                our name in EHLO
 *   protocol            smtp (default) | lmtp
 *   socket              absolute path of a Unix socket, instead of host and
 *                       port; host is localhost then, unless it is set
 *   bdat                yes: BDAT where CHUNKING is offered
 *   dsn-notify          never, or some of success,failure,delay
 *   dsn-ret             full | hdrs
 *   timeout             seconds to wait for a reply
 *   failure-budget      refused secrets before it stops
 *
 * SPDX-License-Identifier: MIT */
#ifndef LATCHKEY_PROVIDER_H
#define LATCHKEY_PROVIDER_H

#include <latchkey/host.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lk_account;

LK_API int lk_account_new(struct lk_account **ret, struct lk_error *err);

/* Wipes; NULL is allowed. */
LK_API void lk_account_free(struct lk_account *);

/* smtp://[user@]host[:587] (STARTTLS), smtps://[user@]host[:465] (implicit TLS),
 * lmtp://[user@]host[:24] (STARTTLS), lmtp+unix:///path (no TLS).  The user ends
 * at the last `@` and may be %-encoded; IPv6 in brackets.  A query
 * `?key=value&...` takes tls, ca, pin, auth, ID.PARAM and insecure-* only.
 * `user:secret@` is refused without echoing it.  On failure (-1, *err set:
 * LK_E_CONFIG) the account is unchanged. */
LK_API int lk_account_url(struct lk_account *, const char *url,
			  struct lk_error *err);

/* Set one key.  -1 and nothing changed: unknown key (*err names the nearest) or
 * bad value. */
LK_API int lk_account_set(struct lk_account *, const char *key,
			  const char *value, struct lk_error *err);

/* The value, or the default, or NULL: of the keys above, without parameters.
 * Valid until the key is set again. */
LK_API const char *lk_account_get(const struct lk_account *, const char *key);

/* As above, for port, timeout and failure-budget (seconds, counts; 0 = none),
 * and for the keys with yes and no (1, 0). */
LK_API uint32_t lk_account_number(const struct lk_account *, const char *key);

/* Fill in a login (all but `note`).  It borrows from the account, whose secret
 * sources it asks; login->ctx is the account. */
LK_API void lk_account_login(struct lk_account *, struct lk_login *);

/* How `prompt` asks: show text on the terminal, read a line without echo into
 * the secret.  LK_DONE, or LK_E_NOPROP (no terminal).  Default: /dev/tty. */
LK_API void lk_account_prompt(struct lk_account *,
			      int32_t (*prompt)(void *ctx, const char *text,
						struct lk_secret *),
			      void *ctx);

#ifdef __cplusplus
}
#endif
#endif
