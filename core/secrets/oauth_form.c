/* What a request says, and the secrets in it. SPDX-License-Identifier: MIT */
#include "secrets/oauth.h"

#include "base/ascii.h"
#include "base/error.h"

#include <latchkey/provider.h>

#include <curl/curl.h>

#include <errno.h>
#include <poll.h>
#include <string.h>

int
lk_form_add(struct lk_buf *form, const char *name, const void *value,
	    size_t len, struct lk_error *err)
{
	static const char hex[] = "0123456789ABCDEF";
	const unsigned char *p = value;
	int r = form->len ? lk_buf_puts(form, "&") : 0;
	size_t i;

	if (r == 0)
		r = lk_buf_printf(form, "%s=", name);
	for (i = 0; i < len && r == 0; i++) {
		char code[3] = { '%', hex[p[i] >> 4], hex[p[i] & 15] };
		bool is_plain = lk_ascii_is_alnum((char)p[i]) ||
				(p[i] && strchr("-._~", p[i]));

		r = is_plain ? lk_buf_add(form, &p[i], 1)
			     : lk_buf_add(form, code, sizeof(code));
	}
	return r < 0 ? lk_fail_memory(err) : 0;
}

int
lk_form_begin(struct lk_buf *form, const struct lk_oauth *o,
	      struct lk_error *err)
{
	lk_buf_init(form, (size_t)16 * LK_OAUTH_ANSWER);
	if (lk_form_add(form, "client_id", o->client_id, strlen(o->client_id),
			err) < 0)
		return -1;
	return o->secret ? lk_form_add(form, "client_secret", o->secret->data,
				       o->secret->len, err) : 0;
}

/* ---- the client's secret ------------------------------------------------- */

/* The source may be a program that takes its time. */
static int
ask(const struct lk_login *login, struct lk_secret *to, struct lk_error *err)
{
	static const struct lk_ask question = {
		.size = sizeof(question),
		.key = LK_P_PASSWORD,
		.prompt = "Secret of the OAuth client",
	};
	int32_t r;

	while ((r = login->secret(login->ctx, &question, to, err)) ==
	       LK_PENDING) {
		struct pollfd p = { .fd = to->fd, .events = POLLIN };

		if (poll(&p, 1, to->timeout_ms) < 0 && errno != EINTR)
			return lk_fail(err, LK_E_INTERNAL, "poll: %s",
				       strerror(errno));
	}
	return r == LK_DONE ? 0 : -1;
}

/* For a source that looks them up, its host is the endpoint's and its user the
 * client; others do without. */
static int
describe(const struct lk_oauth *o, struct lk_account *a, struct lk_error *err)
{
	CURLU *url = curl_url();
	char *host = NULL;

	if (url && !curl_url_set(url, CURLUPART_URL, o->token_endpoint, 0) &&
	    !curl_url_get(url, CURLUPART_HOST, &host, 0))
		(void)lk_account_set(a, "host", host, NULL);
	curl_free(host);
	curl_url_cleanup(url);
	(void)lk_account_set(a, "user", o->client_id, NULL);
	return lk_account_set(a, "password-from", o->secret_from, err);
}

int
lk_oauth_secret(struct lk_oauth *o, struct lk_error *err)
{
	struct lk_account *account = NULL;
	struct lk_login login = { .size = sizeof(login) };
	int r = -1;

	if (!o->secret_from || o->secret)
		return 0;
	o->secret = lk_secret_new();
	if (!o->secret)
		return lk_fail_memory(err);
	if (lk_account_new(&account, err) == 0 &&
	    describe(o, account, err) == 0) {
		lk_account_login(account, &login);
		r = ask(&login, o->secret, err);
	}
	lk_account_free(account);
	return r;
}

static int
know(struct lk_secret **secret, const char *text, struct lk_error *err)
{
	lk_secret_free(*secret);
	*secret = lk_secret_new();
	if (!*secret || lk_secret_add(*secret, text, strlen(text)) < 0)
		return lk_fail_memory(err);
	return 0;
}

int
lk_oauth_grant(struct lk_oauth *o, const char *grant, struct lk_error *err)
{
	return know(&o->grant, grant, err);
}

int
lk_oauth_verifier(struct lk_oauth *o, const char *verifier,
		  struct lk_error *err)
{
	return know(&o->verifier, verifier, err);
}

void
lk_oauth_forget(struct lk_oauth *o)
{
	lk_secret_free(o->secret);
	lk_secret_free(o->grant);
	lk_secret_free(o->verifier);
	o->secret = o->grant = o->verifier = NULL;
}

void
lk_oauth_show(const struct lk_oauth *o, const char *words, char *to,
	      size_t room)
{
	const struct lk_secret *all[] = { o->secret, o->grant, o->verifier };
	struct lk_buf copy;
	size_t len = strlen(words), i;

	to[0] = '\0';
	lk_buf_init(&copy, LK_OAUTH_ANSWER);
	if (lk_buf_add(&copy, words, len) == 0 && len) {
		for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
			if (all[i] && all[i]->len)
				lk_secret_scrub(all[i], (char *)copy.data, len);
		lk_ascii_printable(to, room, copy.data, len);
	}
	lk_buf_wipe(&copy);
}
