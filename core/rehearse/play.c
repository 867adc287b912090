/* Playing the states of a server on one connection.
 * SPDX-License-Identifier: MIT */
#include "rehearse/inside.h"
#include "rehearse/keep.h"

#include "base/ascii.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_MAX (32 << 20)
#define ENVELOPE_MAX (1 << 20)
#define REPLY_MAX (1 << 20)

struct play {
	struct lk_rehearse *rehearse;
	struct lk_peer peer;
	size_t state;               /* its turn */
	bool in_login;              /* the last reply was a 334 */
	bool in_data;               /* it was a 354 */
	bool is_over;
	char code;                  /* first digit of the last reply, or 0 */
	struct lk_buf envelope;     /* the lines that were accepted */
	struct lk_buf message;
	char number[16], octets[32]; /* of the last message */
};

static void
say(struct play *p, const void *text, size_t len)
{
	const char *reply = text;

	if (lk_peer_say(&p->peer, text, len) != LK_PEER_OK) {
		p->is_over = true;
		return;
	}
	lk_rehearse_show(p->rehearse, LK_TRACE_SERVER, reply, len, false);
	p->code = len ? reply[0] : '\0';
	p->in_login = len >= 3 && memcmp(reply, "334", 3) == 0;
	p->in_data = len >= 3 && memcmp(reply, "354", 3) == 0;
}

static void
say_text(struct play *p, const char *text)
{
	say(p, text, strlen(text));
}

/* A line S: or S| of the file. */
static void
say_turn(struct play *p, const struct lk_turn *t)
{
	struct lk_var vars[LK_VARS];
	struct lk_buf b;

	lk_rules_vars(p->rehearse, vars, p->number, p->octets);
	lk_buf_init(&b, REPLY_MAX);
	if (lk_expand(&b, NULL, t->text.data, vars) ||
	    (strcmp(t->word, "S:") == 0 && lk_buf_puts(&b, "\r\n") < 0))
		p->is_over = true;
	else
		say(p, b.data, b.len);
	lk_buf_wipe(&b);
}

static void
note(struct play *p, const char *text)
{
	lk_rehearse_show(p->rehearse, LK_TRACE_NOTE, text, strlen(text),
			 false);
}

static void
start_tls(struct play *p)
{
	p->is_over = lk_peer_tls(&p->peer, p->rehearse->ctx) != LK_PEER_OK;
	note(p, p->is_over ? "the client did not accept TLS" : "TLS is up");
}

/* The actions from turn i on. */
static void
act(struct play *p, size_t i)
{
	struct lk_rehearse *r = p->rehearse;

	for (; lk_rules_is_action(r, i) && !p->is_over; i++) {
		const struct lk_turn *t = &r->script.turns[i];

		if (t->kind == LK_TURN_SERVER) {
			say_turn(p, t);
		} else if (t->kind == LK_TURN_TLS) {
			start_tls(p);
		} else if (t->kind == LK_TURN_DROP) {
			p->is_over = true;
		} else if (t->kind == LK_TURN_TIMEOUT) {
			note(p, "silence");
			(void)lk_peer_read_end(&p->peer);
			p->is_over = true;
		} else if (t->kind == LK_TURN_START) {
			pthread_mutex_lock(&r->lock);
			r->start = lk_rules_state(r, t->text.data);
			pthread_mutex_unlock(&r->lock);
		} else if (t->kind == LK_TURN_NEXT) {
			p->state = lk_rules_state(r, t->text.data);
			act(p, p->state + 1);
			return;
		}
	}
}

static bool
begins(const char *line, size_t len, const char *verb)
{
	size_t n = strlen(verb);

	return len >= n && lk_ascii_equal_n(line, n, verb);
}

/* What an accepted line does to the envelope. */
static void
note_envelope(struct play *p, const char *line, size_t len)
{
	static const char *const fresh[] = { "EHLO", "HELO", "LHLO", "RSET",
					     "MAIL FROM:" };
	size_t i;

	for (i = 0; i < sizeof(fresh) / sizeof(*fresh); i++)
		if (begins(line, len, fresh[i]))
			lk_buf_clear(&p->envelope);
	if (!begins(line, len, "MAIL FROM:") && !begins(line, len, "RCPT TO:"))
		return;
	if (lk_buf_add(&p->envelope, line, len) < 0 ||
	    lk_buf_puts(&p->envelope, "\n") < 0)
		p->is_over = true;
}

/* One line, without its end. */
static void
obey(struct play *p, const char *line, size_t len)
{
	size_t rule = lk_rules_find(p->rehearse, p->state, line, len);

	p->code = '\0';
	p->in_data = false;
	if (rule == p->rehearse->script.n)
		say_text(p, "500 5.5.1 unrecognized command\r\n");
	else
		act(p, rule);
	if (p->code == '2')
		note_envelope(p, line, len);
}

