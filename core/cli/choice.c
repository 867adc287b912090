/* The account that is meant, and the host to log in with.
 * SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include "base/ascii.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* ---- the account --------------------------------------------------------- */

/* A URL, also one that has a mistake in it; it may hold what is secret. */
static bool
looks_like_url(const char *word)
{
	return strpbrk(word, ":/") != NULL;
}

static int
read_config(struct lk_cli *c, uint32_t flags, struct lk_error *err)
{
	struct lk_config_options options = {
		.size = sizeof(options), .flags = flags,
	};

	return c->config ? 0 : lk_config_read(&c->config, &options, err);
}

int
lk_cli_config(struct lk_cli *c, struct lk_error *err)
{
	return read_config(c, 0, err);
}

static int
count(void *ctx, const char *name)
{
	(void)name;
	++*(size_t *)ctx;
	return 0;
}

bool
lk_cli_is_new(const struct lk_cli *c)
{
	size_t n = 0;

	lk_config_each(c->config, LK_CONFIG_ACCOUNTS, count, &n);
	return n == 0;
}

/* Who begins needs no file where the provider is known. */
static void
advise_first(struct lk_error *err)
{
	char lines[sizeof(err->advice)];

	lk_ascii_copy(lines, sizeof(lines), err->advice);
	lk_advise(err, "an address is enough, if latchkey providers list has "
		  "its domain: -a YOU@DOMAIN\nor %s", lines);
}

static int
from_files(struct lk_cli *c, const char *name, const char *sender,
	   struct lk_error *err)
{
	if (read_config(c, 0, err) < 0)
		return -1;
	if (lk_config_account(c->config, name, sender, c->account, err) == 0)
		return 0;
	if (!name && !sender && lk_cli_is_new(c))
		advise_first(err);
	else if (name && strchr(name, '.') && !strchr(name, '@'))
		lk_advise(err, "a server is named by a URL: "
			  "smtp://[USER@]%.200s; latchkey accounts list has "
			  "the accounts", name);
	return -1;
}

static int
put_settings(struct lk_cli *c, struct lk_error *err)
{
	size_t i;

	for (i = 0; i < c->n_settings; i++) {
		const struct lk_cli_setting *s = &c->settings[i];
		char *key = strndup(s->key, s->key_len);
		int r;

		if (!key)
			return lk_fail_memory(err);
		r = lk_account_set(c->account, key, s->value, err);
		free(key);
		if (r < 0)
			return -1;
	}
	return 0;
}

int
lk_cli_account(struct lk_cli *c, const char *named, const char *sender,
	       struct lk_error *err)
{
	const char *url = c->url, *name = c->name;
	int r;

	if ((url != NULL) + (name != NULL) + (named != NULL) > 1)
		return lk_fail(err, LK_E_USAGE, "the account is named twice: "
			       "by %s and by %s", url ? "-s" : "-a",
			       url && name ? "-a" : "what stands behind");
	if (named && looks_like_url(named))
		url = named;
	else if (named)
		name = named;
	if (lk_account_new(&c->account, err) < 0)
		return -1;
	/* what no file can say anything about needs none */
	r = url ? read_config(c, LK_CONFIG_PLUGINS_ONLY, err) : 0;
	if (r == 0)
		r = url ? lk_account_url(c->account, url, err)
			: from_files(c, name, sender, err);
	c->is_url = url != NULL;
	if (r < 0)
		return -1;
	if (url || name)
		lk_ascii_copy(c->called, sizeof(c->called), url ? url : name);
	else
		lk_cli_account_name(c, sender ? sender : "", c->called,
				    sizeof(c->called));
	return put_settings(c, err);
}

/* ---- its name ------------------------------------------------------------ */

struct search {
	const struct lk_config *config;
	const char *sender;
	bool is_found;              /* its from is the sender */
	bool is_named;              /* so was that of one */
	char *to;
	size_t room;
};

static int
find_from(void *ctx, const struct lk_setting *s)
{
	struct search *search = ctx;

	search->is_found = strcmp(s->key, "from") == 0 &&
			   lk_ascii_equal(s->value, search->sender);
	return search->is_found;
}

