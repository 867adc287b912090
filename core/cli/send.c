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
	struct lk_client_info info = { 0 };
	struct lk_envelope e = { 0 };
	int r = lk_job_send(j, client, LK_MAIL_LAST, &e, err);
	int32_t cls = lk_job_refusals(&e);

	lk_client_get_info(client, &info);
	lk_cli_warn(info.warning);
	if (j->cli->json) {
		lk_json_message(NULL, r == 0 ? LK_OUT_SENT
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

static int
send_one(struct lk_job *j, struct lk_error *err)
{
	struct lk_client_options options = lk_cli_client(j->cli);
	struct lk_client *client = NULL;
	int r;

	if (lk_job_address(j, true, err) < 0 ||
	    lk_job_read(j, STDIN_FILENO, UINT64_MAX, err) < 0 ||
	    lk_cli_host(j->cli, err) < 0 ||
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
	if (!c->url)                /* before what may be the URL is a TO */
		return 0;
	if (c->each || c->n_args || c->n_to || c->from_header)
		return 0;
	lk_fail(err, LK_E_USAGE, "no recipient is named");
	lk_advise(err, "latchkey send ... TO..., or -t for those of the "
		  "message's To, Cc and Bcc");
	return -1;
}

static int
run(struct lk_cli *c, struct lk_error *err)
{
	struct lk_job j;
	int r;

	if (check(c, err) < 0 || lk_cli_account(c, c->url, err) < 0)
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
	"usage: latchkey send -s URL [OPTION]... TO... <MESSAGE\n"
	"       latchkey send -s URL --each [OPTION]... PATH...\n"
	"\n"
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
	"fhostAEJKNPSTUWXY", run,
};