/* STARTTLS is the same everywhere, so files need not spell it out. */
static void
obey_in_clear(struct play *p, const char *line, size_t len)
{
	static const struct {
		const char *verb, *reply;
	} replies[] = {
		{ "EHLO", "250-rehearsal\r\n250 STARTTLS\r\n" },
		{ "HELO", "250 rehearsal\r\n" },
		{ "NOOP", "250 2.0.0 ok\r\n" },
		{ "RSET", "250 2.0.0 ok\r\n" },
		{ "STARTTLS", "220 2.0.0 go\r\n" },
		{ "QUIT", "221 2.0.0 bye\r\n" },
		{ "", "530 5.7.0 Must issue a STARTTLS command first\r\n" },
	};
	size_t i = 0;

	while (!begins(line, len, replies[i].verb))
		i++;
	say_text(p, replies[i].reply);
	if (strcmp(replies[i].verb, "STARTTLS") == 0)
		start_tls(p);
	else if (strcmp(replies[i].verb, "QUIT") == 0)
		p->is_over = true;
}

/* ---- a message ---------------------------------------------------------- */

/* Of the last line: its octets without the CRLF or LF. */
static size_t
line_length(const struct lk_buf *line)
{
	size_t n = line->len;

	if (n && line->data[n - 1] == '\n')
		n--;
	if (n && line->data[n - 1] == '\r')
		n--;
	return n;
}

/* Only a CRLF ends a line here, or two programs could see two different ends
 * of a message. */
static int
read_message(struct play *p)
{
	const struct lk_buf *line = &p->peer.line;
	bool fits = true, is_fresh = true;
	size_t dot;
	int r;

	lk_buf_clear(&p->message);
	for (;;) {
		r = lk_peer_read(&p->peer);
		if (r != LK_PEER_OK)
			return r;
		dot = is_fresh && line->data[0] == '.';
		is_fresh = line->len >= 2 && line->data[line->len - 2] == '\r';
		if (dot && is_fresh && line->len == 3)
			return fits ? LK_PEER_OK : LK_PEER_LONG;
		fits = fits && lk_buf_add(&p->message, line->data + dot,
					  line->len - dot) == 0;
	}
}

/* Kept before the reply, dropped again if that is a refusal. */
static void
take_message(struct play *p)
{
	const char *dir = p->rehearse->options.dir;
	unsigned number = 0;
	char text[128];
	int r = read_message(p);

	p->in_data = false;
	if (r == LK_PEER_LONG) {
		say_text(p, "552 5.3.4 the message is too large\r\n");
		return;
	}
	if (r != LK_PEER_OK) {
		p->is_over = true;
		return;
	}
	snprintf(p->octets, sizeof(p->octets), "%zu", p->message.len);
	snprintf(text, sizeof(text), "a message of %s octets", p->octets);
	note(p, text);
	if (lk_keep(dir, &p->message, &p->envelope, &number) < 0) {
		snprintf(text, sizeof(text), "it cannot be kept: %s",
			 strerror(errno));
		note(p, text);
		say_text(p, "451 4.3.0 the message cannot be kept\r\n");
		return;
	}
	snprintf(p->number, sizeof(p->number), "%04u", number);
	obey(p, ".", 1);
	if (p->code != '2')
		lk_keep_drop(dir, number);
	lk_buf_clear(&p->envelope);
}

/* ---- a connection ------------------------------------------------------- */

static void
step(struct play *p)
{
	bool in_clear = strcmp(p->rehearse->tls, "starttls") == 0 &&
			!p->peer.ssl;
	const struct lk_buf *line = &p->peer.line;
	int r = lk_peer_read(&p->peer);

	if (r != LK_PEER_OK) {
		if (r == LK_PEER_LONG)
			say_text(p, "500 5.5.2 line too long\r\n");
		else if (r == LK_PEER_LATE)
			say_text(p, "421 4.4.2 no command in time\r\n");
		p->is_over = true;
		return;
	}
	lk_rehearse_show(p->rehearse, LK_TRACE_CLIENT, (char *)line->data,
			 line->len, p->in_login);
	if (in_clear)
		obey_in_clear(p, (char *)line->data, line_length(line));
	else
		obey(p, (char *)line->data, line_length(line));
	while (p->in_data && !p->is_over)
		take_message(p);
}

void
lk_rehearse_play(struct lk_rehearse *r, int fd)
{
	struct play p = { .rehearse = r, .number = "", .octets = "" };

	lk_peer_open(&p.peer, fd, r->options.stop);
	lk_buf_init(&p.envelope, ENVELOPE_MAX);
	lk_buf_init(&p.message, MESSAGE_MAX);
	note(&p, "a client connected");
	if (strcmp(r->tls, "implicit") == 0)
		start_tls(&p);
	pthread_mutex_lock(&r->lock);
	p.state = r->start;
	pthread_mutex_unlock(&r->lock);
	if (!p.is_over)
		act(&p, p.state + 1);
	while (!p.is_over)
		step(&p);
	lk_peer_close(&p.peer);
	note(&p, "the connection is closed");
	lk_buf_wipe(&p.envelope);
	lk_buf_wipe(&p.message);
}
