/* What an msmtprc says.  SPDX-License-Identifier: MIT */
#ifndef LK_CLI_IMPORT_MSMTP_H
#define LK_CLI_IMPORT_MSMTP_H

#include "cli/import.h"

#include <stdint.h>

#define LK_MSMTP_COMMANDS 46
#define LK_MSMTP_ACCOUNTS 500

enum lk_msmtp_how {
	LK_MSMTP_AS_IS,             /* text is the key that it becomes */
	LK_MSMTP_PATH,              /* it may begin with ~ */
	LK_MSMTP_PATTERN,           /* what holds % or * is no value */
	LK_MSMTP_UNLESS_OFF,        /* off: the same as not said */
	LK_MSMTP_TOGETHER,          /* with others, in import_account.c */
	LK_MSMTP_LOST,              /* text says why */
};

struct lk_msmtp_command {
	const char *name;
	enum lk_msmtp_how how;
	const char *text;
	const char *harmless;       /* of a LOST one: words that lose nothing */
};

extern const struct lk_msmtp_command lk_msmtp_commands[LK_MSMTP_COMMANDS];

/* Borrowed from the text. */
struct lk_msmtp_account {
	const char *name;
	char called[65];            /* here; "": not yet */
	unsigned line;
	const char *values[LK_MSMTP_COMMANDS]; /* NULL: not said */
	bool is_own[LK_MSMTP_COMMANDS]; /* no default: who inherits gets it */
};

struct lk_msmtp {
	struct lk_msmtp_account defaults;
	struct lk_msmtp_account *accounts;
	size_t n;
	size_t understood, lost;    /* lines */
};

/* text is changed.  What cannot be understood is lost, with a comment. */
int lk_msmtp_read(struct lk_msmtp *, struct lk_import *, char *text, size_t len,
		  struct lk_error *err);

/* What an account says of a command, or NULL. */
const char *lk_msmtp_value(const struct lk_msmtp_account *, const char *name);

/* off, or not said: false. */
bool lk_msmtp_is_on(const struct lk_msmtp_account *, const char *name);

void lk_msmtp_wipe(struct lk_msmtp *);

#endif
