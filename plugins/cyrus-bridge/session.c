/* One login: what libsasl2 calls, said to an lk_auth that knows one id.
 * SPDX-License-Identifier: MIT */
#include "session.h"

#include <stdlib.h>
#include <string.h>

#define DEADLINE_MS 60000           /* a step of libsasl2 cannot wait: we do */

/* ---- steps ---------------------------------------------------------------- */

static void
wipe_out(struct session *s)
{
	if (s->out)
		explicit_bzero(s->out, s->out_len);
	free(s->out);
	s->out = NULL;
	s->out_len = 0;
}

/* None and empty differ: an empty one is an allocated "". */
static int
take_out(struct session *s, const struct lk_auth_want *want)
{
	wipe_out(s);
	if (!want->line.data)
		return SASL_OK;
	s->out = malloc(want->line.len + 1);
	if (!s->out)
		return SASL_NOMEM;
	memcpy(s->out, want->line.data, want->line.len);
	s->out[want->line.len] = '\0';
	s->out_len = want->line.len;
	s->has_spoken = 1;
	return SASL_OK;
}

static void
say(struct session *s, int32_t code, const char *in, unsigned len)
{
	struct lk_reply reply = { .size = sizeof(reply), .code = code,
				  .enhanced = "" };

	reply.text.data = (const unsigned char *)"";
	reply.raw.data = (const unsigned char *)in;
	reply.raw.len = in ? len : 0;
	lk_auth_reply(s->auth, &reply);
}

/* What the mechanism wants goes to libsasl2, if anything.  Of a success libsasl2
 * never hears from most programs: who has said all is done, as far as it can
 * be told here. */
static int
advance(struct session *s, sasl_client_params_t *params,
	sasl_out_params_t *names, struct lk_auth_want *want)
{
	struct lk_error err;
	int r = SASL_OK;

	lk_auth_await(s->auth, DEADLINE_MS, want, NULL);
	if (want->kind == LK_AUTH_SEND) {
		r = take_out(s, want);
		lk_auth_sent(s->auth);
		lk_auth_await(s->auth, DEADLINE_MS, want, NULL);
	}
	if (r == SASL_OK && want->kind == LK_AUTH_READ &&
	    (want->flags & LK_AUTH_LAST)) {
		say(s, LK_REPLY_SUCCESS, NULL, 0);
		lk_auth_await(s->auth, DEADLINE_MS, want, NULL);
	}
	if (r != SASL_OK || want->kind == LK_AUTH_READ)
		return r == SASL_OK ? SASL_CONTINUE : r;
	if (want->kind != LK_AUTH_DONE) {
		err = *lk_auth_error(s->auth);
		if (!err.cls)
			bridge_fail(&err, LK_E_PROTOCOL, "%s failed, and "
				    "nothing else is tried here",
				    s->choice.id->id);
		wipe_out(s);
		return bridge_session_fail(s, params, &err);
	}
	names->doneflag = 1;
	names->mech_ssf = 0;
	names->maxoutbuf = 0;
	names->encode_context = names->decode_context = NULL;
	names->encode = NULL;
	names->decode = NULL;
	names->param_version = 0;
	return SASL_OK;
}

/* Nothing at all: the server says that it is done.  But before something of ours
 * went out, it is an empty challenge of a program that sees no difference. */
static int
answer(struct session *s, sasl_client_params_t *params, const char *in,
       unsigned len, sasl_out_params_t *names)
{
	struct lk_auth_want want = { .size = sizeof(want) };

	wipe_out(s);
	if (!in && len == 0 && s->has_spoken)
		say(s, LK_REPLY_SUCCESS, NULL, 0);
	else
		say(s, LK_REPLY_CHALLENGE, in ? in : "", in ? len : 0);
	return advance(s, params, names, &want);
}

/* A first step with something of the server's in it: the program sent the name
 * of the mechanism alone. */
static int
start(struct session *s, sasl_client_params_t *params, const char *in,
      unsigned len, sasl_out_params_t *names)
{
	int is_alone = in || s->offer->is_server_first;
	struct lk_auth_want want = { .size = sizeof(want) };
	struct lk_error err;
	int r;

	s->is_ready = 1;
	if (is_alone && (s->choice.id->flags & LK_F_IR_ONLY)) {
		bridge_fail(&err, LK_E_UNSUPPORTED, "%s is never sent without "
			    "an initial response, and the program sent none",
			    s->choice.id->id);
		return bridge_session_fail(s, params, &err);
	}
	r = advance(s, params, names, &want);
	if (r == SASL_CONTINUE && is_alone && !s->out)
		r = answer(s, params, in ? in : "", len, names);
	return r;
}

int
bridge_session_step(void *session, sasl_client_params_t *params,
		    const char *in, unsigned in_len, sasl_interact_t **prompts,
		    const char **out, unsigned *out_len,
		    sasl_out_params_t *names)
{
	struct session *s = session;
	int r = SASL_OK;

	*out = NULL;
	*out_len = 0;
	if (!s->auth)
		r = bridge_session_prepare(s, params, prompts, names);
	if (r != SASL_OK)
		return r;
	r = s->is_ready ? answer(s, params, in, in_len, names)
			: start(s, params, in, in_len, names);
	if (r == SASL_OK || r == SASL_CONTINUE) {
		*out = s->out;
		*out_len = (unsigned)s->out_len;
	}
	return r;
}

/* ---- life ----------------------------------------------------------------- */

int
bridge_session_new(void *offer, sasl_client_params_t *params, void **session)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s)
		return SASL_NOMEM;
	(void)params;
	s->offer = offer;
	*session = s;
	return SASL_OK;
}

void
bridge_session_free(void *session, const sasl_utils_t *utils)
{
	struct session *s = session;

	(void)utils;
	if (!s)
		return;
	lk_auth_free(s->auth);
	lk_account_free(s->choice.account);
	bridge_answers_wipe(s->answers);
	wipe_out(s);
	free(s);
}
