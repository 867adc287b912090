/* latchkey accounts authorize and refresh: the program that has the tokens, run
 * with what the account says. SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include "base/ascii.h"
#include "base/error.h"

#include <latchkey/provider.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	const char *key, *option;
} options[] = {
	{ "oauth-token-endpoint", "--token-endpoint" },
	{ "oauth-device-endpoint", "--device-endpoint" },
	{ "oauth-authorization-endpoint", "--authorization-endpoint" },
	{ "oauth-client-id", "--client-id" },
	{ "oauth-scope", "--scope" },
	{ "oauth-client-secret-from", "--client-secret-from" },
};
#define OPTIONS (sizeof(options) / sizeof(options[0]))

/* ---- the program --------------------------------------------------------- */

bool
lk_cli_helper(char path[PATH_MAX], const char *name)
{
	const char *dir = secure_getenv("LATCHKEY_LIBEXEC_DIR");
	int n = snprintf(path, PATH_MAX, "%s/%s",
			 dir && *dir == '/' ? dir : LATCHKEY_LIBEXEC_DIR, name);

	if (n < PATH_MAX)
		return access(path, X_OK) == 0;
	errno = ENAMETOOLONG;
	return false;
}

static int
locate(char path[PATH_MAX], struct lk_error *err)
{
	if (lk_cli_helper(path, "oauth"))
		return 0;
	lk_fail(err, LK_E_CONFIG, "the program %s, which has the tokens, "
		"cannot be run: %s", path, strerror(errno));
	lk_advise(err, "it is part of Latchkey where that was built with "
		  "libcurl");
	return -1;
}

#define NOT_RUN 127                 /* no exit status of the program's */

/* It waits for a person: not longer than we do. */
static void
become(const char *path, char *argv[], pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) == 0 &&
	    getppid() == parent)
		execv(path, argv);
	_exit(NOT_RUN);
}

/* Its exit status, or -1 with *err.  It has our standard error, and says itself
 * what is wrong. */
static int
start_and_wait(const char *path, char *argv[], struct lk_error *err)
{
	const pid_t self = getpid();
	pid_t pid = fork();
	int status;

	if (pid == 0)
		become(path, argv, self);
	if (pid < 0)
		return lk_fail(err, LK_E_INTERNAL, "the program %s cannot be "
			       "run: %s", path, strerror(errno));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return lk_fail(err, LK_E_INTERNAL, "waitpid: %s",
				       strerror(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_RUN)
		return lk_fail(err, LK_E_INTERNAL, "the program %s cannot be "
			       "run", path);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return lk_fail(err, LK_E_INTERNAL, "the program %s was ended by signal "
		       "%d", path, WTERMSIG(status));
}

static int
run_program(const char *path, const char *verb, struct lk_account *account,
	    struct lk_error *err)
{
	const char *argv[5 + 2 * OPTIONS] = { path, verb, "--name",
					      lk_account_tokens(account) };
	const char *value;
	size_t i, n = 4;

	for (i = 0; i < OPTIONS; i++) {
		value = lk_account_get(account, options[i].key);
		if (!value)
			continue;
		argv[n++] = options[i].option;
		argv[n++] = value;
	}
	/* execv changes none of them */
	return start_and_wait(path, (char **)argv, err);
}

/* ---- what it needs ------------------------------------------------------- */

static const struct {
	const char *key, *or_key;   /* one of both will do */
	bool by_person;             /* only to have a person allow it */
} needed[] = {
	{ "oauth-token-endpoint", NULL, false },
	{ "oauth-device-endpoint", "oauth-authorization-endpoint", true },
	{ "oauth-client-id", NULL, false },
};

bool
lk_cli_oauth_missing(const struct lk_account *account, bool by_person,
		     char *keys, size_t room)
{
	size_t i, n = 0;

	*keys = '\0';
	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		const char *or_key = needed[i].or_key;

		if ((needed[i].by_person && !by_person) ||
		    lk_account_get(account, needed[i].key) ||
		    (or_key && lk_account_get(account, or_key)))
			continue;
		if (n < room)
			n += (size_t)snprintf(keys + n, room - n, "%s%s%s%s",
					      n ? ", " : "", needed[i].key,
					      or_key ? " or " : "",
					      or_key ? or_key : "");
	}
	return n > 0;
}

