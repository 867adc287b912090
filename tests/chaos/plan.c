/* Which reply answers what. SPDX-License-Identifier: MIT */
#include "cut.h"

#include <string.h>

/* Commands that wait for their replies. */
struct queue {
	struct reply commands[REPLIES_MAX];
	size_t first, n;
	bool in_body;
	bool in_auth;
	int mails;
};

static void
push(struct queue *q, int32_t stage, int dot)
{
	q->commands[q->n++] = (struct reply){ .stage = stage, .dot = dot };
}

static const struct {
	const char *word;
	int32_t stage;
} stages[] = {
	{ "EHLO ", LK_STAGE_EHLO }, { "HELO ", LK_STAGE_EHLO },
	{ "STARTTLS", LK_STAGE_TLS }, { "AUTH ", LK_STAGE_LOGIN },
	{ "MAIL ", LK_STAGE_ENVELOPE }, { "RCPT ", LK_STAGE_ENVELOPE },
	{ "DATA", LK_STAGE_ENVELOPE }, { "RSET", LK_STAGE_ENVELOPE },
	{ "QUIT", LK_STAGE_QUIT },
};

static int
take_client(struct queue *q, const char *line)
{
	size_t i;

	if (q->n == REPLIES_MAX)
		return -1;
	if (q->in_body) {
		if (strcmp(line, ".\r\n") == 0) {
			push(q, LK_STAGE_DATA, q->mails);
			q->in_body = false;
		}
		return 0;
	}
	if (q->in_auth) {
		push(q, LK_STAGE_LOGIN, 0);
		return 0;
	}
	for (i = 0; i < sizeof(stages) / sizeof(*stages); i++)
		if (strncmp(line, stages[i].word,
			    strlen(stages[i].word)) == 0) {
			push(q, stages[i].stage, 0);
			q->mails += *line == 'M';
			return 0;
		}
	return -1;
}

/* A line of a reply. */
static int
take_server(struct queue *q, struct plan *p, const struct lk_text *t)
{
	int32_t stage;

	p->total += t->len;
	if (t->len < 4 || t->data[t->len - 1] != '\n')
		return -1;
	if (t->data[3] == '-')
		return 0;
	if (q->first == q->n || p->n == REPLIES_MAX)
		return -1;
	p->replies[p->n] = q->commands[q->first++];
	p->replies[p->n++].end = p->total;
	stage = q->commands[q->first - 1].stage;
	q->in_auth = stage == LK_STAGE_LOGIN &&
		     strncmp(t->data, "334", 3) == 0;
	if (strncmp(t->data, "354", 3) == 0)
		q->in_body = true;
	return 0;
}

int
plan_make(struct plan *p, const struct lk_script *s)
{
	struct queue q = { .n = 0 };
	size_t i;
	int r = 0;

	memset(p, 0, sizeof(*p));
	p->script = s;
	push(&q, LK_STAGE_GREETING, 0);
	for (i = 0; i < s->n && s->turns[i].kind != LK_TURN_END; i++) {
		const struct lk_turn *t = &s->turns[i];

		if (t->kind == LK_TURN_SERVER)
			r = take_server(&q, p, &t->text);
		else if (t->kind == LK_TURN_CLIENT)
			r = take_client(&q, t->text.data);
		else if (t->kind != LK_TURN_OPTION && t->kind != LK_TURN_TLS)
			r = -1;
		if (r < 0)
			return -1;
	}
	return q.first == q.n ? 0 : -1;
}

const struct reply *
plan_at(const struct plan *p, size_t octets)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->replies[i].end > octets)
			return &p->replies[i];
	return NULL;
}
