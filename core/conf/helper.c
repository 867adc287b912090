/* keyring and oauth: programs of our own, which link what is large.
 * SPDX-License-Identifier: MIT */
#include "conf/source.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIRECTORY "LATCHKEY_LIBEXEC_DIR"
#define ATTRIBUTES 16
#define ARGS_MAX (ATTRIBUTES + 2)

/* argv[1] and so on are set. */
static int32_t
run(struct lk_source *s, const char *name, const char *library,
    const char *argv[ARGS_MAX], struct lk_error *err)
{
	const char *dir = secure_getenv(DIRECTORY);
	char *path = NULL;
	int r;

	if (!dir || *dir != '/')
		dir = LATCHKEY_LIBEXEC_DIR;
	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return lk_fail_memory(err);
	argv[0] = path;
	/* posix_spawn changes none of them */
	r = lk_program_start(s, (char *const *)argv, true, err);
	free(path);
	if (r < 0 && err->cls != LK_E_NOMEM)
		lk_advise(err, "it is part of Latchkey where that was built "
			  "with %s", library);
	return r < 0 ? r : lk_program_read(s, err);
}

/* ---- keyring ------------------------------------------------------------- */

/* How many NAME=VALUE stand between these; 0: there is something else. */
static size_t
count(const char *list, char separator)
{
	const char *at = list, *end;
	size_t n = 0;

	for (;; at = end + 1) {
		end = strchrnul(at, separator);
		if (*at == '=' || !memchr(at, '=', (size_t)(end - at)))
			return 0;
		n++;
		if (!*end)
			return n;
	}
}

const char *
lk_keyring_rule(const char *list)
{
	size_t n = count(list, ',');

	return n == 0 || n > ATTRIBUTES
		? "is no source: keyring: takes NAME=VALUE,..., at most 16; "
		  "keyring alone looks for service, host and user" : NULL;
}

/* To free(); the attributes by line ends, which no value holds. */
static char *
standard(const struct lk_whose *w, struct lk_error *err)
{
	char *list;

	if (!w->host || !w->user) {
		lk_fail(err, LK_E_NOPROP, "keyring finds a secret by host and "
			"user, and the account has no %s", w->host ? "user"
			: "host");
		lk_advise(err, "user = NAME, or keyring:NAME=VALUE,...");
		return NULL;
	}
	if (asprintf(&list, "service=%s\nhost=%s\nuser=%s", w->service,
		     w->host, w->user) < 0) {
		lk_fail_memory(err);
		return NULL;
	}
	return list;
}

int32_t
lk_keyring_read(struct lk_source *s, const char *rest, uint32_t flags,
		const struct lk_whose *whose, struct lk_error *err)
{
	const char *argv[ARGS_MAX] = { NULL };
	const char separators[] = { rest ? ',' : '\n', '\0' };
	char *list, *at, *one;
	int32_t r;
	size_t n = 1;

	(void)flags;
	if (s->pid)
		return lk_program_read(s, err);
	list = rest ? strdup(rest) : standard(whose, err);
	if (!list)
		return rest ? lk_fail_memory(err) : LK_E_NOPROP;
	for (at = list; (one = strsep(&at, separators)); )
		argv[n++] = one;
	r = run(s, "keyring", "libsecret", argv, err);
	free(list);
	return r;
}

/* ---- oauth --------------------------------------------------------------- */

int32_t
lk_oauth_read(struct lk_source *s, const char *rest, uint32_t flags,
	      const struct lk_whose *w, struct lk_error *err)
{
	const char *argv[ARGS_MAX] = { NULL, "token", "--name" };
	const struct {
		const char *name, *value;
	} options[] = {
		{ "--token-endpoint", w->token_endpoint },
		{ "--client-id", w->client_id },
		{ "--scope", w->scope },
		{ "--client-secret-from", w->client_secret_from },
	};
	size_t i, n = 4;

	(void)rest;
	if (s->pid)
		return lk_program_read(s, err);
	argv[3] = w->name;
	if (flags & LK_ASK_RENEW)
		argv[n++] = "--renew";
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (!options[i].value)
			continue;
		argv[n++] = options[i].name;
		argv[n++] = options[i].value;
	}
	return run(s, "oauth", "libcurl", argv, err);
}
