/* What a token endpoint grants, and why it does not.
 * SPDX-License-Identifier: MIT */
#include "secrets/oauth.h"

#include "base/ascii.h"
#include "base/error.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define LIFE 3600L              /* seconds, where the server does not say */
#define LIFE_MAX (366L * 86400)

const char *
lk_json_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

long
lk_json_seconds(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	const char *text = json_string_value(value);
	json_int_t n = json_integer_value(value);

	if (text)
		return lk_ascii_number(text, strlen(text), LIFE_MAX);
	if (json_is_real(value) && json_real_value(value) >= 0 &&
	    json_real_value(value) <= LIFE_MAX)
		return (long)json_real_value(value);
	if (!json_is_integer(value) || n < 0)
		return -1;
	return n > LIFE_MAX ? LIFE_MAX : (long)n;
}

/* ---- refused ------------------------------------------------------------- */

/* Without an advice of its own: to be authorized again. */
static const struct {
	const char *code;
	int32_t cls;
	const char *what, *advice;
} refusals[] = {
	{ "invalid_grant", LK_E_CREDENTIALS, "what was granted is not valid "
	  "any more", NULL },
	{ "access_denied", LK_E_CREDENTIALS, "access was denied", NULL },
	{ "expired_token", LK_E_CREDENTIALS, "nobody let it in in time",
	  NULL },
	{ "invalid_client", LK_E_CONFIG, "the client was refused",
	  "check oauth-client-id and oauth-client-secret-from" },
	{ "unauthorized_client", LK_E_CONFIG, "the client may not do this",
	  "check oauth-client-id, and what its registration allows" },
	{ "unsupported_grant_type", LK_E_CONFIG, "it does not grant this way",
	  "check oauth-token-endpoint, and what the client's registration "
	  "allows" },
	{ "unsupported_response_type", LK_E_CONFIG, "it gives no codes",
	  "check oauth-authorization-endpoint, and what the client's "
	  "registration allows" },
	{ "invalid_scope", LK_E_CONFIG, "the scope was refused",
	  "check oauth-scope" },
	{ "invalid_request", LK_E_CONFIG, "the request was refused",
	  "check oauth-client-id and oauth-client-secret-from" },
	{ "temporarily_unavailable", LK_E_TRANSIENT, "not now",
	  "try again later" },
	{ "server_error", LK_E_TRANSIENT, "its own error", "try again later" },
	{ "slow_down", LK_E_TRANSIENT, "too many requests",
	  "try again later" },
};
#define REFUSALS (sizeof(refusals) / sizeof(refusals[0]))

bool
lk_answer_is(const struct lk_answer *a, const char *code)
{
	const char *said = lk_json_text(a->json, "error");

	return a->status >= 400 && said && strcmp(said, code) == 0;
}

bool
lk_answer_is_later(const struct lk_answer *a)
{
	return a->status == 429 || a->status >= 500;
}

int
lk_grant_late(const struct lk_oauth *o, long seconds, struct lk_error *err)
{
	lk_fail(err, LK_E_CREDENTIALS, "nobody let %s in within %ld seconds",
		o->name, seconds);
	lk_advise(err, "latchkey accounts authorize %s", o->name);
	return -1;
}

/* An endpoint that says in no known word why not. */
static int
fail_by_status(const char *url, long status, const char *words,
	       struct lk_error *err)
{
	int32_t cls = LK_E_REFUSED;
	const char *what = "", *advice = NULL;

	if (status == 400 && *words)
		return lk_fail(err, cls, "%s: it refuses%s", url, words);
	if (status >= 500 || status == 429) {
		cls = LK_E_TRANSIENT;
	} else if (status >= 300 && status < 400) {
		cls = LK_E_CONFIG;
		what = ", a redirect, which is not followed";
		advice = "the endpoint is where it leads to";
	} else if (status == 404 || status == 405) {
		cls = LK_E_CONFIG;
		what = ": this is no endpoint";
		advice = "check oauth-token-endpoint and oauth-device-endpoint";
	} else if (status < 300) {
		cls = LK_E_PROTOCOL;
		what = " and no JSON object";
	}
	lk_fail(err, cls, "%s: the answer is %ld%s%s", url, status, what,
		words);
	if (advice)
		lk_advise(err, "%s", advice);
	return -1;
}

