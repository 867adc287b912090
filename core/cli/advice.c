/* After a failure: what the command knows and the library does not.
 * SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include "base/ascii.h"
#include "base/error.h"

#include <string.h>

/* ---- who is held back ---------------------------------------------------- */

int64_t
lk_cli_held_until(const struct lk_cli *c, const struct lk_error *err)
{
	struct lk_learnt_info learnt = { .size = sizeof(learnt) };
	const char *host;

	if (err->stage != LK_STAGE_LOGIN || !c->host || !c->account)
		return 0;
	host = lk_account_get(c->account, "host");
	learnt.failure_budget = lk_account_number(c->account,
						  "failure-budget");
	if (!host || lk_host_learnt(c->host, host,
				    lk_account_number(c->account, "port"),
				    lk_account_get(c->account, "user"),
				    &learnt) != 1 ||
	    learnt.refused_until <= (int64_t)time(NULL))
		return 0;
	return learnt.refused_until;
}

/* What the library says is for commands that have this option. */
static void
advise_retry(const struct lk_cli *c, struct lk_error *err)
{
	static const char here[] = "--retry, or log in at a terminal";
	const char *options = c->command->options;
	char *at = strstr(err->advice, here);
	char head[sizeof(err->advice)], tail[sizeof(err->advice)];

	if (!at || !c->account || (options && strchr(options, 'Y')))
		return;
	lk_ascii_copy(tail, sizeof(tail), at + sizeof(here) - 1);
	*at = '\0';
	lk_ascii_copy(head, sizeof(head), err->advice);
	lk_advise(err, "%slatchkey login %s --retry, or latchkey accounts "
		  "forget %s%s", head, c->called, c->called, tail);
}

/* ---- values -------------------------------------------------------------- */

/* What was not found has a comment in its name. */
static int
advise_comment(void *ctx, const struct lk_setting *s)
{
	static const char missing[] = "No such file or directory";
	const char *colon = strchr(s->value, ':');
	const bool is_source = colon && strstr(s->key, "-from");
	struct lk_error *err = ctx;
	const char *path = is_source ? colon + 1 : s->value;

	if ((!strstr(path, " #") && !strstr(path, " ;")) ||
	    !strstr(err->sentence, missing) || !strstr(err->sentence, path))
		return 0;
	if (s->file)
		lk_advise(err, "%s:%u: behind a value there is no comment: it "
			  "has a line of its own", s->file, (unsigned)s->line);
	else
		lk_advise(err, "%s: behind a value there is no comment",
			  s->key);
	return 1;
}

/* ---- a server that a URL named ------------------------------------------- */

static int
find_advice(void *ctx, const struct lk_setting *s)
{
	struct lk_error *err = ctx;
	char rest[sizeof(err->advice)];

	if (strcmp(s->key, "advice") != 0)
		return 0;
	lk_ascii_copy(rest, sizeof(rest), err->advice);
	lk_advise(err, "%s%s%s", s->value, *rest ? "; " : "", rest);
	return 1;
}

struct port {
	const char *wanted;
	bool found;
};

static int
find_port(void *ctx, const struct lk_setting *s)
{
	struct port *port = ctx;

	if (strcmp(s->key, "port") != 0)
		return 0;
	port->found = strcmp(s->value, port->wanted) == 0;
	return 1;
}

/* An address, 127.0.0.1 above all, is the host of all that listen there. */
static bool
is_of(const struct lk_config *config, const char *provider,
      struct lk_account *a)
{
	const char *host = lk_account_get(a, "host");
	struct port port = { lk_account_get(a, "port"), false };

	if (host[strspn(host, "0123456789.:")])
		return true;
	if (port.wanted)
		lk_config_show(config, LK_CONFIG_PROVIDERS, provider,
			       find_port, &port, NULL);
	return port.found;
}

static void
advise_provider(const struct lk_cli *c, struct lk_error *err)
{
	struct lk_config *config = NULL;
	const char *host, *provider = NULL;

	if (!c->is_url || !err->code ||
	    (err->cls != LK_E_CREDENTIALS && err->cls != LK_E_EXPIRED))
		return;
	host = lk_account_get(c->account, "host");
	/* files that are wrong are no matter of this login */
	if (!host || lk_config_read(&config, NULL, NULL) < 0)
		return;
	provider = lk_config_provider_of(config, host);
	if (provider && is_of(config, provider, c->account))
		lk_config_show(config, LK_CONFIG_PROVIDERS, provider,
			       find_advice, err, NULL);
	lk_config_free(config);
}

void
lk_cli_advise(const struct lk_cli *c, struct lk_error *err)
{
	if (!c->account)
		return;
	advise_retry(c, err);
	lk_account_each(c->account, advise_comment, err);
	advise_provider(c, err);
}
