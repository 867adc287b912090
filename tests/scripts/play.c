/* Plays a conversation file to the engine, in memory, cut into pieces of every
 * size from 1 to 64. SPDX-License-Identifier: MIT */
#include "scripts/play.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_MAX 64
#define LINE_MAX_ 512               /* of a command (RFC 5321, 4.5.3.1.4) */

static void
said_more(struct player *p)
{
	if (p->said.len)
		play_fail(p, "the client also said \"%.*s\"",
			  (int)p->said.len, (char *)p->said.data);
}

/* The next line of the client; false: there is none. */
static bool
next_line(struct player *p, size_t *len)
{
	const char *data = (char *)p->said.data, *lf;

	lf = p->said.len ? memchr(data, '\n', p->said.len) : NULL;
	if (!lf) {
		play_fail(p, "the client said nothing (wants 0x%x), not "
			  "\"%s\"", p->smtp ? lk_smtp_want(p->smtp) : 0,
			  p->turn->text.data);
		return false;
	}
	*len = (size_t)(lf + 1 - data);
	if (*len > 2 && lf[-2] == ' ' && !p->in_body)
		play_fail(p, "a line of the client ends with a blank");
	if (*len > LINE_MAX_ && !p->in_body && !p->challenged)
		play_fail(p, "a line of the client has %zu octets", *len);
	return true;
}

static void
expect_line(struct player *p)
{
	const struct lk_text *t = &p->turn->text;
	char *line;
	size_t len;
	bool good;

	if (!next_line(p, &len))
		return;
	if (p->turn->kind == LK_TURN_CLIENT) {
		good = t->len == len && memcmp(t->data, p->said.data, len) == 0;
	} else {
		line = strndup((char *)p->said.data, len < 2 ? 0 : len - 2);
		good = line && fnmatch(t->data, line, 0) == 0;
		free(line);
	}
	if (!good)
		play_fail(p, "the client said \"%.*s\", not \"%s\"",
			  (int)len, (char *)p->said.data, t->data);
	lk_buf_drop(&p->said, len);
}

/* All that the server says in one go. */
static void
serve(struct player *p, const struct lk_turn *t)
{
	const struct lk_turn *end = p->script->turns + p->script->n;
	struct lk_buf b;
	size_t at, n;

	lk_buf_init(&b, 1 << 20);
	for (; t < end && t->kind == LK_TURN_SERVER; t++) {
		lk_buf_add(&b, t->text.data, t->text.len);
		p->challenged = strncmp(t->text.data, "334", 3) == 0;
	}
	for (at = 0; at < b.len; at += n) {
		n = b.len - at < p->chunk ? b.len - at : p->chunk;
		lk_smtp_input(p->smtp, b.data + at, n);
	}
	lk_buf_wipe(&b);
}

static void
wants(struct player *p, uint32_t bit, const char *name)
{
	uint32_t want = p->smtp ? lk_smtp_want(p->smtp) : LK_WANT_CLOSED;

	said_more(p);
	if (!(want & bit))
		play_fail(p, "the client wants 0x%x, not %s", want, name);
}

static void
lose(struct player *p, int32_t cls, const char *sentence)
{
	struct lk_error e = { .cls = cls };

	wants(p, LK_WANT_RECV, "to receive");
	snprintf(e.sentence, sizeof(e.sentence), "%s", sentence);
	if (!p->failed)
		lk_smtp_lost(p->smtp, &e);
}

static void
play_turn(struct player *p, const struct lk_turn *t)
{
	session_pump(p);
	switch (t->kind) {
	case LK_TURN_SERVER:
		if (t > p->script->turns && t[-1].kind == LK_TURN_SERVER)
			return;
		wants(p, LK_WANT_RECV, "to receive");
		if (!p->failed)
			serve(p, t);
		return;
	case LK_TURN_CLIENT:
	case LK_TURN_CLIENT_GLOB:
		expect_line(p);
		return;
	case LK_TURN_TLS:
		wants(p, LK_WANT_TLS, "TLS");
		if (!p->failed)
			session_tls(p);
		return;
	case LK_TURN_CONNECT:
		wants(p, LK_WANT_CONNECT, "to connect");
		if (!p->failed)
			session_connect(p);
		return;
	case LK_TURN_DROP:
		lose(p, LK_E_PROTOCOL, "the server closed the connection");
		return;
	case LK_TURN_TIMEOUT:
		lose(p, LK_E_TRANSIENT, "no answer in time");
		return;
	case LK_TURN_END:
		wants(p, LK_WANT_CLOSED, "to close");
		p->ended = true;
		check_always(p);
		return;
	case LK_TURN_CHECK:
		check_line(p, t->word, t->text.data);
		return;
	case LK_TURN_OPTION:
	case LK_TURN_STATE:
	case LK_TURN_ON:
	case LK_TURN_NEXT:
	case LK_TURN_START:
		return;
	}
}

/* The options of a session: those before its first turn. */
static void
take_options(struct player *p, size_t from)
{
	struct lk_error err;

	if (lk_script_options_take(&p->options, p->script, from, &err) < 0)
		play_fail(p, "%s", err.sentence);
}

/* Does this turn begin a session? */
static bool
is_first(const struct player *p, const struct lk_turn *t)
{
	if (t->kind == LK_TURN_CHECK || t->kind == LK_TURN_OPTION)
		return false;
	return p->ended || !(p->smtp || p->error.cls);
}

static bool
play(const struct lk_script *s, size_t chunk)
{
	struct player *p = calloc(1, sizeof(*p));
	bool good;
	size_t i;

	if (!p)
		return false;
	p->script = s;
	p->chunk = chunk;
	lk_buf_init(&p->said, 1 << 24);
	lk_buf_init(&p->log, 1 << 24);
	if (lk_script_options_init(&p->options) < 0)
		play_fail(p, "no memory");
	take_options(p, 0);
	for (i = 0; i < s->n && !p->failed; i++) {
		const struct lk_turn *t = &s->turns[i];

		p->turn = t;
		if (is_first(p, t))
			session_begin(p);
		if (!p->failed)
			play_turn(p, t);
		if (t->kind == LK_TURN_END)
			take_options(p, i + 1);
	}
	if (!p->ended)
		play_fail(p, "there is no END");
	good = !p->failed;
	session_free(p);
	lk_host_free(p->host);
	lk_script_options_free(&p->options);
	lk_buf_wipe(&p->said);
	lk_buf_wipe(&p->log);
	free(p);
	return good;
}

/* An END without a class says nothing. */
static bool
is_complete(const struct lk_script *s)
{
	size_t i, ends = 0, checked = 0;

	for (i = 0; i < s->n; i++) {
		ends += s->turns[i].kind == LK_TURN_END;
		checked += s->turns[i].kind == LK_TURN_CHECK &&
			   strcmp(s->turns[i].word, "class") == 0;
	}
	if (ends != checked)
		fprintf(stderr, "%s: every END needs a class\n", s->path);
	return ends == checked && ends > 0;
}

int
main(int argc, char **argv)
{
	struct lk_error err;
	struct lk_script s;
	size_t chunk;
	bool good;

	if (argc != 2) {
		fprintf(stderr, "usage: %s FILE.smtp\n", argv[0]);
		return 64;
	}
	if (lk_script_read(&s, argv[1], &err) < 0) {
		fprintf(stderr, "%s\n", err.sentence);
		return 1;
	}
	good = is_complete(&s);
	for (chunk = 1; chunk <= CHUNK_MAX && good; chunk++)
		good = play(&s, chunk);
	lk_script_free(&s);
	return good ? 0 : 1;
}
