/* Many messages over one connection. SPDX-License-Identifier: MIT */
#include "cli/each.h"

#include "cli/job.h"
#include "cli/json.h"
#include "cli/outbox.h"
#include "cli/progress.h"

#include "base/ascii.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

struct each {
	struct lk_cli *cli;
	struct lk_client *client;
	struct lk_outbox box;
	struct lk_unsent unsent;
	struct lk_progress progress;
	size_t sent, failed, unknown;
	int32_t worst;              /* class of what failed, 0: nothing */
	char warning[512];          /* the last one that was shown */
};

/* ---- what an error is about ----------------------------------------------- */

/* The server hung up on it before it was sent: a new connection may do. */
static bool
is_cut(const struct lk_error *err)
{
	if (err->cls == LK_E_UNKNOWN)
		return false;
	return err->code == 421 ||
	       (err->cls == LK_E_PROTOCOL && err->code == 0 &&
		err->stage >= LK_STAGE_ENVELOPE);
}

/* Nothing is wrong with the message: the next one would fare no better. */
static bool
is_about_all(const struct lk_error *err)
{
	return (err->stage >= LK_STAGE_CONNECT &&
		err->stage <= LK_STAGE_LOGIN) ||
	       err->stage == LK_STAGE_CONFIG || is_cut(err) ||
	       err->cls == LK_E_NOMEM || err->cls == LK_E_INTERNAL;
}

/* ---- what is said -------------------------------------------------------- */

static void
name_it(const struct lk_out *o)
{
	fprintf(stderr, "latchkey: %s", o->path);
	if (o->length)
		fprintf(stderr, " (at %" PRIu64 ")", o->offset);
	fputs(": ", stderr);
}

/* One line, whatever the sentence is. */
static void
tell_failure(struct each *e, const struct lk_out *o,
	     const struct lk_error *err)
{
	const char *class = lk_cli_class(err), *p;

	if (e->cli->json)
		return;
	lk_progress_clear(&e->progress);
	name_it(o);
	if (*class)
		fprintf(stderr, "%s: ", class);
	for (p = err->sentence; *p; p++)
		fputc(*p == '\n' ? ' ' : *p, stderr);
	fputc('\n', stderr);
	/* it is the last one */
	if (is_about_all(err))
		lk_cli_report_advice(stderr, err);
}

/* Those who did not take it, if the message itself went. */
static void
tell_refusals(struct each *e, const struct lk_out *o,
	      const struct lk_envelope *envelope)
{
	size_t i;

	for (i = 0; i < envelope->count; i++) {
		const struct lk_recipient *r = &envelope->to[i];

		if (r->cls != LK_E_RECIPIENT && r->cls != LK_E_TRANSIENT)
			continue;
		lk_progress_clear(&e->progress);
		name_it(o);
		fprintf(stderr, "%s: %s: %d %s\n", r->address,
			lk_error_class(r->cls), (int)r->code, r->text);
	}
}

static void
tell_warning(struct each *e)
{
	struct lk_client_info info = { .size = sizeof(info) };

	lk_client_get_info(e->client, &info);
	if (!*info.warning || strcmp(info.warning, e->warning) == 0)
		return;
	lk_ascii_copy(e->warning, sizeof(e->warning), info.warning);
	lk_progress_clear(&e->progress);
	lk_cli_warn(info.warning);
}

/* ---- one message --------------------------------------------------------- */

