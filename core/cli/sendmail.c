/* latchkey sendmail: for what expects a program of that name.
 * SPDX-License-Identifier: MIT */
#include "cli/sendmail.h"

#include "cli/job.h"
#include "cli/log.h"
#include "cli/naming.h"

#include "base/ascii.h"
#include "base/error.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOT_QUEUED "nothing is queued: send it again later, or let a mail " \
	"system such as Postfix keep it, see latchkey-sendmail(8)"

struct task {
	struct lk_sendmail said;
	struct lk_job job;
	FILE *message;              /* what came, without its dot */
	char *named;                /* the sender that is named; or NULL */
	struct lk_naming names;
	int log;                    /* as of lk_log_open */
	int32_t code;
};

/* ---- the message --------------------------------------------------------- */

static int
take_message(struct task *t, struct lk_error *err)
{
	int fd = lk_input_spool(err);

	if (fd < 0)
		return -1;
	t->message = fdopen(fd, "w+");
	if (!t->message) {
		close(fd);
		return lk_fail_memory(err);
	}
	lk_sendmail_copy(stdin, t->message, t->said.keeps_dots);
	if (ferror(stdin))
		return lk_fail(err, LK_E_MESSAGE, "the message cannot be "
			       "read: %s", strerror(errno));
	if (fflush(t->message) != 0 || ferror(t->message))
		return lk_fail(err, LK_E_TRANSIENT, "the message cannot be "
			       "kept in a temporary file: %s",
			       strerror(errno));
	rewind(t->message);
	return lk_job_read(&t->job, fd, UINT64_MAX, err);
}

/* ---- the account and the sender ------------------------------------------ */

static bool
is_address(const char *text)
{
	return text && *text && !lk_address_is_bare(text);
}

static int
choose_account(struct task *t, struct lk_error *err)
{
	struct lk_error why = { 0 };

	t->job.compose.from = t->said.cli->from;
	t->named = lk_compose_sender(&t->job.compose, &t->job.input, &why);
	if (!t->named && why.cls != LK_E_USAGE) {
		*err = why;
		return -1;
	}
	return lk_cli_account(t->said.cli, NULL, is_address(t->named)
			      ? t->named : NULL, err);
}

/* What bare names in the fields of senders and of recipients become. */
static void
set_completions(struct task *t)
{
	const struct lk_account *a = t->said.cli->account;
	struct lk_compose *c = &t->job.compose;
	const char *user = lk_account_get(a, "user");
	const char *protocol = lk_account_get(a, "protocol");

	t->names.path = lk_account_get(a, "aliases");
	t->names.domain = lk_account_get(a, "domain");
	t->names.is_local = protocol && strcmp(protocol, "lmtp") == 0;
	c->senders.domain = c->recipients.domain = t->names.domain;
	c->senders.whole = lk_account_get(a, "from");
	if (!c->senders.whole && !t->names.domain && is_address(user))
		c->senders.whole = user;
}

static int
fail_sender(const char *name, struct lk_error *err)
{
	char shown[80];

	lk_ascii_printable(shown, sizeof(shown), name, strlen(name));
	lk_fail(err, LK_E_CONFIG, "the sender \"%s\" has no @domain, and the "
		"account has neither from nor domain", shown);
	lk_advise(err, "from = ADDRESS or domain = DOMAIN in the account");
	return -1;
}

static int
set_sender(struct task *t, struct lk_error *err)
{
	struct lk_compose *c = &t->job.compose;
	const char *name = t->named, *domain;
	const struct passwd *user;

	set_completions(t);
	if (!name) {
		user = getpwuid(geteuid());
		name = user ? user->pw_name : "nobody";
	}
	if (t->named && (!*name || !lk_address_is_bare(name)))
		t->job.sender = strdup(name);
	else if (c->senders.whole)
		t->job.sender = strdup(c->senders.whole);
	else if (!c->senders.domain)
		return fail_sender(name, err);
	else if (asprintf(&t->job.sender, "%s@%s", name,
			  c->senders.domain) < 0)
		t->job.sender = NULL;
	if (!t->job.sender)
		return lk_fail_memory(err);
	domain = strrchr(t->job.sender, '@');
	if (domain && !c->recipients.domain)
		c->senders.domain = c->recipients.domain = domain + 1;
	return 0;
}

