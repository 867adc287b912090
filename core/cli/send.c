/* latchkey send. SPDX-License-Identifier: MIT */
#include "cli/cli.h"
#include "cli/compose.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define UNIQUE 10                   /* octets of a Message-ID */

/* One message on its way. */
struct job {
	struct lk_cli *cli;
	struct lk_compose compose;
	struct lk_input input;
	struct lk_addresses to;
	size_t n_shown;             /* of `to`: the command line's */
	struct lk_buf head;
	char *sender;
	struct lk_recipient *recipients;
	char unique[2 * UNIQUE + 1];
};

static int
make_unique(struct job *j, struct lk_error *err)
{
	unsigned char octets[UNIQUE];
	size_t i;

	if (getrandom(octets, sizeof(octets), 0) != (ssize_t)sizeof(octets))
		return lk_fail(err, LK_E_INTERNAL, "no random octets");
	for (i = 0; i < sizeof(octets); i++)
		snprintf(j->unique + 2 * i, 3, "%02x", octets[i]);
	return 0;
}

static int
read_arguments(struct job *j, struct lk_error *err)
{
	size_t i;

	for (i = 0; i < j->cli->n_args; i++)
		if (lk_addresses_read(&j->to, "TO", j->cli->args[i],
				      strlen(j->cli->args[i]), err) < 0)
			return -1;
	j->n_shown = j->to.n;
	if (j->to.n || j->cli->from_header)
		return 0;
	lk_fail(err, LK_E_USAGE, "no recipient is named");
	lk_advise(err, "latchkey send ... TO..., or -t for those of the "
		  "message's To, Cc and Bcc");
	return -1;
}

/* The message with this header block. */
static struct lk_message
message(const struct job *j, const unsigned char *head, size_t len)
{
	struct lk_message m = {
		.size = sizeof(m),
		.fd = j->input.fd,
		.offset = j->input.offset,
		.head = { head, len },
	};

	return m;
}

/* All that can be wrong with the message is known before anybody is called. */
static int
prepare(struct job *j, struct lk_error *err)
{
	struct lk_message_facts facts = { .size = sizeof(facts) };
	struct lk_addresses shown;
	struct lk_message m;

	if (lk_input_read(&j->input, STDIN_FILENO, err) < 0)
		return -1;
	m = message(j, j->input.header.data, j->input.head_len);
	if (lk_message_facts(&m, &facts, err) < 0)
		return -1;
	j->sender = lk_compose_sender(&j->compose, &j->input, err);
	if (!j->sender ||
	    lk_compose_recipients(&j->compose, &j->input, &j->to, err) < 0)
		return -1;
	if (j->to.n == 0)
		return lk_fail(err, LK_E_USAGE, "-t: the message's To, Cc and "
			       "Bcc name nobody");
	/* not those whom only Bcc names */
	shown = (struct lk_addresses){ j->to.list, j->n_shown };
	return lk_compose_head(&j->compose, &j->input, j->sender, &shown,
			       (facts.flags & LK_MESSAGE_8BIT) != 0, &j->head,
			       err);
}

static int
make_recipients(struct job *j, struct lk_error *err)
{
	size_t i;

	j->recipients = calloc(j->to.n, sizeof(*j->recipients));
	if (!j->recipients)
		return lk_fail_memory(err);
	for (i = 0; i < j->to.n; i++)
		j->recipients[i].address = j->to.list[i];
	return 0;
}

static bool
is_any(const struct lk_envelope *e, int32_t cls)
{
	size_t i;

	for (i = 0; i < e->count; i++)
		if (e->to[i].cls == cls)
			return true;
	return false;
}

/* To be called once connected or not; an exit status, or -1. */
static int
submit(struct job *j, struct lk_client *client, struct lk_error *err)
{
	struct lk_envelope envelope = {
		.size = sizeof(envelope),
		.flags = LK_MAIL_LAST |
			 (j->cli->partial ? LK_MAIL_PARTIAL : 0),
		.from = j->sender,
		.to = j->recipients,
		.count = j->to.n,
	};
	struct lk_message m = message(j, j->head.data, j->head.len);
	struct lk_client_info info = { 0 };
	int r = lk_client_mail(client, &envelope, &m, err);
	size_t refused = lk_cli_report_recipients(&envelope, err);

	lk_client_get_info(client, &info);
	lk_cli_warn(info.warning);
	if (r < 0)
		return -1;
	if (refused == 0)
		return 0;
	return lk_error_exit(is_any(&envelope, LK_E_RECIPIENT)
				? LK_E_RECIPIENT : LK_E_TRANSIENT);
}

static int
run_job(struct job *j, struct lk_error *err)
{
	struct lk_client_options options = lk_cli_client(j->cli);
	struct lk_client *client = NULL;
	int r;

	if (read_arguments(j, err) < 0 ||
	    lk_cli_account(j->cli, j->cli->url, err) < 0 ||
	    make_unique(j, err) < 0)
		return -1;
	j->compose.from = j->cli->from;
	if (!j->compose.from)
		j->compose.from = lk_account_get(j->cli->account, "from");
	j->compose.user = lk_account_get(j->cli->account, "user");
	if (prepare(j, err) < 0 || make_recipients(j, err) < 0)
		return -1;
	if (lk_cli_host(j->cli, err) < 0 ||
	    lk_client_new(&client, j->cli->host, j->cli->account, &options,
			  err) < 0)
		return -1;
	r = submit(j, client, err);
	lk_client_free(client);
	return r;
}

static int
run(struct lk_cli *c, struct lk_error *err)
{
	struct job j = { .cli = c };
	int r;

	j.compose = (struct lk_compose){
		.subject = c->subject,
		.from_header = c->from_header,
		.now = time(NULL),
		.unique = j.unique,
	};
	lk_buf_init(&j.head, 4 * LK_HEADER_MAX);
	j.input.fd = -1;
	r = run_job(&j, err);
	lk_input_wipe(&j.input);
	lk_addresses_wipe(&j.to);
	lk_buf_wipe(&j.head);
	free(j.sender);
	free(j.recipients);
	return r;
}

const struct lk_cli_command lk_cli_send = {
	"send", "send the message on standard input",
	"usage: latchkey send -s URL [OPTION]... TO... <MESSAGE\n"
	"\n"
	"  -s URL             smtp://[USER@]HOST[:587] (STARTTLS),\n"
	"                     smtps://[USER@]HOST[:465] (TLS at once) or\n"
	"                     lmtp+unix:///PATH\n"
	"  -f FROM            the envelope sender; '' for none\n"
	"  -t                 also to those that To, Cc and Bcc name;\n"
	"                     Bcc is taken out\n"
	"  --subject TEXT     add a Subject field\n"
	"  --partial          one recipient refused: send to the others\n"
	"  --dsn-notify WHEN  delivery reports: never, or some of\n"
	"                     success,failure,delay\n"
	"  --dsn-ret WHAT     in them: the full message, or its hdrs\n",
	"fhostAEKNPST", run,
};
