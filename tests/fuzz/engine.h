/* One session of the engine against a fuzzed server.
 * SPDX-License-Identifier: MIT */
#ifndef FUZZ_ENGINE_H
#define FUZZ_ENGINE_H

#include "fuzz.h"
#include "judge.h"

#include <latchkey/smtp.h>

#define TO_MAX 4

/* Octets of the dialogue that are no octets of the server. */
#define SAY_LITERAL 0xf8            /* the next octet, whatever it is */
#define SAY_PAUSE   0xf9            /* the client's turn */
#define SAY_ECHO    0xfa            /* the login's last line */
#define SAY_DECODED 0xfb            /* its last word, base64 undone */
#define SAY_CODED   0xfc            /* its last word, in base64 again */
#define HANG_UP     0xfd
#define TIME_OUT    0xfe
#define FAIL_NEXT   0xff            /* connecting or the handshake */

struct talk {
	struct feed in;

	/* who logs in, and how */
	uint32_t tls, flags;        /* LK_TLS_*, LK_SMTP_* */
	bool unverified, private, wrong_name;
	bool pending, no_secret, same_again;
	struct lk_login login;
	char secret[MARKER + 1], fresh[MARKER + 1], token[MARKER + 1];

	/* what is sent */
	unsigned mails, mail;
	bool partial, last, quit;
	size_t count;               /* recipients */
	const char *text;           /* of the message */
	struct lk_message_facts facts;
	struct lk_envelope envelope;
	const char *notify, *ret, *envid;
	struct lk_recipient to[TO_MAX];
	bool mail_runs;
	size_t fed;

	size_t piece_in, piece_out;
	bool lockstep;              /* the server says one line at a time */

	struct lk_auth *auth;
	struct lk_smtp *smtp;
	struct judge judge;
};

/* ---- options.c: the first octets --------------------------------------- */

void talk_options(struct talk *, const uint8_t *data, size_t size);

/* ---- watch.c: what a person is shown, and what became of it ------------ */

void watch_trace(void *talk, const struct lk_trace *);
void watch_note(void *talk, const char *text);
void watch_log(void *talk, uint32_t level, const char *text);

/* No secret in it, and printable. */
void watch_text(const struct talk *, const char *text);
void watch_error(const struct talk *, const struct lk_error *);

/* The message that runs is over. */
void watch_result(struct talk *);

/* The session is. */
void watch_end(struct talk *);

#endif
