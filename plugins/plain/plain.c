/* PLAIN (RFC 4616): [authzid] NUL authcid NUL passwd, in one message.
 * SPDX-License-Identifier: MIT */
#include <latchkey/mech.h>

#include <stdlib.h>
#include <string.h>

LK_MECH_NOTE(plain_note, "plain", "PLAIN",
	     LK_F_CLIENT_FIRST | LK_F_PLAINTEXT | LK_F_PROXY, 20,
	     "authid password", "authzid", "user name and password in one "
	     "message", "0.1.0", "");

struct plain {
	int is_sent;
};

static int32_t
fail(struct lk_session *s, int32_t cls, const char *message)
{
	struct lk_report r = { sizeof(r), 0, cls, 0, NULL, message, NULL };

	s->services->report(s, &r);
	return cls;
}

/* NUL separates, so that no value can hold one. */
static int32_t
read_value(struct lk_session *s, const char *key, struct lk_bytes *value,
	   const char *complaint)
{
	struct lk_ask ask = { sizeof(ask), 0, key, NULL, NULL };
	int32_t r = s->services->get(s, &ask, value);

	if (r == LK_DONE && memchr(value->data, '\0', value->len))
		return fail(s, LK_E_CONFIG, complaint);
	return r;
}

static int32_t
send_message(struct plain *p, struct lk_session *s)
{
	struct lk_bytes authzid, authid, password;
	int32_t r;

	r = read_value(s, LK_P_AUTHZID, &authzid, "authzid contains a NUL, "
		       "which this mechanism cannot carry");
	if (r != LK_DONE && r != LK_E_NOPROP)
		return r;
	r = read_value(s, LK_P_AUTHID, &authid, "the user name contains a NUL, "
		       "which this mechanism cannot carry");
	if (r == LK_DONE)
		r = read_value(s, LK_P_PASSWORD, &password, "the password "
			       "contains a NUL, which this mechanism cannot "
			       "carry");
	if (r == LK_DONE)
		r = s->services->emit(s, authzid.data, authzid.len);
	if (r == LK_DONE)
		r = s->services->emit(s, "", 1);
	if (r == LK_DONE)
		r = s->services->emit(s, authid.data, authid.len);
	if (r == LK_DONE)
		r = s->services->emit(s, "", 1);
	if (r == LK_DONE)
		r = s->services->emit(s, password.data, password.len);
	p->is_sent = r == LK_DONE;
	return r;
}

static int32_t
start(void *plugin, const struct lk_mech *mech, struct lk_session *s,
      const struct lk_server *server, void **state)
{
	struct plain *p = calloc(1, sizeof(*p));

	(void)plugin;
	(void)mech;
	(void)server;
	if (!p)
		return LK_E_NOMEM;
	*state = p;
	return send_message(p, s);
}

static int32_t
step(void *state, struct lk_session *s, const struct lk_event *ev)
{
	struct plain *p = state;
	uint32_t kind = ev->kind == LK_EV_RESUME ? ev->interrupted : ev->kind;

	if (!p->is_sent)
		return send_message(p, s);
	if (kind == LK_EV_CHALLENGE)
		return fail(s, LK_E_PROTOCOL, "the server asks for more after "
			    "the password");
	return LK_DONE;
}

static void
wipe_and_free(void *state, struct lk_session *s)
{
	s->services->wipe(state, sizeof(struct plain));
	free(state);
}

static const struct lk_mech plain = {
	.size = sizeof(struct lk_mech),
	.note = &plain_note,
	.start = start,
	.step = step,
	.free = wipe_and_free,
};

static const struct lk_mech *const mechanisms[] = { &plain, NULL };

static const struct lk_mech *const *
mechs(void *plugin)
{
	(void)plugin;
	return mechanisms;
}

LK_PLUGIN(plain) = {
	.size = sizeof(struct lk_plugin),
	.abi = LK_ABI,
	.threads = LK_PLUGIN_PER_SESSION,
	.name = "plain",
	.version = "0.1.0",
	.license = "MIT",
	.mechs = mechs,
};
