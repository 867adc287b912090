/* What a server sees. SPDX-License-Identifier: MIT */
#include "judge.h"

#include "base/ascii.h"
#include "base/base64.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#define LINE 512                    /* of a command (RFC 5321, 4.5.3.1.4) */
#define AUTH_LINE 12288             /* of an answer (RFC 4954, 4) */
#define ROOM (1 << 22)

void
judge_init(struct judge *j)
{
	memset(j, 0, sizeof(*j));
	lk_buf_init(&j->line, ROOM);
	lk_buf_init(&j->last, ROOM);
	lk_buf_init(&j->body, ROOM);
	lk_buf_init(&j->reply, ROOM);
}

void
judge_wipe(struct judge *j)
{
	lk_buf_wipe(&j->line);
	lk_buf_wipe(&j->last);
	lk_buf_wipe(&j->body);
	lk_buf_wipe(&j->reply);
}

/* Nothing is under way. */
static void
forget(struct judge *j)
{
	lk_buf_clear(&j->line);
	lk_buf_clear(&j->reply);
	j->first = j->n = 0;
	j->code = 0;
	j->in_body = j->in_auth = j->tls_asked = j->logged_in = false;
	j->data_asked = j->closing = j->garbled = false;
	j->left = 0;
}

static void
await(struct judge *j, char command)
{
	MUST(j->n < JUDGE_QUEUE, "too many commands at once");
	j->queue[(j->first + j->n++) % JUDGE_QUEUE] = command;
}

void
judge_connect(struct judge *j)
{
	forget(j);
	await(j, 'G');
}

void
judge_tls_up(struct judge *j)
{
	MUST(j->line.len == 0, "half a line before TLS");
	forget(j);
}

void
judge_mail(struct judge *j)
{
	lk_buf_clear(&j->body);
	memset(j->rcpt, 0, sizeof(j->rcpt));
	memset(j->final, 0, sizeof(j->final));
	j->asked = j->rcpts = j->finals = 0;
	j->mail = 0;
	j->is_whole = j->is_bdat = j->data_asked = false;
}

void
judge_body(struct judge *j)
{
	if (j->data_asked)
		j->in_body = true;
}

size_t
judge_accepted(const struct judge *j)
{
	size_t i, n = 0;

	for (i = 0; i < j->rcpts; i++)
		n += j->rcpt[i] / 100 == 2;
	return j->mail / 100 == 2 ? n : 0;
}

/* ---- the client ---------------------------------------------------------- */

static bool
begins(const char *line, const char *with)
{
	return strncmp(line, with, strlen(with)) == 0;
}

static void
take_auth(struct judge *j, const char *line)
{
	static const char plaintext[] = "LOGIN PLAIN SCRIPTED OTHER TOKEN SLOW "
					"CODE XOAUTH2 OAUTHBEARER";
	size_t n = strcspn(line, " ");

	MUST(n > 0 && n <= 20, "AUTH %s", line);
	MUST(j->has_login && !j->logged_in, "AUTH where none is due");
	j->in_auth = true;
	j->is_plaintext = lk_ascii_has_word(plaintext, line, n);
	j->is_hidden = begins(line, "SCRAM-") || begins(line, "CRAM-");
}

static void
take_bdat(struct judge *j, const char *line)
{
	char *end;

	j->left = strtoull(line, &end, 10);
	MUST(strcmp(end, " LAST") == 0 && j->left > 0, "BDAT %s", line);
	j->is_bdat = true;
}

static void
take_command(struct judge *j, const char *line)
{
	static const struct {
		const char *word;
		char letter;
	} words[] = {
		{ "EHLO ", 'E' }, { "HELO ", 'E' }, { "LHLO ", 'E' },
		{ "STARTTLS", 'S' }, { "AUTH ", 'A' }, { "MAIL FROM:<", 'M' },
		{ "RCPT TO:<", 'R' }, { "DATA", 'D' }, { "BDAT ", 'B' },
		{ "RSET", 'Z' }, { "QUIT", 'Q' }, { NULL, '?' },
	};
	size_t i = 0;

	while (words[i].word && !begins(line, words[i].word))
		i++;
	MUST(words[i].word, "the client said \"%s\"", line);
	MUST(!j->tls_asked, "%s after STARTTLS", line);
	await(j, words[i].letter);
	switch (words[i].letter) {
	case 'E':
		MUST(!j->logged_in, "%s after a login", line);
		MUST((*line == 'L') == j->lmtp, "%s", line);
		break;
	case 'A':
		take_auth(j, line + 5);
		break;
	case 'M':
		MUST(j->logged_in || !j->has_login, "MAIL without a login");
		break;
	case 'R':
		j->asked++;
		break;
	case 'B':
		take_bdat(j, line + 5);
		break;
	case 'D':
		j->data_asked = true;
		break;
	case 'S':
		j->tls_asked = true;
		break;
	default:
		break;
	}
}

/* No password for who must not have it. */
static void
check_secret(struct judge *j, const char *line, size_t len)
{
	size_t i;

	for (i = 0; i < 3; i++)
		MUST(!j->secrets[i] ||
		     !marker_find(line, len, j->secrets[i],
				  strlen(j->secrets[i])),
		     "a secret for everybody: %s", line);
}

