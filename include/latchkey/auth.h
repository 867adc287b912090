/* One login: who, over what, and the dialogue.  Part of host.h.
 * SPDX-License-Identifier: MIT */
#ifndef LATCHKEY_AUTH_H
#define LATCHKEY_AUTH_H

#include <latchkey/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lk_host;
struct lk_mech_info;

/* ---- who logs in ------------------------------------------------------- */

#define LK_ASK_RENEW 0x2u           /* in lk_ask.flags, host to program: what was
				       given was refused, get a fresh one */

/* Where a program puts a secret.  Bounded (64 KiB), wiped by the host. */
struct lk_secret;

/* Append octets.  0, or -1: too long or no memory. */
LK_API int lk_secret_add(struct lk_secret *, const void *data, size_t len);

/* Before returning LK_PENDING: ask again when fd is ready (LK_WAIT_*) or after
 * timeout_ms (-1: the host's deadline). */
LK_API void lk_secret_wait(struct lk_secret *, int32_t fd, uint32_t events,
			   int32_t timeout_ms);

#define LK_LOGIN_INSECURE_PLAINTEXT    0x1u /* plaintext without verified TLS,
					       and then only what is offered */
#define LK_LOGIN_FALLBACK_TO_PLAINTEXT 0x2u /* plaintext after the refusal of a
					       mechanism that was not, and
					       anything after one that is bound
					       to the TLS channel */

#define LK_LOGIN_RETRY 0x4u         /* a person is there: refusals that the state
				       directory knows of hold nobody back */
#define LK_LOGIN_IF_POSSIBLE           0x8u /* where nothing can be tried of
					       what is offered: DONE, without
					       a login */
#define LK_LOGIN_UNGUARDED            0x10u /* the program sees to how often a
					       secret is tried, and may never
					       tell how it ended: no budget, no
					       waiting for another login,
					       nothing remembered */

/* What is wanted.  All strings are borrowed and must outlive the lk_auth. */
struct lk_login {
	uint32_t size;              /* sizeof(struct lk_login) */
	uint32_t flags;             /* LK_LOGIN_* */
	const char *host;           /* as configured: credentials are for it */
	uint32_t port;              /* 0: not known */
	uint32_t failure_budget;    /* refused secrets, 0 = 2 for a user who has
				       not logged in yet, else 1 */
	const char *user;           /* authid, or NULL */
	const char *authzid;        /* or NULL */
	const char *realm;          /* or NULL */
	const char *auth;           /* ids or wire names by blanks or commas: an
				       order and an allow-list; `!x` forbids, a
				       trailing `*` opens it; NULL = automatic */
	const char *const *params;  /* "ID.NAME=VALUE", NULL-terminated; or NULL.
				       NAME `ir` = auto|never is every id's */
	const char *secrets;        /* which of password, otp, oauth.token can be
				       asked for, by blanks; or NULL */

	/* Give a secret: lk_secret_add() and LK_DONE; lk_secret_wait() and
	 * LK_PENDING; LK_E_NOPROP: none, *err may say why.  Called only when a
	 * mechanism that needs it is next, before AUTH is sent. */
	int32_t (*secret)(void *ctx, const struct lk_ask *,
			  struct lk_secret *, struct lk_error *err);

	/* A decision, for a trace: "login: the server asked for the password
	 * first; cancelled".  Optional. */
	void (*note)(void *ctx, const char *text);
	void *ctx;
	const char *advice;         /* where the secret is to be had: said when
				       it was refused; or NULL */
};

/* ---- over what --------------------------------------------------------- */

#define LK_FACT_ENCRYPTED   0x01u   /* TLS is on */
#define LK_FACT_VERIFIED    0x02u   /* the peer's certificate was verified */
#define LK_FACT_PRIVATE     0x04u   /* Unix socket; or a configured localhost,
				       127.0.0.1 or ::1 with a loopback peer */
#define LK_FACT_CLIENT_CERT 0x08u   /* we presented a certificate */
#define LK_FACT_TLS_OFFERED 0x10u   /* TLS can still be started */
#define LK_FACT_TLS_REQUIRED 0x20u  /* configured so: TLS is to be had, or not
				       a byte of a secret goes out */

/* The connection.  All zero is the worst case. */
struct lk_facts {
	uint32_t size;              /* sizeof(struct lk_facts) */
	uint32_t flags;             /* LK_FACT_* */
	const char *peer_name;      /* the name that was verified, or NULL; must
				       be the login's host */

	/* A channel binding by type, or NULL.  *out valid until the next call
	 * on the connection.  LK_DONE or LK_E_NOPROP. */
	int32_t (*channel_binding)(void *ctx, const char *type,
				   struct lk_bytes *out);
	void *ctx;
};

