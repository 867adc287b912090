/* What a conversation must have come to. SPDX-License-Identifier: MIT */
#include "scripts/classes.h"
#include "scripts/play.h"

#include "base/ascii.h"
#include "base/base64.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
play_fail(struct player *p, const char *format, ...)
{
	va_list ap;

	if (p->failed)
		return;
	p->failed = true;
	fprintf(stderr, "%s:%d: ", p->script->path,
		p->turn ? p->turn->line : 0);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fprintf(stderr, " (in pieces of %zu)\n%.*s", p->chunk,
		(int)p->log.len, p->log.data ? (char *)p->log.data : "");
	if (p->error.cls)
		fprintf(stderr, "error: %s: %s\nadvice: %s\n",
			class_name(p->error.cls), p->error.sentence,
			p->error.advice);
}

static void
add_error(struct lk_buf *b, const struct lk_error *e)
{
	if (e->cls)
		lk_buf_printf(b, "%s\n%s\n%s\n", e->sentence, e->advice,
			      e->text);
}

/* All that a person could see of the errors. */
static void
all_errors(struct player *p, struct lk_buf *b)
{
	size_t i, j;

	add_error(b, &p->error);
	for (i = 0; i < p->mail; i++) {
		add_error(b, &p->mail_errors[i]);
		for (j = 0; j < p->options.mails[i].count; j++)
			lk_buf_printf(b, "%s\n", p->to[i][j].text);
	}
	if (p->smtp)
		lk_buf_puts(b, lk_smtp_warning(p->smtp));
}

static bool
stands_in(const struct lk_buf *b, const char *text)
{
	return b->len && memmem(b->data, b->len, text, strlen(text));
}

static void
search_for(struct player *p, const char *what, const void *secret, size_t len)
{
	struct lk_buf errors, base64;

	lk_buf_init(&errors, 1 << 20);
	lk_buf_init(&base64, 1 << 20);
	all_errors(p, &errors);
	lk_base64_encode(&base64, secret, len);
	lk_buf_text(&base64);
	if ((memchr(secret, '\0', len) == NULL &&
	     (stands_in(&p->log, secret) || stands_in(&errors, secret))) ||
	    stands_in(&p->log, (char *)base64.data) ||
	    stands_in(&errors, (char *)base64.data))
		play_fail(p, "the %s stands in a trace or an error", what);
	lk_buf_wipe(&errors);
	lk_buf_wipe(&base64);
}

void
check_always(struct player *p)
{
	const struct lk_script_options *o = &p->options;
	struct lk_buf plain;

	if (p->smtp && !p->error.cls)
		p->error = *lk_smtp_error(p->smtp);
	if (o->token)
		search_for(p, "token", o->token, strlen(o->token));
	if (o->renewed)
		search_for(p, "fresh secret", o->renewed, strlen(o->renewed));
	if (!o->password)
		return;
	search_for(p, "password", o->password, strlen(o->password));
	lk_buf_init(&plain, 4096);
	lk_buf_printf(&plain, "%s%c%s%c%s", o->authzid ? o->authzid : "", 0,
		      o->user ? o->user : "", 0, o->password);
	search_for(p, "response", plain.data, plain.len);
	lk_buf_wipe(&plain);
}

static void
same(struct player *p, const char *what, const char *is, const char *should)
{
	if (strcmp(is, should) != 0)
		play_fail(p, "%s is \"%s\", not \"%s\"", what, is, should);
}

static void
same_number(struct player *p, const char *what, long is, const char *should)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", is);
	same(p, what, text, should);
}

static void
check_login(struct player *p, const char *word, const char *text)
{
	struct lk_auth_result r = { .size = sizeof(r) };

	if (!p->auth) {
		play_fail(p, "there was no login");
		return;
	}
	lk_auth_get_result(p->auth, &r);
	if (strcmp(word, "mech") == 0)
		same(p, word, r.id ? r.id : "", text);
	else if (strcmp(word, "ir") == 0)
		same_number(p, word, r.initial_response, text);
	else
		same_number(p, word, r.attempts, text);
}

static void
check_results(struct player *p, const char *word, const char *text)
{
	struct lk_buf b;
	size_t i, j;

	lk_buf_init(&b, 1 << 16);
	for (i = 0; i < p->mail; i++) {
		if (strcmp(word, "mails") == 0)
			lk_buf_printf(&b, "%s%s", b.len ? " " : "",
				      class_name(p->results[i]));
		for (j = 0; j < p->options.mails[i].count; j++)
			if (strcmp(word, "rcpts") == 0)
				lk_buf_printf(&b, "%s%s", b.len ? " " : "",
					      class_name(p->to[i][j].cls));
	}
	same(p, word, lk_buf_text(&b), text);
	lk_buf_wipe(&b);
}

static void
check_text(struct player *p, const char *word, const char *text)
{
	struct lk_buf b;
	const char *warning = p->smtp ? lk_smtp_warning(p->smtp) : "";

	lk_buf_init(&b, 1 << 20);
	all_errors(p, &b);
	if (strcmp(word, "says") == 0) {
		if (!stands_in(&b, text))
			play_fail(p, "no error says \"%s\":\n%.*s", text,
				  (int)b.len, b.data ? (char *)b.data : "");
	} else if (strcmp(word, "silent") == 0) {
		if (stands_in(&b, text) || stands_in(&p->log, text))
			play_fail(p, "\"%s\" is told", text);
	} else if (strcmp(word, "trace") == 0) {
		if (!stands_in(&p->log, text))
			play_fail(p, "no trace of \"%s\"", text);
	} else if (*text ? !strstr(warning, text) : *warning != '\0') {
		play_fail(p, "the warning is \"%s\"", warning);
	}
	lk_buf_wipe(&b);
}

void
check_line(struct player *p, const char *word, const char *text)
{
	if (strcmp(word, "class") == 0)
		same(p, word, class_name(p->error.cls), text);
	else if (strcmp(word, "exit") == 0)
		same_number(p, word, lk_error_exit(p->error.cls), text);
	else if (strcmp(word, "code") == 0)
		same_number(p, word, p->error.code, text);
	else if (strcmp(word, "enhanced") == 0)
		same(p, word, p->error.enhanced, text);
	else if (strcmp(word, "asked") == 0)
		same_number(p, word, p->asked, text);
	else if (strcmp(word, "mech") == 0 || strcmp(word, "ir") == 0 ||
		 strcmp(word, "attempts") == 0)
		check_login(p, word, text);
	else if (strcmp(word, "mails") == 0 || strcmp(word, "rcpts") == 0)
		check_results(p, word, text);
	else
		check_text(p, word, text);
}
