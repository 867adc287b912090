/* oauth: prints an access token, refreshes it, has a person allow it.
 * SPDX-License-Identifier: MIT */
#include "secrets/oauth.h"

#include "base/ascii.h"
#include "base/error.h"

#include <curl/curl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define MARGIN 60L              /* seconds that a token must be good for */
#define WITHIN 600L
#define WITHIN_MAX (366L * 86400)
#define FRESH 60                /* seconds in which a renewed token is new */

/* ---- verbs --------------------------------------------------------------- */

/* Does it need no refresh?  One that was refused is good only if somebody has
 * had it renewed since, which is not long ago. */
static bool
is_good(const json_t *tokens, bool renew, long margin)
{
	json_int_t now = (json_int_t)time(NULL);
	json_int_t got = json_integer_value(json_object_get(tokens,
							    "obtained_at"));
	json_int_t end = json_integer_value(json_object_get(tokens,
							    "expires_at"));

	/* a token of the future: the clock was wrong, then or now */
	if (got > now || (renew && now - got >= FRESH))
		return false;
	return end - now > margin;
}

/* The new tokens are on disk before the old refresh token is forgotten. */
static int
refresh(struct lk_oauth *o, struct lk_tokens *t, json_t *tokens,
	struct lk_error *err)
{
	if (lk_oauth_secret(o, err) < 0 || lk_tokens_reserve(t, err) < 0 ||
	    lk_grant_refresh(o, tokens, err) < 0)
		return -1;
	return lk_tokens_save(t, tokens, err);
}

/* Good tokens, or NULL with *err. */
static json_t *
have(struct lk_oauth *o, long margin, struct lk_error *err)
{
	struct lk_tokens t;
	json_t *tokens;
	int r = 0;

	if (lk_tokens_open(&t, o->name, false, err) < 0)
		return NULL;
	tokens = lk_tokens_load(&t, o, err);
	if (tokens && !is_good(tokens, o->renew, margin)) {
		json_decref(tokens);
		tokens = NULL;
		/* what it was is of no more interest once we have the lock */
		if (lk_tokens_lock(&t, err) == 0)
			tokens = lk_tokens_load(&t, o, err);
		if (tokens && !is_good(tokens, o->renew, margin))
			r = refresh(o, &t, tokens, err);
	}
	lk_tokens_close(&t);
	if (r < 0) {
		json_decref(tokens);
		tokens = NULL;
	}
	return tokens;
}

static int
run_token(struct lk_oauth *o, struct lk_error *err)
{
	json_t *tokens = have(o, MARGIN, err);
	struct lk_buf line;
	int r = -1;

	if (!tokens)
		return -1;
	lk_buf_init(&line, LK_OAUTH_ANSWER + 1);
	if (lk_buf_puts(&line, lk_json_text(tokens, "access_token")) < 0 ||
	    lk_buf_puts(&line, "\n") < 0)
		lk_fail_memory(err);
	else if (lk_oauth_write(STDOUT_FILENO, line.data, line.len) < 0)
		lk_fail(err, LK_E_TRANSIENT, "standard output took not all of "
			"the token");
	else
		r = 0;
	lk_buf_wipe(&line);
	json_decref(tokens);
	return r;
}

static int
run_refresh(struct lk_oauth *o, struct lk_error *err)
{
	json_t *tokens = have(o, o->within, err);

	json_decref(tokens);
	return tokens ? 0 : -1;
}

/* A person is not asked in vain: first it is tried whether there is a place for
 * what will come. */
static int
authorize(struct lk_oauth *o, struct lk_tokens *t, json_t *tokens,
	  struct lk_error *err)
{
	if (lk_tokens_lock(t, err) < 0 || lk_tokens_reserve(t, err) < 0)
		return -1;
	lk_tokens_release(t);
	if (lk_oauth_secret(o, err) < 0 ||
	    (o->device_endpoint ? lk_oauth_device(o, tokens, err)
				: lk_oauth_browser(o, tokens, err)) < 0 ||
	    lk_tokens_lock(t, err) < 0 || lk_tokens_reserve(t, err) < 0)
		return -1;
	return lk_tokens_save(t, tokens, err);
}

