/* Accounts, providers, and the files that say what they are: where to, as whom,
 * how, and where the secret comes from.  To log in is then
 *
 *   lk_config_read(&config, NULL, &err)
 *   lk_config_host(&host, config, NULL, &err)
 *   lk_account_open(&account, config, "alice@example.org", "smtp", &err)
 *   lk_account_auth(&auth, account, host, &err)
 *
 * Flag = key = `-o` key = key of a file.  A later value replaces an earlier one.
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
 *   password-from       env:NAME file:PATH cmd:PROGRAM ARG... fd:N
 *                       credential:NAME (of systemd), netrc (~/.netrc) or
 *                       netrc:PATH, keyring (by service, host and user) or
 *                       keyring:NAME=VALUE,..., oauth, prompt (default), which
 *                       gives one-time passwords as well
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
 *   log                 syslog, or a file: one line a message
 *   aliases             a file of aliases for names without a domain
 *   domain              for names without one
 *   oauth-token-endpoint oauth-device-endpoint oauth-authorization-endpoint
 *                       https URLs
 *   oauth-client-id oauth-scope
 *   oauth-client-secret-from  as password-from
 *   imap-host imap-port imap-tls imap-auth  of another service of the provider;
 *                       and pop3-, ldap-, sieve-.  tls: implicit by default for
 *                       imap and pop3, starttls for ldap and sieve
 *
 * In files alone:
 *
 *   provider            of an account: whose keys lie under its own
 *   match               of a provider: domains of addresses, by blanks
 *   secret-kind         of a provider: password | app-password |
 *                       authorization-code | token | api-key
 *   advice facts        of a provider: where its secret is to be had; what else
 *                       is worth knowing
 *   enabled critical    of a plugin: yes | no
 *
 * `from` is an account's own.
 *
 * The files, in layers, the lowest first: DATADIR/latchkey (what was shipped),
 * /etc/latchkey, $XDG_CONFIG_HOME/latchkey (else $HOME/.config/latchkey).
 * LATCHKEY_CONFIG_DIR (directories by colons, the lowest first) replaces them
 * all.  Under AT_SECURE no environment counts, and no user's directory.  In each:
 *
 *   latchkey.conf       [account NAME] and [provider NAME]
 *   providers.d/X.conf  [provider NAME]
 *   mechs.d/PLUGIN.conf no section: enabled, critical, ID.PARAM
 *
 * Lines are `key = value`, without quotes, escapes or continuation; a line that
 * begins with # or ; is a comment; a value may hold both.  UTF-8, lines end with
 * LF.  A higher layer replaces keys of a lower one, but cannot take TLS away from
 * a provider that a lower one defines.  One name, key or matched domain twice in
 * a layer is an error, and so is all that is not known.  A file is regular, of at
 * most 1 MiB, owned by root or the user, and writable by nobody else.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LATCHKEY_PROVIDER_H
#define LATCHKEY_PROVIDER_H

#include <latchkey/host.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where to, as whom, and where the secret comes from.  Used by one thread at a
 * time.  It copies all that it is given. */
struct lk_account;

/* An empty one.  -1: no memory. */
LK_API int lk_account_new(struct lk_account **ret, struct lk_error *err);

/* Wipes, and ends what runs for it; NULL is allowed.  No login that it filled in
 * may be in use. */
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

/* Fill in a login, whose `size` must be set (all but `note`).  It borrows from
 * the account, whose secret sources it asks; login->ctx is the account.  While
 * the login is in use, no key may be set. */
LK_API void lk_account_login(struct lk_account *, struct lk_login *);

/* How `prompt` asks: show the text, which is printable, read a line without echo
 * into the secret, by lk_secret_add().  LK_DONE; LK_E_NOPROP: there is nobody to
 * ask; LK_E_CANCELLED.  It may block; ctx lives as long as the account.  NULL, as
 * by default: /dev/tty. */
LK_API void lk_account_prompt(struct lk_account *,
			      int32_t (*prompt)(void *ctx, const char *text,
						struct lk_secret *),
			      void *ctx);

/* Read a secret, LK_P_PASSWORD or LK_P_TOKEN, from where the account says it is,
 * now, and however long that takes; from then on it gives this one.  For a
 * program that soon cannot read it any more (chroot).  0, or -1 with *err set. */
LK_API int lk_account_keep(struct lk_account *, const char *property,
			   struct lk_error *err);

/* What the source `oauth` calls the account, whose tokens it keeps by this name:
 * that of its section; else the address that it was found by; else USER@HOST.
 * Valid until the next call with the account. */
LK_API const char *lk_account_tokens(struct lk_account *);

/* Each key that is set, and each parameter; it returns 0 to go on. */
struct lk_setting {             /* the library's own: may grow at its end */
	const char *key, *value;    /* valid during the call */
	const char *file;           /* where it was said; NULL: by the program */
	uint32_t line;
};

LK_API void lk_account_each(const struct lk_account *,
			    int (*each)(void *ctx, const struct lk_setting *),
			    void *ctx);

