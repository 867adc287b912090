/* A mechanism that does what a test wrote down, and notes what was done to it.
 * SPDX-License-Identifier: MIT */
#ifndef TEST_SCRIPTED_H
#define TEST_SCRIPTED_H

#include "attempt.h"
#include "base/ascii.h"

/* What one call does. */
struct act {
	int32_t result;
	const char *emit;           /* NULL = none */
	void (*more)(struct lk_session *); /* or NULL */
};

static struct act script[48];
static size_t script_at;
static const struct lk_mech scripted;
static char seen[1024];             /* s, c(...), S(...), F(...), R, cancel */

static inline void
note_call(const char *what, struct lk_bytes in)
{
	size_t n = strlen(seen);

	if (in.data)
		snprintf(seen + n, sizeof(seen) - n, "%s(%.*s) ", what,
			 (int)in.len, (const char *)in.data);
	else
		snprintf(seen + n, sizeof(seen) - n, "%s ", what);
}

static inline int32_t
play(struct lk_session *s)
{
	const struct act *act = &script[script_at++];

	if (act->more)
		act->more(s);
	if (act->emit)
		s->services->emit(s, act->emit, strlen(act->emit));
	return act->result;
}

static inline int32_t
scripted_available(void *plugin, const struct lk_mech *mech,
		   struct lk_session *s, const struct lk_server *server)
{
	assert_ptr_equal(mech, &scripted);
	(void)plugin;
	(void)server;
	note_call("a", bytes(NULL));
	return play(s);
}

static inline int32_t
scripted_start(void *plugin, const struct lk_mech *mech,
	       struct lk_session *s, const struct lk_server *server,
	       void **state)
{
	assert_ptr_equal(mech, &scripted);
	(void)plugin;
	(void)server;
	*state = seen;
	note_call("s", bytes(NULL));
	return play(s);
}

static inline int32_t
scripted_step(void *state, struct lk_session *s, const struct lk_event *ev)
{
	static const char *const kinds[] = { "s", "c", "S", "F" };
	uint32_t kind = ev->kind;

	assert_ptr_equal(state, seen);
	if (kind == LK_EV_RESUME) {
		note_call("R", bytes(NULL));
		kind = ev->interrupted;
	}
	assert_in_range(kind, 0, 3);
	if (ev->flags & LK_EVENT_UNDECODABLE)
		note_call("u", ev->raw);
	else if (kind == LK_EV_FAILURE)
		note_call("F", bytes(ev->text));
	else
		note_call(kinds[kind], ev->in);
	return play(s);
}

static inline void
scripted_cancel(void *state, struct lk_session *s)
{
	assert_ptr_equal(state, seen);
	note_call("cancel", bytes(NULL));
	assert_int_equal(s->services->emit(s, "x", 1), LK_E_INTERNAL);
}

static inline void
scripted_free(void *state, struct lk_session *s)
{
	(void)s;
	assert_ptr_equal(state, seen);
	note_call("free", bytes(NULL));
}

static const struct lk_mech scripted = {
	.size = sizeof(struct lk_mech),
	.available = scripted_available,
	.start = scripted_start,
	.step = scripted_step,
	.cancel = scripted_cancel,
	.free = scripted_free,
};

/* An attempt with it; give it a script before the first call. */
static inline void
scripted_init(struct attempt *a, uint32_t flags)
{
	attempt_init(a, &scripted);
	a->entry.record.flags = flags;
	lk_ascii_copy(a->entry.record.id, sizeof(a->entry.record.id), "test");
	lk_ascii_copy(a->entry.record.wire, sizeof(a->entry.record.wire),
		      "TEST");
	lk_ascii_copy(a->entry.record.needs, sizeof(a->entry.record.needs),
		      "authid password");
	memset(script, 0, sizeof(script));
	script_at = 0;
	seen[0] = '\0';
}

static inline void
act(size_t n, int32_t result, const char *emit)
{
	script[n].result = result;
	script[n].emit = emit;
	script[n].more = NULL;
}

static inline void
lease(struct lk_session *s)
{
	struct lk_ask ask = { sizeof(ask), 0, LK_P_PASSWORD, NULL, NULL };
	struct lk_bytes out;

	assert_int_equal(s->services->get(s, &ask, &out), LK_DONE);
}

#endif
