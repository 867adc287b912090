/* latchkey demo: an afternoon lost to a login, replayed.
 * SPDX-License-Identifier: MIT */
#include "cli/demo.h"

#include "base/ascii.h"
#include "base/error.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROVIDER "sendcloud"

/* ---- what is installed ----------------------------------------------- */

struct search {
	const char *id;
	bool is_found;
	char reason[256];
};

static int
find(void *ctx, const struct lk_mech_info *info)
{
	struct search *s = ctx;

	if (!info->record || strcmp(info->record->id, s->id) != 0 ||
	    info->state == LK_MECH_SHADOWED)
		return 0;
	s->is_found = info->state != LK_MECH_FAILED &&
		      !(info->flags & LK_MECH_USER_DIR);
	lk_ascii_copy(s->reason, sizeof(s->reason),
		      info->flags & LK_MECH_USER_DIR
			? "a user's plugin runs only where `auth` names it"
			: info->reason);
	return 1;
}

static int
new_host(struct lk_demo *d, struct lk_host **host, struct lk_error *err)
{
	static const char *const ids[] = { "login", "login-ir" };
	struct lk_host_options options = {
		.size = sizeof(options), .program = "latchkey",
		.log = lk_demo_log, .log_ctx = d,
	};
	size_t i;

	if (lk_host_new(host, &options, err) < 0)
		return -1;
	for (i = 0; i < 2; i++) {
		struct search s = { .id = ids[i] };

		lk_host_each(*host, find, &s);
		if (s.is_found)
			continue;
		lk_fail(err, LK_E_NO_MECH, "the demo needs the mechanism %s, "
			"which is not installed%s%s", s.id,
			*s.reason ? ": " : "", s.reason);
		lk_advise(err, "latchkey mechs list tells what is; login.so "
			  "belongs in " LATCHKEY_PLUGIN_DIR ", or set "
			  "LATCHKEY_PLUGIN_PATH to where it is");
		return -1;
	}
	return 0;
}

/* ---- the story ------------------------------------------------------- */

static void
open_story(const struct lk_demo *d)
{
	char text[512];

	snprintf(text, sizeof(text), "An afternoon lost to SMTP AUTH, "
		 "replayed. The provider is played, on %s:%u, and trusted no "
		 "more than one far away; all else is real.",
		 d->stage.clear.info.address, d->stage.clear.info.port);
	lk_page_text(&d->page, 0, 0, text, LK_STYLE_PLAIN, 0);
}

static double
seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) +
	       (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static void
close_story(const struct lk_demo *d, const struct timespec *start)
{
	fprintf(d->page.to, "\nDone in %.2f s, without a network. The same "
		"provider, for your own client:\n"
		"   latchkey rehearse " PROVIDER " --address %s\n",
		seconds_since(start), d->stage.clear.info.address);
}

static int
tell_all(struct lk_demo *d, struct lk_error *err)
{
	struct lk_host *host = NULL;
	unsigned n;
	int r = new_host(d, &host, err);

	for (n = 0; r == 0 && lk_chapters[n].title; n++) {
		d->chapter = &lk_chapters[n];
		if (d->chapter->is_new_run) {
			lk_host_free(host);
			host = NULL;
			r = new_host(d, &host, err);
		}
		if (r == 0)
			r = lk_demo_tell(d, n + 1, host, err);
	}
	d->chapter = NULL;
	lk_host_free(host);
	return r;
}

static int
play(struct lk_demo *d, struct lk_error *err)
{
	struct timespec start;
	int r;

	clock_gettime(CLOCK_MONOTONIC, &start);
	r = lk_stage_open(&d->stage, PROVIDER, LK_STAGE_MISNAME, err);
	if (r == 0) {
		open_story(d);
		r = tell_all(d, err);
	}
	if (r == 0)
		close_story(d, &start);
	lk_stage_close(&d->stage);
	return r;
}

/* It is written when all is over and tidied up: whoever reads it may go away at
 * any time. */
static int
play_quietly(struct lk_demo *d, struct lk_error *err)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, pipe;
	sigset_t ends, before;
	int r;

	sigemptyset(&ends);
	sigaddset(&ends, SIGHUP);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, &before);
	sigaction(SIGPIPE, &ignore, &pipe);
	r = play(d, err);
	sigaction(SIGPIPE, &pipe, NULL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

static int
run(struct lk_cli *c, struct lk_error *err)
{
	struct lk_demo d = { .cli = c };
	char *text = NULL;
	size_t len = 0;
	int r;

	if (c->n_args)
		return lk_fail(err, LK_E_USAGE, "latchkey demo takes nothing");
	d.page.has_colour = lk_page_wants_colour(STDOUT_FILENO);
	d.page.to = open_memstream(&text, &len);
	if (!d.page.to)
		return lk_fail_memory(err);
	r = play_quietly(&d, err);
	if (fclose(d.page.to) != 0 && r == 0)
		r = lk_fail_memory(err);
	if (text)
		fwrite(text, 1, len, stdout);
	if (r < 0)
		fflush(stdout);     /* before the error */
	free(text);
	return r;
}

const struct lk_cli_command lk_cli_demo = {
	"demo", "an afternoon lost to a login, replayed without a network",
	"usage: latchkey demo\n"
	"\n"
	"  Plays a provider on 127.0.0.2 and logs in to it: three refusals,\n"
	"  the login, and why each step is taken.\n",
	"hT", run,
};
