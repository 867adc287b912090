/* The SMTP engine: bytes in, bytes out, no I/O (RFC 5321, 6409).
 *
 * It says what it wants; the program obeys and tells it what happened:
 *
 *   want & LK_WANT_CONNECT   connect, lk_smtp_connected()
 *   want & LK_WANT_SEND      send lk_smtp_output(), lk_smtp_sent()
 *   want & LK_WANT_RECV      what arrives: lk_smtp_input(); end: lk_smtp_lost()
 *   want & LK_WANT_TLS       handshake, lk_smtp_tls_up()
 *   want & LK_WANT_WAIT      wait as lk_smtp_wait() says, lk_smtp_ready()
 *   want & LK_WANT_WORK      lk_smtp_ready(), which may block
 *   want & LK_WANT_BODY      octets of the message: lk_smtp_body()
 *   want & LK_WANT_MAIL      ready: lk_smtp_mail() or lk_smtp_quit()
 *   want & LK_WANT_CLOSED    it is over: close; lk_smtp_error()
 *
 * Several bits may be set at once: obey any, sending first.  Nothing else is
 * ever wanted: no clock, no socket, no file.
 *
 * Threads: one engine, one thread at a time.
 * SPDX-License-Identifier: MIT */
#ifndef LATCHKEY_SMTP_H
#define LATCHKEY_SMTP_H

#include <latchkey/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LK_WANT_CONNECT 0x001u
#define LK_WANT_SEND    0x002u
#define LK_WANT_RECV    0x004u
#define LK_WANT_TLS     0x008u
#define LK_WANT_WAIT    0x010u
#define LK_WANT_WORK    0x020u
#define LK_WANT_BODY    0x040u
#define LK_WANT_MAIL    0x080u
#define LK_WANT_CLOSED  0x100u

#define LK_TLS_STARTTLS      0      /* required, sent even if not listed */
#define LK_TLS_IMPLICIT      1
#define LK_TLS_OPPORTUNISTIC 2      /* if listed, else in the clear */
#define LK_TLS_NONE          3

#define LK_TRACE_CLIENT 1
#define LK_TRACE_SERVER 2
#define LK_TRACE_NOTE   3           /* a decision or an event: TLS is up */

/* One line of a trace.  Printable, without a secret. */
struct lk_trace {
	int32_t from;               /* LK_TRACE_* */
	const char *line;           /* secrets by length: AUTH PLAIN <29 octets> */
	const char *decoded;        /* of base64 that may be shown; or "" */
	const char *meaning;        /* what the line means, or "" */
};

struct lk_smtp;

struct lk_smtp_options {
	uint32_t size;              /* sizeof(struct lk_smtp_options) */
	uint32_t tls;               /* LK_TLS_* */
	const char *ehlo;           /* our name, or an address literal; copied */
	struct lk_auth *auth;       /* borrowed; NULL: no login.  If given: logged
				       in, or an error; never a MAIL without */
	void (*trace)(void *ctx, const struct lk_trace *); /* or NULL */
	void *trace_ctx;
	uint32_t flags;             /* LK_SMTP_* */
};

#define LK_SMTP_LMTP 0x1u           /* LMTP (RFC 2033): each recipient has its
				       own outcome */
#define LK_SMTP_BDAT 0x2u           /* BDAT instead of DATA, where CHUNKING is
				       offered: one round trip less */

/* A new engine wants CONNECT.  -1 with *err set: memory, or a bad ehlo. */
LK_API int lk_smtp_new(struct lk_smtp **ret, const struct lk_smtp_options *,
		       struct lk_error *err);
LK_API void lk_smtp_free(struct lk_smtp *);

LK_API uint32_t lk_smtp_want(struct lk_smtp *);

/* Connected, for the first time or again.  facts: of the connection; with
 * implicit TLS after the handshake, so ENCRYPTED.  Copied, but for ctx. */
LK_API void lk_smtp_connected(struct lk_smtp *, const struct lk_facts *);

/* The handshake after STARTTLS is done.  Nothing that was received before it
 * counts any more. */
LK_API void lk_smtp_tls_up(struct lk_smtp *, const struct lk_facts *);

/* Octets to send, until the next call on the engine; then say how many went. */
LK_API const void *lk_smtp_output(struct lk_smtp *, size_t *len);
LK_API void lk_smtp_sent(struct lk_smtp *, size_t len);

/* Octets that came.  Bytes of a hostile peer are welcome. */
LK_API void lk_smtp_input(struct lk_smtp *, const void *data, size_t len);

/* The connection is gone (LK_E_PROTOCOL: closed, reset), the deadline passed
 * (LK_E_TRANSIENT), connecting or TLS failed (any class).  why->sentence says
 * it; copied. */
LK_API void lk_smtp_lost(struct lk_smtp *, const struct lk_error *why);

/* Of WAIT: as struct lk_auth_want. */
LK_API void lk_smtp_wait(struct lk_smtp *, int32_t *fd, uint32_t *events,
			 int32_t *timeout_ms);
