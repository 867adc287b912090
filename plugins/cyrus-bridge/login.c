/* What comes before a login's first message: who, how, with which secret.
 * SPDX-License-Identifier: MIT */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_MOST 65536           /* as lk_secret_add() */
#define NOBODY "anonymous"          /* to libsasl2, which wants some name */

/* ---- errors -------------------------------------------------------------- */

static const struct {
	int32_t cls;
	int code;
} codes[] = {
	{ LK_E_NOMEM, SASL_NOMEM },        { LK_E_CREDENTIALS, SASL_BADAUTH },
	{ LK_E_EXPIRED, SASL_EXPIRED },    { LK_E_TOO_WEAK, SASL_TOOWEAK },
	{ LK_E_ENCRYPTION, SASL_ENCRYPT }, { LK_E_MUTUAL, SASL_BADSERV },
	{ LK_E_PROTOCOL, SASL_BADPROT },   { LK_E_TRANSIENT, SASL_TRYAGAIN },
};

/* What a command line would say, in the words of bridge.conf. */
static void
translate(struct lk_error *err, const char *host)
{
	static const char option[] = "-o auth=", cert[] = "-o cert=";
	char advice[sizeof(err->advice)];
	const char *at = strstr(err->advice, option), *id;

	if (strstr(err->advice, cert))
		snprintf(err->advice, sizeof(err->advice), "the certificate is "
			 "shown by the program's own TLS, and the program has "
			 "to tell libsasl2 so (SASL_AUTH_EXTERNAL)");
	if (!at)
		return;
	id = at + sizeof(option) - 1;
	memcpy(advice, err->advice, sizeof(advice));
	advice[at - err->advice] = '\0';
	if (snprintf(err->advice, sizeof(err->advice), "%sin bridge.conf: "
		     "[host %.200s] auth = %s", advice, host,
		     advice + (id - err->advice)) < 0)
		err->advice[0] = '\0';
}

/* Of several lines the one of this id: there was nothing else to try. */
static void
shorten(struct lk_error *err, const char *id, const char *host)
{
	char start[40], line[512];
	const char *at;

	snprintf(start, sizeof(start), "\n%s: ", id);
	at = strstr(err->sentence, start);
	if (!at)
		return;
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(at + 1, "\n"),
		 at + 1);
	snprintf(err->sentence, sizeof(err->sentence), "%.200s: %s", host,
		 line);
}

