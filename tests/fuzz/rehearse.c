/* Files of conversations and of servers: what cannot be played is refused with
 * file and line, what can is whole, and each line of a client has one answer.
 *
 * Input: a file; behind a NUL lines of a client.
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "rehearse/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void
check_error(const char *path, const struct lk_error *e)
{
	must_be_error(e);
	MUST(e->cls == LK_E_CONFIG || e->cls == LK_E_NOMEM, "class %d",
	     (int)e->cls);
	MUST(strncmp(e->sentence, path, strlen(path)) == 0, "no file: %s",
	     e->sentence);
}

static void
check_turns(const struct lk_script *s)
{
	int line = 0;
	size_t i;

	for (i = 0; i < s->n; i++) {
		const struct lk_turn *t = &s->turns[i];

		MUST(t->word && t->text.data, "turn %zu is not whole", i);
		MUST(t->text.data[t->text.len] == '\0', "its text has no end");
		MUST(t->line > line, "line %d after %d", t->line, line);
		MUST(t->kind >= LK_TURN_SERVER && t->kind <= LK_TURN_OPTION,
		     "kind %d", (int)t->kind);
		MUST(s->is_server || t->kind != LK_TURN_STATE,
		     "a state in a conversation");
		line = t->line;
	}
}

static void
check_options(const struct lk_script_options *o)
{
	size_t i, j;

	MUST(o->tls && o->ehlo && o->host, "no default");
	MUST(o->port <= 65535 && o->n_params <= LK_SCRIPT_PARAMS &&
	     o->n_mails <= LK_SCRIPT_MAILS, "out of range");
	for (i = 0; i < o->n_mails; i++) {
		const struct lk_script_mail *m = &o->mails[i];

		MUST(m->from && m->message.data && m->count <= LK_SCRIPT_TO,
		     "a message is not whole");
		for (j = 0; j < m->count; j++)
			MUST(m->to[j], "no recipient");
	}
}

static void
talk(const struct lk_rehearse *r, struct feed *in)
{
	const struct lk_script *s = &r->script;
	size_t state = r->start, len, at;

	while (in->left > 0) {
		const uint8_t *line = feed_until(in, '\n', &len);

		at = lk_rules_find(r, state, (const char *)line, len);
		MUST(at <= s->n, "turn %zu of %zu", at, s->n);
		for (; at < s->n && lk_rules_is_action(r, at); at++)
			if (s->turns[at].kind == LK_TURN_NEXT)
				state = lk_rules_state(r,
						s->turns[at].text.data);
		MUST(state < s->n && s->turns[state].kind == LK_TURN_STATE,
		     "next leads nowhere");
	}
}

static void
play(const char *path, struct lk_rehearse *r, struct feed *in)
{
	struct lk_error err;
	size_t i;

	if (lk_script_options_init(&r->say) < 0)
		return;
	if (lk_script_options_take(&r->say, &r->script, 0, &err) < 0)
		check_error(path, &err);
	else
		check_options(&r->say);
	if (r->script.is_server && lk_rules_read(r, &err) < 0)
		check_error(path, &err);
	else if (r->script.is_server)
		talk(r, in);
	for (i = 0; r->patterns && i < r->script.n; i++)
		lk_pattern_free(&r->patterns[i]);
	free(r->patterns);
	lk_script_options_free(&r->say);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed in = { data, size };
	struct lk_rehearse *r = calloc(1, sizeof(*r));
	int fd = memfd_create("script", MFD_CLOEXEC);
	struct lk_error err;
	const uint8_t *text;
	char path[64], title[32];
	size_t len;

	text = feed_until(&in, '\0', &len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (r && fd >= 0 && write(fd, text, len) == (ssize_t)len) {
		lk_script_title(path, title, sizeof(title));
		MUST(is_printable(title), "title: %s", title);
		if (lk_script_read(&r->script, path, &err) < 0) {
			check_error(path, &err);
		} else {
			check_turns(&r->script);
			play(path, r, &in);
			lk_script_free(&r->script);
		}
	}
	close(fd);
	free(r);
	return 0;
}
