/* Accounts. SPDX-License-Identifier: MIT */
#include <latchkey/provider.h>

#include "base/ascii.h"
#include "base/error.h"
#include "conf/account.h"
#include "conf/source.h"
#include "conf/url.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

int
lk_account_new(struct lk_account **ret, struct lk_error *err)
{
	struct lk_account *a = calloc(1, sizeof(*a));
	size_t i;

	if (!a)
		return lk_fail_memory(err);
	for (i = 0; i < LK_SECRETS; i++)
		lk_source_init(&a->source[i]);
	a->service = "smtp";
	a->prompt = lk_tty_prompt;
	*ret = a;
	return 0;
}

void
lk_account_free(struct lk_account *a)
{
	size_t i;

	if (!a)
		return;
	for (i = 0; i < LK_SECRETS; i++)
		lk_source_wipe(&a->source[i]);
	lk_values_wipe(&a->values);
	free(a->name);
	free(a);
}

struct lk_values *
lk_account_values(struct lk_account *a)
{
	return &a->values;
}

int
lk_account_name(struct lk_account *a, const char *name, struct lk_error *err)
{
	char *copy = strdup(name);

	if (!copy)
		return lk_fail_memory(err);
	free(a->name);
	a->name = copy;
	return 0;
}

/* A source was named: what came of another one no longer counts. */
static void
renew(struct lk_account *a, size_t which)
{
	lk_source_wipe(&a->source[which]);
	lk_source_guard(a->values.key[lk_secret_keys[which].key]);
	a->failed[which].cls = 0;
}

int
lk_account_take(struct lk_account *a, struct lk_values *from,
		struct lk_error *err)
{
	bool named[LK_SECRETS];
	size_t i;

	for (i = 0; i < LK_SECRETS; i++)
		named[i] = from->key[lk_secret_keys[i].key] != NULL;
	if (lk_values_move(&a->values, from) < 0)
		return lk_fail_memory(err);
	for (i = 0; i < LK_SECRETS; i++)
		if (named[i])
			renew(a, i);
	return 0;
}

static int
at_config(struct lk_error *err)
{
	if (err)
		err->stage = LK_STAGE_CONFIG;
	return -1;
}

int
lk_account_url(struct lk_account *a, const char *url, struct lk_error *err)
{
	struct lk_values v = { 0 };
	bool has_port, has_socket;

	if (lk_url_parse(url, &v, err) < 0)
		return at_config(err);
	has_port = v.key[LK_KEY_PORT] != NULL;
	has_socket = v.key[LK_KEY_SOCKET] != NULL;
	if (lk_values_move(&a->values, &v) < 0) {
		lk_values_wipe(&v);
		return lk_fail_memory(err);
	}
	if (!has_port)
		lk_values_unset(&a->values, LK_KEY_PORT);
	lk_values_unset(&a->values, has_socket ? LK_KEY_HOST : LK_KEY_SOCKET);
	return 0;
}

int
lk_account_set(struct lk_account *a, const char *key, const char *value,
	       struct lk_error *err)
{
	const size_t len = strlen(key);
	const int id = lk_key_find(key, len);
	size_t i;

	if (lk_key_allow(key, len, LK_KEY_PROGRAM, err) < 0 ||
	    lk_values_set(&a->values, key, len, value, NULL, err) < 0)
		return at_config(err);
	for (i = 0; i < LK_SECRETS; i++)
		if (id == (int)lk_secret_keys[i].key)
			renew(a, i);
	return 0;
}

void
lk_account_each(const struct lk_account *a,
		int (*each)(void *ctx, const struct lk_setting *), void *ctx)
{
	lk_values_each(&a->values, each, ctx);
}

static const char *
get(const struct lk_account *a, enum lk_key_id id)
{
	const char *value = a->values.key[id];

	if (value)
		return value;
	if (id == LK_KEY_PORT && strcmp(get(a, LK_KEY_PROTOCOL), "lmtp") == 0)
		return "24";
	if (id == LK_KEY_PORT)
		return strcmp(get(a, LK_KEY_TLS), "implicit") == 0 ? "465"
								   : "587";
	/* what a socket leads to is this machine */
	if (id == LK_KEY_HOST && a->values.key[LK_KEY_SOCKET])
		return "localhost";
	return lk_keys[id].dflt;
}

