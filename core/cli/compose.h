/* Making a message whole: the envelope, and the few fields that it lacks.
 * SPDX-License-Identifier: MIT */
#ifndef LK_CLI_COMPOSE_H
#define LK_CLI_COMPOSE_H

#include "cli/addresses.h"
#include "cli/input.h"

#include <time.h>

/* What the command line says. */
struct lk_compose {
	const char *from;           /* envelope sender, "<>" = none; or NULL */
	const char *user;           /* of the account, or NULL */
	const char *subject;        /* or NULL */
	const char *full_name;      /* of a From field that is added; or NULL */
	bool from_header;           /* -t: recipients from To, Cc and Bcc */
	time_t now;
	const char *unique;         /* for the Message-ID */

	/* As sendmail does: Bcc is always taken out; the newest Resent- fields
	 * stand for From, To, Cc and Bcc; names get a domain. */
	bool as_sendmail;
	struct lk_completion senders, recipients; /* in such fields */
};

/* The envelope sender: what the command line says, else the From field, else
 * the user if it has an @.  To free(); NULL with *err set, LK_E_USAGE: there is
 * none of these. */
char *lk_compose_sender(const struct lk_compose *, const struct lk_input *,
			struct lk_error *err);

/* With -t: add the recipients that the header block names. */
int lk_compose_recipients(const struct lk_compose *, const struct lk_input *,
			  struct lk_addresses *, struct lk_error *err);

/* The header block to send, with the empty line behind it: as it came, but for
 * what is missing and, with -t, without Bcc.  to: those that a To field may
 * show.  is_8bit: the body has octets over 127.  `head` is an empty buffer. */
int lk_compose_head(const struct lk_compose *, const struct lk_input *,
		    const char *sender, const struct lk_addresses *to,
		    bool is_8bit, struct lk_buf *head, struct lk_error *err);

#endif
