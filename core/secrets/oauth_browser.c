/* The flow of native programs (RFC 8252): a person lets us in with a browser,
 * which comes back to this machine with a code (RFC 6749, 4.1) that is good for
 * nobody without the verifier (RFC 7636). SPDX-License-Identifier: MIT */
#include "secrets/oauth.h"

#include "base/base64.h"
#include "base/error.h"

#include <openssl/evp.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define STATE 16                /* octets by chance */
#define VERIFIER 32
#define WORD 64                 /* octets of what they become */
#define URL_MAX 16384

/* One trip of a browser.  Its port is of this trip alone, so that no provider
 * can take the place of another one (RFC 9700, 4.4), whatever `iss` says. */
struct trip {
	struct lk_redirect redirect;
	struct lk_returned got;
	char uri[WORD];             /* where it ends */
	char state[WORD], verifier[WORD], challenge[WORD];
};

/* ---- what is made by chance ---------------------------------------------- */

/* RFC 4648, 5, without padding. */
static int
encode(char word[WORD], const void *data, size_t len, struct lk_error *err)
{
	struct lk_buf text;
	size_t i;
	int r;

	lk_buf_init(&text, WORD - 1);
	r = lk_base64_encode(&text, data, len);
	for (i = 0; i < text.len && text.data[i] != '='; i++)
		word[i] = text.data[i] == '+' ? '-'
			  : text.data[i] == '/' ? '_' : (char)text.data[i];
	word[i] = '\0';
	lk_buf_wipe(&text);
	return r < 0 ? lk_fail_memory(err) : 0;
}

static int
draw(char word[WORD], size_t len, struct lk_error *err)
{
	unsigned char octets[VERIFIER];
	int r = -1;

	if (getrandom(octets, len, 0) == (ssize_t)len)
		r = encode(word, octets, len, err);
	else
		lk_fail(err, LK_E_INTERNAL, "getrandom: %s", strerror(errno));
	explicit_bzero(octets, sizeof(octets));
	return r;
}

static int
prepare(struct trip *t, struct lk_oauth *o, struct lk_error *err)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned len;

	if (draw(t->state, STATE, err) < 0 ||
	    draw(t->verifier, VERIFIER, err) < 0 ||
	    lk_oauth_verifier(o, t->verifier, err) < 0)
		return -1;
	if (!EVP_Digest(t->verifier, strlen(t->verifier), hash, &len,
			EVP_sha256(), NULL))
		return lk_fail(err, LK_E_INTERNAL, "libcrypto has no SHA-256");
	return encode(t->challenge, hash, len, err);
}

/* ---- there --------------------------------------------------------------- */

/* A query that the endpoint has already is continued (RFC 6749, 3.1). */
static int
make_url(const struct trip *t, const struct lk_oauth *o, struct lk_buf *url,
	 struct lk_error *err)
{
	const struct {
		const char *name, *value;
	} all[] = {
		{ "client_id", o->client_id },
		{ "redirect_uri", t->uri },
		{ "scope", o->scope },
		{ "state", t->state },
		{ "code_challenge", t->challenge },
		{ "code_challenge_method", "S256" },
	};
	const char *end = o->authorization_endpoint;
	size_t i;

	lk_buf_init(url, URL_MAX);
	if (lk_buf_printf(url, "%s%cresponse_type=code", end,
			  strchr(end, '?') ? '&' : '?') < 0)
		return lk_fail_memory(err);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].value &&
		    lk_form_add(url, all[i].name, all[i].value,
				strlen(all[i].value), err) < 0)
			return -1;
	return 0;
}

static int
tell(const struct trip *t, const struct lk_oauth *o, struct lk_error *err)
{
	struct lk_buf url;
	int r = make_url(t, o, &url, err);
	const char *text = r == 0 ? lk_buf_text(&url) : NULL;
	unsigned port = t->redirect.port;

	if (text)
		fprintf(stderr, "To let %s log in, open\n\n    %s\n\nin a "
			"browser of this machine within %ld minutes.  If it "
			"is on another one, run\nthere first, where HOST is "
			"this machine:\n\n    "
			"ssh -L %u:127.0.0.1:%u HOST\n\nWaiting...\n",
			o->name, text, (o->within + 59) / 60, port, port);
	else if (r == 0)
		r = lk_fail_memory(err);
	lk_buf_wipe(&url);
	return r;
}

/* ---- and back ------------------------------------------------------------ */

static int
refused(const struct lk_oauth *o, struct lk_returned *got,
	struct lk_error *err)
{
	const char *code = lk_buf_text(&got->error);
	const char *text = lk_buf_text(&got->description);
	struct lk_answer a = { .status = 400 };

	if (code && text)
		a.json = json_pack("{s:s, s:s}", "error", code,
				   "error_description", text);
	if (!a.json)
		return lk_fail(err, LK_E_PROTOCOL, "%s: the browser came back "
			       "with an error that is no text",
			       o->authorization_endpoint);
	lk_answer_fail(o, o->authorization_endpoint, &a, err);
	json_decref(a.json);
	return -1;
}

static int
come_back(struct trip *t, struct lk_oauth *o, struct lk_error *err)
{
	int r = lk_redirect_wait(&t->redirect, o->within, &t->got, err);
	const char *code;

	if (r == 1)
		return lk_grant_late(o, o->within, err);
	if (r < 0)
		return -1;
	if (t->got.error.len)
		return refused(o, &t->got, err);
	code = lk_buf_text(&t->got.code);
	return code ? lk_oauth_grant(o, code, err) : lk_fail_memory(err);
}

/* A code is good for one trade (RFC 6749, 4.1.2). */
static int
trade(struct trip *t, struct lk_oauth *o, json_t *tokens, struct lk_error *err)
{
	const struct {
		const char *name;
		const void *value;
		size_t len;
	} all[] = {
		{ "grant_type", "authorization_code", 18 },
		{ "code", t->got.code.data, t->got.code.len },
		{ "redirect_uri", t->uri, strlen(t->uri) },
		{ "code_verifier", t->verifier, strlen(t->verifier) },
	};
	struct lk_answer answer = { 0 };
	struct lk_buf form;
	int r = lk_form_begin(&form, o, err);
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]) && r == 0; i++)
		r = lk_form_add(&form, all[i].name, all[i].value, all[i].len,
				err);
	if (r == 0)
		r = lk_oauth_post(o, o->token_endpoint, &form, &answer, err);
	if (r == 0)
		r = lk_grant_take(o, &answer, tokens, err);
	lk_buf_wipe(&form);
	json_decref(answer.json);
	return r;
}

int
lk_oauth_browser(struct lk_oauth *o, json_t *tokens, struct lk_error *err)
{
	struct trip t = { 0 };
	int r = lk_redirect_open(&t.redirect, err);

	snprintf(t.uri, sizeof(t.uri), "http://127.0.0.1:%u", t.redirect.port);
	t.redirect.state = t.state;
	if (r == 0)
		r = prepare(&t, o, err);
	if (r == 0)
		r = tell(&t, o, err);
	if (r == 0)
		r = come_back(&t, o, err);
	lk_redirect_close(&t.redirect);
	if (r == 0)
		r = trade(&t, o, tokens, err);
	lk_returned_wipe(&t.got);
	explicit_bzero(&t, sizeof(t));
	return r;
}