static int
run_authorize(struct lk_oauth *o, struct lk_error *err)
{
	json_t *tokens = json_pack("{s:s, s:s}", "token_endpoint",
				   o->token_endpoint, "client_id",
				   o->client_id);
	struct lk_tokens t;
	int r = -1;

	if (!tokens)
		return lk_fail(err, LK_E_CONFIG, "the client's id is not "
			       "UTF-8");
	if (lk_tokens_open(&t, o->name, true, err) == 0) {
		r = authorize(o, &t, tokens, err);
		lk_tokens_close(&t);
	}
	if (r == 0)
		fprintf(stderr, "%s is authorized.%s\n", o->name,
			lk_json_text(tokens, "refresh_token") ? ""
			: "  There is no refresh token, so it will end: the "
			"scope may have to allow one (offline_access), or the "
			"authorization endpoint (?access_type=offline).");
	json_decref(tokens);
	return r;
}

static const struct verb {
	const char *name;
	int (*run)(struct lk_oauth *, struct lk_error *);
	bool by_person;
} verbs[] = {
	{ "token", run_token, false },
	{ "authorize", run_authorize, true },
	{ "refresh", run_refresh, false },
};
#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static const char usage[] =
	"usage: oauth token [--renew] OPTION...      print an access token\n"
	"       oauth refresh [--within SECONDS] OPTION...\n"
	"                          renew it if it ends within 600 s\n"
	"       oauth authorize --device-endpoint URL OPTION...\n"
	"       oauth authorize --authorization-endpoint URL "
	"[--within SECONDS]\n"
	"             OPTION...    have a person allow it, by a code or by a "
	"browser\n"
	"                          that comes back within 600 s\n"
	"\n"
	"  --name NAME             whose tokens\n"
	"  --token-endpoint URL    https\n"
	"  --client-id ID\n"
	"  --client-secret-from SOURCE\n"
	"                          as password-from in latchkey(1)\n"
	"  --scope SCOPE           asked for by authorize\n"
	"  --ca FILE               trusted certificates\n";

/* ---- the command line ---------------------------------------------------- */

enum letter {
	NAME = 1, TOKEN_ENDPOINT, DEVICE_ENDPOINT, AUTHORIZATION_ENDPOINT,
	CLIENT_ID, SCOPE, SECRET_FROM, CA, WITHIN_SECONDS, RENEW, HELP
};

static const struct option longs[] = {
	{ "name", required_argument, NULL, NAME },
	{ "token-endpoint", required_argument, NULL, TOKEN_ENDPOINT },
	{ "device-endpoint", required_argument, NULL, DEVICE_ENDPOINT },
	{ "authorization-endpoint", required_argument, NULL,
	  AUTHORIZATION_ENDPOINT },
	{ "client-id", required_argument, NULL, CLIENT_ID },
	{ "scope", required_argument, NULL, SCOPE },
	{ "client-secret-from", required_argument, NULL, SECRET_FROM },
	{ "ca", required_argument, NULL, CA },
	{ "within", required_argument, NULL, WITHIN_SECONDS },
	{ "renew", no_argument, NULL, RENEW },
	{ "help", no_argument, NULL, HELP },
	{ NULL, 0, NULL, 0 },
};

static const char **
place(struct lk_oauth *o, int letter)
{
	const char **places[] = {
		[NAME] = &o->name,
		[TOKEN_ENDPOINT] = &o->token_endpoint,
		[DEVICE_ENDPOINT] = &o->device_endpoint,
		[AUTHORIZATION_ENDPOINT] = &o->authorization_endpoint,
		[CLIENT_ID] = &o->client_id,
		[SCOPE] = &o->scope,
		[SECRET_FROM] = &o->secret_from,
		[CA] = &o->ca,
	};

	return places[letter];
}

