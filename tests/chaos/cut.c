/* The connection is cut after every octet of the server, by a hang-up and by
 * silence: the class is that of the place.  Nothing is called unknown before
 * the final dot went out, nothing else behind it until the 250 came, and that
 * is kept whatever happens then. SPDX-License-Identifier: MIT */
#include "cut.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHOLE ((size_t)-1)

static unsigned complaints;

/* One session, cut after `octets` of the server. */
struct cut {
	const struct plan *plan;
	struct player *player;
	size_t octets;
	int32_t cls;                /* PROTOCOL: hung up; TRANSIENT: silent */
	size_t served;
	bool in_handshake;          /* it was cut there */
};

static void
complain(const struct cut *c, const char *what, long is)
{
	const struct player *p = c->player;

	if (complaints++ > 20)
		return;
	fprintf(stderr, "%s: %s after octet %zu: %s (%ld): %s\n%.*s",
		c->plan->script->path, c->cls == LK_E_PROTOCOL ? "hung up"
		: "silent", c->octets, what, is, p->error.sentence,
		(int)p->log.len, p->log.data ? (char *)p->log.data : "");
}

static uint32_t
want(const struct cut *c)
{
	return c->player->smtp ? lk_smtp_want(c->player->smtp)
			       : LK_WANT_CLOSED;
}

static void
lose(struct cut *c)
{
	struct lk_error why = { .cls = c->cls };

	snprintf(why.sentence, sizeof(why.sentence), "%s",
		 c->cls == LK_E_PROTOCOL ? "the server closed the connection"
		 : "no answer in time");
	lk_smtp_lost(c->player->smtp, &why);
}

/* Until it is closed, every further connection is cut as well. */
static void
finish(struct cut *c)
{
	unsigned rounds = 0;

	for (;;) {
		session_pump(c->player);
		if (want(c) & LK_WANT_CLOSED)
			return;
		if (rounds++ > 10) {
			complain(c, "it does not end", want(c));
			return;
		}
		if (want(c) & LK_WANT_CONNECT)
			session_connect(c->player);
		else
			lose(c);
	}
}

/* Returns false when the place is reached. */
static bool
serve(struct cut *c, const struct lk_text *t)
{
	size_t n = t->len;

	if (n > c->octets - c->served)
		n = c->octets - c->served;
	lk_smtp_input(c->player->smtp, t->data, n);
	c->served += n;
	return c->served < c->octets;
}

/* The lines of the client are checked elsewhere. */
static void
play(struct cut *c)
{
	const struct lk_script *s = c->plan->script;
	bool goes_on = c->octets > 0;
	size_t i;

	session_begin(c->player);
	session_pump(c->player);
	for (i = 0; i < s->n && goes_on; i++) {
		const struct lk_turn *t = &s->turns[i];

		if (t->kind == LK_TURN_END)
			break;
		if (t->kind == LK_TURN_SERVER)
			goes_on = serve(c, &t->text);
		if (t->kind == LK_TURN_TLS && (want(c) & LK_WANT_TLS))
			session_tls(c->player);
		/* a flight of the server comes at once */
		if (t[1].kind != LK_TURN_SERVER || !goes_on)
			session_pump(c->player);
	}
	c->in_handshake = want(c) & LK_WANT_TLS;
	finish(c);
}

static int32_t
class_of(struct cut *c)
{
	struct player *p = c->player;

	if (p->smtp)
		p->error = *lk_smtp_error(p->smtp);
	return p->error.cls;
}

/* What has become of the session. */
static void
check_session(struct cut *c)
{
	const struct reply *r = plan_at(c->plan, c->octets);
	int32_t cls = class_of(c), stage = c->player->error.stage;

	if (!r || r->stage == LK_STAGE_QUIT) {
		if (cls)
			complain(c, "all was done", cls);
		return;
	}
	if (cls != (r->whole ? LK_E_UNKNOWN : c->cls))
		complain(c, "the class", cls);
	/* a login goes on with another connection */
	if (stage != (c->in_handshake ? LK_STAGE_TLS : r->stage) &&
	    !(r->stage == LK_STAGE_LOGIN && stage == LK_STAGE_GREETING))
		complain(c, "the stage", stage);
}

/* Of message m, from 1: which of its results can be? */
static void
check_mail(struct cut *c, size_t m, int32_t usual)
{
	int32_t is = c->player->results[m - 1];
	const struct reply *now = plan_at(c->plan, c->octets);
	size_t end = plan_end(c->plan, (int)m);
	bool begun = m <= c->player->mail;

	if (end && end <= c->octets) {
		if (!begun || is != usual)
			complain(c, "a message that was answered", is);
	} else if (now && now->whole == (int)m) {
		if (!begun || is != LK_E_UNKNOWN)
			complain(c, "a message without an answer", is);
	} else if (begun && (is == 0 || is == LK_E_UNKNOWN ||
			     (is != c->cls && is != usual))) {
		complain(c, "a message that was not whole", is);
	}
}

/* Returns the results. */
static void
run(const struct plan *plan, size_t octets, int32_t cls, int32_t *usual)
{
	struct player *p = calloc(1, sizeof(*p));
	struct cut c = { .plan = plan, .player = p, .octets = octets,
			 .cls = cls };
	struct lk_error err;
	size_t m;

	if (!p || lk_script_options_init(&p->options) < 0)
		exit(1);
	p->script = plan->script;
	p->chunk = 65536;
	lk_buf_init(&p->said, 1 << 20);
	lk_buf_init(&p->log, 1 << 20);
	if (lk_script_options_take(&p->options, plan->script, 0, &err) < 0)
		exit(1);
	play(&c);
	if (octets == WHOLE)
		memcpy(usual, p->results, sizeof(p->results));
	check_session(&c);
	for (m = 1; m <= p->options.n_mails; m++)
		check_mail(&c, m, usual[m - 1]);
	check_always(p);
	complaints += p->failed;
	session_free(p);
	lk_host_free(p->host);
	lk_script_options_free(&p->options);
	lk_buf_wipe(&p->said);
	lk_buf_wipe(&p->log);
	free(p);
}

static void
cut_file(const char *path)
{
	int32_t usual[LK_SCRIPT_MAILS];
	struct lk_script s;
	struct lk_error err;
	struct plan plan;
	size_t n;

	if (lk_script_read(&s, path, &err) < 0 || plan_make(&plan, &s) < 0) {
		fprintf(stderr, "%s: cannot be cut\n", path);
		complaints++;
		return;
	}
	run(&plan, WHOLE, LK_E_PROTOCOL, usual);
	for (n = 0; n < plan.total; n++) {
		run(&plan, n, LK_E_PROTOCOL, usual);
		run(&plan, n, LK_E_TRANSIENT, usual);
	}
	printf("%s: cut at %zu places\n", path, plan.total);
	lk_script_free(&s);
}

int
main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		cut_file(argv[i]);
	return complaints || argc < 2 ? 1 : 0;
}
