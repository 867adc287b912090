/* Playing one conversation, word by word. SPDX-License-Identifier: MIT */
#include "rehearse/inside.h"

#include "base/ascii.h"
#include "base/error.h"

#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct talk {
	struct lk_rehearse *rehearse;
	struct lk_peer peer;        /* closed until a turn needs it */
	const struct lk_turn *turn;
	struct lk_error *err;
	bool in_login;
};

static int
left(struct talk *k, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The client left the conversation. */
static int
left(struct talk *k, const char *format, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return lk_fail(k->err, LK_E_PROTOCOL, "%s:%d: %s",
		       k->rehearse->script.path, k->turn->line, text);
}

static int
went_wrong(struct talk *k, int r, const char *want)
{
	static const char *const why[] = {
		[LK_PEER_CLOSED] = "the client hung up",
		[-LK_PEER_LATE] = "the client said nothing",
		[-LK_PEER_LONG] = "the client's line has no end",
		[-LK_PEER_STOP] = "",
		[-LK_PEER_FAILED] = "the connection broke",
	};

	if (r == LK_PEER_STOP)
		return lk_fail(k->err, LK_E_CANCELLED, "stopped before the "
			       "end of %s", k->rehearse->script.path);
	return left(k, "%s; wanted: %s", why[-r], want);
}

/* A certificate of another name: a client that refuses it is right. */
static bool
is_misnamed(const struct talk *k)
{
	const struct lk_script_options *o = &k->rehearse->say;

	return o->peer && strcmp(o->peer, o->host) != 0;
}

static int
start_tls(struct talk *k)
{
	int r = lk_peer_tls(&k->peer, k->rehearse->ctx);

	if (r == LK_PEER_OK)
		return 0;
	lk_peer_close(&k->peer);
	if (is_misnamed(k))
		return 1;
	return went_wrong(k, r, "TLS");
}

/* 1: go on after the next END. */
static int
connect_client(struct talk *k)
{
	int fd;

	if (k->peer.fd >= 0)
		return 0;
	fd = lk_rehearse_accept(k->rehearse);
	if (fd < 0)
		return went_wrong(k, fd, "a connection");
	lk_peer_open(&k->peer, fd, k->rehearse->options.stop);
	k->in_login = false;
	return strcmp(k->rehearse->say.tls, "implicit") == 0 ? start_tls(k)
							     : 0;
}

static int
say(struct talk *k)
{
	const struct lk_text *t = &k->turn->text;
	int r = lk_peer_say(&k->peer, t->data, t->len);

	lk_rehearse_show(k->rehearse, LK_TRACE_SERVER, t->data, t->len, false);
	k->in_login = strncmp(t->data, "334", 3) == 0;
	return r == LK_PEER_OK ? 0 : went_wrong(k, r, "the client listens");
}

static int
hear(struct talk *k)
{
	const struct lk_text *want = &k->turn->text;
	struct lk_buf *line = &k->peer.line;
	char shown[400], wanted[400];
	bool good;
	int r = lk_peer_read(&k->peer);

	lk_ascii_printable(wanted, sizeof(wanted), want->data,
			   strcspn(want->data, "\r\n"));
	if (r != LK_PEER_OK)
		return went_wrong(k, r, wanted);
	lk_rehearse_show(k->rehearse, LK_TRACE_CLIENT, (char *)line->data,
			 line->len, k->in_login);
	lk_ascii_printable(shown, sizeof(shown), line->data,
			   strcspn((char *)line->data, "\r\n"));
	if (k->turn->kind == LK_TURN_CLIENT) {
		good = line->len == want->len &&
		       memcmp(line->data, want->data, want->len) == 0;
	} else {
		good = line->len >= 2 && line->data[line->len - 2] == '\r';
		line->data[line->len < 2 ? 0 : line->len - 2] = '\0';
		good = good && fnmatch(want->data, (char *)line->data, 0) == 0;
	}
	return good ? 0 : left(k, "the client said \"%s\", not \"%s\"", shown,
			       wanted);
}

/* The client has closed. */
static int
hear_end(struct talk *k)
{
	char shown[400];
	int r;

	if (k->peer.fd < 0)
		return 0;
	r = lk_peer_read_end(&k->peer);
	if (r == LK_PEER_OK) {
		lk_ascii_printable(shown, sizeof(shown), k->peer.line.data,
				   k->peer.line.len);
		return left(k, "the client also said \"%s\"", shown);
	}
	if (r != LK_PEER_CLOSED && r != LK_PEER_FAILED)
		return went_wrong(k, r, "the client closes");
	lk_peer_close(&k->peer);
	return 0;
}

static int
take_turn(struct talk *k)
{
	int r;

	switch (k->turn->kind) {
	case LK_TURN_SERVER:
		r = connect_client(k);
		return r ? r : say(k);
	case LK_TURN_CLIENT:
	case LK_TURN_CLIENT_GLOB:
		r = connect_client(k);
		return r ? r : hear(k);
	case LK_TURN_TLS:
		r = connect_client(k);
		return r ? r : start_tls(k);
	case LK_TURN_DROP:
		r = connect_client(k);
		lk_peer_close(&k->peer);
		return r;
	case LK_TURN_TIMEOUT:
		r = connect_client(k);
		return r ? r : hear_end(k);
	case LK_TURN_CONNECT:
		r = hear_end(k);
		return r ? r : connect_client(k);
	case LK_TURN_END:
		return hear_end(k);
	case LK_TURN_STATE:
	case LK_TURN_ON:
	case LK_TURN_NEXT:
	case LK_TURN_START:
	case LK_TURN_CHECK:
	case LK_TURN_OPTION:
		break;
	}
	return 0;
}

int
lk_rehearse_converse(struct lk_rehearse *r, struct lk_error *err)
{
	struct talk k = { .rehearse = r, .peer = { .fd = -1 }, .err = err };
	bool skips = false;
	int result = 0;
	size_t i;

	for (i = 0; i < r->script.n && result >= 0; i++) {
		k.turn = &r->script.turns[i];
		if (k.turn->kind == LK_TURN_END)
			skips = false;
		if (skips)
			continue;
		result = take_turn(&k);
		skips = result == 1;
		if (k.turn->kind == LK_TURN_END && result == 0)
			result = lk_script_options_take(&r->say, &r->script,
							i + 1, err);
	}
	lk_peer_close(&k.peer);
	return result < 0 ? -1 : 0;
}