static int
open_message(const struct lk_out *o, struct lk_error *err)
{
	int fd = open(o->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0 && lseek(fd, (off_t)o->offset, SEEK_SET) >= 0)
		return fd;
	lk_fail(err, LK_E_MESSAGE, "%s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Did anybody get it? */
static bool
is_any_sent(const struct lk_envelope *envelope)
{
	size_t i;

	for (i = 0; i < envelope->count; i++)
		if (envelope->to[i].cls == 0)
			return true;
	return false;
}

static int
send_it(struct each *e, struct lk_job *j, struct lk_out *o,
	struct lk_envelope *envelope, struct lk_error *err)
{
	int r, fd = open_message(o, err);

	if (fd < 0)
		return -1;
	r = lk_job_read(j, fd, o->length ? o->length : UINT64_MAX, err);
	if (r == 0)
		r = lk_job_compose(j, err);
	if (r == 0)
		r = lk_unsent_mark(&e->unsent, o, LK_OUT_UNKNOWN, err);
	if (r == 0) {
		r = lk_job_send(j, e->client, 0, envelope, err);
		if (r < 0 && is_cut(err) && !is_any_sent(envelope))
			r = lk_job_send(j, e->client, 0, envelope, err);
		tell_warning(e);
	}
	close(fd);
	return r;
}

static void
count(struct each *e, char state, int32_t cls)
{
	e->sent += state == LK_OUT_SENT;
	e->failed += state != LK_OUT_SENT;
	e->unknown += state == LK_OUT_UNKNOWN;
	if (cls && (!e->worst || e->worst == LK_E_TRANSIENT))
		e->worst = cls;
}

/* 0: go on; -1: *err stops it all. */
static int
one(struct each *e, struct lk_out *o, struct lk_error *err)
{
	struct lk_error why = { .cls = 0 };
	struct lk_envelope envelope = { 0 };
	char state = LK_OUT_SENT;
	struct lk_job j;
	int r;

	lk_job_init(&j, e->cli);
	r = lk_job_address(&j, false, &why);
	if (r == 0)
		r = send_it(e, &j, o, &envelope, &why);
	if (r < 0) {
		/* whoever has it must not get it twice */
		lk_cli_advise(e->cli, &why);
		state = why.cls == LK_E_UNKNOWN || is_any_sent(&envelope)
			? LK_OUT_UNKNOWN : LK_OUT_UNSENT;
		tell_failure(e, o, &why);
	}
	if (e->cli->json)
		lk_json_message(e->cli, o, state, &envelope,
				r < 0 ? &why : NULL);
	else if (r == 0)
		tell_refusals(e, o, &envelope);
	count(e, state, r < 0 ? why.cls : lk_job_refusals(&envelope));
	lk_job_wipe(&j);
	if (lk_unsent_mark(&e->unsent, o, state, err) < 0)
		return -1;
	if (r == 0 || !is_about_all(&why))
		return 0;
	if (err)
		*err = why;
	return -1;
}

/* ---- all ----------------------------------------------------------------- */

static int
collect(struct each *e, struct lk_error *err)
{
	size_t i;

	for (i = 0; i < e->cli->n_args; i++)
		if (lk_outbox_add(&e->box, e->cli->args[i], err) < 0)
			return -1;
	if (e->box.n == 0)
		return lk_fail(err, LK_E_USAGE, "--each: there is no message "
			       "in what was named");
	return 0;
}

static int
send_all(struct each *e, struct lk_error *err)
{
	size_t i, n = 0;
	int r = 0;

	for (i = 0; i < e->box.n; i++)
		n += e->box.list[i].state == LK_OUT_UNSENT;
	lk_progress_begin(&e->progress, n, !e->cli->trace && !e->cli->json);
	for (i = 0; i < e->box.n && r == 0; i++) {
		if (e->box.list[i].state != LK_OUT_UNSENT)
			continue;
		lk_progress_show(&e->progress, e->sent + e->failed, e->failed);
		r = one(e, &e->box.list[i], err);
	}
	lk_progress_show(&e->progress, e->sent + e->failed, e->failed);
	if (e->progress.is_on)
		fputc('\n', stderr);
	if (e->sent < n && !e->cli->json)
		fprintf(stderr, "latchkey: %zu of %zu messages sent%s%s\n",
			e->sent, n, e->cli->unsent ? "; the rest is in " : "",
			e->cli->unsent ? e->cli->unsent : "");
	return r;
}

/* The class that the exit status is made of. */
static int
status(const struct each *e)
{
	if (e->unknown)
		return lk_error_exit(LK_E_UNKNOWN);
	return e->worst ? lk_error_exit(e->worst) : 0;
}

int
lk_cli_each(struct lk_cli *c, struct lk_error *err)
{
	struct lk_client_options options = lk_cli_client(c);
	struct each e = { .cli = c, .unsent = { .fd = -1 } };
	struct lk_error why;
	struct lk_job j;
	int r;

	lk_job_init(&j, c);
	r = lk_job_address(&j, false, err); /* before a file is looked at */
	lk_job_wipe(&j);
	if (r == 0 && collect(&e, err) == 0 && lk_cli_host(c, err) == 0 &&
	    lk_client_new(&e.client, c->host, c->account, &options, err) == 0 &&
	    lk_unsent_open(&e.unsent, c->unsent, &e.box, c->args, c->n_args,
			   err) == 0)
		r = send_all(&e, err) == 0 || e.worst ? status(&e) : -1;
	else
		r = -1;
	if (e.client)
		lk_client_close(e.client);
	lk_client_free(e.client);
	if (lk_unsent_close(&e.unsent, &e.box, &why) < 0 && r == 0) {
		*err = why;
		r = -1;
	}
	lk_outbox_wipe(&e.box);
	return r;
}
