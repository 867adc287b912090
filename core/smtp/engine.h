/* The engine's inside: one table of states, one struct.
 * SPDX-License-Identifier: MIT */
#ifndef LK_SMTP_ENGINE_H
#define LK_SMTP_ENGINE_H

#include "base/buf.h"
#include "smtp/ehlo.h"
#include "smtp/reply.h"

#include <latchkey/smtp.h>

#include <stdbool.h>

enum lk_state {
#define S(name, awaited, stage, enter, reply) LK_ST_##name,
#include "smtp/smtp_states.def"
#undef S
	LK_ST_COUNT
};

/* Commands that wait for a reply before more are sent: their 27 KiB, and the
 * replies, are what the buffers between two peers surely hold (RFC 2920, 3.1).
 */
#define LK_FLIGHT_COMMANDS 100u
#define LK_RING            128u     /* a power of two over LK_FLIGHT_COMMANDS */

#define LK_OUTPUT_BODY 65536u       /* enough of a message to send */
#define LK_OUTPUT_MAX  (2 * LK_OUTPUT_BODY + 1024)

/* Parameters of MAIL and RCPT, as they are sent; all empty: none. */
struct lk_dsn {
	char notify[32];
	const char *ret;            /* or NULL */
	char envid[304];
};

struct lk_smtp {
	enum lk_state state;
	uint32_t tls;               /* LK_TLS_* */
	char *ehlo;
	struct lk_auth *auth;
	void (*trace)(void *ctx, const struct lk_trace *);
	void *trace_ctx;

	struct lk_facts facts;
	char *peer_name;            /* facts.peer_name */
	struct lk_caps caps;
	bool tls_tried;             /* STARTTLS was said on this connection */
	bool logged_in;             /* or there is no login */
	bool ready;                 /* READY was reached */
	bool quitting;              /* QUIT is on its way */
	bool lmtp;
	bool may_bdat;
	int32_t auth_kind;          /* what lk_auth wants: LK_AUTH_* */

	/* The output, how much of it went; octets queued and sent on this
	 * connection; where each command ends that was not answered yet. */
	struct lk_buf out;
	size_t out_at;
	uint64_t queued, sent;
	uint64_t ends[LK_RING];
	unsigned first, pending;

	struct lk_reader reader;
	uint64_t replies;           /* that came whole */

	/* The message under way; envelope.to is NULL if there is none. */
	struct lk_envelope envelope;
	struct lk_message_facts message;
	struct lk_dsn dsn;
	bool mail_asked, mail_heard, mail_accepted, data_asked;
	bool bdat;                  /* the body goes by BDAT */
	bool left_over;             /* recipients, for another message */
	size_t asked, heard;        /* recipients */
	size_t accepted, refused;
	size_t refused_for_now;     /* of the refused: 4xx */
	size_t finals;              /* LMTP: replies to the message, */
	size_t late_refusals;       /* and those that refused it */
	size_t final_at;            /* LMTP: the recipient behind the last one
				       that was replied for */
	bool line_start;            /* of the body */
	bool last_cr;
	uint64_t body;              /* octets, without doubled dots */
	uint64_t dot;               /* the final dot is out once `sent` is here */
	int result;                 /* of the message: 0, -1, 1: not known */
	struct lk_error mail_error;

	struct lk_error error;      /* why it is over */
	char warning[1024];
};

/* ---- smtp.c ----------------------------------------------------------- */

/* What is awaited in this state, for a sentence; its LK_STAGE_*. */
const char *lk_state_awaited(const struct lk_smtp *);
int32_t lk_state_stage(enum lk_state);