int
bridge_session_fail(const struct session *s, const sasl_client_params_t *params,
		    const struct lk_error *why)
{
	const char *host = params->serverFQDN ? params->serverFQDN : "?";
	const sasl_utils_t *utils = params->utils;
	struct lk_error err = *why;
	char line[LINE];
	size_t i;

	if (s->choice.id)
		shorten(&err, s->choice.id->id, host);
	translate(&err, host);
	bridge_tell(utils, SASL_LOG_ERR, &err);
	/* some programs have no log to read, and show this */
	bridge_line(line, sizeof(line), err.sentence, err.advice);
	utils->seterror(utils->conn, SASL_NOLOG, "%s", line);
	for (i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (codes[i].cls == err.cls)
			return codes[i].code;
	return SASL_FAIL;
}

/* ---- secrets ------------------------------------------------------------- */

static int
has_token(const struct choice *c)
{
	return c->account && lk_account_get(c->account, "token-from");
}

/* One whose token was read before is there for all logins. */
static void
hold(struct session *s)
{
	if (s->choice.kept)
		pthread_mutex_lock(&s->offer->bridge->kept_lock);
}

static void
release(struct session *s)
{
	if (s->choice.kept)
		pthread_mutex_unlock(&s->offer->bridge->kept_lock);
}

/* Has the program to say it? */
static int
needs_secret(const struct choice *c)
{
	const char *needs = c->id->needs;

	return strstr(needs, LK_P_PASSWORD) || strstr(needs, LK_P_OTP) ||
	       (strstr(needs, LK_P_TOKEN) && !has_token(c));
}

static int32_t
give_secret(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
	    struct lk_error *err)
{
	struct session *s = ctx;
	const struct answer *a = &s->answers[SECRET];
	int32_t r;

	if (strcmp(ask->key, LK_P_TOKEN) == 0 && has_token(&s->choice)) {
		hold(s);
		r = s->account_login.secret(s->account_login.ctx, ask, to,
					    err);
		release(s);
		return r;
	}
	if (!a->data) {
		bridge_fail(err, LK_E_NOPROP, "the program gave no %s",
			    ask->key);
		return LK_E_NOPROP;
	}
	if (a->len > SECRET_MOST) {
		bridge_fail(err, LK_E_CONFIG, "the %s that the program gave is "
			    "longer than %d octets", ask->key, SECRET_MOST);
		return LK_E_CONFIG;
	}
	return lk_secret_add(to, a->data, a->len) < 0 ? LK_E_NOMEM : LK_DONE;
}

/* ---- before the first message -------------------------------------------- */

static int32_t
kind_of(const struct lk_reply *reply)
{
	return reply->code;
}

/* "ip;port", if the program tells; else it may be in an account. */
static uint32_t
port_of(const struct choice *c, const sasl_client_params_t *params)
{
	const char *at = params->ipremoteport, *host;

	at = at ? strchr(at, ';') : NULL;
	if (at)
		return (uint32_t)strtoul(at + 1, NULL, 10) & 0xffff;
	host = c->account ? lk_account_get(c->account, "host") : NULL;
	return host && bridge_equal(host, params->serverFQDN)
		? lk_account_number(c->account, "port") : 0;
}

static void
fill_login(struct session *s, const sasl_client_params_t *params,
	   const sasl_out_params_t *names, struct lk_login *login)
{
	struct choice *c = &s->choice;

	memset(login, 0, sizeof(*login));
	login->size = s->account_login.size = sizeof(*login);
	if (c->account) {
		lk_account_login(c->account, login);
		hold(s);
		lk_account_login(c->kept ? c->kept : c->account,
				 &s->account_login);
		release(s);
	}
	/* libsasl2's flag `noplaintext` is the program's word on that */
	login->flags = LK_LOGIN_UNGUARDED | LK_LOGIN_INSECURE_PLAINTEXT;
	login->host = params->serverFQDN;
	login->port = port_of(c, params);
	login->user = s->answers[AUTHID].data ? names->authid : NULL;
	login->authzid = s->answers[AUTHZID].data ? names->user : NULL;
	login->auth = c->id->id;
	login->secrets = LK_P_PASSWORD " " LK_P_OTP " " LK_P_TOKEN;
	login->secret = give_secret;
	login->ctx = s;
}

/* Programs do not tell of TLS, but for those that say how strong it is. */
static int
is_trusted(const struct session *s, const sasl_client_params_t *params)
{
	return s->offer->bridge->conf.is_trusted || params->external_ssf > 1 ||
	       (s->choice.place && s->choice.place->is_trusted);
}

/* Its TLS has shown the server who it is; it would not say so else. */
static int
has_shown(const sasl_client_params_t *params)
{
	const sasl_utils_t *utils = params->utils;
	const void *who = NULL;

	return utils->getprop(utils->conn, SASL_AUTH_EXTERNAL, &who) ==
	       SASL_OK && who;
}

/* What the program has set, and only that. */
static int32_t
give_binding(void *ctx, const char *type, struct lk_bytes *out)
{
	const sasl_channel_binding_t *binding = ctx;

	if (strcmp(binding->name, type) != 0)
		return LK_E_NOPROP;
	out->data = binding->data;
	out->len = binding->len;
	return LK_DONE;
}

static int
begin(struct session *s, const sasl_client_params_t *params,
      const sasl_out_params_t *names, struct lk_error *err)
{
	struct lk_profile profile = {
		.size = sizeof(profile),
		.flags = LK_PROFILE_IR | LK_PROFILE_BYTES,
		.service = params->service, .kind = kind_of,
	};
	struct lk_facts facts = { .size = sizeof(facts) };
	struct lk_login login;

	fill_login(s, params, names, &login);
	/* the others would tell the server that it has no such form, and what
	 * it has is not known here */
	if (params->cbinding && (s->choice.id->flags & LK_F_CHANNEL_BINDING)) {
		facts.flags = LK_FACT_ENCRYPTED;
		facts.channel_binding = give_binding;
		facts.ctx = (void *)(uintptr_t)params->cbinding;
	}
	if (is_trusted(s, params)) {
		facts.flags = LK_FACT_ENCRYPTED | LK_FACT_VERIFIED;
		facts.peer_name = params->serverFQDN;
	} else if (s->choice.id->flags & LK_F_NEEDS_TLS) {
		bridge_fail(err, LK_E_ENCRYPTION, "%s is for TLS alone, and "
			    "this program does not tell whether there is any",
			    s->choice.id->id);
		snprintf(err->advice, sizeof(err->advice), "if it takes care "
			 "of TLS, in bridge.conf: [host %.200s] tls = trusted",
			 params->serverFQDN);
		return -1;
	}
	if (has_shown(params))
		facts.flags |= LK_FACT_ENCRYPTED | LK_FACT_CLIENT_CERT;
	if (lk_auth_new(&s->auth, s->offer->bridge->host, &login, &profile,
			err) < 0)
		return -1;
	lk_auth_begin(s->auth, &facts, s->choice.id->wire);
	return 0;
}

/* libsasl2 wants to know of both names. */
static int
set_names(struct session *s, const sasl_client_params_t *params,
	  sasl_out_params_t *names)
{
	struct answer *authid = &s->answers[AUTHID], *as = &s->answers[AUTHZID];
	sasl_conn_t *conn = params->utils->conn;
	int r;

	if (as->data && authid->data && strcmp(as->data, authid->data) == 0) {
		free(as->data);
		as->data = NULL;
	}
	r = params->canon_user(conn, authid->data ? authid->data : NOBODY, 0,
			       SASL_CU_AUTHID |
			       (as->data ? 0 : SASL_CU_AUTHZID), names);
	if (r == SASL_OK && as->data)
		r = params->canon_user(conn, as->data, 0, SASL_CU_AUTHZID,
				       names);
	return r;
}

/* Else the login would be as the user, and nobody would know. */
static int
check_names(struct session *s, struct lk_error *err)
{
	struct choice *c = &s->choice;
	struct answer *authid = &s->answers[AUTHID], *as = &s->answers[AUTHZID];
	const char *user = c->account ? lk_account_get(c->account, "user")
				      : NULL;

	if (!authid->data && user) {
		authid->data = strdup(user);
		authid->len = strlen(user);
	}
	if (!authid->data && strstr(c->id->needs, LK_P_AUTHID))
		return bridge_fail(err, LK_E_NOPROP, "the program does not say "
				   "who logs in");
	if (as->data && !(c->id->flags & LK_F_PROXY) &&
	    !(authid->data && strcmp(authid->data, as->data) == 0))
		return bridge_fail(err, LK_E_UNSUPPORTED, "%s cannot log in as "
				   "somebody else", c->id->id);
	return 0;
}

int
bridge_session_prepare(struct session *s, sasl_client_params_t *params,
		       sasl_interact_t **prompts, sasl_out_params_t *names)
{
	const struct offer *o = s->offer;
	struct lk_error err;
	int r;

	if (o->plus && params->cbindingdisp == SASL_CB_DISP_USED)
		o = o->plus;

	r = bridge_ask(params->utils, SECRET, s->answers, prompts);
	if (r != SASL_OK)
		return r;
	memset(&err, 0, sizeof(err));
	if (!s->choice.id &&
	    (bridge_choose(o, params->service, params->serverFQDN,
			   s->answers[AUTHID].data, &s->choice, &err) < 0 ||
	     check_names(s, &err) < 0))
		return bridge_session_fail(s, params, &err);
	if (needs_secret(&s->choice))
		r = bridge_ask(params->utils, WHATS, s->answers, prompts);
	if (r == SASL_OK)
		r = set_names(s, params, names);
	if (r != SASL_OK || begin(s, params, names, &err) == 0)
		return r;
	r = bridge_session_fail(s, params, &err);
	/* nobody asked for it, and some programs have another way */
	return o->is_token && !o->named && err.cls == LK_E_ENCRYPTION
		? SASL_NOMECH : r;
}