/* 0; 1: help; -1.  What was not understood is not shown. */
static int
parse(struct lk_oauth *o, int argc, char **argv, struct lk_error *err)
{
	int letter;

	opterr = 0;
	o->within = WITHIN;
	while ((letter = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (letter == HELP)
			return 1;
		if (letter == RENEW)
			o->renew = true;
		else if (letter == WITHIN_SECONDS)
			o->within = lk_ascii_number(optarg, strlen(optarg),
						    WITHIN_MAX);
		else if (letter == '?')
			return lk_fail(err, LK_E_USAGE, "there is an option "
				       "that oauth does not know, or that "
				       "lacks its value");
		else
			*place(o, letter) = optarg;
	}
	if (optind < argc)
		return lk_fail(err, LK_E_USAGE, "oauth takes options only, and "
			       "never a secret as an argument");
	return o->within < 0 ? lk_fail(err, LK_E_USAGE, "--within takes "
				       "seconds") : 0;
}

/* It becomes the name of a file. */
static bool
is_name(const char *name)
{
	const char *p = name;

	while (lk_ascii_is_alnum(*p) || (*p && strchr("._@+-", *p)))
		p++;
	return p > name && !*p && *name != '.' && p - name <= LK_OAUTH_NAME;
}

static int
fail_missing(const char *key, struct lk_error *err)
{
	lk_fail(err, LK_E_CONFIG, "%s is not set", key);
	lk_advise(err, "%s = VALUE in the account, or provider = NAME of one "
		  "that has it; latchkey-oauth(8) tells where it comes from",
		  key);
	return -1;
}

static int
check_url(const char *option, const char *url, struct lk_error *err)
{
	const char *rule = lk_oauth_url_rule(url);

	return rule ? lk_fail(err, LK_E_CONFIG, "%s %s", option, rule) : 0;
}

/* A code can be entered in any browser; ours must come back. */
static int
check_person(const struct lk_oauth *o, struct lk_error *err)
{
	if (o->device_endpoint)
		return check_url("oauth-device-endpoint", o->device_endpoint,
				 err);
	if (o->authorization_endpoint)
		return check_url("oauth-authorization-endpoint",
				 o->authorization_endpoint, err);
	return lk_fail(err, LK_E_CONFIG, "neither oauth-device-endpoint nor "
		       "oauth-authorization-endpoint is set");
}

static int
check(const struct lk_oauth *o, const struct verb *v, struct lk_error *err)
{
	if (!o->name || !is_name(o->name))
		return lk_fail(err, LK_E_CONFIG, "the account's name becomes "
			       "the name of a file: at most %d letters, digits "
			       "and . _ @ + -, not beginning with a dot",
			       LK_OAUTH_NAME);
	if (!o->token_endpoint)
		return fail_missing("oauth-token-endpoint", err);
	if (check_url("oauth-token-endpoint", o->token_endpoint, err) < 0)
		return -1;
	if (!o->client_id || !*o->client_id)
		return fail_missing("oauth-client-id", err);
	return v->by_person ? check_person(o, err) : 0;
}

/* A secret in memory is in no core dump, and no other process looks at it. */
static void
harden(void)
{
	static const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)signal(SIGPIPE, SIG_IGN);
}

/* Whoever runs this passes on the last line, and one with a hint below it. */
static int
report(const struct lk_oauth *o, const struct lk_error *err)
{
	bool is_named = o->name && is_name(o->name);

	fprintf(stderr, "oauth: %s%s%s\n", is_named ? o->name : "",
		is_named ? ": " : "", err->sentence);
	if (*err->advice)
		fprintf(stderr, "  hint: %s\n", err->advice);
	return lk_error_exit(err->cls ? err->cls : LK_E_INTERNAL);
}

int
main(int argc, char **argv)
{
	const struct verb *v = verbs;
	struct lk_error err = { 0 };
	struct lk_oauth o = { 0 };
	int r;

	harden();
	while (argc > 1 && v < verbs + VERBS && strcmp(v->name, argv[1]) != 0)
		v++;
	if (argc < 2 || v == verbs + VERBS) {
		bool help = argc > 1 && strcmp(argv[1], "--help") == 0;

		fputs(usage, help ? stdout : stderr);
		return help ? 0 : lk_error_exit(LK_E_USAGE);
	}
	r = parse(&o, argc - 1, argv + 1, &err);
	if (r == 1)
		fputs(usage, stdout);
	if (r == 0)
		r = lk_oauth_wipe(&err);
	if (r == 0)
		r = check(&o, v, &err);
	if (r == 0)
		r = v->run(&o, &err);
	lk_oauth_forget(&o);
	curl_global_cleanup();
	return r < 0 ? report(&o, &err) : 0;
}
