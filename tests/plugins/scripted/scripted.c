/* Mechanisms that do what the parameter `script` says, one for each set of
 * flags that a host treats in its own way.
 *
 * A script is a list of events by blanks: `a:` available, `start:`, `c:` a
 * challenge (the first, the second...), `s:` success, `f:` failure.  Behind the
 * colon actions by commas, done from left to right:
 *
 *   emit=TEXT   emit it; `emit=` emits an empty response
 *   lease=KEY   read a property; send=KEY: and emit it
 *   report=TEXT explain (`_` is a blank); unproven: set that flag
 *   wait=MS     ask for this time and return PENDING, once
 *   RESULT      done, continue, expect-fail, or a class: mutual, noprop...
 *
 * Without a result: available and success are done, start and a challenge go
 * on, a failure keeps its class.  A challenge that is not in the script is
 * PROTOCOL.
 * SPDX-License-Identifier: MIT */
#include <latchkey/mech.h>

#include <stdlib.h>
#include <string.h>

#define MECHS(X) \
	X(base, "scripted", "SCRIPTED", LK_F_PLAINTEXT, 10, \
	  "authid password") \
	X(twin, "scripted-twin", "SCRIPTED", LK_F_PLAINTEXT, 5, \
	  "authid password") \
	X(ir, "scripted-ir", "SCRIPTED", LK_F_PLAINTEXT | LK_F_IR_ONLY, 10, \
	  "authid password") \
	X(other, "other", "OTHER", LK_F_PLAINTEXT, 9, "authid password") \
	X(hash, "hash", "HASH", 0, 10, "authid password") \
	X(strong, "strong", "STRONG", LK_F_ACTIVE_SAFE, 10, \
	  "authid password") \
	X(mutual, "mutual", "MUTUAL", LK_F_MUTUAL | LK_F_ACTIVE_SAFE, 20, \
	  "authid password") \
	X(bound, "bound", "BOUND", LK_F_CHANNEL_BINDING | LK_F_MUTUAL, 30, \
	  "authid password cb:tls-exporter") \
	X(token, "token", "TOKEN", \
	  LK_F_TOKEN | LK_F_PLAINTEXT | LK_F_NEEDS_TLS, 10, \
	  "authid oauth.token") \
	X(slow, "slow", "SLOW", LK_F_MAY_BLOCK | LK_F_PLAINTEXT, 8, \
	  "authid password") \
	X(ticket, "ticket", "TICKET", LK_F_NO_SECRET, 10, "") \
	X(nobody, "nobody", "NOBODY", LK_F_ANONYMOUS | LK_F_NO_SECRET, 0, "") \
	X(code, "code", "CODE", LK_F_PLAINTEXT, 7, "authid password|otp")

