/* latchkey sendmail. SPDX-License-Identifier: MIT */
#ifndef LK_CLI_SENDMAIL_H
#define LK_CLI_SENDMAIL_H

#include "cli/cli.h"

#include "base/buf.h"

/* What its command line says, but for what struct lk_cli has. */
struct lk_sendmail {
	struct lk_cli *cli;
	const char *full_name;      /* -F, or NULL */
	const char *envid;          /* -V, or NULL */
	bool keeps_dots;            /* -i: a line . does not end the message */
	bool is_help;
};

/* Read the words of c->args; those that are recipients are left there.  -1 with
 * *err set. */
int lk_sendmail_parse(struct lk_sendmail *, struct lk_error *err);

/* Copy a message, without the line `From ` that an mbox has before it; unless
 * keeps_dots is set, up to a line with a dot alone.  Whether it was read and
 * written the streams tell. */
void lk_sendmail_copy(FILE *from, FILE *to, bool keeps_dots);

/* The Message-ID of a header block, if it has one. */
bool lk_sendmail_id(const struct lk_buf *header, char *to, size_t room);

#endif
