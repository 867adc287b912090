/* One login: libsasl2 is given one name, and never chooses.
 * SPDX-License-Identifier: MIT */
#include "login.h"

#include <stdlib.h>
#include <string.h>

#define ROUNDS 8                    /* of prompts in one step */

/* ---- what went wrong ----------------------------------------------------- */

static int32_t
fail(struct login *l, int code)
{
	const char *words;
	int32_t r;

	sasl_enter();
	words = sasl_errdetail(l->conn);
	r = sasl_fail(l->session, code, words, l->mech->gss_acquire
		      ? "klist shows the tickets, kinit gets one" : NULL);
	sasl_leave();
	return r;
}

/* ---- callbacks ----------------------------------------------------------- */

static int
on_log(void *context, int level, const char *text)
{
	struct login *l = context;

	sasl_log(l->session, level, text);
	return SASL_OK;
}

static int
needs(const struct mechanism *m, const char *key)
{
	return strstr(m->note.record.needs, key) != NULL;
}

/* Without a function: ask by a prompt.  The last two only where they are
 * needed, because others would rather be asked than have the password. */
static void
fill_callbacks(struct login *l)
{
	const sasl_callback_t all[] = {
		{ SASL_CB_LOG, PROC(on_log), l },
		{ SASL_CB_GETOPT, PROC(sasl_option), l },
		{ SASL_CB_AUTHNAME, NULL, NULL },
		{ SASL_CB_USER, NULL, NULL },
		{ SASL_CB_PASS, NULL, NULL },
		{ SASL_CB_GETREALM, NULL, NULL },
		{ SASL_CB_ECHOPROMPT, NULL, NULL },
		{ SASL_CB_NOECHOPROMPT, NULL, NULL },
		{ SASL_CB_LIST_END, NULL, NULL },
	};

	_Static_assert(sizeof(all) == sizeof(l->callbacks), "all of them");
	memcpy(l->callbacks, all, sizeof(all));
	if (!needs(l->mech, LK_P_OTP))
		l->callbacks[6] = all[8];
}

/* ---- steps --------------------------------------------------------------- */

static int
call(struct login *l, const char *in, size_t len)
{
	int r;

	l->out = NULL;
	l->len = 0;
	sasl_enter();
	if (l->is_started)
		r = sasl_client_step(l->conn, in, (unsigned)len, &l->prompts,
				     &l->out, &l->len);
	else
		r = sasl_client_start(l->conn, l->mech->name, &l->prompts,
				      &l->out, &l->len, NULL);
	sasl_leave();
	return r;
}

/* None was asked for; whatever gave one would go on in it. */
static int32_t
check_layer(struct login *l)
{
	const void *value = NULL;
	int r;

	sasl_enter();
	r = sasl_getprop(l->conn, SASL_SSF, &value);
	sasl_leave();
	if (r == SASL_OK && value && *(const sasl_ssf_t *)value == 0)
		return LK_DONE;
	return sasl_report(l->session, LK_E_PROTOCOL, 0, "it began a security "
		      "layer, which was not asked for", NULL);
}

/* One step, with the prompts that it takes. */
static int32_t
advance(struct login *l, const char *in, size_t len)
{
	int32_t r;
	int code, i;

	for (i = 0; i < ROUNDS; i++) {
		r = l->prompts ? sasl_answer(l) : LK_DONE;
		if (r != LK_DONE)
			return r;
		code = call(l, in, len);
		if (code != SASL_INTERACT)
			break;
	}
	if (code != SASL_OK && code != SASL_CONTINUE)
		return fail(l, code);
	l->is_started = 1;
	if (code == SASL_CONTINUE)
		return LK_CONTINUE;
	l->is_done = 1;
	return check_layer(l);
}

static int32_t
emit(struct login *l, int32_t r)
{
	int32_t e = LK_DONE;

	if (r >= 0 && r != LK_PENDING && l->out)
		e = l->session->services->emit(l->session, l->out, l->len);
	return e == LK_DONE ? r : e;
}

/* ---- the calls ----------------------------------------------------------- */

static int
set_properties(struct login *l, const char *external)
{
	static const sasl_security_properties_t none = { 0 };
	int r = sasl_setprop(l->conn, SASL_SEC_PROPS, &none);

	if (r == SASL_OK && external)
		r = sasl_setprop(l->conn, SASL_AUTH_EXTERNAL, external);
	return r;
}