LK_API void lk_smtp_ready(struct lk_smtp *);

/* True while the reply to a final dot is awaited: give it more time. */
LK_API int lk_smtp_is_final(const struct lk_smtp *);

/* How many replies came whole: what has a deadline goes on with each, not with
 * each octet or line of one. */
LK_API uint64_t lk_smtp_replies(const struct lk_smtp *);

/* True once the login is done (or there was none to do). */
LK_API int lk_smtp_is_ready(const struct lk_smtp *);

/* ---- the message ------------------------------------------------------- */

#define LK_MESSAGE_8BIT      0x1u   /* octets over 127 */
#define LK_MESSAGE_NUL       0x2u
#define LK_MESSAGE_LONE_CR   0x4u   /* a CR without LF behind it */
#define LK_MESSAGE_LONG_LINE 0x8u   /* over 998 octets (RFC 5322, 2.1.1) */
#define LK_MESSAGE_NO_END    0x10u  /* the last line has no end: one is added */

/* What must be known of a message before MAIL.  Zero it, set `size`, feed it all
 * octets in any pieces, then end. */
struct lk_message_facts {
	uint32_t size;              /* sizeof(struct lk_message_facts) */
	uint32_t flags;             /* LK_MESSAGE_* */
	uint64_t octets;            /* on the wire: lines end with CRLF, without
				       dot-stuffing (RFC 1870, 3) */
	uint64_t lines;
	uint64_t longest;           /* octets of the longest line, without end */
	uint64_t line;              /* private: of the line under way */
	uint32_t last;              /* private: the last octet */
};

LK_API void lk_message_scan(struct lk_message_facts *, const void *, size_t);
LK_API void lk_message_scan_end(struct lk_message_facts *);

/* One recipient and its result. */
struct lk_recipient {           /* frozen: they lie in an array */
	const char *address;        /* without angle brackets */
	int32_t cls;                /* once the result is known: 0: sent, also
				       if the result is -1 (LMTP); LK_E_RECIPIENT,
				       LK_E_TRANSIENT; LK_E_CANCELLED: not asked
				       (code 0), or dropped with the rest;
				       LK_E_UNKNOWN */
	int32_t code;
	char enhanced[16];
	char text[256];             /* printable */
};

#define LK_MAIL_LAST    0x1u        /* QUIT goes with the body */
#define LK_MAIL_PARTIAL 0x2u        /* send to those who are accepted; else one
				       refused recipient and nothing is sent */

struct lk_envelope {
	uint32_t size;              /* sizeof(struct lk_envelope) */
	uint32_t flags;             /* LK_MAIL_* */
	const char *from;           /* "" = the null sender */
	struct lk_recipient *to;    /* the caller's; results are written here */
	size_t count;               /* at least 1 */

	/* Delivery reports (RFC 3461), or NULL; asked for where the server
	 * offers DSN, else there is a warning. */
	const char *dsn_notify;     /* "never", or "success,failure,delay" */
	const char *dsn_ret;        /* "full", "hdrs" */
	const char *envid;          /* to know the report by */
};

/* Begin a message; only when MAIL is wanted.  The envelope is borrowed until the
 * result is known.  -1 and nothing sent: a bad address (control characters,
 * blanks, brackets; a non-ASCII local part without SMTPUTF8), too large for the
 * server's SIZE, too many recipients for its LIMITS, NUL, a lone CR; MAIL is
 * still wanted.
 *
 * With LK_MAIL_PARTIAL recipients over the server's limit are not asked, and
 * LK_MAIL_LAST does not count where some were left over: those with
 * LK_E_CANCELLED and code 0, or refused with code 452, may be asked in a message
 * of their own. */
LK_API int lk_smtp_mail(struct lk_smtp *, struct lk_envelope *,
			const struct lk_message_facts *, struct lk_error *err);

/* While BODY is wanted: octets of the message, LF or CRLF.  Returns how many it
 * took (fewer when there is enough to send).  Dots are doubled here. */
LK_API size_t lk_smtp_body(struct lk_smtp *, const void *data, size_t len);

/* The message is whole. */
LK_API void lk_smtp_body_end(struct lk_smtp *);

/* When MAIL is wanted again, or CLOSED: 0: sent to every recipient whose cls is
 * 0; 1: no result yet, or no message begun; -1: *err says why not. */
LK_API int lk_smtp_mail_result(const struct lk_smtp *, struct lk_error *err);

/* Say QUIT, when MAIL is wanted. */
LK_API void lk_smtp_quit(struct lk_smtp *);

/* When CLOSED: cls 0 after a QUIT, else why.  Valid until lk_smtp_free. */
LK_API const struct lk_error *lk_smtp_error(const struct lk_smtp *);

/* Something worth telling a person that was no error, or "". */
LK_API const char *lk_smtp_warning(const struct lk_smtp *);

#ifdef __cplusplus
}
#endif
#endif