const char *
lk_account_get(const struct lk_account *a, const char *key)
{
	int id = lk_key_find(key, strlen(key));

	return id < 0 ? NULL : get(a, (enum lk_key_id)id);
}

static uint32_t
number(const struct lk_account *a, enum lk_key_id id)
{
	const char *value = get(a, id);
	long n = value ? lk_ascii_number(value, strlen(value), INT32_MAX) : 0;

	if (value && strcmp(value, "yes") == 0)
		return 1;
	return n < 0 ? 0 : (uint32_t)n;
}

uint32_t
lk_account_number(const struct lk_account *a, const char *key)
{
	int id = lk_key_find(key, strlen(key));

	return id < 0 ? 0 : number(a, (enum lk_key_id)id);
}

void
lk_account_prompt(struct lk_account *a,
		  int32_t (*prompt)(void *ctx, const char *text,
				    struct lk_secret *),
		  void *ctx)
{
	a->prompt = prompt ? prompt : lk_tty_prompt;
	a->prompt_ctx = ctx;
}

/* ---- a login ------------------------------------------------------------- */

/* Nothing said: a person is asked for the password.  With a client certificate
 * there is something better to begin with. */
static const char *
secrets_of(const struct lk_account *a)
{
	bool password = a->values.key[LK_KEY_PASSWORD_FROM] != NULL;
	bool token = a->values.key[LK_KEY_TOKEN_FROM] != NULL;

	if (password && token)
		return lk_account_asks(a)
			? LK_P_PASSWORD " " LK_P_OTP " " LK_P_TOKEN
			: LK_P_PASSWORD " " LK_P_TOKEN;
	if (token)
		return LK_P_TOKEN;
	if (!password && a->values.key[LK_KEY_CERT])
		return NULL;
	return lk_account_asks(a) ? LK_P_PASSWORD " " LK_P_OTP : LK_P_PASSWORD;
}

/* Where its secret is to be had, as its provider says. */
static const char *
advice_of(const struct lk_account *a)
{
	static const struct {
		const char *kind, *text;
	} kinds[] = {
		{ "app-password", "this provider takes an app password, which "
		  "its web site makes, and not the account's own" },
		{ "authorization-code", "this provider takes an authorization "
		  "code, which its web site makes, and not the password" },
		{ "token", "this provider takes a token and no password: "
		  "token-from" },
		{ "api-key", "this provider takes an API key as its password" },
	};
	const char *kind = get(a, LK_KEY_SECRET_KIND);
	size_t i;

	if (get(a, LK_KEY_ADVICE))
		return get(a, LK_KEY_ADVICE);
	for (i = 0; kind && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kind, kinds[i].kind) == 0)
			return kinds[i].text;
	return NULL;
}

void
lk_account_login(struct lk_account *a, struct lk_login *login)
{
	struct lk_login l = {
		.size = login->size,
		.host = get(a, LK_KEY_HOST),
		.port = number(a, LK_KEY_PORT),
		.failure_budget = number(a, LK_KEY_BUDGET),
		.user = get(a, LK_KEY_USER),
		.authzid = get(a, LK_KEY_AUTHZID),
		.realm = get(a, LK_KEY_REALM),
		.auth = get(a, LK_KEY_AUTH),
		.params = a->values.n_params
			? (const char *const *)a->values.params : NULL,
		.secrets = secrets_of(a),
		.secret = lk_account_secret,
		.ctx = a,
		.advice = advice_of(a),
	};
	size_t i;

	for (i = 0; i < LK_SECRETS; i++)
		a->failed[i].cls = 0;
	if (number(a, LK_KEY_PLAINTEXT))
		l.flags |= LK_LOGIN_INSECURE_PLAINTEXT;
	if (number(a, LK_KEY_FALLBACK))
		l.flags |= LK_LOGIN_FALLBACK_TO_PLAINTEXT;
	if (login->size >= offsetof(struct lk_login, ctx))
		l.note = login->note;
	/* the program may have been built when it had fewer members */
	memcpy(login, &l, login->size < sizeof(l) ? login->size : sizeof(l));
}
