/* A server in memory. SPDX-License-Identifier: MIT */
#include "server.h"

#include "base/base64.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
server_abort(const char *fact)
{
	fprintf(stderr, "not so: %s\n", fact);
	abort();
}

void
server_init(struct server *s, const struct manners *m)
{
	memset(s, 0, sizeof(*s));
	s->manners = m;
}

static void
say(struct server *s, const char *text)
{
	size_t len = strlen(text);

	NEED(s->len + len + 2 <= sizeof(s->out));
	memcpy(s->out + s->len, text, len);
	memcpy(s->out + s->len + len, "\r\n", 2);
	s->len += len + 2;
}

void
server_greet(struct server *s, bool is_encrypted)
{
	s->len = s->line_len = 0;
	s->is_encrypted = is_encrypted;
	s->wants_tls = s->hung_up = s->in_body = s->logged_in = false;
	s->auth = NO_AUTH;
	say(s, "220 mx.example ready");
}

void
server_tls_up(struct server *s)
{
	s->len = s->line_len = 0;
	s->is_encrypted = true;
	s->wants_tls = false;
}

static bool
begins(const char *line, const char *word)
{
	return strncmp(line, word, strlen(word)) == 0;
}

static void
ehlo(struct server *s)
{
	const struct manners *m = s->manners;
	const char *at = m->words ? m->words : "";
	char line[256];
	size_t n;

	say(s, "250-mx.example");
	for (; *at; at += n + (at[n] == '\n')) {
		n = strcspn(at, "\n");
		snprintf(line, sizeof(line), "250-%.*s", (int)n, at);
		say(s, line);
	}
	if (m->starttls && !s->is_encrypted)
		say(s, "250-STARTTLS");
	if (m->auth && (s->is_encrypted || !m->starttls)) {
		snprintf(line, sizeof(line), "250-AUTH %s", m->auth);
		say(s, line);
	}
	say(s, "250 HELP");
}

/* The secret is whole: yes or no. */
static void
judge(struct server *s, const char *secret)
{
	const char *answer = "235 2.7.0 welcome";

	s->auth = NO_AUTH;
	s->logged_in = s->refused >= s->manners->refusals;
	if (!s->logged_in) {
		s->refused++;
		answer = s->manners->refuses_for_now
			 ? "454 4.7.0 not now"
			 : "535 5.7.8 authentication failed";
		s->hung_up = s->manners->drops_at_refusal;
	}
	say(s, answer);
	if (s->manners->echoes) {
		s->len -= 2;
		say(s, " ");
		s->len -= 2;
		say(s, secret);
	}
}

/* The server's first message (RFC 5802, 7), to this one of the client. */
static void
say_salt(struct server *s, const char *first)
{
	char text[512];
	struct lk_buf plain, coded;
	const char *nonce;

	lk_buf_init(&plain, 512);
	lk_buf_init(&coded, 512);
	NEED(lk_base64_decode(&plain, first, strlen(first)) == 0);
	nonce = strstr(lk_buf_text(&plain), ",r=");
	NEED(nonce);
	snprintf(text, sizeof(text), "%s-and-ours,s=c2FsdHNhbHQ=,i=4096",
		 nonce + 1);
	NEED(lk_base64_encode(&coded, text, strlen(text)) == 0);
	snprintf(text, sizeof(text), "334 %s", lk_buf_text(&coded));
	say(s, text);
	lk_buf_wipe(&plain);
	lk_buf_wipe(&coded);
}

static void
auth(struct server *s, const char *line)
{
	bool has_ir = strchr(line, ' ') != NULL;

	if (begins(line, "PLAIN")) {
		s->auth = PASSWORD_NEXT;
		if (has_ir)
			judge(s, strchr(line, ' ') + 1);
		else
			say(s, "334 ");
	} else if (begins(line, "LOGIN") &&
		   (has_ir || s->manners->takes_name_from_ir)) {
		s->auth = PASSWORD_NEXT;
		say(s, "334 UGFzc3dvcmQ6");
	} else if (begins(line, "LOGIN")) {
		s->auth = NAME_NEXT;
		say(s, "334 VXNlcm5hbWU6");
	} else if (begins(line, "CRAM-MD5")) {
		s->auth = PASSWORD_NEXT;
		say(s, "334 PDE4OTYuNjk3MTcwOTUyQG14LmV4YW1wbGU+");
	} else if (begins(line, "XOAUTH2 ")) {
		judge(s, strchr(line, ' ') + 1);
	} else if (begins(line, "SCRAM-SHA-256 ")) {
		s->auth = PASSWORD_NEXT;
		say_salt(s, strchr(line, ' ') + 1);
	} else {
		say(s, "504 5.5.4 unknown mechanism");
	}
}

static void
auth_line(struct server *s, const char *line)
{
	if (strcmp(line, "*") == 0) {
		s->auth = NO_AUTH;
		say(s, "501 5.0.0 cancelled");
	} else if (s->auth == NAME_NEXT) {
		s->auth = PASSWORD_NEXT;
		say(s, "334 UGFzc3dvcmQ6");
	} else {
		judge(s, line);
	}
}

static void
envelope(struct server *s, const char *line)
{
	if (begins(line, "MAIL ")) {
		s->recipients = 0;
		say(s, "250 2.1.0 ok");
	} else if (begins(line, "RCPT ")) {
		s->recipients++;
		say(s, s->manners->refuses_second && s->recipients == 2
		       ? "550 5.1.1 unknown" : "250 2.1.5 ok");
	} else if (strcmp(line, "DATA") == 0) {
		s->in_body = true;
		say(s, "354 go");
	} else if (strcmp(line, "RSET") == 0) {
		say(s, "250 ok");
	} else if (strcmp(line, "QUIT") == 0) {
		say(s, "221 bye");
		s->hung_up = true;
	} else {
		say(s, "500 what?");
	}
}

static void
final(struct server *s)
{
	char line[64];

	s->in_body = false;
	if (s->manners->final) {
		snprintf(line, sizeof(line), "%d 5.3.0 no", s->manners->final);
		say(s, line);
		return;
	}
	s->accepted++;
	say(s, "250 2.0.0 queued");
}

static void
take_line(struct server *s, const char *line)
{
	if (s->in_body) {
		if (strcmp(line, ".") == 0)
			final(s);
	} else if (s->auth != NO_AUTH) {
		auth_line(s, line);
	} else if (begins(line, "EHLO ")) {
		ehlo(s);
	} else if (strcmp(line, "STARTTLS") == 0) {
		say(s, "220 go");
		s->wants_tls = true;
	} else if (begins(line, "AUTH ")) {
		auth(s, line + 5);
	} else {
		envelope(s, line);
	}
}

void
server_hear(struct server *s, const void *data, size_t len)
{
	const char *p = data;

	for (; len > 0 && !s->hung_up; len--, p++) {
		NEED(s->line_len < sizeof(s->line));
		s->line[s->line_len++] = *p;
		if (*p != '\n')
			continue;
		s->line[s->line_len - 2] = '\0';
		take_line(s, s->line);
		explicit_bzero(s->line, s->line_len);
		s->line_len = 0;
	}
}