#define NOTE(v, id, wire, flags, strength, needs) \
	LK_MECH_NOTE(v##_note, id, wire, LK_F_CLIENT_FIRST | (flags), \
		     strength, needs, "", "does as it is told", "0", ""); \
	LK_PARAM_NOTE(v##_param, id, "script", "string", 0, "", 0, 0, \
		      "what to do"); \
	LK_PARAM_NOTE(v##_key, id, "key", "string", LK_PARAM_SECRET, "", 0, \
		      0, "a secret"); \
	LK_PARAM_NOTE(v##_size, id, "size", "int", 0, "1", 1, 9, "a number");
MECHS(NOTE)

struct run {
	char script[1024];
	int challenges;             /* seen */
	const char *rest;           /* of the interrupted event */
};

static const struct {
	const char *word;
	int32_t result;
} results[] = {
	{ "done", LK_DONE }, { "continue", LK_CONTINUE },
	{ "expect-fail", LK_EXPECT_FAIL }, { "internal", LK_E_INTERNAL },
	{ "config", LK_E_CONFIG }, { "noprop", LK_E_NOPROP },
	{ "credentials", LK_E_CREDENTIALS }, { "expired", LK_E_EXPIRED },
	{ "too-weak", LK_E_TOO_WEAK }, { "encryption", LK_E_ENCRYPTION },
	{ "mutual", LK_E_MUTUAL }, { "protocol", LK_E_PROTOCOL },
	{ "transient", LK_E_TRANSIENT }, { "unsupported", LK_E_UNSUPPORTED },
};

static int32_t
get(struct lk_session *s, const char *key, struct lk_bytes *out)
{
	struct lk_ask ask = { sizeof(ask), 0, key, NULL, NULL };

	return s->services->get(s, &ask, out);
}

static int32_t
read_script(struct lk_session *s, struct run *run)
{
	struct lk_bytes script = { NULL, 0 };

	if (get(s, LK_P_PARAM "script", &script) != LK_DONE)
		return LK_E_CONFIG;
	if (script.len >= sizeof(run->script))
		return LK_E_CONFIG;
	memcpy(run->script, script.data, script.len);
	run->script[script.len] = '\0';
	return LK_DONE;
}

/* The actions of the n-th event of this name, or NULL. */
static const char *
find(const char *script, const char *name, int n)
{
	size_t len = strlen(name);

	while (*script) {
		script += strspn(script, " ");
		if (strncmp(script, name, len) == 0 && script[len] == ':' &&
		    n-- == 0)
			return script + len + 1;
		script += strcspn(script, " ");
	}
	return NULL;
}

static void
explain(struct lk_session *s, int32_t cls, const char *text)
{
	struct lk_report r = { sizeof(r), 0, cls, 0, NULL, text, NULL };
	char copy[128];
	size_t i;

	if (!text) {
		r.flags = LK_REPORT_UNPROVEN;
	} else {
		for (i = 0; text[i] && i < sizeof(copy) - 1; i++)
			copy[i] = text[i] == '_' ? ' ' : text[i];
		copy[i] = '\0';
		r.message = copy;
	}
	s->services->report(s, &r);
}

static int32_t
send_property(struct lk_session *s, const char *key, int emit)
{
	struct lk_bytes value = { NULL, 0 };
	int32_t r = get(s, key, &value);

	if (r == LK_DONE && emit)
		r = s->services->emit(s, value.data, value.len);
	return r;
}

/* One action; *result is set by those that are one.  Returns LK_CONTINUE to go
 * on, or what to return at once. */
static int32_t
act(struct lk_session *s, const char *action, int32_t *result)
{
	size_t i;

	if (strncmp(action, "emit=", 5) == 0) {
		s->services->emit(s, action + 5, strlen(action + 5));
	} else if (strncmp(action, "lease=", 6) == 0 ||
		   strncmp(action, "send=", 5) == 0) {
		int32_t r = send_property(s, strchr(action, '=') + 1,
					  *action == 's');

		if (r != LK_DONE)
			return r;
	} else if (strncmp(action, "report=", 7) == 0) {
		explain(s, LK_E_INTERNAL, action + 7);
	} else if (strcmp(action, "unproven") == 0) {
		explain(s, 0, NULL);
	} else if (strncmp(action, "wait=", 5) == 0) {
		s->services->wait(s, -1, 0, (int32_t)strtol(action + 5, NULL,
							    10));
		return LK_PENDING;
	} else {
		for (i = 0; i < sizeof(results) / sizeof(*results); i++)
			if (strcmp(action, results[i].word) == 0)
				*result = results[i].result;
	}
	return LK_CONTINUE;
}

/* The actions from `at` to the next blank. */
static int32_t
play(struct run *run, struct lk_session *s, const char *at, int32_t result)
{
	char action[256];
	size_t len;

	while (*at && *at != ' ') {
		int32_t r;

		len = strcspn(at, ", ");
		if (len >= sizeof(action))
			return LK_E_CONFIG;
		memcpy(action, at, len);
		action[len] = '\0';
		r = act(s, action, &result);
		/* a wait is over when it is resumed, a property is not */
		run->rest = strncmp(action, "wait=", 5) == 0
			    ? at + len + (at[len] == ',') : at;
		if (r != LK_CONTINUE)
			return r;
		at += len + (at[len] == ',');
	}
	return result;
}

static int32_t
available(void *plugin, const struct lk_mech *mech, struct lk_session *s,
	  const struct lk_server *server)
{
	struct run run;
	const char *at;

	(void)plugin;
	(void)mech;
	(void)server;
	if (read_script(s, &run) != LK_DONE)
		return LK_E_CONFIG;
	at = find(run.script, "a", 0);
	return at ? play(&run, s, at, LK_DONE) : LK_DONE;
}

static int32_t
start(void *plugin, const struct lk_mech *mech, struct lk_session *s,
      const struct lk_server *server, void **state)
{
	struct run *run = calloc(1, sizeof(*run));
	const char *at;

	(void)plugin;
	(void)mech;
	(void)server;
	if (!run)
		return LK_E_NOMEM;
	*state = run;
	if (read_script(s, run) != LK_DONE)
		return LK_E_CONFIG;
	at = find(run->script, "start", 0);
	return at ? play(run, s, at, LK_CONTINUE) : LK_CONTINUE;
}

static int32_t
usual(uint32_t kind, const struct lk_event *ev)
{
	if (kind == LK_EV_SUCCESS)
		return LK_DONE;
	return kind == LK_EV_FAILURE ? ev->cls : LK_CONTINUE;
}

static int32_t
step(void *state, struct lk_session *s, const struct lk_event *ev)
{
	struct run *run = state;
	const char *at;

	switch (ev->kind) {
	case LK_EV_RESUME:
		return play(run, s, run->rest, usual(ev->interrupted, ev));
	case LK_EV_CHALLENGE:
		at = find(run->script, "c", run->challenges++);
		if (!at)
			return LK_E_PROTOCOL;
		break;
	case LK_EV_SUCCESS:
		at = find(run->script, "s", 0);
		break;
	case LK_EV_FAILURE:
		at = find(run->script, "f", 0);
		break;
	default:
		return LK_E_UNSUPPORTED;
	}
	return at ? play(run, s, at, usual(ev->kind, ev))
		  : usual(ev->kind, ev);
}

static void
free_state(void *state, struct lk_session *s)
{
	s->services->wipe(state, sizeof(struct run));
	free(state);
}

#define MECH(v, id, wire, flags, strength, needs) \
	static const struct lk_param_note *const v##_params[] = { \
		&v##_param, &v##_key, &v##_size, NULL }; \
	static const struct lk_mech v = { \
		sizeof(struct lk_mech), 0, &v##_note, v##_params, available, \
		start, step, NULL, free_state };
MECHS(MECH)

static const struct lk_mech *const *
list(void *plugin)
{
#define ITEM(v, id, wire, flags, strength, needs) &v,
	static const struct lk_mech *const mechs[] = { MECHS(ITEM) NULL };

	(void)plugin;
	return mechs;
}

LK_PLUGIN(scripted) = {
	sizeof(struct lk_plugin), 0, LK_ABI, LK_PLUGIN_PER_SESSION, "scripted",
	"0", "MIT", NULL, NULL, NULL, list
};
