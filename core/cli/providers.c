/* latchkey providers. SPDX-License-Identifier: MIT */
#include "cli/import.h"
#include "cli/json.h"
#include "cli/verbs.h"

#include "base/ascii.h"
#include "base/error.h"

#include <string.h>

#define DOMAINS_WIDTH 44

/* What a list has of one. */
struct row {
	struct lk_cli *cli;
	char host[256], match[4097];
};

static int
fill(void *ctx, const struct lk_setting *s)
{
	struct row *row = ctx;

	if (strcmp(s->key, "host") == 0)
		lk_ascii_copy(row->host, sizeof(row->host), s->value);
	else if (strcmp(s->key, "match") == 0)
		lk_ascii_copy(row->match, sizeof(row->match), s->value);
	return 0;
}

/* As many domains as a line has room for, but one at least. */
static void
cut(char *domains)
{
	const char *at = domains, *word;
	size_t len, end = 0;

	while ((word = lk_ascii_next(&at, " \t", &len))) {
		if (end && (size_t)(word - domains) + len > DOMAINS_WIDTH) {
			memcpy(domains + end, " ...", 5);
			return;
		}
		end = (size_t)(word - domains) + len;
	}
}

static int
list_one(void *ctx, const char *name)
{
	struct row *row = ctx;

	row->host[0] = row->match[0] = '\0';
	lk_config_show(row->cli->config, LK_CONFIG_PROVIDERS, name, fill, row,
		       NULL);
	if (row->cli->json) {
		lk_json_provider(name, row->host, row->match);
		return 0;
	}
	cut(row->match);
	printf("%-20s %-28s %s\n", name, *row->host ? row->host : "-",
	       *row->match ? row->match : "-");
	return 0;
}

static int
list(struct lk_cli *c, struct lk_error *err)
{
	struct row row = { .cli = c };

	if (lk_cli_config(c, err) < 0)
		return -1;
	if (!c->json)
		printf("%-20s %-28s %s\n", "PROVIDER", "HOST", "DOMAINS");
	lk_config_each(c->config, LK_CONFIG_PROVIDERS, list_one, &row);
	return 0;
}

/* By its name, or by an address, a domain or a host of it. */
static int
show(struct lk_cli *c, struct lk_error *err)
{
	struct lk_shown shown = { c, "provider", c->args[1] };
	char address[256];          /* longer than any domain */
	const char *found;

	if (lk_cli_config(c, err) < 0 || lk_cli_host(c, err) < 0)
		return -1;
	found = lk_config_provider_of(c->config, c->args[1]);
	snprintf(address, sizeof(address), "@%s", c->args[1]);
	if (!found)
		found = lk_config_provider_of(c->config, address);
	if (found)
		shown.name = found;
	return lk_config_show(c->config, LK_CONFIG_PROVIDERS, shown.name,
			      lk_cli_show, &shown, err);
}

static const struct lk_cli_verb verbs[] = {
	{ "list", "nothing else", 0, 0, list },
	{ "show", "one NAME, address, domain or host", 1, 1, show },
	{ "check", "files", 0, SIZE_MAX, lk_cli_check },
	{ "import", "one FILE.xml", 1, 1, lk_cli_import_provider },
	{ NULL, NULL, 0, 0, NULL },
};

static int
run(struct lk_cli *c, struct lk_error *err)
{
	return lk_cli_verb(c, verbs, err);
}

const struct lk_cli_command lk_cli_providers = {
	"providers", "what is known of providers, and which file says it",
	"usage: latchkey providers list\n"
	"       latchkey providers show NAME|ADDRESS|DOMAIN|HOST\n"
	"       latchkey providers check [FILE]...\n"
	"       latchkey providers import FILE.xml\n"
	"\n"
	"  show               each key, and the file and line that it is from\n"
	"  check              read all files, and FILE as if it were one more\n"
	"                     layer, and tell what is wrong or doubtful\n"
	"  import             print what a file of Thunderbird's autoconfig\n"
	"                     says as a file for providers.d; nothing is\n"
	"                     fetched\n",
	"Jh", run,
};
