/* The parts of `latchkey demo`. SPDX-License-Identifier: MIT */
#ifndef LK_CLI_DEMO_H
#define LK_CLI_DEMO_H

#include "cli/cli.h"
#include "rehearse/rehearse.h"

#include <pthread.h>

/* ---- demo_page.c: text on 78 columns --------------------------------- */

enum lk_style {
	LK_STYLE_PLAIN,
	LK_STYLE_TITLE,
	LK_STYLE_FAINT,
	LK_STYLE_CLIENT,
	LK_STYLE_SERVER,
	LK_STYLE_REFUSED,
};

struct lk_page {
	FILE *to;
	bool has_colour;
};

/* A terminal that knows colour, and a person who wants it. */
bool lk_page_wants_colour(int fd);

/* Words, broken where the line ends; the first line is indented by `first`, the
 * others by `rest`.  The first `marked` octets are in style. */
void lk_page_text(const struct lk_page *, unsigned first, unsigned rest,
		  const char *text, enum lk_style, size_t marked);

/* With an empty line before it. */
void lk_page_title(const struct lk_page *, unsigned number, const char *);

/* What the client says, what the server answers; "" is nothing. */
void lk_page_row(const struct lk_page *, const char *client,
		 const char *server, const char *decoded);

/* What was said with octets that are no text, under their column. */
void lk_page_decoded(const struct lk_page *, size_t column, const char *);

void lk_page_heads(const struct lk_page *, const char *client,
		   const char *server);

/* The error in the words of the command.  Installed mechanisms that the server
 * does not offer are left out, but for those in `ids`. */
void lk_page_error(const struct lk_page *, const struct lk_error *,
		   const char *ids);

/* ---- demo_ladder.c: a trace as a ladder ------------------------------ */

enum lk_show { LK_SHOW_NOTHING, LK_SHOW_LOGIN, LK_SHOW_ALL };

/* Why the client says a line that begins so. */
struct lk_remark {
	const char *begins;         /* NULL at the end */
	const char *text;
};

/* What the trace was seen to hold. */
struct lk_tally {
	unsigned commands;          /* AUTH commands */
	unsigned rounds;            /* lines of the client during a login */
	unsigned secrets;           /* of these, secrets */
	unsigned others;            /* other lines, but for EHLO and QUIT */
};

struct lk_ladder {
	const struct lk_page *page;
	enum lk_show show;
	const struct lk_remark *remarks; /* those to come, in order; or NULL */
	struct lk_tally tally;
	bool in_login, is_decided;  /* the server has said yes or no */
	bool has_client;            /* a line waits for its reply */
	char client[256];
	char decoded[128];
	size_t column;              /* where what was decoded stands */
	const char *remark;         /* to come below it, or NULL */
};

void lk_ladder_begin(struct lk_ladder *, const struct lk_page *, enum lk_show,
		     const struct lk_remark *);
void lk_ladder_trace(struct lk_ladder *, const struct lk_trace *);
void lk_ladder_end(struct lk_ladder *);

/* ---- demo_stage.c: the providers ------------------------------------- */

#define LK_STAGE_ADDRESS "127.0.0.2" /* not private: treated as far away */

struct lk_actor {
	struct lk_rehearse *rehearse;
	struct lk_rehearse_info info;
	pthread_t thread;
	bool is_running;
};

struct lk_stage {
	char dir[PATH_MAX];         /* for the mail; "" if there is none */
	int stop;
	struct lk_actor clear;      /* as its file says */
	struct lk_actor misnamed;   /* with TLS, for another name */
};

/* -1 with *err set.  Close it in any case. */
int lk_stage_open(struct lk_stage *, const char *provider, const char *misname,
		  struct lk_error *err);

/* Is this the one mail that was kept? */
bool lk_stage_kept(const struct lk_stage *, const char *mail);

/* Nothing of it is left. */
void lk_stage_close(struct lk_stage *);

/* ---- demo_chapters.c, demo_run.c, demo.c ----------------------------- */

#define LK_STAGE_MISNAME "mail.example.org"

/* One run against a provider: what is told about it, what it has to come to. */
struct lk_chapter {
	const char *title;          /* NULL: the end */
	const char *before, *line, *after; /* line: on its own, or NULL */
	struct {
		const char *key, *value;
	} settings[4];
	bool is_misnamed, is_mistyped, is_new_run, has_mail;
	enum lk_show show;
	const struct lk_remark *remarks;
	int32_t cls;                /* how it ends */
	const char *mech;           /* the id that decided */
	struct lk_tally tally;
	unsigned asked;             /* how often the password was */
};

extern const struct lk_chapter lk_chapters[];

struct lk_demo {
	struct lk_cli *cli;
	struct lk_page page;
	struct lk_stage stage;
	struct lk_ladder ladder;
	const struct lk_chapter *chapter;
	unsigned asked;
	char mech[32];
};

void lk_demo_say(const struct lk_demo *, const char *text);

/* Run d->chapter.  -1 with *err set: it did not go as told. */
int lk_demo_tell(struct lk_demo *, unsigned number, struct lk_host *,
		 struct lk_error *err);

/* struct lk_host_options.log; ctx is the struct lk_demo. */
void lk_demo_log(void *ctx, uint32_t level, const char *text);

#endif