static void
take_line(struct judge *j)
{
	size_t len = j->line.len, i;
	char *line;

	MUST(len >= 2 && j->line.data[len - 2] == '\r', "LF without CR");
	MUST(len <= (j->in_auth ? AUTH_LINE : LINE), "a line of %zu octets",
	     len);
	j->line.len = len -= 2;
	line = lk_buf_text(&j->line);
	MUST(line, "no memory");
	for (i = 0; i < len; i++)
		MUST((unsigned char)line[i] >= ' ' && line[i] != 0x7f,
		     "octet %d in \"%s\"", line[i], line);
	MUST(len == 0 || line[len - 1] != ' ', "a blank at the end of \"%s\"",
	     line);
	MUST(len > 0 || j->in_auth, "an empty line");
	if (j->in_auth)
		await(j, 'A');
	else
		take_command(j, line);
	if (j->in_auth && ((j->is_plaintext && j->is_exposed) || j->is_hidden))
		check_secret(j, line, len);
	if (!j->in_auth)
		return;
	lk_buf_clear(&j->last);
	lk_buf_add(&j->last, line, len);
}

static void
take_body_line(struct judge *j)
{
	const unsigned char *p = j->line.data;
	size_t len = j->line.len;

	MUST(len >= 2 && p[len - 2] == '\r', "LF without CR in the message");
	MUST(!memchr(p, '\r', len - 2), "CR in a line of the message");
	if (len == 3 && *p == '.') {
		j->in_body = j->data_asked = false;
		j->is_whole = true;
		await(j, '.');
		return;
	}
	if (*p == '.') {
		MUST(p[1] == '.', "a single dot begins a line");
		p++;
		len--;
	}
	lk_buf_add(&j->body, p, len);
}

void
judge_client(struct judge *j, const void *data, size_t len)
{
	const char *p = data;

	for (; len > 0; len--, p++) {
		if (j->left > 0) {
			lk_buf_add(&j->body, p, 1);
			j->is_whole = --j->left == 0;
			continue;
		}
		lk_buf_add(&j->line, p, 1);
		if (*p != '\n')
			continue;
		if (j->in_body)
			take_body_line(j);
		else
			take_line(j);
		lk_buf_clear(&j->line);
	}
}

/* ---- the server ---------------------------------------------------------- */

/* Of a line: its code and whether it is the last; 0: it is no reply. */
static int
code_of(const unsigned char *p, size_t len, bool *is_last)
{
	while (len > 0 && p[len - 1] == '\r')
		len--;
	if (len < 3 || p[0] < '2' || p[0] > '5' || p[1] < '0' || p[1] > '9' ||
	    p[2] < '0' || p[2] > '9' || (len > 3 && p[3] != ' ' &&
					 p[3] != '-'))
		return 0;
	*is_last = len == 3 || p[3] == ' ';
	return (p[0] - '0') * 100 + (p[1] - '0') * 10 + p[2] - '0';
}

/* To the end of the message: true, if another one is due. */
static bool
take_final(struct judge *j, int code)
{
	/* where nobody was accepted any answer means the same */
	bool counts = code == 250 || code >= 400 || judge_accepted(j) == 0;

	j->final[j->finals++] = counts ? code : NO_REPLY;
	j->garbled = j->garbled || !counts;
	return j->lmtp && j->finals < judge_accepted(j);
}

static void
take_reply(struct judge *j, int code)
{
	char command = j->n ? j->queue[j->first] : '?';
	bool more = false;

	if (command == '?' || (command == 'B' && !j->is_whole)) {
		/* nothing was asked: nothing more counts */
		j->garbled = true;
		return;
	}
	j->closing = code == 421 && command != 'A' &&
		     !(j->lmtp && strchr(".B", command));
	j->garbled = j->closing || (code / 100 == 3 && strchr("MR", command));
	if (command == 'M')
		j->mail = code;
	else if (command == 'R' && j->rcpts < JUDGE_TO)
		j->rcpt[j->rcpts++] = code;
	else if (command == '.' || command == 'B')
		more = take_final(j, code);
	else if (command == 'A' && code / 100 != 3) {
		j->in_auth = false;
		j->logged_in = code / 100 == 2;
	} else if (command == 'S' && code != 220)
		j->tls_asked = false;
	else if (command == 'D' && code != 354)
		j->data_asked = false;
	if (more)
		return;
	j->first = (j->first + 1) % JUDGE_QUEUE;
	j->n--;
}

static void
take_reply_line(struct judge *j)
{
	bool is_last = false;
	int code = code_of(j->reply.data, j->reply.len, &is_last);

	if (!code || (j->code && code != j->code)) {
		j->garbled = true;
		return;
	}
	j->code = code;
	if (!is_last)
		return;
	j->code = 0;
	take_reply(j, code);
}

void
judge_server(struct judge *j, const void *data, size_t len)
{
	const char *p = data;

	for (; len > 0 && !j->garbled; len--, p++) {
		if (*p != '\n') {
			lk_buf_add(&j->reply, p, 1);
			continue;
		}
		take_reply_line(j);
		lk_buf_clear(&j->reply);
	}
}
