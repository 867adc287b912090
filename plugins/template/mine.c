/* X-MINE: the user name in the first message, the password to the challenge.
 * SPDX-License-Identifier: MIT */
#include <latchkey/mech.h>

#include <stdlib.h>

/* All that a host knows before it runs any code. */
LK_MECH_NOTE(mine_note, "mine", "X-MINE", LK_F_CLIENT_FIRST | LK_F_PLAINTEXT,
	     10, "authid password", "", "name, then password", "1.0", "");
LK_PARAM_NOTE(mine_suffix, "mine", "suffix", "string", 0, "", 0, 0,
	      "what the server wants behind the user name");

/* One login.  What was sent is what there is to remember. */
struct mine {
	int name_sent, password_sent;
};

/* Say why, before an error is returned: a sentence, and the way out if any. */
static int32_t
fail(struct lk_session *s, int32_t cls, const char *why, const char *advice)
{
	struct lk_report r = { sizeof(r), 0, cls, 0, NULL, why, advice };

	s->services->report(s, &r);
	return cls;
}

/* Read a property and put it into the response.  LK_PENDING comes back here
 * with LK_EV_RESUME, so nothing may have been emitted before it. */
static int32_t
send_property(struct lk_session *s, const char *key)
{
	struct lk_ask ask = { sizeof(ask), 0, key, NULL, NULL };
	struct lk_bytes value;
	int32_t r = s->services->get(s, &ask, &value);

	return r == LK_DONE ? s->services->emit(s, value.data, value.len) : r;
}

static int32_t
send_name(struct mine *m, struct lk_session *s)
{
	int32_t r = send_property(s, LK_P_AUTHID);

	if (r == LK_DONE)
		r = send_property(s, LK_P_PARAM "suffix");
	if (r != LK_DONE)
		return r;
	m->name_sent = 1;
	return LK_CONTINUE;         /* a challenge may come, or the outcome */
}

static int32_t
send_password(struct mine *m, struct lk_session *s)
{
	int32_t r = send_property(s, LK_P_PASSWORD);

	m->password_sent = r == LK_DONE;
	return r;                   /* LK_DONE: now only the outcome may come */
}

/* Begin: allocate what is remembered; client-first may speak at once. */
static int32_t
start(void *plugin, const struct lk_mech *mech, struct lk_session *s,
      const struct lk_server *server, void **state)
{
	struct mine *m = (struct mine *)calloc(1, sizeof(*m));

	(void)plugin;               /* what init made, of the whole host */
	(void)mech;                 /* the one of ours that it is of */
	(void)server;               /* what is offered: do not trust it */
	if (!m)
		return LK_E_NOMEM;
	*state = m;
	return send_name(m, s);
}

/* Something happened: a challenge, the outcome, or what we waited for. */
static int32_t
step(void *state, struct lk_session *s, const struct lk_event *ev)
{
	struct mine *m = (struct mine *)state;
	uint32_t kind = ev->kind == LK_EV_RESUME ? ev->interrupted : ev->kind;

	if (!m->name_sent)          /* `start` is resumed */
		return send_name(m, s);
	if (kind == LK_EV_CHALLENGE && m->password_sent)
		return fail(s, LK_E_PROTOCOL, "the server asks for more after "
			    "the password", NULL);
	if (kind == LK_EV_CHALLENGE)
		return send_password(m, s);
	/* only LK_DONE makes a success one: has the server what it needs? */
	if (kind == LK_EV_SUCCESS && !m->password_sent)
		return fail(s, LK_E_PROTOCOL, "the server accepted the login "
			    "before it had the password", NULL);
	return LK_DONE;             /* a better class for a failure, if known */
}

/* The end, however it came: wipe, then free. */
static void
wipe_and_free(void *state, struct lk_session *s)
{
	s->services->wipe(state, sizeof(struct mine));
	free(state);
}

static const struct lk_param_note *const params[] = { &mine_suffix, NULL };

/* In the order of mech.h, which C++ insists on. */
static const struct lk_mech mine = {
	sizeof(struct lk_mech), 0, &mine_note, params,
	NULL,                       /* available: has it a ticket, a key? */
	start, step,
	NULL,                       /* cancel: given up without an outcome */
	wipe_and_free
};

static const struct lk_mech *const all[] = { &mine, NULL };

static const struct lk_mech *const *
mechs(void *plugin)
{
	(void)plugin;
	return all;
}

/* The one symbol that is exported. */
LK_PLUGIN(mine) = {
	sizeof(struct lk_plugin), 0, LK_ABI, LK_PLUGIN_PER_SESSION,
	"mine", "1.0", "MIT", NULL,
	NULL, NULL,                 /* init, deinit: once per host */
	mechs
};
