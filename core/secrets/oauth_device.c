/* The device flow (RFC 8628): a person lets us in, elsewhere.
 * SPDX-License-Identifier: MIT */
#include "secrets/oauth.h"

#include "base/ascii.h"
#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define INTERVAL 5L             /* seconds, where the server does not say */
#define INTERVAL_MAX 60L
#define LIFE 900L
#define GRANT "urn:ietf:params:oauth:grant-type:device_code"

static int64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static void
rest(long seconds)
{
	struct timespec t = { seconds, 0 };

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

/* Where to go: Google calls it otherwise. */
static const char *
uri_of(const json_t *json)
{
	const char *uri = lk_json_text(json, "verification_uri");

	return uri ? uri : lk_json_text(json, "verification_url");
}

/* Shown to a person, who opens it: a web page and nothing else. */
static bool
is_page(const char *uri)
{
	return uri && !lk_oauth_url_rule(uri);
}

static int
tell(const struct lk_oauth *o, const json_t *json, long life,
     struct lk_error *err)
{
	const char *whole = lk_json_text(json, "verification_uri_complete");
	char page[512], code[64];

	if (!is_page(uri_of(json)) || !lk_json_text(json, "user_code") ||
	    !lk_json_text(json, "device_code"))
		return lk_fail(err, LK_E_PROTOCOL, "%s: the answer tells no "
			       "code and no page to enter it",
			       o->device_endpoint);
	lk_oauth_show(o, uri_of(json), page, sizeof(page));
	lk_oauth_show(o, lk_json_text(json, "user_code"), code, sizeof(code));
	fprintf(stderr, "To let %s log in, open\n\n    %s\n\nand enter the "
		"code\n\n    %s\n\n", o->name, page, code);
	if (is_page(whole)) {
		lk_oauth_show(o, whole, page, sizeof(page));
		fprintf(stderr, "or open\n\n    %s\n\n", page);
	}
	fprintf(stderr, "within %ld minutes.  Waiting...\n",
		(life + 59) / 60);
	return 0;
}

static int
ask(struct lk_oauth *o, struct lk_answer *a, struct lk_error *err)
{
	struct lk_buf form;
	int r = lk_form_begin(&form, o, err);

	if (r == 0 && o->scope)
		r = lk_form_add(&form, "scope", o->scope, strlen(o->scope),
				err);
	if (r == 0)
		r = lk_oauth_post(o, o->device_endpoint, &form, a, err);
	lk_buf_wipe(&form);
	if (r < 0)
		return -1;
	if (a->status != 200 || !a->json)
		return lk_answer_fail(o, o->device_endpoint, a, err);
	return 0;
}

/* 0: the answer of the endpoint; 1: not yet, and *interval says when again. */
static int
poll_once(const struct lk_oauth *o, const struct lk_buf *form, long *interval,
	  struct lk_answer *a, struct lk_error *err)
{
	if (lk_oauth_post(o, o->token_endpoint, form, a, err) < 0) {
		bool later = err->cls == LK_E_CONNECT ||
			     err->cls == LK_E_TRANSIENT;

		*interval *= 2;
		return later ? 1 : -1;
	}
	if (lk_answer_is(a, "slow_down"))
		*interval += 5;
	else if (lk_answer_is_later(a))
		*interval *= 2;
	else if (!lk_answer_is(a, "authorization_pending"))
		return 0;
	return 1;
}

static int
wait_for(const struct lk_oauth *o, const struct lk_buf *form, long interval,
	 long life, json_t *tokens, struct lk_error *err)
{
	const int64_t until = now() + life;
	struct lk_answer a;
	int r = 1;

	while (r == 1) {
		if (interval > INTERVAL_MAX)
			interval = INTERVAL_MAX;
		if (now() + interval > until)
			return lk_grant_late(o, life, err);
		rest(interval);
		r = poll_once(o, form, &interval, &a, err);
		if (r == 0)
			r = lk_grant_take(o, &a, tokens, err);
		json_decref(a.json);
	}
	return r;
}

int
lk_oauth_device(struct lk_oauth *o, json_t *tokens, struct lk_error *err)
{
	struct lk_answer a = { 0 };
	const char *code;
	struct lk_buf form;
	long interval, life;
	int r = ask(o, &a, err);

	interval = lk_json_seconds(a.json, "interval");
	life = lk_json_seconds(a.json, "expires_in");
	life = life < 0 ? LIFE : life;
	code = lk_json_text(a.json, "device_code");
	lk_buf_init(&form, 0);
	if (r == 0 && code)
		r = lk_oauth_grant(o, code, err);
	if (r == 0)
		r = tell(o, a.json, life, err);
	if (r == 0)
		r = lk_form_begin(&form, o, err);
	if (r == 0)
		r = lk_form_add(&form, "grant_type", GRANT, strlen(GRANT), err);
	if (r == 0)
		r = lk_form_add(&form, "device_code", code, strlen(code), err);
	if (r == 0)
		r = wait_for(o, &form, interval < 0 ? INTERVAL
			     : interval == 0 ? 1 : interval, life, tokens, err);
	lk_buf_wipe(&form);
	json_decref(a.json);
	return r;
}
