/* Asking the secret sources of an account. SPDX-License-Identifier: MIT */
#include "conf/account.h"

#include "base/ascii.h"
#include "base/error.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define PROMPT_MAX 768

const struct lk_secret_key lk_secret_keys[LK_SECRETS] = {
	{ LK_P_PASSWORD, "Password", LK_KEY_PASSWORD_FROM },
	{ LK_P_TOKEN, "Token", LK_KEY_TOKEN_FROM },
};
_Static_assert(LK_SECRETS < LK_SOURCE_HIDDEN, "all can be hidden");

/* sources: what to say instead, or NULL: there is nothing else. */
static int32_t
ask_person(struct lk_account *a, const char *word, const char *sources,
	   const struct lk_ask *ask, struct lk_secret *to, struct lk_error *err)
{
	const char *user = lk_account_get(a, "user");
	const char *host = lk_account_get(a, "host");
	char text[PROMPT_MAX], shown[PROMPT_MAX];
	int32_t r;

	if (ask->flags & LK_ASK_NOPROMPT)
		return LK_E_NOPROP;
	/* the words may be a server's: they leave room for who asks */
	snprintf(text, sizeof(text), "%s%s%.200s%s%.100s%s%.150s at %.150s: ",
		 ask->flags & LK_ASK_RENEW ? "It was refused. " : "",
		 ask->context ? "The server says \"" : "",
		 ask->context ? ask->context : "", ask->context ? "\". " : "",
		 ask->prompt ? ask->prompt : word, user ? " for " : "",
		 user ? user : "", host ? host : "?");
	lk_ascii_printable(shown, sizeof(shown), text, strlen(text));
	r = a->prompt(a->prompt_ctx, shown, to);
	if (r == LK_E_NOPROP) {
		lk_fail(err, r, "there is no terminal to ask at");
		if (sources)
			lk_advise(err, "%s=file:PATH, cmd:PROGRAM, env:NAME "
				  "or fd:N", sources);
	} else if (r == LK_E_CANCELLED) {
		lk_fail(err, r, "no secret was typed");
	} else if (r < 0) {
		lk_fail(err, r, "asking for the secret: %s",
			lk_error_class(r));
	}
	return r;
}

/* A program that gives one secret need not see the others. */
static void
hide_others(struct lk_account *a, struct lk_source *s, bool is_oauth)
{
	const char *client = a->values.key[LK_KEY_CLIENT_SECRET];
	size_t i;

	s->hidden[LK_SECRETS] = client && !is_oauth ? lk_source_variable(client)
						 : NULL;
	for (i = 0; i < LK_SECRETS; i++) {
		const char *spec = a->values.key[lk_secret_keys[i].key];

		s->hidden[i] = spec ? lk_source_variable(spec) : NULL;
	}
}

/* One that is cut is longer than any that oauth takes. */
const char *
lk_account_tokens(struct lk_account *a)
{
	const char *user = lk_account_get(a, "user");
	const char *host = lk_account_get(a, "host");

	if (a->name)
		lk_ascii_copy(a->tokens, sizeof(a->tokens), a->name);
	else
		snprintf(a->tokens, sizeof(a->tokens), "%s@%s",
			 user ? user : "", host ? host : "");
	return a->tokens;
}

static struct lk_whose
whose(struct lk_account *a)
{
	struct lk_whose w = {
		.service = a->service,
		.name = lk_account_tokens(a),
		.host = lk_account_get(a, "host"),
		.user = lk_account_get(a, "user"),
		.port = lk_account_number(a, "port"),
		.token_endpoint = lk_account_get(a, "oauth-token-endpoint"),
		.client_id = lk_account_get(a, "oauth-client-id"),
		.scope = lk_account_get(a, "oauth-scope"),
		.client_secret_from =
			lk_account_get(a, lk_keys[LK_KEY_CLIENT_SECRET].name),
	};

	return w;
}

static int32_t
ask_source(struct lk_account *a, size_t which, const char *spec, uint32_t flags,
	   struct lk_secret *to, struct lk_error *err)
{
	struct lk_source *s = &a->source[which];
	struct lk_error *failed = &a->failed[which];
	const struct lk_whose w = whose(a);
	int32_t r = failed->cls;

	hide_others(a, s, lk_source_is_oauth(spec));
	if (!r)
		r = lk_source_read(s, spec, flags, &w, failed);
	if (r == LK_PENDING)
		lk_secret_wait(to, s->wait_fd, LK_WAIT_READ, s->wait_ms);
	if (r < 0 && err)
		*err = *failed;
	if (r != LK_DONE)
		return r;
	if (lk_secret_add(to, s->kept ? s->kept : s->got.data,
			  s->kept ? s->n_kept : s->got.len) < 0) {
		lk_fail_memory(err);
		r = LK_E_NOMEM;
	}
	lk_buf_wipe(&s->got);
	return r;
}

static int
keep(struct lk_account *a, size_t which, const char *spec,
     struct lk_error *err)
{
	struct lk_source *s = &a->source[which];
	const struct lk_whose w = whose(a);
	struct pollfd p = { .events = POLLIN };
	int32_t r;

	lk_source_wipe(s);
	hide_others(a, s, lk_source_is_oauth(spec));
	while ((r = lk_source_read(s, spec, 0, &w, err)) == LK_PENDING) {
		p.fd = s->wait_fd;
		poll(&p, 1, s->wait_ms);
	}
	if (r == LK_DONE && lk_source_keep(s) == 0)
		return 0;
	if (r == LK_DONE)
		lk_fail_memory(err);
	lk_source_wipe(s);
	return -1;
}

int
lk_account_keep(struct lk_account *a, const char *property,
		struct lk_error *err)
{
	const char *spec = NULL;
	size_t i;

	for (i = 0; i < LK_SECRETS && !spec; i++)
		if (strcmp(property, lk_secret_keys[i].property) == 0)
			spec = a->values.key[lk_secret_keys[i].key];
	if (!spec || lk_source_is_prompt(spec)) {
		lk_fail(err, LK_E_CONFIG, "the account says no source of its "
			"%.64s but a person", property);
		if (err)
			err->stage = LK_STAGE_CONFIG;
		return -1;
	}
	return keep(a, i - 1, spec, err);
}

bool
lk_account_asks(const struct lk_account *a)
{
	const char *spec = a->values.key[LK_KEY_PASSWORD_FROM];

	return !spec || lk_source_is_prompt(spec);
}

/* struct lk_login.secret */
int32_t
lk_account_secret(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
		  struct lk_error *err)
{
	struct lk_account *a = ctx;
	const char *spec;
	size_t i;

	for (i = 0; i < LK_SECRETS; i++)
		if (strcmp(ask->key, lk_secret_keys[i].property) == 0)
			break;
	if (strcmp(ask->key, LK_P_OTP) == 0 && lk_account_asks(a))
		return ask_person(a, "One-time password", NULL, ask, to, err);
	if (i == LK_SECRETS)
		return LK_E_NOPROP;
	spec = a->values.key[lk_secret_keys[i].key];
	if (!spec || lk_source_is_prompt(spec))
		return ask_person(a, lk_secret_keys[i].word,
				  lk_keys[lk_secret_keys[i].key].name, ask, to,
				  err);
	return ask_source(a, i, spec, ask->flags, to, err);
}

