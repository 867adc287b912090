/* EXTERNAL (RFC 4422, appendix A): the server knows who we are by our TLS
 * certificate; all that is said is whom to act as.
 * SPDX-License-Identifier: MIT */
#include <latchkey/mech.h>

#include <string.h>

LK_MECH_NOTE(external_note, "external", "EXTERNAL",
	     LK_F_CLIENT_FIRST | LK_F_PROXY | LK_F_NO_SECRET, 50, "", "authzid",
	     "the client's TLS certificate", "0.1.0", "");

static int32_t
fail(struct lk_session *s, int32_t cls, const char *message, const char *advice)
{
	struct lk_report r = { sizeof(r), 0, cls, 0, NULL, message, advice };

	s->services->report(s, &r);
	return cls;
}

static int32_t
get(struct lk_session *s, const char *key, struct lk_bytes *value)
{
	struct lk_ask ask = { sizeof(ask), 0, key, NULL, NULL };

	return s->services->get(s, &ask, value);
}

static int32_t
available(void *plugin, const struct lk_mech *mech, struct lk_session *s,
	  const struct lk_server *server)
{
	struct lk_bytes shown = { NULL, 0 };

	(void)plugin;
	(void)mech;
	(void)server;
	if (get(s, LK_P_CERT, &shown) == LK_DONE && shown.len)
		return LK_DONE;
	return fail(s, LK_E_NOPROP, "no client certificate (cert=, key=)",
		    "-o cert=FILE -o key=FILE: the server must ask for it, too");
}

/* Without authzid the server derives it: an empty response, which is not none. */
static int32_t
start(void *plugin, const struct lk_mech *mech, struct lk_session *s,
      const struct lk_server *server, void **state)
{
	struct lk_bytes authzid = { NULL, 0 };
	int32_t r = get(s, LK_P_AUTHZID, &authzid);

	(void)plugin;
	(void)mech;
	(void)server;
	(void)state;                /* there is nothing to remember */
	if (r == LK_DONE && memchr(authzid.data, '\0', authzid.len))
		return fail(s, LK_E_CONFIG, "authzid contains a NUL, which "
			    "this mechanism cannot carry", NULL);
	if (r == LK_DONE)
		return s->services->emit(s, authzid.data, authzid.len);
	return r == LK_E_NOPROP ? s->services->emit(s, "", 0) : r;
}

/* To a success there is nothing to add.  Whom the certificate is for and who
 * signed it is all that a refusal can be about. */
static int32_t
step(void *state, struct lk_session *s, const struct lk_event *ev)
{
	(void)state;
	if (ev->kind != LK_EV_FAILURE || ev->cls != LK_E_CREDENTIALS)
		return LK_DONE;
	return fail(s, ev->cls, "the server refused the certificate",
		    "-o cert=FILE must be signed by an authority that the "
		    "server trusts, and name a user that it knows; authzid, "
		    "if set, must be that user");
}

static void
nothing_to_free(void *state, struct lk_session *s)
{
	(void)state;
	(void)s;
}

static const struct lk_mech external = {
	.size = sizeof(struct lk_mech),
	.note = &external_note,
	.available = available,
	.start = start,
	.step = step,
	.free = nothing_to_free,
};

static const struct lk_mech *const mechanisms[] = { &external, NULL };

static const struct lk_mech *const *
mechs(void *plugin)
{
	(void)plugin;
	return mechanisms;
}

LK_PLUGIN(external) = {
	.size = sizeof(struct lk_plugin),
	.abi = LK_ABI,
	.threads = LK_PLUGIN_PER_SESSION,
	.name = "external",
	.version = "0.1.0",
	.license = "MIT",
	.mechs = mechs,
};
