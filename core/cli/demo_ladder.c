/* What went over the wire, and why. SPDX-License-Identifier: MIT */
#include "cli/demo.h"

#include "base/ascii.h"
#include "base/base64.h"

#include <string.h>

#define NOTE 6u                     /* the column of a reason */

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static void
note(const struct lk_ladder *l, const char *text)
{
	lk_page_text(l->page, NOTE, NOTE, text, LK_STYLE_PLAIN, 0);
}

/* What the last line of the client still lacks. */
static void
flush(struct lk_ladder *l)
{
	if (l->has_client)
		lk_page_row(l->page, l->client, "", "");
	if (l->decoded[0])
		lk_page_decoded(l->page, l->column, l->decoded);
	if (l->remark)
		note(l, l->remark);
	l->has_client = false;
	l->decoded[0] = '\0';
	l->remark = NULL;
}

static bool
is_shown(const struct lk_ladder *l)
{
	return l->show == LK_SHOW_ALL ||
	       (l->show == LK_SHOW_LOGIN && l->in_login);
}

/* ---- the client ------------------------------------------------------ */

static void
count(struct lk_ladder *l, const struct lk_trace *t)
{
	struct lk_tally *n = &l->tally;

	if (begins(t->line, "AUTH ")) {
		n->commands++;
		l->in_login = true;
	} else if (l->is_decided) {
		l->in_login = false;
	}
	l->is_decided = false;
	if (l->in_login) {
		n->rounds++;
		n->secrets += t->line[0] == '<';
	} else if (!begins(t->line, "EHLO ") && !begins(t->line, "QUIT")) {
		n->others++;
	}
}

/* The response in an AUTH command, if it stands there for all to read. */
static void
decode(struct lk_ladder *l, const struct lk_trace *t)
{
	const char *mech = strchr(t->line, ' ');
	const char *response = mech ? strchr(mech + 1, ' ') : NULL;
	struct lk_buf plain;

	l->decoded[0] = '\0';
	if (l->show != LK_SHOW_ALL || !begins(t->line, "AUTH ") || !response)
		return;
	l->column = strlen("-> ") + (size_t)(++response - t->line);
	lk_buf_init(&plain, sizeof(l->decoded));
	if (t->decoded && *t->decoded)
		lk_ascii_copy(l->decoded, sizeof(l->decoded), t->decoded);
	else if (lk_base64_decode(&plain, response, strlen(response)) == 0)
		lk_ascii_printable(l->decoded, sizeof(l->decoded), plain.data,
				   plain.len);
	lk_buf_wipe(&plain);
}

static void
show_client(struct lk_ladder *l, const struct lk_trace *t)
{
	snprintf(l->client, sizeof(l->client), "-> %s", t->line);
	l->has_client = true;
	decode(l, t);
	if (l->remarks && l->remarks->begins &&
	    begins(t->line, l->remarks->begins))
		l->remark = l->remarks++->text;
}

/* ---- all ------------------------------------------------------------- */

static void
show_note(struct lk_ladder *l, const char *text)
{
	if (begins(text, "connected to ")) {
		lk_ascii_copy(l->client, sizeof(l->client), text);
		l->has_client = true;
	} else if (!begins(text, "the login failed")) {
		note(l, text);      /* else the error is to come */
	}
}

void
lk_ladder_begin(struct lk_ladder *l, const struct lk_page *page,
		enum lk_show show, const struct lk_remark *remarks)
{
	memset(l, 0, sizeof(*l));
	l->page = page;
	l->show = show;
	l->remarks = remarks;
	if (show == LK_SHOW_ALL)
		lk_page_heads(page, "latchkey", "the provider");
}

void
lk_ladder_trace(struct lk_ladder *l, const struct lk_trace *t)
{
	bool was_shown = is_shown(l);

	if (t->from == LK_TRACE_SERVER) {
		if (was_shown)
			lk_page_row(l->page, l->has_client ? l->client : "",
				    t->line, t->decoded ? t->decoded : "");
		l->has_client = false;
		l->is_decided = l->in_login && !begins(t->line, "334");
		return;
	}
	if (was_shown)
		flush(l);
	if (t->from == LK_TRACE_CLIENT)
		count(l, t);
	if (!is_shown(l))
		return;
	if (t->from == LK_TRACE_CLIENT)
		show_client(l, t);
	else if (l->show == LK_SHOW_ALL)
		show_note(l, t->line);
}

void
lk_ladder_end(struct lk_ladder *l)
{
	if (l->show != LK_SHOW_NOTHING)
		flush(l);
}