/* From now on it is the account of another service of its provider: "imap",
 * "pop3", "ldap" or "sieve".  host, port, tls and, if it is set, auth are those
 * of the keys imap-...; the port is 143 or 993, 110 or 995, 389 or 636, 4190 if
 * none is set.  To be called once.  -1, LK_E_CONFIG: it has no such host. */
LK_API int lk_account_service(struct lk_account *, const char *service,
			      struct lk_error *err);

/* ---- files --------------------------------------------------------------- */

/* All files, read once.  Never changes: any thread. */
struct lk_config;

#define LK_CONFIG_PLUGINS_ONLY 0x1u /* mechs.d alone */

struct lk_config_options {
	uint32_t size;              /* sizeof(struct lk_config_options) */
	uint32_t flags;             /* LK_CONFIG_PLUGINS_ONLY */
	const char *dirs;           /* instead of all layers: absolute paths by
				       colons, the lowest first; or NULL */
	const char *file;           /* one more layer, over all others: this
				       file, in place of latchkey.conf, or of
				       mechs.d/PLUGIN.conf if it is in a
				       mechs.d; or NULL */
};

/* options may be NULL.  What is not there is not missed; what is wrong is an
 * error of the whole: -1, *err names file, line and rule. */
LK_API int lk_config_read(struct lk_config **ret,
			  const struct lk_config_options *,
			  struct lk_error *err);

/* NULL is allowed. */
LK_API void lk_config_free(struct lk_config *);

/* Fill in a new account: the one of this name; if NULL, the one whose `from` is
 * `sender` (an address, or NULL), of several the default one; else [account
 * default]; else what the provider of the sender's domain says, with the sender
 * as `from` and, if it says none, `user`.  Under it lie the keys of its provider:
 * of `provider`, else of the one that matches the domain of its from, else of its
 * user; where there is a provider and neither says a user, it is `from`.  A name
 * with an @ is an address: as if it were the sender, but [account default] does
 * not stand in for it, and an account without `from` is its user's.  The account
 * does not borrow from the config.  -1, LK_E_CONFIG: there is no such account or
 * provider (the nearest), several could be meant, it leads nowhere; it
 * is unchanged. */
LK_API int lk_config_account(const struct lk_config *, const char *name,
			     const char *sender, struct lk_account *,
			     struct lk_error *err);

#define LK_CONFIG_ACCOUNTS  1
#define LK_CONFIG_PROVIDERS 2
#define LK_CONFIG_PLUGINS   3       /* what mechs.d has */
#define LK_CONFIG_UNREAD    4       /* files of providers.d and mechs.d that are
				       not read, as they do not end in .conf,
				       and that somebody may have meant: their
				       paths, as they are now */

/* All names, sorted; `each` returns 0 to go on. */
LK_API void lk_config_each(const struct lk_config *, int32_t kind,
			   int (*each)(void *ctx, const char *name), void *ctx);

/* What the files say of one, after merging: of an account without what its
 * provider says.  -1: no such name (the nearest). */
LK_API int lk_config_show(const struct lk_config *, int32_t kind,
			  const char *name,
			  int (*each)(void *ctx, const struct lk_setting *),
			  void *ctx, struct lk_error *err);

/* The provider of an address, by its domain, or of a host that is one of its
 * own; or NULL.  Valid as long as the config. */
LK_API const char *lk_config_provider_of(const struct lk_config *,
					 const char *host_or_address);

/* A host that takes plugins as mechs.d says: lk_host_new with these options
 * (or NULL), but for plugins, params and places.  It borrows from the config. */
LK_API int lk_config_host(struct lk_host **ret, const struct lk_config *,
			  const struct lk_host_options *,
			  struct lk_error *err);

/* ---- a login -------------------------------------------------------------- */

/* A new account: lk_account_new, lk_config_account with this name (or NULL) and
 * no sender, and lk_account_service, but for "smtp".  -1: *err set, and nothing
 * was made. */
LK_API int lk_account_open(struct lk_account **ret, const struct lk_config *,
			   const char *name, const char *service,
			   struct lk_error *err);

/* One login of the account to its service: lk_account_login, and lk_auth_new
 * with the profile of smtp, or of the service it was made the account of.  It
 * borrows from account and host. */
LK_API int lk_account_auth(struct lk_auth **ret, struct lk_account *,
			   struct lk_host *, struct lk_error *err);

/* ---- a program's own file ------------------------------------------------- */

struct lk_line {                /* valid during the call; the library's own:
				   may grow at its end */
	const char *kind, *name;    /* of the section [kind name] it stands in;
				       "" before the first */
	const char *key, *value;
};

/* The lines `key = value` of a file that stands beside latchkey.conf, by the same
 * rules: of the highest layer that has one.  `each` returns 0 to go on, or -1
 * with *err set, which is then told with file and line.  1; 0: no layer has it;
 * -1 with *err set. */
LK_API int lk_config_lines(const struct lk_config_options *, const char *file,
			   int (*each)(void *ctx, const struct lk_line *,
				       struct lk_error *err),
			   void *ctx, struct lk_error *err);

#ifdef __cplusplus
}
#endif
#endif