/* ---- the recipients and the header block --------------------------------- */

/* Those of the command line, as a To field may show them. */
static int
read_shown(const struct task *t, struct lk_addresses *shown,
	   struct lk_error *err)
{
	const struct lk_cli *c = t->said.cli;
	struct lk_buf text;
	int r = 0;
	size_t i;

	lk_buf_init(&text, LK_HEADER_MAX);
	for (i = 0; i < c->n_args && r == 0; i++) {
		lk_buf_clear(&text);
		if (lk_addresses_complete(&text, c->args[i],
					  strlen(c->args[i]),
					  &t->job.compose.recipients) == 0)
			r = lk_addresses_read(shown, "TO", text.data, text.len,
					      err);
	}
	lk_buf_wipe(&text);
	return r;
}

static int
read_recipients(struct task *t, struct lk_addresses *given,
		struct lk_error *err)
{
	const struct lk_cli *c = t->said.cli;
	size_t i;

	for (i = 0; i < c->n_args; i++)
		if (lk_addresses_read(given, "TO", c->args[i],
				      strlen(c->args[i]), err) < 0)
			return -1;
	if (lk_compose_recipients(&t->job.compose, &t->job.input, given,
				  err) < 0)
		return -1;
	for (i = 0; i < given->n; i++)
		if (lk_naming_add(&t->names, given->list[i], &t->job.to,
				  err) < 0)
			return -1;
	if (t->job.to.n)
		return 0;
	lk_fail(err, LK_E_USAGE, "%s names nobody", c->from_header
		? "the message's header" : "the command line");
	lk_advise(err, "sendmail TO..., or -t for those of the message's To, "
		  "Cc and Bcc");
	return -1;
}

/* What no server would be told. */
static int
check_address(const char *address, struct lk_error *err)
{
	char shown[80];

	if (!strpbrk(address, " \t<>"))
		return 0;
	lk_ascii_printable(shown, sizeof(shown), address, strlen(address));
	return lk_fail(err, LK_E_MESSAGE, "the address \"%s\" has blanks or "
		       "angle brackets in it", shown);
}

static int
check_envelope(const struct lk_job *j, struct lk_error *err)
{
	int r = check_address(j->sender, err);
	size_t i;

	for (i = 0; i < j->to.n && r == 0; i++)
		r = check_address(j->to.list[i], err);
	return r;
}

static int
compose(struct task *t, struct lk_error *err)
{
	struct lk_addresses given = { 0 }, shown = { 0 };
	struct lk_job *j = &t->job;
	int r = -1;

	if (read_recipients(t, &given, err) == 0 &&
	    check_envelope(j, err) == 0 &&
	    read_shown(t, &shown, err) == 0)
		r = lk_compose_head(&j->compose, &j->input, j->sender, &shown,
				    j->is_8bit, &j->head, err);
	lk_addresses_wipe(&given);
	lk_addresses_wipe(&shown);
	return r;
}

/* ---- sending ------------------------------------------------------------- */

/* Of the reply that decided. */
static int32_t
code_of(const struct lk_envelope *e)
{
	size_t i;

	for (i = 0; i < e->count; i++)
		if (e->to[i].cls)
			return e->to[i].code;
	return e->count ? e->to[0].code : 0;
}

/* 0, with *cls 0 or that of refusals; or -1 with *err set. */
static int
send_it(struct task *t, int32_t *cls, struct lk_error *err)
{
	struct lk_cli *c = t->said.cli;
	struct lk_client_options options = lk_cli_client(c);
	struct lk_client_info info = { .size = sizeof(info) };
	struct lk_client *client = NULL;
	struct lk_envelope e = { 0 };
	int r;

	if (lk_cli_host(c, err) < 0 ||
	    lk_client_new(&client, c->host, c->account, &options, err) < 0)
		return -1;
	r = lk_job_send(&t->job, client, LK_MAIL_LAST, &e, err);
	lk_client_get_info(client, &info);
	lk_cli_warn(info.warning);
	lk_cli_report_recipients(&e, err);
	t->code = r < 0 ? err->code : code_of(&e);
	*cls = lk_job_refusals(&e);
	lk_client_free(client);
	return r;
}

