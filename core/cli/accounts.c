/* latchkey accounts. SPDX-License-Identifier: MIT */
#include "cli/import.h"
#include "cli/json.h"
#include "cli/verbs.h"

#include "base/ascii.h"
#include "base/error.h"

#include <inttypes.h>
#include <string.h>

/* ---- list ---------------------------------------------------------------- */

static const char *
or_dash(const char *text)
{
	return text && *text ? text : "-";
}

static void
print_row(const char *name, const struct lk_account *a)
{
	const char *who = lk_account_get(a, "from");
	const char *socket = lk_account_get(a, "socket");

	if (!who)
		who = lk_account_get(a, "user");
	printf("%-20s %-32s ", name, or_dash(who));
	if (socket)
		printf("%s\n", socket);
	else
		printf("%s:%u\n", or_dash(lk_account_get(a, "host")),
		       (unsigned)lk_account_number(a, "port"));
}

/* One that leads nowhere stands in the list, too. */
static int
list_one(void *ctx, const char *name)
{
	struct lk_account *a = NULL;
	struct lk_error err = { 0 };
	struct lk_cli *c = ctx;
	int r = lk_account_new(&a, &err);

	if (r == 0)
		r = lk_config_account(c->config, name, NULL, a, &err);
	if (c->json)
		lk_json_account(name, r == 0 ? a : NULL, &err);
	else if (r == 0)
		print_row(name, a);
	else
		printf("%-20s -\n  %s\n", name, err.sentence);
	lk_account_free(a);
	return 0;
}

static int
list(struct lk_cli *c, struct lk_error *err)
{
	if (lk_cli_config(c, err) < 0)
		return -1;
	if (!c->json)
		printf("%-20s %-32s %s\n", "ACCOUNT", "ADDRESS", "SERVER");
	lk_config_each(c->config, LK_CONFIG_ACCOUNTS, list_one, c);
	return 0;
}

/* ---- show ---------------------------------------------------------------- */

static void
print_time(int64_t seconds)
{
	const time_t at = (time_t)seconds;
	struct tm tm;
	char text[32];

	if (localtime_r(&at, &tm) &&
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M %z", &tm))
		fputs(text, stdout);
}

/* What was learnt is a line that can be pasted, and nobody need to. */
static void
print_learnt(const struct lk_account *a, const struct lk_learnt_info *l)
{
	const char *auth = lk_account_get(a, "auth");
	const char *user = lk_account_get(a, "user");

	if (l->id[0]) {
		printf("\n# learnt ");
		print_time(l->learnt_at);
		puts(auth && strcmp(auth, l->id) == 0 ? ": it works" :
		     ": what works there; permanent by");
		if (!auth || strcmp(auth, l->id) != 0)
			printf("auth = %s\n", l->id);
		if (l->flags & LK_LEARNT_TWO_STEP)
			printf("%s.ir = never\n", l->id);
	}
	if (l->flags & LK_LEARNT_NO_CANCEL)
		puts("# learnt: the server does not understand that a login is "
		     "cancelled");
	if (l->refusals == 0)
		return;
	printf("# the secret of %s was refused %" PRIu32 " time%s",
	       user ? user : "nobody", l->refusals, l->refusals == 1 ? ""
	       : "s in a row");
	if (l->refused_until > (int64_t)time(NULL)) {
		printf("; held back until ");
		print_time(l->refused_until);
	}
	putchar('\n');
}

static int
show(struct lk_cli *c, struct lk_error *err)
{
	struct lk_learnt_info learnt = { .size = sizeof(learnt) };
	struct lk_shown shown = { c, "account", c->args[1] };
	const char *host;

	/* before the account: what is wrong with it is shown, not told */
	if (lk_cli_config(c, err) < 0 || lk_cli_host(c, err) < 0 ||
	    lk_cli_account(c, c->args[1], NULL, err) < 0)
		return -1;
	if (!shown.name)
		shown.name = "default";
	lk_account_each(c->account, lk_cli_show, &shown);
	host = lk_account_get(c->account, "host");
	learnt.failure_budget = lk_account_number(c->account,
						  "failure-budget");
	if (!host || lk_host_learnt(c->host, host,
				    lk_account_number(c->account, "port"),
				    lk_account_get(c->account, "user"),
				    &learnt) != 1)
		return 0;
	if (c->json)
		lk_json_learnt(shown.name, &learnt);
	else
		print_learnt(c->account, &learnt);
	return 0;
}

/* ---- forget -------------------------------------------------------------- */

static int
forget(struct lk_cli *c, struct lk_error *err)
{
	const char *host;

	if (lk_cli_account(c, c->args[1], NULL, err) < 0 ||
	    lk_cli_host(c, err) < 0)
		return -1;
	host = lk_account_get(c->account, "host");
	return host ? lk_host_forget(c->host, host,
				     lk_account_number(c->account, "port"),
				     err) : 0;
}

/* ---- all ----------------------------------------------------------------- */

static const struct lk_cli_verb verbs[] = {
	{ "list", "nothing else", 0, 0, list },
	{ "show", "one NAME, address or URL", 0, 1, show },
	{ "check", "files", 0, SIZE_MAX, lk_cli_check },
	{ "import", "one FILE", 1, 1, lk_cli_import_account },
	{ "forget", "one NAME, address or URL", 1, 1, forget },
	{ "authorize", "one NAME or address", 0, SIZE_MAX, lk_cli_authorize },
	{ "refresh", "one NAME or address, or --all", 0, SIZE_MAX, lk_cli_refresh },
	{ NULL, NULL, 0, 0, NULL },
};

static int
run(struct lk_cli *c, struct lk_error *err)
{
	if (c->all && c->n_args && strcmp(c->args[0], "refresh") != 0 &&
	    strcmp(c->args[0], "authorize") != 0)
		return lk_fail(err, LK_E_USAGE, "--all goes with refresh");
	return lk_cli_verb(c, verbs, err);
}

const struct lk_cli_command lk_cli_accounts = {
	"accounts", "your accounts, what was learnt, and which file says what",
	"usage: latchkey accounts list\n"
	"       latchkey accounts show [NAME|ADDRESS|URL]\n"
	"       latchkey accounts check [FILE]...\n"
	"       latchkey accounts import FILE\n"
	"       latchkey accounts forget NAME|ADDRESS|URL\n"
	"       latchkey accounts authorize NAME|ADDRESS\n"
	"       latchkey accounts refresh NAME|ADDRESS|--all\n"
	"\n"
	"  show               each key, and the file and line that it is from;\n"
	"                     what was learnt, as the line that makes it\n"
	"                     permanent\n"
	"  check              read all files, and FILE as if it were one more\n"
	"                     layer, and tell what is wrong or doubtful\n"
	"  import             print what an msmtprc says as lines for\n"
	"                     latchkey.conf, and what of it is not kept\n"
	"  forget             what was learnt of its server, and refusals\n"
	"  authorize          have a person allow it (token-from = oauth)\n"
	"  refresh            get a fresh token; --all: of every account\n",
	"GJh", run,
};
