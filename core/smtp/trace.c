/* The dialogue for a person. SPDX-License-Identifier: MIT */
#include "smtp/engine.h"

#include "base/ascii.h"
#include "base/base64.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANY LK_ST_COUNT

/* Rows are tried from the top; a code under 10 is a first digit. */
static const struct {
	enum lk_state state;
	int code;
	const char *text;
} meanings[] = {
	{ ANY, 421, "the server closes the connection" },
	{ LK_ST_GREETING, 220, "the server is ready" },
	{ LK_ST_GREETING, 554, "the server wants no connection from here" },
	{ LK_ST_HELO, 250, "hello" },
	{ LK_ST_STARTTLS, 220, "ready to start TLS" },
	{ LK_ST_AUTH, 334, "the server asks for more" },
	{ LK_ST_AUTH, 235, "logged in" },
	{ LK_ST_AUTH, 2, "logged in, it seems" },
	{ LK_ST_AUTH, 432, "a password must be set anew first" },
	{ LK_ST_AUTH, 4, "the login failed for now" },
	{ LK_ST_AUTH, 504, "the server does not know this mechanism" },
	{ LK_ST_AUTH, 530, "the server wants TLS, or a login, first" },
	{ LK_ST_AUTH, 534, "the server wants another mechanism" },
	{ LK_ST_AUTH, 535, "the server refuses the login" },
	{ LK_ST_AUTH, 538, "the server wants TLS first" },
	{ LK_ST_AUTH, 5, "the server does not go on with this" },
	{ LK_ST_MAIL, 2, "the sender is accepted" },
	{ LK_ST_RCPT, 2, "the recipient is accepted" },
	{ LK_ST_RCPT, 4, "the recipient is refused for now" },
	{ LK_ST_RCPT, 5, "the recipient is refused" },
	{ LK_ST_DATA, 354, "ready for the message" },
	{ LK_ST_FINAL, 250, "the message is accepted" },
	{ LK_ST_RSET, 250, "ready for another message" },
	{ LK_ST_QUIT, 2, "goodbye" },
	{ ANY, 4, "refused for now" },
	{ ANY, 5, "refused" },
};

static const char *
meaning_of(const struct lk_smtp *s, const char *text, size_t len, bool is_last)
{
	enum lk_state state = lk_about(s);
	int code = s->reader.code;
	size_t i;

	if (state == LK_ST_EHLO && code == 250)
		return lk_caps_meaning(text, len);
	if (!is_last)
		return "";
	for (i = 0; i < sizeof(meanings) / sizeof(*meanings); i++)
		if ((meanings[i].state == ANY ||
		     meanings[i].state == state) &&
		    (meanings[i].code == code ||
		     meanings[i].code == code / 100))
			return meanings[i].text;
	return "";
}

static void
emit(struct lk_smtp *s, int32_t from, const char *line, const char *decoded,
     const char *meaning)
{
	const struct lk_trace t = {
		.from = from,
		.line = line,
		.decoded = decoded,
		.meaning = meaning,
	};

	s->trace(s->trace_ctx, &t);
}

void
lk_trace_client(struct lk_smtp *s, const char *line, const char *meaning)
{
	if (s->trace)
		emit(s, LK_TRACE_CLIENT, line, "", meaning);
}

void
lk_trace_note(struct lk_smtp *s, const char *format, ...)
{
	char text[1024];
	va_list ap;

	if (!s->trace)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	emit(s, LK_TRACE_NOTE, text, "", "");
}

/* Base64 that may be shown, as the words it stands for; NULL: no memory. */
static char *
decode(struct lk_smtp *s, const void *text, size_t len)
{
	char *words = malloc(len + 1);
	struct lk_buf plain;

	lk_buf_init(&plain, LK_REPLY_MAX);
	if (words)
		*words = '\0';
	if (words && len && lk_base64_decode(&plain, text, len) == 0)
		lk_smtp_words(s, words, len + 1, plain.data, plain.len);
	lk_buf_wipe(&plain);
	return words;
}

void
lk_trace_auth(struct lk_smtp *s, const struct lk_auth_want *w)
{
	const char *data = w->shown;
	char *decoded;

	if (!s->trace)
		return;
	/* behind AUTH and the name of the mechanism */
	if (w->flags & LK_AUTH_COMMAND) {
		data += strcspn(data, " ");
		data += strspn(data, " ");
		data += strcspn(data, " ");
		data += strspn(data, " ");
	}
	decoded = decode(s, data, strlen(data));
	emit(s, LK_TRACE_CLIENT, w->shown, decoded ? decoded : "", w->meaning);
	free(decoded);
}

/* Is the reply a challenge that must not be shown? */
static bool
is_hidden(struct lk_smtp *s)
{
	struct lk_auth_want w = { .size = sizeof(w) };

	if (s->state != LK_ST_AUTH || s->reader.code != 334)
		return false;
	lk_auth_want(s->auth, &w);
	return w.flags & LK_AUTH_HIDE;
}

/* All lines of a challenge. */
static void
show_length(struct lk_smtp *s)
{
	const struct lk_buf *text = &s->reader.text;
	size_t len = text->len;
	struct lk_buf plain;
	char line[48];

	lk_buf_init(&plain, LK_REPLY_MAX);
	if (len && lk_base64_decode(&plain, text->data, len) == 0)
		len = plain.len;
	lk_buf_wipe(&plain);
	snprintf(line, sizeof(line), len ? "334 <%zu octet%s>" : "334", len,
		 len == 1 ? "" : "s");
	emit(s, LK_TRACE_SERVER, line, "", meaning_of(s, "", 0, true));
}

static void
show_line(struct lk_smtp *s, const char *text, size_t len, bool is_last)
{
	const struct lk_reader *r = &s->reader;
	bool is_bare = is_last && r->line.len == 3, is_base64;
	char *line = malloc(len + 5), *decoded = NULL;

	is_base64 = is_last && s->state == LK_ST_AUTH && r->code == 334 &&
		    len == r->text.len;
	if (is_base64)
		decoded = decode(s, r->text.data, len);
	if (line) {
		snprintf(line, 5, is_bare ? "%03d" : is_last ? "%03d "
			 : "%03d-", r->code);
		lk_ascii_printable(line + strlen(line), len + 1, text, len);
		emit(s, LK_TRACE_SERVER, line, decoded ? decoded : "",
		     meaning_of(s, text, len, is_last));
	}
	free(line);
	free(decoded);
}

void
lk_trace_server(struct lk_smtp *s)
{
	const struct lk_reader *r = &s->reader;
	const char *p, *end, *next;
	struct lk_buf said;

	if (!s->trace || !r->code)
		return;
	if (is_hidden(s)) {
		show_length(s);
		return;
	}
	if (lk_smtp_said(s, &said)) {
		p = said.data ? (const char *)said.data : "";
		for (end = p + r->text.len; p <= end; p = next + 1) {
			next = p < end ? memchr(p, '\n', (size_t)(end - p))
				       : NULL;
			next = next ? next : end;
			show_line(s, p, (size_t)(next - p),
				  r->done && next == end);
		}
	}
	lk_buf_wipe(&said);
}