static int
find_section(void *ctx, const char *name)
{
	const bool is_default = strcmp(name, "default") == 0;
	struct search *search = ctx;

	search->is_found = false;
	lk_config_show(search->config, LK_CONFIG_ACCOUNTS, name, find_from,
		       search, NULL);
	if (search->is_found || (is_default && !search->is_named))
		lk_ascii_copy(search->to, search->room, name);
	search->is_named = search->is_named || search->is_found;
	return search->is_found && is_default;
}

void
lk_cli_account_name(const struct lk_cli *c, const char *sender, char *to,
		    size_t room)
{
	struct search search = {
		.config = c->config, .sender = sender, .to = to, .room = room,
	};

	lk_ascii_copy(to, room, c->name ? c->name : sender);
	if (!c->name)
		lk_config_each(c->config, LK_CONFIG_ACCOUNTS, find_section,
			       &search);
}

/* ---- the host ------------------------------------------------------------ */

static void
log_line(void *ctx, uint32_t level, const char *text)
{
	struct lk_cli *c = ctx;
	struct lk_trace t = { LK_TRACE_NOTE, text, "", "" };

	if (level <= LK_LOG_WARN)
		lk_cli_warn(text);
	else if (c->trace)
		lk_cli_trace(c, &t);
}

/* A parameter whose value is a secret. */
struct secrecy {
	const char *key;
	bool is_secret;
};

static int
look_up(void *ctx, const struct lk_mech_info *info)
{
	const struct lk_param_record *const *p;
	struct secrecy *s = ctx;
	char name[80];

	for (p = info->params; p && *p; p++) {
		snprintf(name, sizeof(name), "%s.%s", (*p)->id, (*p)->name);
		if (((*p)->flags & LK_PARAM_SECRET) &&
		    strcmp(name, s->key) == 0)
			s->is_secret = true;
	}
	return s->is_secret;
}

bool
lk_cli_is_secret(struct lk_host *host, const char *key)
{
	struct secrecy s = { key, false };

	if (strchr(key, '.'))
		lk_host_each(host, look_up, &s);
	return s.is_secret;
}

struct leaks {
	struct lk_host *host;
	struct lk_error *err;
	int r;
};

static int
check_setting(void *ctx, const struct lk_setting *s)
{
	struct leaks *l = ctx;

	if (!lk_cli_is_secret(l->host, s->key))
		return 0;
	if (s->file)
		l->r = lk_fail(l->err, LK_E_CONFIG, "%s:%u: %s is a secret, "
			       "and a secret stands in no file of accounts",
			       s->file, (unsigned)s->line, s->key);
	else
		l->r = lk_fail(l->err, LK_E_USAGE, "%s is a secret, and a "
			       "secret is never an argument, where others can "
			       "read it", s->key);
	lk_advise(l->err, "use a mechanism that takes a password or a token: "
		  "password-from or token-from says where it is");
	return 1;
}

static int
check_leaks(const struct lk_cli *c, struct lk_error *err)
{
	struct leaks l = { c->host, err, 0 };

	if (c->account)
		lk_account_each(c->account, check_setting, &l);
	return l.r;
}

int
lk_cli_host(struct lk_cli *c, struct lk_error *err)
{
	char state[PATH_MAX];
	struct lk_host_options options = {
		.size = sizeof(options),
		.program = "latchkey",
		.log = log_line,
		.log_ctx = c,
	};

	lk_cli_check_path();
	options.state_dir = lk_cli_state_dir(state, c->account != NULL);
	if (read_config(c, LK_CONFIG_PLUGINS_ONLY, err) < 0)
		return -1;
	if (lk_config_host(&c->host, c->config, &options, err) < 0)
		return -1;
	return check_leaks(c, err);
}

/* ---- the connection ------------------------------------------------------ */

/* Without TLS, a connection to this machine itself is private. */
int
lk_cli_facts(const char *tls, const char *host, struct lk_facts *facts,
	     struct lk_error *err)
{
	static const char here[] = "localhost 127.0.0.1 ::1";

	facts->peer_name = host;
	if (strcmp(tls, "verified") == 0)
		facts->flags = LK_FACT_ENCRYPTED | LK_FACT_VERIFIED;
	else if (strcmp(tls, "none") != 0)
		return lk_fail(err, LK_E_USAGE, "--tls: \"%.40s\" is not "
			       "verified or none", tls);
	if (lk_ascii_has_word(here, host, strlen(host)))
		facts->flags |= LK_FACT_PRIVATE;
	if (!facts->flags)
		facts->peer_name = NULL;
	return 0;
}