/* Of a key that is nearly always the account's own. */
static int
find_file(void *ctx, const struct lk_setting *s)
{
	char *file = ctx;

	if (!s->file || (strcmp(s->key, "user") != 0 &&
			 strcmp(s->key, "from") != 0 &&
			 strcmp(s->key, "token-from") != 0))
		return 0;
	lk_ascii_copy(file, PATH_MAX, s->file);
	return 1;
}

static int
check_keys(const char *verb, const char *name, const struct lk_account *a,
	   struct lk_error *err)
{
	const char *provider = lk_account_get(a, "provider");
	char keys[128], file[PATH_MAX] = "latchkey.conf";

	if (!lk_cli_oauth_missing(a, strcmp(verb, "authorize") == 0, keys,
				  sizeof(keys)))
		return 0;
	lk_account_each(a, find_file, file);
	lk_fail(err, LK_E_CONFIG, "the account %.80s has no %s", name, keys);
	lk_advise(err, "in %.200s, in [account %s]%s%s%s; latchkey-oauth(8) "
		  "tells where they come from", file,
		  strchr(name, '@') ? "NAME" : name, provider ? ", or for all "
		  "of its accounts in [provider " : "", provider ? provider
		  : "", provider ? "]" : "");
	return -1;
}

/* ---- one account, or all ------------------------------------------------- */

/* What `refresh --all` goes through. */
struct round {
	const struct lk_config *config;
	const char *path, *verb;
	bool all;                   /* those with another source are left out */
	int worst;                  /* exit status */
};

static int
run_account(struct round *r, const char *name, struct lk_error *err)
{
	struct lk_account *account = NULL;
	const char *source;
	int status = -1;

	if (lk_account_new(&account, err) < 0)
		return -1;
	if (lk_config_account(r->config, name, NULL, account, err) == 0) {
		source = lk_account_get(account, "token-from");
		if (r->all && (!source || strcmp(source, "oauth") != 0))
			status = 0;
		else if (check_keys(r->verb, name, account, err) == 0)
			status = run_program(r->path, r->verb, account, err);
	}
	lk_account_free(account);
	return status;
}

/* What is wrong with one account does not stop the others. */
static int
run_next(void *ctx, const char *name)
{
	struct lk_error err = { 0 };
	struct round *r = ctx;
	int status = run_account(r, name, &err);

	if (status < 0) {
		lk_cli_report(&err);
		status = lk_error_exit(err.cls);
	}
	if (status > r->worst)
		r->worst = status;
	return 0;
}

static int
run_verb(struct lk_cli *c, const char *verb, struct lk_error *err)
{
	struct lk_config *config = NULL;
	char path[PATH_MAX];
	struct round r = { .path = path, .verb = verb, .all = c->all };
	int status = -1;

	if (locate(path, err) < 0 || lk_config_read(&config, NULL, err) < 0)
		return -1;
	r.config = config;
	if (c->all) {
		lk_config_each(config, LK_CONFIG_ACCOUNTS, run_next, &r);
		status = r.worst;
	} else {
		status = run_account(&r, c->args[1], err);
	}
	lk_config_free(config);
	return status;
}

int
lk_cli_authorize(struct lk_cli *c, struct lk_error *err)
{
	if (c->n_args != 2 || c->all)
		return lk_fail(err, LK_E_USAGE, "latchkey accounts authorize "
			       "takes the NAME or the address of an account");
	return run_verb(c, "authorize", err);
}

int
lk_cli_refresh(struct lk_cli *c, struct lk_error *err)
{
	if (c->n_args != (c->all ? 1 : 2))
		return lk_fail(err, LK_E_USAGE, "latchkey accounts refresh "
			       "takes the NAME or the address of an "
			       "account, or --all");
	return run_verb(c, "refresh", err);
}