#define LK_REPLY_CHALLENGE  1
#define LK_REPLY_SUCCESS    2       /* 235 */
#define LK_REPLY_ACCEPTED   3       /* another 2xx */
#define LK_REPLY_SYNTAX     4       /* 500-503, 555, x.5.2, x.5.6 */
#define LK_REPLY_NO_MECH    5       /* 504; unknown or unavailable mechanism */
#define LK_REPLY_TLS_FIRST  6       /* 530, 538 */
#define LK_REPLY_TRANSITION 7       /* 432 */
#define LK_REPLY_TOO_WEAK   8       /* 534 */
#define LK_REPLY_EXPIRED    9       /* a secret that is too old */
#define LK_REPLY_TEMPORARY  10      /* 4xx, texts that mean it */
#define LK_REPLY_REFUSED    11      /* 535, 553, ... */
#define LK_REPLY_GARBLED    12      /* no reply of this protocol at this place */
#define LK_REPLY_BYE        13      /* the server says that it hangs up */

/* One whole reply of the server, as it came: untrusted.
 *
 *   smtp   code and enhanced code; text: that of all lines, joined by LF; raw:
 *          of a 334 its text
 *   ldap   code: the resultCode; text: the diagnosticMessage; raw: the
 *          serverSaslCreds
 *   imap, pop3, sieve   text: the line without its tag and CRLF, from its first
 *          word on, with the literals in it: "+ UGFz", "NO
 *          [AUTHENTICATIONFAILED] no", "-ERR [AUTH] no", "OK (SASL \"dj0=\")".
 *          Nothing else.  Untagged lines are not for the login, but for BYE. */
struct lk_reply {
	uint32_t size;
	int32_t code;               /* native, or 0 */
	const char *enhanced;       /* "5.7.8", or "" */
	struct lk_bytes text;
	struct lk_bytes raw;        /* for the mechanism; data NULL = none */
};

#define LK_PROFILE_IR        0x1u   /* initial responses exist */
#define LK_PROFILE_STRINGS   0x2u   /* names and responses are quoted strings,
				       long ones literals */
#define LK_PROFILE_BYTES     0x4u   /* octets, not lines of base64: what SEND
				       and `raw` have; the program frames them */

/* How a protocol carries a login. */
struct lk_profile {
	uint32_t size;              /* sizeof(struct lk_profile) */
	uint32_t flags;             /* LK_PROFILE_* */
	const char *service;        /* "smtp": LK_P_SERVICE, and the domain of
				       its codes */
	const char *command;        /* "AUTH"; of BYTES NULL */
	const char *empty;          /* an empty initial response: "=" */
	const char *cancel;         /* "*"; NULL: it has no cancel */
	uint32_t command_limit;     /* of the first line, with its CRLF: 512;
				       0: none */
	uint32_t line_limit;        /* of further ones, with CRLF: 12288 */
	int32_t (*kind)(const struct lk_reply *); /* LK_REPLY_* */

	/* Where `text` holds it: what a challenge or a success has for the
	 * mechanism; data NULL = none.  Or NULL: it is in `raw`. */
	struct lk_bytes (*data)(const struct lk_reply *);

	/* How a server's offer is spelled, in upper case. */
	const char *offer_prefix;   /* "AUTH=": names stand behind it, and other
				       words are none; NULL: each word is one */
	const char *offer_ir;       /* "SASL-IR": initial responses only where it
				       is among the words; NULL: always */
};

/* Static.  SMTP and submission (RFC 4954); IMAP (RFC 9051, 4959); POP3
 * (RFC 5034); ManageSieve (RFC 5804); LDAP (RFC 4513: a bind request of `mech`
 * with `line` as its credentials). */
LK_API const struct lk_profile *lk_profile_smtp(void);
LK_API const struct lk_profile *lk_profile_imap(void);
LK_API const struct lk_profile *lk_profile_pop3(void);
LK_API const struct lk_profile *lk_profile_sieve(void);
LK_API const struct lk_profile *lk_profile_ldap(void);

/* ---- one login ---------------------------------------------------------- */

struct lk_auth;

/* The host, and what login and profile point to, are borrowed until
 * lk_auth_free; the two structs themselves are copied.  A parameter that no
 * installed mechanism declares, or a bad value, is LK_E_CONFIG. */
LK_API int lk_auth_new(struct lk_auth **ret, struct lk_host *,
		       const struct lk_login *, const struct lk_profile *,
		       struct lk_error *err);
LK_API void lk_auth_free(struct lk_auth *);

/* A connection is ready for the login: the first one, and again after START_TLS
 * and RECONNECT.  `offered`: the wire names, by blanks; of IMAP the words of
 * CAPABILITY as they came.  Compared, never opened, never an order.  The strings
 * are copied; facts->ctx is borrowed until the next begin or the end. */
LK_API void lk_auth_begin(struct lk_auth *, const struct lk_facts *,
			  const char *offered);

