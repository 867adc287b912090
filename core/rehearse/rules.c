/* The states and rules of a server. SPDX-License-Identifier: MIT */
#include "rehearse/inside.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
lk_rules_vars(const struct lk_rehearse *r, struct lk_var vars[LK_VARS],
	      const char *number, const char *octets)
{
	const struct lk_script_options *o = &r->say;
	const struct lk_var all[LK_VARS] = {
		{ "user", o->user },
		{ "password", o->password },
		{ "authzid", o->authzid },
		{ "realm", o->realm },
		{ "token", o->token },
		{ "host", o->host },
		{ "number", number },
		{ "octets", octets },
		{ NULL, NULL },
	};

	memcpy(vars, all, sizeof(all));
}

size_t
lk_rules_state(const struct lk_rehearse *r, const char *name)
{
	const struct lk_script *s = &r->script;
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->turns[i].kind == LK_TURN_STATE &&
		    strcmp(s->turns[i].text.data, name) == 0)
			break;
	return i;
}

bool
lk_rules_is_action(const struct lk_rehearse *r, size_t i)
{
	return i < r->script.n && r->script.turns[i].kind != LK_TURN_ON &&
	       r->script.turns[i].kind != LK_TURN_STATE;
}

size_t
lk_rules_find(const struct lk_rehearse *r, size_t state, const char *line,
	      size_t len)
{
	const struct lk_script *s = &r->script;
	size_t i;

	for (i = state + 1; i < s->n; i++) {
		if (s->turns[i].kind == LK_TURN_STATE)
			return s->n;
		if (s->turns[i].kind == LK_TURN_ON &&
		    lk_pattern_match(&r->patterns[i], line, len))
			break;
	}
	while (i < s->n && s->turns[i].kind == LK_TURN_ON)
		i++;
	return i;
}

/* ---- checks ------------------------------------------------------------- */

static const char *
check_reply(const struct lk_rehearse *r, const struct lk_turn *t)
{
	struct lk_var vars[LK_VARS];
	const char *wrong;
	struct lk_buf b;

	lk_rules_vars(r, vars, "0001", "0");
	lk_buf_init(&b, 1 << 20);
	wrong = lk_expand(&b, NULL, t->text.data, vars);
	lk_buf_wipe(&b);
	return wrong;
}

static const char *
check_state(const struct lk_rehearse *r, size_t i)
{
	const char *name = r->script.turns[i].text.data;

	if (*name == '\0')
		return "a state has a name";
	return lk_rules_state(r, name) == i ? NULL
					    : "this state is there already";
}

/* A rule says what happens. */
static const char *
check_rule(struct lk_rehearse *r, size_t i)
{
	struct lk_var vars[LK_VARS];
	size_t next = i + 1;

	lk_rules_vars(r, vars, NULL, NULL);
	if (next == r->script.n ||
	    r->script.turns[next].kind == LK_TURN_STATE)
		return "nothing follows this pattern";
	return lk_pattern_read(&r->patterns[i], r->script.turns[i].text.data,
			       vars);
}

static const char *
check_turn(struct lk_rehearse *r, size_t i)
{
	const struct lk_turn *t = &r->script.turns[i];

	switch (t->kind) {
	case LK_TURN_SERVER:
		return check_reply(r, t);
	case LK_TURN_STATE:
		return check_state(r, i);
	case LK_TURN_ON:
		return check_rule(r, i);
	case LK_TURN_NEXT:
		if (lk_rules_is_action(r, i + 1))
			return "`next` is the last line of a rule";
		return lk_rules_state(r, t->text.data) < r->script.n
			? NULL : "there is no such state";
	case LK_TURN_START:
		return lk_rules_state(r, t->text.data) < r->script.n
			? NULL : "there is no such state";
	case LK_TURN_TLS:
	case LK_TURN_DROP:
	case LK_TURN_TIMEOUT:
		return NULL;
	case LK_TURN_CLIENT:
	case LK_TURN_CLIENT_GLOB:
	case LK_TURN_CONNECT:
	case LK_TURN_END:
	case LK_TURN_CHECK:
	case LK_TURN_OPTION:
		break;
	}
	return "this has no place in a state";
}

/* The state that one leads to before the client says a word; n: none. */
static size_t
leads_to(const struct lk_rehearse *r, size_t state)
{
	size_t i;

	for (i = state + 1; lk_rules_is_action(r, i); i++)
		if (r->script.turns[i].kind == LK_TURN_NEXT)
			return lk_rules_state(r, r->script.turns[i].text.data);
	return r->script.n;
}

static int
bad(const struct lk_rehearse *r, size_t i, const char *wrong,
    struct lk_error *err)
{
	const struct lk_turn *t = &r->script.turns[i];
	char text[200];

	snprintf(text, sizeof(text), "%s %s", t->word, t->text.data);
	return lk_script_bad(&r->script, t->line, wrong, text, err);
}

static int
check_circles(struct lk_rehearse *r, struct lk_error *err)
{
	size_t i, at, steps;

	for (i = r->start; i < r->script.n; i++) {
		if (r->script.turns[i].kind != LK_TURN_STATE)
			continue;
		at = i;
		for (steps = 0; at < r->script.n; steps++) {
			if (steps > r->script.n)
				return bad(r, i, "the server would go in "
					   "circles", err);
			at = leads_to(r, at);
		}
	}
	return 0;
}

int
lk_rules_read(struct lk_rehearse *r, struct lk_error *err)
{
	const char *wrong;
	size_t i = 0;

	r->patterns = calloc(r->script.n + 1, sizeof(*r->patterns));
	if (!r->patterns)
		return lk_fail_memory(err);
	while (i < r->script.n &&
	       r->script.turns[i].kind == LK_TURN_OPTION)
		i++;
	if (i == r->script.n || r->script.turns[i].kind != LK_TURN_STATE)
		return bad(r, i == r->script.n ? i - 1 : i,
			   "a state must come first", err);
	r->start = i;
	for (; i < r->script.n; i++) {
		wrong = check_turn(r, i);
		if (wrong)
			return bad(r, i, wrong, err);
	}
	return check_circles(r, err);
}