/* Queue a command; -1: no memory, or too long. */
int lk_put(struct lk_smtp *, const char *meaning, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A command of these octets was queued: await its reply. */
void lk_put_end(struct lk_smtp *);

/* Forget what belongs to one connection, TLS or not. */
void lk_smtp_forget(struct lk_smtp *);

/* Enter a state, and what follows from it at once. */
void lk_smtp_go(struct lk_smtp *, enum lk_state);

/* ---- fail.c ----------------------------------------------------------- */

/* The end: the error is recorded, the message under way fails with it.  All
 * return LK_ST_CLOSED. */
enum lk_state lk_end(struct lk_smtp *, int32_t cls, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
enum lk_state lk_end_memory(struct lk_smtp *);
enum lk_state lk_end_with(struct lk_smtp *, const struct lk_error *);

/* The connection is lost. */
enum lk_state lk_end_lost(struct lk_smtp *, const struct lk_error *why);

/* No reply that could be taken for one. */
enum lk_state lk_end_protocol(struct lk_smtp *, const char *why);

/* The reply is an error, or none that fits here: by its code TRANSIENT, REFUSED
 * or PROTOCOL.  `what` was refused. */
enum lk_state lk_end_refused(struct lk_smtp *, const char *what);

/* The same without an end: only *err. */
void lk_reply_error(struct lk_smtp *, struct lk_error *err, const char *what);

/* The message fails; those who were accepted are dropped with it. */
void lk_mail_failed(struct lk_smtp *, const struct lk_error *);

/* Could the server have accepted the message already? */
bool lk_mail_is_doubtful(const struct lk_smtp *);

/* Server's words for a person: scrubbed of secrets, printable. */
void lk_smtp_words(struct lk_smtp *, char *to, size_t room, const void *text,
		   size_t len);

/* The texts of a reply's lines, joined by LF, and the line that broke it, if one
 * did; scrubbed as a whole.  false: no memory. */
bool lk_smtp_said(struct lk_smtp *, struct lk_buf *to);

void lk_warn(struct lk_smtp *, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- trace.c ---------------------------------------------------------- */

void lk_trace_client(struct lk_smtp *, const char *line, const char *meaning);
void lk_trace_auth(struct lk_smtp *, const struct lk_auth_want *);

/* What came of a reply, its whole lines.  Not before it is whole or breaks off:
 * what is to be scrubbed may be cut by a line's end. */
void lk_trace_server(struct lk_smtp *);
void lk_trace_note(struct lk_smtp *, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* ---- greet.c, login.c, envelope.c, body.c: the table's handlers -------- */

enum lk_state lk_on_greeting(struct lk_smtp *);
enum lk_state lk_send_ehlo(struct lk_smtp *);
enum lk_state lk_on_ehlo(struct lk_smtp *);
enum lk_state lk_send_helo(struct lk_smtp *);
enum lk_state lk_on_helo(struct lk_smtp *);
enum lk_state lk_send_starttls(struct lk_smtp *);
enum lk_state lk_on_starttls(struct lk_smtp *);
enum lk_state lk_send_quit(struct lk_smtp *);
enum lk_state lk_on_quit(struct lk_smtp *);

enum lk_state lk_begin_auth(struct lk_smtp *);
enum lk_state lk_drive_auth(struct lk_smtp *);
enum lk_state lk_on_auth(struct lk_smtp *);
enum lk_state lk_on_auth_garbled(struct lk_smtp *, const char *why);
void lk_auth_line_sent(struct lk_smtp *);
enum lk_state lk_auth_is_lost(struct lk_smtp *, const struct lk_error *why);

enum lk_state lk_fill_envelope(struct lk_smtp *);
enum lk_state lk_on_mail(struct lk_smtp *);
enum lk_state lk_on_rcpt(struct lk_smtp *);
enum lk_state lk_on_data(struct lk_smtp *);
enum lk_state lk_send_rset(struct lk_smtp *);
enum lk_state lk_on_rset(struct lk_smtp *);

/* What a reply says about a recipient; false: neither yes nor no. */
bool lk_take_recipient(struct lk_smtp *, struct lk_recipient *);

/* A sentence in mail_error with a line for each refused recipient. */
void lk_mail_refused(struct lk_smtp *);

/* As far as is known: may the message still be sent to somebody? */
bool lk_mail_goes_on(const struct lk_smtp *);

enum lk_state lk_begin_body(struct lk_smtp *);
enum lk_state lk_on_early(struct lk_smtp *);
enum lk_state lk_on_body(struct lk_smtp *);

/* The state that the next reply belongs to: with BDAT the envelope's come while
 * the body goes. */
enum lk_state lk_about(const struct lk_smtp *);

/* LMTP: does another reply to the message follow the next one? */
bool lk_has_more_finals(const struct lk_smtp *);

/* ---- dsn.c ------------------------------------------------------------ */

/* What the envelope wants of it.  -1 with *err set: it cannot be said. */
int lk_dsn_take(struct lk_smtp *, const struct lk_envelope *,
		struct lk_error *err);

/* ---- address.c -------------------------------------------------------- */

#define LK_ADDRESS_ROOM 255         /* a path is 256, with < and > (RFC 5321,
				       4.5.3.1.3) */

/* Can this address stand between < and >?  utf8: need it not be ASCII?  -1 with
 * *err set. */
int lk_address_check(const char *address, bool utf8, struct lk_error *err);
bool lk_address_is_ascii(const char *address);

/* With the domain in A-labels.  -1 with *err set. */
int lk_address_ascii(const char *address, char to[LK_ADDRESS_ROOM],
		     struct lk_error *err);

#endif
