/* The command line. SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include "base/ascii.h"
#include "base/error.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Every option there is; a command's `options` says which of them it takes.
 * Capital letters stand for options without a letter. */
static const char letters[] = ":a:f:ho:s:t";

static const struct option longs[] = {
	{ "account", required_argument, NULL, 'a' },
	{ "address", required_argument, NULL, 'D' },
	{ "all", no_argument, NULL, 'G' },
	{ "connections", required_argument, NULL, 'C' },
	{ "dsn-notify", required_argument, NULL, 'N' },
	{ "dsn-ret", required_argument, NULL, 'E' },
	{ "each", no_argument, NULL, 'X' },
	{ "help", no_argument, NULL, 'h' },
	{ "host", required_argument, NULL, 'H' },
	{ "json", no_argument, NULL, 'J' },
	{ "list", no_argument, NULL, 'I' },
	{ "mail", required_argument, NULL, 'M' },
	{ "offered", required_argument, NULL, 'O' },
	{ "once", no_argument, NULL, '1' },
	{ "partial", no_argument, NULL, 'A' },
	{ "password-from", required_argument, NULL, 'P' },
	{ "port", required_argument, NULL, 'R' },
	{ "retry", no_argument, NULL, 'Y' },
	{ "service", required_argument, NULL, 'Q' },
	{ "subject", required_argument, NULL, 'S' },
	{ "tls", required_argument, NULL, 'L' },
	{ "to", required_argument, NULL, 'W' },
	{ "token-from", required_argument, NULL, 'K' },
	{ "trace", optional_argument, NULL, 'T' },
	{ "unsent", required_argument, NULL, 'U' },
	{ "user", required_argument, NULL, 'V' },
	/* words that getopt would take for the beginning of another */
	{ "password", optional_argument, NULL, '!' },
	{ "token", optional_argument, NULL, '!' },
	{ NULL, 0, NULL, 0 },
};

static int
setting(struct lk_cli *c, const char *key, size_t len, const char *value)
{
	struct lk_cli_setting *s = &c->settings[c->n_settings++];

	s->key = key;
	s->key_len = len;
	s->value = value;
	return 0;
}

static int
key_value(struct lk_cli *c, const char *text, struct lk_error *err)
{
	const char *equals = strchr(text, '=');

	if (equals && equals > text)
		return setting(c, text, (size_t)(equals - text), equals + 1);
	return lk_fail(err, LK_E_USAGE, "-o takes KEY=VALUE");
}

static int
no_secret(struct lk_error *err)
{
	lk_fail(err, LK_E_USAGE, "a secret is never an argument, where others "
		"can read it: use --password-from or --token-from");
	lk_advise(err, "--password-from prompt (or file:PATH, cmd:PROGRAM, "
		  "env:NAME, fd:N)");
	return -1;
}

/* Names that came with commas, as EHLO has them. */
static const char *
by_blanks(char *names)
{
	char *p;

	for (p = names; (p = strchr(p, ',')); )
		*p = ' ';
	return names;
}

static int
take(struct lk_cli *c, int letter, const char *arg, struct lk_error *err)
{
	switch (letter) {
	case '1':
		return setting(c, "connections", 11, "1");
	case 'A':
		c->partial = true;
		return 0;
	case 'C':
		return setting(c, "connections", 11, arg);
	case 'D':
		return setting(c, "address", 7, arg);
	case 'E':
		return setting(c, "dsn-ret", 7, arg);
	case 'G':
		c->all = true;
		return 0;
	case 'H':
		return setting(c, "host", 4, arg);
	case 'I':
		c->list = true;
		return 0;
	case 'J':
		c->json = true;
		return 0;
	case 'K':
		return setting(c, "token-from", 10, arg);
	case 'L':
		c->tls = arg;
		return 0;
	case 'M':
		return setting(c, "mail", 4, arg);
	case 'N':
		return setting(c, "dsn-notify", 10, arg);
	case 'O':
		c->offered = by_blanks((char *)arg);
		return 0;
	case 'P':
		return setting(c, "password-from", 13, arg);
	case 'Q':
		c->service = arg;
		return 0;
	case 'R':
		return setting(c, "port", 4, arg);
	case 'S':
		c->subject = arg;
		return 0;
	case 'T':
		return lk_cli_trace_open(c, arg, err);
	case 'U':
		c->unsent = arg;
		return 0;
	case 'V':
		return setting(c, "user", 4, arg);
	case 'W':
		c->to[c->n_to++] = (char *)arg;
		return 0;
	case 'X':
		c->each = true;
		return 0;
	case 'Y':
		c->retry = true;
		return 0;
	case 'a':
		c->name = arg;
		return 0;
	case 'f':
		c->from = *arg ? arg : "<>";
		return 0;
	case 'o':
		return key_value(c, arg, err);
	case 's':
		c->url = arg;
		return 0;
	default:
		c->from_header = true;
		return 0;
	}
}