int
lk_answer_fail(const struct lk_oauth *o, const char *url,
	       const struct lk_answer *a, struct lk_error *err)
{
	const char *error = lk_json_text(a->json, "error");
	const char *text = lk_json_text(a->json, "error_description");
	char code[64], description[256], words[sizeof(code) +
					       sizeof(description) + 8];
	size_t i;

	lk_oauth_show(o, error ? error : "", code, sizeof(code));
	lk_oauth_show(o, text ? text : "", description, sizeof(description));
	snprintf(words, sizeof(words), "%s%s%s%s%s", *code ? " (" : "", code,
		 *description ? ": " : "", *code ? description : "",
		 *code ? ")" : "");
	for (i = 0; i < REFUSALS && !lk_answer_is_later(a); i++) {
		if (!lk_answer_is(a, refusals[i].code))
			continue;
		lk_fail(err, refusals[i].cls, "%s: %s%s", url,
			refusals[i].what, words);
		if (refusals[i].advice)
			lk_advise(err, "%s", refusals[i].advice);
		else
			lk_advise(err, "latchkey accounts authorize %s",
				  o->name);
		return -1;
	}
	return fail_by_status(url, a->status, words, err);
}

/* ---- granted ------------------------------------------------------------- */

/* A token stands in a header and on a line of its own (RFC 6749, A.12). */
static bool
is_token(const char *text)
{
	const char *p = text;

	while (p && *p > 0x20 && *p < 0x7f)
		p++;
	return p && p > text && !*p;
}

static int
keep(json_t *tokens, const json_t *granted, struct lk_error *err)
{
	json_t *refresh = json_object_get(granted, "refresh_token");
	long life = lk_json_seconds(granted, "expires_in");
	int64_t now = (int64_t)time(NULL);
	int r = json_object_set(tokens, "access_token",
				json_object_get(granted, "access_token"));

	if (r == 0)
		r = json_object_set_new(tokens, "obtained_at",
					json_integer(now));
	if (r == 0)
		r = json_object_set_new(tokens, "expires_at",
					json_integer(now +
						     (life < 0 ? LIFE : life)));
	if (r == 0 && refresh)
		r = json_object_set(tokens, "refresh_token", refresh);
	return r < 0 ? lk_fail_memory(err) : 0;
}

int
lk_grant_take(const struct lk_oauth *o, const struct lk_answer *a,
	      json_t *tokens, struct lk_error *err)
{
	const char *url = o->token_endpoint;
	const char *type = lk_json_text(a->json, "token_type");
	json_t *refresh = json_object_get(a->json, "refresh_token");

	if (a->status != 200 || !a->json)
		return lk_answer_fail(o, url, a, err);
	if (json_object_get(a->json, "error")) {
		/* some say so with 200 */
		struct lk_answer refused = { 400, a->json };

		return lk_answer_fail(o, url, &refused, err);
	}
	if (!is_token(lk_json_text(a->json, "access_token")))
		return lk_fail(err, LK_E_PROTOCOL, "%s: the answer holds no "
			       "access token", url);
	if (type && !lk_ascii_equal(type, "bearer"))
		return lk_fail(err, LK_E_PROTOCOL, "%s: the access token is no "
			       "bearer token", url);
	if (refresh && !is_token(json_string_value(refresh)))
		return lk_fail(err, LK_E_PROTOCOL, "%s: the refresh token is "
			       "none", url);
	return keep(tokens, a->json, err);
}

/* Without a scope it is the one that was granted (RFC 6749, 6). */
int
lk_grant_refresh(struct lk_oauth *o, json_t *tokens, struct lk_error *err)
{
	const char *old = lk_json_text(tokens, "refresh_token");
	struct lk_answer answer = { 0 };
	struct lk_buf form;
	int r = -1;

	if (!old) {
		lk_fail(err, LK_E_CREDENTIALS, "the access token has ended, "
			"and %s gave no refresh token", o->token_endpoint);
		lk_advise(err, "latchkey accounts authorize %s, with a scope "
			  "that allows one, like offline_access, or "
			  "access_type=offline at its authorization endpoint",
			  o->name);
		return -1;
	}
	if (lk_oauth_grant(o, old, err) < 0)
		return -1;
	if (lk_form_begin(&form, o, err) == 0 &&
	    lk_form_add(&form, "grant_type", "refresh_token", 13, err) == 0 &&
	    lk_form_add(&form, "refresh_token", old, strlen(old), err) == 0 &&
	    lk_oauth_post(o, o->token_endpoint, &form, &answer, err) == 0)
		r = lk_grant_take(o, &answer, tokens, err);
	lk_buf_wipe(&form);
	json_decref(answer.json);
	return r;
}
