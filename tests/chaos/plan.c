/* Which reply answers what. SPDX-License-Identifier: MIT */
#include "cut.h"

#include <stdlib.h>
#include <string.h>

struct command {
	int32_t stage;
	char letter;                /* the first of its line */
};

/* Commands that wait for their replies, and the message under way. */
struct queue {
	struct command commands[REPLIES_MAX];
	size_t first, n;
	bool is_lmtp;
	bool in_auth;
	bool in_body;               /* up to the dot */
	size_t left;                /* octets behind BDAT */
	int mail;                   /* its number, from 1 */
	bool is_out;                /* as a whole */
	bool is_refused;            /* by replies to the envelope */
	int asked, accepted, refused; /* recipients */
	int finals;                 /* replies to its end */
};

static const struct {
	const char *word;
	int32_t stage;
} stages[] = {
	{ "EHLO ", LK_STAGE_EHLO }, { "HELO ", LK_STAGE_EHLO },
	{ "LHLO ", LK_STAGE_EHLO }, { "STARTTLS", LK_STAGE_TLS },
	{ "AUTH ", LK_STAGE_LOGIN }, { "MAIL ", LK_STAGE_ENVELOPE },
	{ "RCPT ", LK_STAGE_ENVELOPE }, { "DATA", LK_STAGE_ENVELOPE },
	{ "BDAT ", LK_STAGE_DATA }, { "RSET", LK_STAGE_ENVELOPE },
	{ "QUIT", LK_STAGE_QUIT },
};

static int
push(struct queue *q, int32_t stage, char letter)
{
	if (q->n == REPLIES_MAX)
		return -1;
	q->commands[q->n++] = (struct command){ stage, letter };
	return 0;
}

static int
take_body(struct queue *q, const struct lk_text *t)
{
	if (q->left) {
		q->left -= t->len < q->left ? t->len : q->left;
		q->is_out = q->left == 0;
		return 0;
	}
	if (strcmp(t->data, ".\r\n") != 0)
		return 0;
	q->in_body = false;
	q->is_out = true;
	return push(q, LK_STAGE_DATA, '.');
}

static int
take_client(struct queue *q, const struct lk_text *t)
{
	size_t i = 0;

	if (q->in_body || q->left)
		return take_body(q, t);
	if (q->in_auth)
		return push(q, LK_STAGE_LOGIN, 'A');
	while (i < sizeof(stages) / sizeof(*stages) &&
	       strncmp(t->data, stages[i].word, strlen(stages[i].word)) != 0)
		i++;
	if (i == sizeof(stages) / sizeof(*stages))
		return -1;
	if (*t->data == 'M') {
		q->mail++;
		q->asked = q->accepted = q->refused = q->finals = 0;
		q->is_refused = false;
	}
	q->asked += t->data[0] == 'R' && t->data[1] == 'C';
	if (*t->data == 'B')
		q->left = strtoul(t->data + 5, NULL, 10);
	return push(q, stages[i].stage, *t->data);
}

/* A reply is whole. */
static void
take_reply(struct queue *q, const struct command *c, char digit)
{
	q->in_auth = c->stage == LK_STAGE_LOGIN && digit == '3';
	if (c->letter == 'D' && digit == '3')
		q->in_body = true;
	if (c->letter == 'R' && c->stage == LK_STAGE_ENVELOPE) {
		q->accepted += digit == '2';
		q->refused += digit > '3';
	}
	if ((c->letter == 'M' && digit > '3') ||
	    (q->asked && q->refused == q->asked))
		q->is_refused = true;
	if (!strchr(".B", c->letter))
		return;
	/* LMTP answers for each recipient */
	if (++q->finals < q->accepted && q->is_lmtp)
		q->first--;
	else
		q->is_out = false;
}

/* A line of a reply. */
static int
take_server(struct queue *q, struct plan *p, const struct lk_text *t)
{
	const struct command *c = &q->commands[q->first];
	struct reply *r = &p->replies[p->n];

	p->total += t->len;
	if (t->len < 4 || t->data[t->len - 1] != '\n')
		return -1;
	if (t->data[3] == '-')
		return 0;
	if (q->first == q->n || p->n == REPLIES_MAX)
		return -1;
	r->end = p->total;
	/* with BDAT it may be out before the envelope is answered */
	r->whole = q->is_out && !q->is_refused ? q->mail : 0;
	r->stage = q->is_out ? LK_STAGE_DATA : c->stage;
	r->ends = strchr(".B", c->letter) ? q->mail : 0;
	p->n++;
	q->first++;
	take_reply(q, c, *t->data);
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
	push(&q, LK_STAGE_GREETING, 'G');
	for (i = 0; i < s->n && s->turns[i].kind != LK_TURN_END; i++) {
		const struct lk_turn *t = &s->turns[i];

		if (t->kind == LK_TURN_SERVER)
			r = take_server(&q, p, &t->text);
		else if (t->kind == LK_TURN_CLIENT)
			r = take_client(&q, &t->text);
		else if (t->kind == LK_TURN_OPTION)
			q.is_lmtp |= strcmp(t->word, "lmtp") == 0;
		else if (t->kind != LK_TURN_TLS)
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

size_t
plan_end(const struct plan *p, int mail)
{
	size_t i, end = 0;

	for (i = 0; i < p->n; i++)
		if (p->replies[i].ends == mail)
			end = p->replies[i].end;
	return end;
}
