/* Comparing what a session came to with the file. SPDX-License-Identifier: MIT
 */
#include "rehearse/converse.h"
#include "scripts/classes.h"

#include "base/base64.h"

#include <stdio.h>
#include <string.h>

static void
add_error(struct lk_buf *b, const struct lk_error *e)
{
	if (e->cls)
		lk_buf_printf(b, "%s\n%s\n%s\n", e->sentence, e->advice,
			      e->text);
}

/* All that a person could see. */
static void
all_errors(const struct outcome *out, const struct lk_script_options *o,
	   struct lk_buf *b)
{
	size_t i, j;

	lk_buf_init(b, 1 << 20);
	add_error(b, &out->error);
	for (i = 0; i < out->n_mails; i++) {
		add_error(b, &out->mails[i]);
		for (j = 0; j < o->mails[i].count; j++)
			lk_buf_printf(b, "%s\n", out->to[i][j].text);
	}
	lk_buf_puts(b, out->warning);
}

static bool
stands_in(const struct lk_buf *b, const char *text)
{
	return b->len && memmem(b->data, b->len, text, strlen(text));
}

static void
classes(const struct outcome *out, const struct lk_script_options *o,
	bool of_mails, struct lk_buf *b)
{
	size_t i, j;

	for (i = 0; i < out->n_mails; i++) {
		if (of_mails)
			lk_buf_printf(b, "%s%s", b->len ? " " : "",
				      class_name(out->mails[i].cls));
		for (j = 0; !of_mails && j < o->mails[i].count; j++)
			lk_buf_printf(b, "%s%s", b->len ? " " : "",
				      class_name(out->to[i][j].cls));
	}
}

/* What the word of a check is, as a text. */
static void
value_of(const struct outcome *out, const struct lk_script_options *o,
	 const char *word, struct lk_buf *b)
{
	if (strcmp(word, "class") == 0)
		lk_buf_puts(b, class_name(out->error.cls));
	else if (strcmp(word, "exit") == 0)
		lk_buf_printf(b, "%d", lk_error_exit(out->error.cls));
	else if (strcmp(word, "code") == 0)
		lk_buf_printf(b, "%d", (int)out->error.code);
	else if (strcmp(word, "enhanced") == 0)
		lk_buf_puts(b, out->error.enhanced);
	else if (strcmp(word, "mech") == 0)
		lk_buf_puts(b, out->mech);
	else if (strcmp(word, "ir") == 0)
		lk_buf_printf(b, "%d", (int)out->info.initial_response);
	else if (strcmp(word, "attempts") == 0)
		lk_buf_printf(b, "%d", (int)out->info.attempts);
	else
		classes(out, o, strcmp(word, "mails") == 0, b);
}

/* The player in memory has words of its own for what sockets do. */
static bool
says(const struct lk_buf *errors, const char *text)
{
	static const struct {
		const char *in_memory, *here;
	} words[] = {
		{ "no answer in time", "no answer from 127.0.0.2" },
		{ "the server closed the connection",
	     "127.0.0.2 closed the connection"},
	};
	char expected[1024];
	const char *at;
	size_t i;

	for (i = 0; i < 2; i++) {
		at = strstr(text, words[i].in_memory);
		if (!at)
			continue;
		snprintf(expected, sizeof(expected), "%.*s%s%s",
			 (int)(at - text), text, words[i].here,
			 at + strlen(words[i].in_memory));
		return stands_in(errors, expected);
	}
	return stands_in(errors, text);
}

/* -1: the word does not ask for a text. */
static int
check_text(const struct outcome *out, const struct lk_script_options *o,
	   const char *word, const char *text)
{
	struct lk_buf b;
	int r = -1;

	all_errors(out, o, &b);
	if (strcmp(word, "asked") == 0)
		r = 1; /* counted in memory only */
	else if (strcmp(word, "says") == 0)
		r = says(&b, text);
	else if (strcmp(word, "silent") == 0)
		r = !stands_in(&b, text) && !stands_in(&out->trace, text);
	else if (strcmp(word, "trace") == 0)
		r = stands_in(&out->trace, text);
	else if (strcmp(word, "warns") == 0)
		r = *text ? strstr(out->warning, text) != NULL
			  : *out->warning == '\0';
	lk_buf_wipe(&b);
	return r;
}

bool
session_check(const struct outcome *out, const struct lk_script_options *o,
	      const char *path, const struct lk_turn *t)
{
	int r = check_text(out, o, t->word, t->text.data);
	struct lk_buf b;
	bool good;

	lk_buf_init(&b, 1 << 16);
	if (r < 0)
		value_of(out, o, t->word, &b);
	good = r == 1 || (r < 0 && lk_buf_text(&b) &&
			  strcmp((char *)b.data, t->text.data) == 0);
	if (!good)
		printf("%s:%d: %s is \"%.*s\", not \"%s\"\n  %s\n%.*s", path,
		       t->line, t->word, (int)b.len, (char *)b.data,
		       t->text.data, out->error.sentence, (int)out->trace.len,
		       (char *)out->trace.data);
	lk_buf_wipe(&b);
	return good;
}

bool
session_is_clean(const struct outcome *out, const struct lk_script_options *o,
		 const char *path)
{
	const char *secrets[] = {o->password, o->token, o->renewed};
	struct lk_buf seen, base64;
	bool clean = true;
	size_t i;

	all_errors(out, o, &seen);
	for (i = 0; i < 3; i++) {
		if (!secrets[i])
			continue;
		lk_buf_init(&base64, 1 << 16);
		lk_base64_encode(&base64, secrets[i], strlen(secrets[i]));
		if (!lk_buf_text(&base64) || stands_in(&seen, secrets[i]) ||
			stands_in(&out->trace, secrets[i]) ||
			stands_in(&seen, (char *)base64.data) ||
			stands_in(&out->trace, (char *)base64.data))
			clean = false;
		lk_buf_wipe(&base64);
	}
	lk_buf_wipe(&seen);
	if (!clean)
		printf("%s: the secret is shown\n", path);
	return clean;
}