static int32_t
open_connection(struct login *l)
{
	const char *service, *host, *name, *cert;
	int32_t r;
	int code;

	if ((r = sasl_get(l, LK_P_SERVICE, NULL, &service)) != LK_DONE ||
	    (r = sasl_get(l, LK_P_HOST, NULL, &host)) != LK_DONE ||
	    (r = sasl_get(l, LK_P_CERT, NULL, &cert)) != LK_DONE ||
	    (r = sasl_get(l, LK_P_AUTHID, NULL, &name)) != LK_DONE)
		return r;
	if (!service || !host || !*host)
		return sasl_report(l->session, LK_E_NOPROP, 0,
			      "no name of the server", "-o host=NAME");
	if (!cert || !*cert)
		name = NULL;
	else if (!name)
		name = "certificate";
	fill_callbacks(l);
	sasl_enter();
	code = sasl_client_new(service, host, NULL, NULL, l->callbacks, 0,
			       &l->conn);
	if (code == SASL_OK)
		code = set_properties(l, name);
	sasl_leave();
	return code == SASL_OK ? LK_DONE : fail(l, code);
}

/* Else the login would be as the user, and nobody would know. */
static int32_t
check_authzid(struct login *l)
{
	const char *as, *name;
	int32_t r;

	if (l->mech->note.record.flags & LK_F_PROXY)
		return LK_DONE;
	if ((r = sasl_get(l, LK_P_AUTHZID, NULL, &as)) != LK_DONE ||
	    (r = sasl_get(l, LK_P_AUTHID, NULL, &name)) != LK_DONE)
		return r;
	if (!as || !*as || (name && strcmp(as, name) == 0))
		return LK_DONE;
	return sasl_report(l->session, LK_E_UNSUPPORTED, 0, "it cannot log in "
			   "as somebody else, and authzid is set", NULL);
}

static int32_t
begin(struct login *l)
{
	int32_t r = advance(l, NULL, 0);

	/* A quick second login with what the server said in the first: it has
	 * no place where the server speaks first, and another process of the
	 * server may not know it. */
	if (l->mech->note.record.flags & LK_F_SERVER_FIRST)
		l->out = NULL;
	return emit(l, r);
}

int32_t
sasl_session_start(void *plugin, const struct lk_mech *mech,
		   struct lk_session *s, const struct lk_server *server,
		   void **state)
{
	struct login *l = calloc(1, sizeof(*l));
	int32_t r;

	(void)plugin;
	(void)server;
	if (!l)
		return LK_E_NOMEM;
	*state = l;
	l->mech = MECHANISM(mech);
	l->session = s;
	r = check_authzid(l);
	if (r == LK_DONE)
		r = open_connection(l);
	if (r == LK_DONE)
		r = begin(l);
	l->session = NULL;
	return r;
}

/* libsasl2's mechanisms look for a NUL where there may be none. */
static int32_t
challenged(struct login *l, const struct lk_event *ev)
{
	char *in = malloc(ev->in.len + 1);
	int32_t r;

	if (!in)
		return LK_E_NOMEM;
	if (ev->in.len)
		memcpy(in, ev->in.data, ev->in.len);
	in[ev->in.len] = '\0';
	r = advance(l, in, ev->in.len);
	free(in);
	return r;
}

/* Is everything said, and proved? */
static int32_t
accepted(struct login *l, const struct lk_event *ev)
{
	int is_mutual = l->mech->note.record.flags & LK_F_MUTUAL;
	int32_t r;

	if (l->is_done)
		return LK_DONE;
	r = ev->in.data ? challenged(l, ev) : LK_CONTINUE;
	if (r < 0 || r == LK_PENDING || (r == LK_DONE && !l->len))
		return r;
	if (is_mutual)
		return sasl_report(l->session, LK_E_MUTUAL, 0, "the server "
				   "accepted the login before it proved itself",
				   NULL);
	return sasl_report(l->session, LK_E_PROTOCOL, 0, "the server accepted "
			   "the login before it had everything", NULL);
}

int32_t
sasl_session_step(void *state, struct lk_session *s, const struct lk_event *ev)
{
	uint32_t kind = ev->kind == LK_EV_RESUME ? ev->interrupted : ev->kind;
	struct login *l = state;
	int32_t r = LK_DONE;

	l->session = s;
	if (kind == LK_EV_CHALLENGE)
		r = emit(l, challenged(l, ev));
	else if (kind == LK_EV_SUCCESS)
		r = accepted(l, ev);
	else if (kind != LK_EV_FAILURE)
		r = begin(l);       /* what waited was the start */
	l->session = NULL;
	return r;
}

void
sasl_session_free(void *state, struct lk_session *s)
{
	struct login *l = state;
	struct text *t;

	l->session = s;
	sasl_enter();
	sasl_dispose(&l->conn);
	sasl_drop(l->prompts);
	sasl_leave();
	while ((t = l->texts)) {
		l->texts = t->next;
		s->services->wipe(t, sizeof(*t) + t->len + 1);
		free(t);
	}
	s->services->wipe(l, sizeof(*l));
	free(l);
}
