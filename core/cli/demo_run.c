/* One chapter: run, shown, and compared with what is told.
 * SPDX-License-Identifier: MIT */
#include "cli/demo.h"

#include "base/ascii.h"
#include "base/error.h"

#include <string.h>

#define MISTYPED "1982241"
#define IDS      "plain login login-ir"

static const char mail[] =
	"From: costa@amaxit.net\r\n"
	"To: friend@example.net\r\n"
	"Subject: It works\r\n"
	"\r\n"
	"And I know why.\r\n";

/* ---- what the library tells us --------------------------------------- */

static void
on_trace(void *ctx, const struct lk_trace *t)
{
	struct lk_demo *d = ctx;

	if (d->cli->trace)
		lk_cli_trace(d->cli, t);
	lk_ladder_trace(&d->ladder, t);
}

/* Paths differ from machine to machine. */
void
lk_demo_log(void *ctx, uint32_t level, const char *text)
{
	const char *name = strrchr(text, '/');
	struct lk_trace t = { LK_TRACE_NOTE, name ? name + 1 : text, "", "" };
	struct lk_demo *d = ctx;

	if (level <= LK_LOG_WARN)
		lk_cli_warn(text);
	else if (level == LK_LOG_INFO && d->chapter)
		on_trace(d, &t);
}

static int32_t
on_prompt(void *ctx, const char *text, struct lk_secret *to)
{
	struct lk_demo *d = ctx;
	const char *typed = d->chapter->is_mistyped
		? MISTYPED : d->stage.clear.info.password;

	(void)text;
	d->asked++;
	return lk_secret_add(to, typed, strlen(typed)) < 0 ? LK_E_NOMEM
							   : LK_DONE;
}

/* ---- one run --------------------------------------------------------- */

static int
set_all(struct lk_account *a, const struct lk_chapter *c,
	const struct lk_rehearse_info *info, struct lk_error *err)
{
	char port[16];
	size_t i;

	snprintf(port, sizeof(port), "%u", info->port);
	if (lk_account_set(a, "host", info->address, err) < 0 ||
	    lk_account_set(a, "port", port, err) < 0 ||
	    lk_account_set(a, "user", info->user, err) < 0 ||
	    lk_account_set(a, "ehlo", "me.example", err) < 0 ||
	    lk_account_set(a, "timeout", "10", err) < 0 ||
	    (*info->ca && lk_account_set(a, "ca", info->ca, err) < 0))
		return -1;
	for (i = 0; c->settings[i].key; i++)
		if (lk_account_set(a, c->settings[i].key, c->settings[i].value,
				   err) < 0)
			return -1;
	return 0;
}

static int
connect_or_send(struct lk_demo *d, struct lk_client *client,
		struct lk_error *err)
{
	struct lk_recipient to = { .address = "friend@example.net" };
	struct lk_envelope envelope = {
		.size = sizeof(envelope),
		.flags = LK_MAIL_LAST,
		.from = d->stage.clear.info.user,
		.to = &to,
		.count = 1,
	};
	struct lk_message message = {
		.size = sizeof(message),
		.fd = -1,
		.head = { (const unsigned char *)mail, sizeof(mail) - 1 },
	};

	if (d->chapter->has_mail)
		return lk_client_mail(client, &envelope, &message, err);
	return lk_client_connect(client, err);
}

/* Its end is in *end.  -1: it could not be run. */
static int
run_chapter(struct lk_demo *d, struct lk_host *host, struct lk_error *end)
{
	struct lk_client_options options = {
		.size = sizeof(options), .trace = on_trace, .trace_ctx = d,
	};
	const struct lk_actor *actor = d->chapter->is_misnamed
		? &d->stage.misnamed : &d->stage.clear;
	struct lk_client_info info = { .size = sizeof(info) };
	struct lk_account *account = NULL;
	struct lk_client *client = NULL;
	int r = -1;

	if (lk_account_new(&account, end) == 0 &&
	    set_all(account, d->chapter, &actor->info, end) == 0 &&
	    lk_client_new(&client, host, account, &options, end) == 0) {
		lk_account_prompt(account, on_prompt, d);
		r = connect_or_send(d, client, end);
		lk_client_get_info(client, &info);
		lk_ascii_copy(d->mech, sizeof(d->mech),
			      r == 0 ? info.mech : end->mech);
		lk_client_close(client);
		r = 0;
	}
	lk_client_free(client);
	lk_account_free(account);
	return r;
}

/* ---- did it go as told? ---------------------------------------------- */

static int
differs(const struct lk_demo *d, struct lk_error *err, const char *what,
	const char *is, const char *should)
{
	char said[512];

	lk_ascii_copy(said, sizeof(said), err->cls ? err->sentence : "");
	return lk_fail(err, LK_E_INTERNAL, "the demo did not go as told: "
		       "\"%s\": %s: %s, not %s%s%s", d->chapter->title, what,
		       *is ? is : "none", *should ? should : "none",
		       *said ? "\n" : "", said);
}

static int
check(const struct lk_demo *d, struct lk_error *err)
{
	const struct lk_chapter *c = d->chapter;
	const struct lk_tally *is = &d->ladder.tally, *should = &c->tally;
	const struct {
		const char *what;
		unsigned is, should;
	} counts[] = {
		{ "AUTH commands", is->commands, should->commands },
		{ "lines of the login", is->rounds, should->rounds },
		{ "secrets sent", is->secrets, should->secrets },
		{ "other commands", is->others, should->others },
		{ "questions for the password", d->asked, c->asked },
	};
	char a[16], b[16];
	size_t i;

	if (err->cls != c->cls)
		return differs(d, err, "its end", lk_error_class(err->cls),
			       lk_error_class(c->cls));
	if (strcmp(d->mech, c->mech) != 0)
		return differs(d, err, "the mechanism", d->mech, c->mech);
	for (i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		if (counts[i].is == counts[i].should)
			continue;
		snprintf(a, sizeof(a), "%u", counts[i].is);
		snprintf(b, sizeof(b), "%u", counts[i].should);
		return differs(d, err, counts[i].what, a, b);
	}
	if (c->has_mail && !lk_stage_kept(&d->stage, mail))
		return differs(d, err, "the mail", "lost or changed", "kept");
	return 0;
}

/* ---- one chapter ----------------------------------------------------- */

void
lk_demo_say(const struct lk_demo *d, const char *text)
{
	lk_page_text(&d->page, 3, 3, text, LK_STYLE_PLAIN, 0);
}

int
lk_demo_tell(struct lk_demo *d, unsigned number, struct lk_host *host,
	     struct lk_error *err)
{
	const struct lk_chapter *c = d->chapter;
	struct lk_error end = { 0 };

	lk_page_title(&d->page, number, c->title);
	lk_demo_say(d, c->before);
	if (c->line)
		lk_page_text(&d->page, 6, 6, c->line, LK_STYLE_TITLE,
			     strlen(c->line));
	if (c->show != LK_SHOW_LOGIN)
		fputc('\n', d->page.to);
	d->asked = 0;
	lk_ladder_begin(&d->ladder, &d->page, c->show, c->remarks);
	if (run_chapter(d, host, &end) < 0) {
		*err = end;
		return -1;
	}
	lk_ladder_end(&d->ladder);
	if (end.cls && c->show != LK_SHOW_NOTHING)
		fputc('\n', d->page.to);
	if (end.cls)
		lk_page_error(&d->page, &end, IDS);
	fputc('\n', d->page.to);
	if (check(d, &end) < 0) {
		*err = end;
		return -1;
	}
	lk_demo_say(d, c->after);
	return 0;
}