#define LK_AUTH_SEND      1         /* send line and CRLF, lk_auth_sent() */
#define LK_AUTH_READ      2         /* read a reply, lk_auth_reply() */
#define LK_AUTH_WAIT      3         /* wait for fd or the time, lk_auth_ready() */
#define LK_AUTH_WORK      4         /* lk_auth_ready(), which may block */
#define LK_AUTH_START_TLS 5         /* start TLS, greet, lk_auth_begin() */
#define LK_AUTH_RECONNECT 6         /* close without a word, connect, greet,
				       lk_auth_begin(); a new one wants it */
#define LK_AUTH_DONE      7         /* logged in */
#define LK_AUTH_STOP      8         /* not; see lk_auth_error() */

#define LK_AUTH_CLOSE     0x1u      /* with STOP: close without a word */
#define LK_AUTH_COMMAND   0x2u      /* with SEND: a command begins, which IMAP
				       puts a tag before */
#define LK_AUTH_HIDE      0x4u      /* with READ: a challenge that comes now is
				       shown by its length only: with what was
				       answered a password could be guessed */
#define LK_AUTH_LAST      0x8u      /* with READ: the mechanism has said all: only
				       the outcome may come */

struct lk_auth_want {
	uint32_t size;              /* sizeof(struct lk_auth_want) */
	uint32_t kind;              /* LK_AUTH_* above */
	uint32_t flags;             /* LK_AUTH_CLOSE... */
	uint32_t events;            /* of WAIT: LK_WAIT_* */
	struct lk_bytes line;       /* of SEND, without CRLF; of BYTES the
				       octets, data NULL = none */
	const char *shown;          /* of SEND, for a trace: secrets by length */
	const char *meaning;        /* of SEND: "initial response", "response",
				       "cancel" */
	int32_t fd;                 /* of WAIT, or -1 */
	int32_t timeout_ms;         /* -1: the program's own deadline */
	const char *mech;           /* of SEND: the name on the wire */
};

/* What is to be done next (set out->size first).  *out is valid until the next
 * call on the lk_auth. */
LK_API void lk_auth_want(struct lk_auth *, struct lk_auth_want *out);

/* The same for a program that may block.  1: this is to be done, and it is
 * neither WAIT nor WORK, which are done here, by poll() and whatever signals
 * come; 0: DONE; -1: STOP, and *err says why.  It waits for a secret, a mechanism
 * or another login for timeout_ms in all; then it is as after
 * lk_auth_lost(LK_E_TRANSIENT).  How long a mechanism works nobody can bound. */
LK_API int lk_auth_await(struct lk_auth *, int32_t timeout_ms,
			 struct lk_auth_want *out, struct lk_error *err);

LK_API void lk_auth_sent(struct lk_auth *);
LK_API void lk_auth_reply(struct lk_auth *, const struct lk_reply *);
LK_API void lk_auth_ready(struct lk_auth *);

/* lk_auth_reply for who reads line by line: one of imap or pop3 as it came, with
 * or without its end, NULL if the server hung up.  Of IMAP those that begin with
 * this tag, with `+` or with `* BYE` are for the login; others are passed over,
 * and READ is wanted as before.  A tag of NULL: each line is.  There are no
 * literals here. */
LK_API void lk_auth_line(struct lk_auth *, const char *tag, const char *line);

/* Instead of a reply: the server hung up (LK_E_PROTOCOL), or the deadline for it
 * passed (LK_E_TRANSIENT).  Instead of begin: there is no connection to be had
 * (LK_E_CONNECT). */
LK_API void lk_auth_lost(struct lk_auth *, int32_t cls);

/* Overwrite with `*` each leased secret in text[len], raw or in base64: servers
 * echo.  Call it before a server's words are shown, after the login as well:
 * with DONE and STOP the secrets are wiped, and keyed fingerprints of them,
 * which are until lk_auth_free, find what is echoed later. */
LK_API void lk_auth_scrub(struct lk_auth *, char *text, size_t len);

/* After STOP: why, one line per mechanism where several were tried.  Valid
 * until lk_auth_free. */
LK_API const struct lk_error *lk_auth_error(const struct lk_auth *);

/* After DONE. */
struct lk_auth_result {
	uint32_t size;              /* sizeof(struct lk_auth_result) */
	int32_t initial_response;   /* 1: it went in the command */
	const char *id;             /* "": there was no login to do */
	const char *wire;
	const char *warning;        /* "the server said 250, not 235"; or "" */
	int32_t attempts;           /* AUTH commands sent */
};

/* Set out->size first. */
LK_API void lk_auth_get_result(const struct lk_auth *, struct lk_auth_result *);

/* The decision without a server: for each installed mechanism, in the order of
 * trial, whether it would be tried (reason "") or why not.  `reason` and `info`
 * are valid during the call. */
LK_API void lk_auth_why(struct lk_auth *, const struct lk_facts *,
			const char *offered,
			void (*each)(void *ctx, const struct lk_mech_info *info,
				     const char *reason),
			void *ctx);

#ifdef __cplusplus
}
#endif
#endif
