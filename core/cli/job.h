/* One message on its way. SPDX-License-Identifier: MIT */
#ifndef LK_CLI_JOB_H
#define LK_CLI_JOB_H

#include "cli/cli.h"
#include "cli/compose.h"

#define LK_UNIQUE 10                /* octets of a Message-ID */

struct lk_job {
	struct lk_cli *cli;
	struct lk_compose compose;
	struct lk_input input;
	bool is_8bit;
	struct lk_addresses to;
	size_t n_shown;             /* of `to`: the command line's */
	struct lk_buf head;
	char *sender;
	const char *envid;          /* or NULL */
	struct lk_recipient *recipients;
	char unique[2 * LK_UNIQUE + 1];
};

/* Before anything that may fail. */
void lk_job_init(struct lk_job *, struct lk_cli *);
void lk_job_wipe(struct lk_job *);

/* With the account: the sender, and the recipients of --to and, with
 * `operands`, of the operands. */
int lk_job_address(struct lk_job *, bool operands, struct lk_error *err);

/* Read the message, at most `most` octets from where fd stands. */
int lk_job_read(struct lk_job *, int fd, uint64_t most, struct lk_error *err);

/* The account for the From field, where the command line names none. */
int lk_job_account(struct lk_job *, struct lk_error *err);

/* After all of these: the envelope, and the fields that are missing.  All that
 * can be wrong with a message is known before anybody is called. */
int lk_job_compose(struct lk_job *, struct lk_error *err);

/* Send it.  0, or -1 with *err set; e->to tells about the recipients, until the
 * job is wiped. */
int lk_job_send(struct lk_job *, struct lk_client *, uint32_t flags,
		struct lk_envelope *e, struct lk_error *err);

/* The class of the refusals: LK_E_RECIPIENT if one is for good, else
 * LK_E_TRANSIENT; 0: there are none. */
int32_t lk_job_refusals(const struct lk_envelope *);

#endif
