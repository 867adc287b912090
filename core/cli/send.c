/* latchkey send. SPDX-License-Identifier: MIT */
#include "cli/each.h"
#include "cli/job.h"
#include "cli/json.h"

#include "base/ascii.h"
#include "base/error.h"

#include <string.h>
#include <unistd.h>

/* An exit status, or -1. */
static int
submit(struct lk_job *j, struct lk_client *client, struct lk_error *err)
{
	struct lk_client_info info = { .size = sizeof(info) };
	struct lk_envelope e = { 0 };
	int r = lk_job_send(j, client, LK_MAIL_LAST, &e, err);
	int32_t cls = lk_job_refusals(&e);

	lk_client_get_info(client, &info);
	lk_cli_warn(info.warning);
	if (j->cli->json) {
		if (r < 0)
			lk_cli_advise(j->cli, err);
		lk_json_message(j->cli, NULL, r == 0 ? LK_OUT_SENT
				: err->cls == LK_E_UNKNOWN ? LK_OUT_UNKNOWN
				: LK_OUT_UNSENT, &e, r < 0 ? err : NULL);
		if (r < 0)
			return lk_error_exit(err->cls);
	} else {
		lk_cli_report_recipients(&e, err);
	}
	if (r < 0)
		return -1;
	return cls ? lk_error_exit(cls) : 0;
}

/* The message says whose account it is, if nobody else does. */
static int
prepare(struct lk_job *j, struct lk_error *err)
{
	const bool is_chosen = j->cli->account != NULL;

	if (is_chosen && lk_job_address(j, true, err) < 0)
		return -1;
	if (lk_job_read(j, STDIN_FILENO, UINT64_MAX, err) < 0)
		return -1;
	if (!is_chosen && (lk_job_account(j, err) < 0 ||
			   lk_job_address(j, true, err) < 0))
		return -1;
	return lk_job_compose(j, err);
}

static int
send_one(struct lk_job *j, struct lk_error *err)
{
	struct lk_client_options options = lk_cli_client(j->cli);
	struct lk_client *client = NULL;
	int r;

	if (prepare(j, err) < 0 || lk_cli_host(j->cli, err) < 0 ||
	    lk_client_new(&client, j->cli->host, j->cli->account, &options,
			  err) < 0)
		return -1;
	r = submit(j, client, err);
	lk_client_free(client);
	return r;
}

/* A secret from standard input would be the message, or its beginning. */
static bool
is_from_input(const struct lk_cli *c)
{
	size_t i;

	for (i = 0; i < c->n_settings; i++) {
		const struct lk_cli_setting *s = &c->settings[i];
		const char *value = s->value;

		if (lk_ascii_has_word("password-from token-from", s->key,
				      s->key_len) &&
		    strncmp(value, "fd:", 3) == 0 &&
		    lk_ascii_number(value + 3, strlen(value + 3), 1) == 0)
			return true;
	}
	return false;
}

/* What can be said before a file or a server is looked at. */
static int
check(const struct lk_cli *c, struct lk_error *err)
{
	if (c->unsent && !c->each)
		return lk_fail(err, LK_E_USAGE, "--unsent goes with --each");
	if (c->each && c->n_args == 0)
		return lk_fail(err, LK_E_USAGE, "--each takes files and "
			       "directories");
	if (!c->each && is_from_input(c)) {
		lk_fail(err, LK_E_USAGE, "fd:0 is standard input, and that is "
			"the message");
		lk_advise(err, "--password-from fd:3 3<FILE, or file:PATH, "
			  "cmd:PROGRAM, env:NAME or prompt");
		return -1;
	}
	if (!c->url && !c->name && !c->each && c->n_args &&
	    lk_cli_is_url(c->args[0])) {
		lk_fail(err, LK_E_USAGE, "no server is named");
		lk_advise(err, "-s URL"); /* it may hold what is secret */
		return -1;
	}
	return 0;
}

static bool
has_recipient(const struct lk_cli *c)
{
	return c->n_args || c->n_to || c->from_header;
}

static int
check_recipients(const struct lk_cli *c, struct lk_error *err)
{
	if (has_recipient(c))
		return 0;
	lk_fail(err, LK_E_USAGE, "no recipient is named");
	lk_advise(err, "latchkey send ... TO..., or -t for those of the "
		  "message's To, Cc and Bcc");
	return -1;
}

/* Who is here for the first time is not asked for a message first. */
static int
choose(struct lk_cli *c, struct lk_error *err)
{
	const bool is_null = c->from && strcmp(c->from, "<>") == 0;

	if (c->url || c->name || c->from || c->each)
		return lk_cli_account(c, NULL, is_null ? NULL : c->from, err);
	if (lk_cli_config(c, err) < 0)
		return -1;
	if (lk_cli_is_new(c) && (isatty(STDIN_FILENO) || !has_recipient(c)))
		return lk_cli_account(c, NULL, NULL, err);
	return 0;
}

static int
run(struct lk_cli *c, struct lk_error *err)
{
	struct lk_job j;
	int r;

	if (check(c, err) < 0 || choose(c, err) < 0 ||
	    (!c->each && check_recipients(c, err) < 0))
		return -1;
	if (c->each)
		return lk_cli_each(c, err);
	lk_job_init(&j, c);
	r = send_one(&j, err);
	lk_job_wipe(&j);
	return r;
}

const struct lk_cli_command lk_cli_send = {
	"send", "send the message on standard input",
	"usage: latchkey send [-a ACCOUNT|-s URL] [OPTION]... TO... <MESSAGE\n"
	"       latchkey send [-a ACCOUNT|-s URL] --each [OPTION]... PATH...\n"
	"\n"
	"  -a ACCOUNT         an account of latchkey accounts list, or an\n"
	"                     address; else the one of the sender, the one\n"
	"                     called default, or the sender's provider\n"
	"  -s URL             smtp://[USER@]HOST[:587] (STARTTLS),\n"
	"                     smtps://[USER@]HOST[:465] (TLS at once) or\n"
	"                     lmtp+unix:///PATH\n"
	"  -f FROM            the envelope sender; '' for none\n"
	"  -t                 also to those that To, Cc and Bcc name;\n"
	"                     Bcc is taken out\n"
	"  --to TO            a recipient; may be repeated\n"
	"  --each             send the messages of files, directories,\n"
	"                     Maildirs and mboxes over one connection\n"
	"  --unsent FILE      keep a list of those that were not sent, which\n"
	"                     --each takes again\n"
	"  --subject TEXT     add a Subject field\n"
	"  --partial          one recipient refused: send to the others\n"
	"  --dsn-notify WHEN  delivery reports: never, or some of\n"
	"                     success,failure,delay\n"
	"  --dsn-ret WHAT     in them: the full message, or its hdrs\n",
	"afhostAEJKNPSTUWXY", run,
};