/* ---- the log ------------------------------------------------------------- */

static void
write_log(const struct task *t, int32_t cls)
{
	const char *where = lk_account_get(t->said.cli->account, "log");
	char id[256] = "", account[LK_ADDRESS_MAX + 1];
	struct lk_error err = { 0 };
	struct lk_log_line line = {
		.now = time(NULL), .account = account,
		.from = t->job.sender, .to = &t->job.to, .code = t->code,
		.cls = cls, .exit = lk_error_exit(cls),
	};

	if (!where || t->log == -2)
		return;
	lk_cli_account_name(t->said.cli, is_address(t->named) ? t->named : "",
			    account, sizeof(account));
	if (lk_sendmail_id(&t->job.head, id, sizeof(id)) ||
	    lk_sendmail_id(&t->job.input.header, id, sizeof(id)))
		line.id = id;
	if (lk_log_write(t->log, where, &line, &err) < 0)
		lk_cli_warn(err.sentence);
}

/* ---- all of it ----------------------------------------------------------- */

/* A log that cannot be written holds up no mail. */
static void
open_log(struct task *t)
{
	struct lk_error err = { 0 };

	t->log = lk_log_open(lk_account_get(t->said.cli->account, "log"),
			     &err);
	if (t->log == -2)
		lk_cli_warn(err.sentence);
}

static int
submit(struct task *t, struct lk_error *err)
{
	char advice[sizeof(err->advice) - sizeof("\n" NOT_QUEUED)];
	int32_t cls = 0;
	int r = -1;

	if (take_message(t, err) < 0 || choose_account(t, err) < 0)
		return -1;
	open_log(t);
	if (set_sender(t, err) == 0 && compose(t, err) == 0)
		r = send_it(t, &cls, err);
	if (r < 0)
		cls = err->cls ? err->cls : LK_E_INTERNAL;
	write_log(t, cls);
	if (r == 0)
		return lk_error_exit(cls);
	if (lk_error_exit(cls) == lk_error_exit(LK_E_TRANSIENT)) {
		lk_ascii_copy(advice, sizeof(advice), err->advice);
		lk_advise(err, "%s%s" NOT_QUEUED, advice, *advice ? "\n" : "");
	}
	return -1;
}

static int
run(struct lk_cli *c, struct lk_error *err)
{
	struct task t = { .said = { .cli = c }, .log = -1 };
	int r;

	if (lk_sendmail_parse(&t.said, err) < 0)
		return -1;
	if (t.said.is_help) {
		fputs(lk_cli_sendmail.usage, stdout);
		return 0;
	}
	lk_job_init(&t.job, c);
	t.job.envid = t.said.envid;
	t.job.compose.full_name = t.said.full_name;
	t.job.compose.as_sendmail = true;
	r = submit(&t, err);
	lk_job_wipe(&t.job);
	lk_naming_wipe(&t.names);
	free(t.named);
	if (t.message)
		fclose(t.message);
	return r;
}

const struct lk_cli_command lk_cli_sendmail = {
	"sendmail", "for what expects a program of that name",
	"usage: latchkey sendmail [OPTION]... [--] [TO]... <MESSAGE\n"
	"       sendmail [OPTION]... [--] [TO]... <MESSAGE\n"
	"\n"
	"  -t                 also to those that To, Cc and Bcc name\n"
	"  -i, -oi            a line with a dot alone is no end\n"
	"  -f FROM, -r FROM   the envelope sender; '' for none\n"
	"  -F NAME            the full name in a From field that is added\n"
	"  -a ACCOUNT         an account of latchkey accounts list; else the\n"
	"                     one of the sender, or the one called default\n"
	"  -N WHEN            delivery reports: never, or some of\n"
	"                     success,failure,delay\n"
	"  -R WHAT            in them: the full message, or its hdrs\n"
	"  -V ID              in them: what the message is known by\n"
	"  -B 7BIT, -B 8BITMIME, -bm, -o...\n"
	"                     no effect\n"
	"  -v                 what goes over the wire, and its meaning;\n"
	"                     --trace=FILE: into a file\n",
	NULL, run,
};