/* Only its name is shown: what follows may be a secret. */
static int
unknown(const struct lk_cli *c, const char *word, struct lk_error *err)
{
	const char *names[sizeof(longs) / sizeof(longs[0])] = { NULL }, *near;
	size_t len = strcspn(word, "="), n = 0, i;
	char shown[48];

	if (word[1] != '-') {
		lk_fail(err, LK_E_USAGE, "unknown option -%c", word[1]);
	} else {
		for (i = 0; longs[i].val != '!' && longs[i].name; i++)
			if (strchr(c->command->options, longs[i].val))
				names[n++] = longs[i].name;
		lk_ascii_printable(shown, sizeof(shown), word + 2, len - 2);
		near = lk_cli_nearest(shown, names);
		lk_fail(err, LK_E_USAGE, "unknown option --%s%s%s", shown,
			near ? "; nearest: --" : "", near ? near : "");
	}
	lk_advise(err, "latchkey %s --help lists the options",
		  c->command->name);
	return -1;
}

/* Of an option with a long name, or NULL. */
static const char *
name_of(int letter)
{
	size_t i;

	for (i = 0; longs[i].name; i++)
		if (longs[i].val == letter)
			return longs[i].name;
	return NULL;
}

static int
not_here(const struct lk_cli *c, int letter, struct lk_error *err)
{
	const char *name = name_of(letter);

	if (name)
		return lk_fail(err, LK_E_USAGE, "latchkey %s takes no --%s",
			       c->command->name, name);
	return lk_fail(err, LK_E_USAGE, "latchkey %s takes no -%c",
		       c->command->name, letter);
}

int
lk_cli_parse(struct lk_cli *c, int argc, char **argv, struct lk_error *err)
{
	int letter;

	c->settings = calloc((size_t)argc + 1, sizeof(*c->settings));
	c->to = calloc((size_t)argc + 1, sizeof(*c->to));
	if (!c->settings || !c->to)
		return lk_fail_memory(err);
	opterr = 0;
	while ((letter = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		char word[3] = { '-', (char)optopt, '\0' };

		if (letter == 'h')
			return 1;
		if (letter == '!')
			return no_secret(err);
		if (letter == ':')
			return lk_fail(err, LK_E_USAGE, "%s takes a value",
				       name_of(optopt) ? argv[optind - 1]
						       : word);
		if (letter == '?' && name_of(optopt))
			return lk_fail(err, LK_E_USAGE, "--%s takes no value",
				       name_of(optopt));
		if (letter == '?')
			return unknown(c, optopt ? word : argv[optind - 1], err);
		if (!strchr(c->command->options, letter))
			return not_here(c, letter, err);
		if (take(c, letter, optarg, err) < 0)
			return -1;
	}
	c->args = argv + optind;
	c->n_args = (size_t)(argc - optind);
	return 0;
}

struct lk_client_options
lk_cli_client(struct lk_cli *c)
{
	struct lk_client_options options = {
		.size = sizeof(options),
		.flags = LK_CLIENT_ALONE,
		.trace = c->trace ? lk_cli_trace : NULL,
		.trace_ctx = c,
	};

	/* a person may have corrected the secret, and is not a cron job */
	if (c->retry || isatty(STDIN_FILENO) || isatty(STDERR_FILENO))
		options.flags |= LK_CLIENT_RETRY;
	return options;
}

void
lk_cli_wipe(struct lk_cli *c)
{
	lk_host_free(c->host);
	lk_account_free(c->account);
	lk_config_free(c->config);
	if (c->trace)
		fclose(c->trace);
	free(c->settings);
	free(c->to);
}
