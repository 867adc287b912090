/* The secret of a script: by fd:0, over the lines of the login.
 * SPDX-License-Identifier: MIT */
#include "cli/sasl.h"

#include "base/error.h"

#include <string.h>
#include <unistd.h>

static const struct asked {
	const char *property, *key, *word;
} all[] = {
	{ LK_P_PASSWORD, "password-from", "SECRET password" },
	{ LK_P_TOKEN, "token-from", "SECRET token" },
};

int
lk_sasl_check_sources(struct lk_sasl_talk *t, struct lk_error *err)
{
	const char *source;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		source = lk_account_get(t->cli->account, all[i].key);
		if (source && strcmp(source, "fd:1") == 0)
			return lk_fail(err, LK_E_USAGE, "--%s fd:1: standard "
				       "output carries the login; another "
				       "descriptor is needed", all[i].key);
	}
	return 0;
}

/* The one that is asked for, if the script has it. */
static const struct asked *
find(struct lk_sasl_talk *t, const struct lk_ask *ask)
{
	const char *source;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(ask->key, all[i].property) == 0) {
			source = lk_account_get(t->cli->account, all[i].key);
			return source && strcmp(source, "fd:0") == 0
				? &all[i] : NULL;
		}
	return NULL;
}

static int32_t
none(struct lk_error *err, const char *why)
{
	lk_fail(err, LK_E_NOPROP, "fd:0, the script, %s", why);
	return LK_E_NOPROP;
}

static int32_t
ask_script(struct lk_sasl_talk *t, const struct asked *asked, uint32_t flags,
	   struct lk_secret *to, struct lk_error *err)
{
	struct lk_error why = { 0 };
	const char *line;
	size_t len;
	int n;

	if (flags & LK_ASK_RENEW)
		return none(err, "was asked already and cannot give another "
			    "secret");
	n = lk_sasl_say(t, asked->word, &why);
	if (n == 0)
		n = lk_sasl_read_line(t, &line, &len, &why);
	if (n < 0)
		return none(err, why.sentence);
	if (n == 0)
		return none(err, "ended where its secret was awaited");
	if (len == 0 || memchr(line, '\0', len))
		return none(err, "gave what is no secret: an empty line, or "
			    "one with a NUL");
	if (lk_secret_add(to, line, len) == 0)
		return LK_DONE;
	lk_fail(err, LK_E_NOMEM, "there is no room for the secret");
	return LK_E_NOMEM;
}

int32_t
lk_sasl_secret(void *ctx, const struct lk_ask *ask, struct lk_secret *to,
	       struct lk_error *err)
{
	struct lk_sasl_talk *t = ctx;
	const struct lk_login *login = &t->account_login;
	const struct asked *asked = find(t, ask);

	return asked ? ask_script(t, asked, ask->flags, to, err)
		     : login->secret(login->ctx, ask, to, err);
}
