/* latchkey login. SPDX-License-Identifier: MIT */
#include "cli/json.h"

#include "base/ascii.h"
#include "base/error.h"

#include <string.h>

/* What an id says on the wire, and whether the user's name is part of it:
 * a certificate or a ticket has one of its own. */
struct wire {
	const char *id;
	char name[24];
	bool has_user;
};

static int
find_wire(void *ctx, const struct lk_mech_info *info)
{
	const struct lk_mech_record *r = info->record;
	struct wire *w = ctx;

	if (!r || strcmp(r->id, w->id) != 0)
		return 0;
	lk_ascii_copy(w->name, sizeof(w->name), r->wire);
	w->has_user = lk_ascii_has_word(r->needs, LK_P_AUTHID,
					strlen(LK_P_AUTHID)) ||
		      lk_ascii_has_word(r->wants, LK_P_AUTHID,
					strlen(LK_P_AUTHID));
	return 1;
}

static int
nobody(struct lk_error *err)
{
	lk_fail(err, LK_E_CONFIG, "the account names nobody to log in");
	lk_advise(err, "smtp://USER@HOST, or -o user=USER");
	return -1;
}

static int
tell(struct lk_cli *c, const struct lk_client *client, struct lk_error *err)
{
	const char *host = lk_account_get(c->account, "host");
	const char *user = lk_account_get(c->account, "user");
	struct lk_client_info info = { .size = sizeof(info) };
	struct wire wire = { "", "", false };
	bool is_ipv6 = strchr(host, ':') != NULL;

	lk_client_get_info(client, &info);
	lk_cli_warn(info.warning);
	if (!*info.mech)
		return nobody(err);
	if (c->json) {
		lk_json_login(c->account, &info);
		return 0;
	}
	wire.id = info.mech;
	lk_host_each(c->host, find_wire, &wire);
	printf("logged in to %s%s%s:%u", is_ipv6 ? "[" : "", host,
	       is_ipv6 ? "]" : "",
	       (unsigned)lk_account_number(c->account, "port"));
	if (user && wire.has_user)
		printf(" as %s", user);
	printf(" with %s (%s), %s, %d AUTH command%s\n", info.mech, wire.name,
	       *info.tls ? info.tls : "no TLS", (int)info.attempts,
	       info.attempts == 1 ? "" : "s");
	return 0;
}

static int
run(struct lk_cli *c, struct lk_error *err)
{
	struct lk_client_options options = lk_cli_client(c);
	struct lk_client *client = NULL;
	int r;

	if (c->n_args > 1)
		return lk_fail(err, LK_E_USAGE, "latchkey login takes one "
			       "account, address or URL");
	if (lk_cli_account(c, c->args[0], NULL, err) < 0)
		return -1;
	/* a ticket or a client certificate may do without a user */
	if (!lk_account_get(c->account, "user") &&
	    !lk_account_get(c->account, "auth") &&
	    !lk_account_get(c->account, "cert"))
		return nobody(err);
	if (lk_cli_host(c, err) < 0 ||
	    lk_client_new(&client, c->host, c->account, &options, err) < 0)
		return -1;
	r = lk_client_connect(client, err);
	if (r == 0) {
		r = tell(c, client, err);
		lk_client_close(client);
	}
	lk_client_free(client);
	return r;
}

const struct lk_cli_command lk_cli_login = {
	"login", "log in, say how, and quit",
	"usage: latchkey login [OPTION]... [ACCOUNT|ADDRESS|URL]\n"
	"\n"
	"  -a ACCOUNT         an account of latchkey accounts list, or an\n"
	"                     address; else the one called default\n"
	"  -s URL             smtp://[USER@]HOST[:587] (STARTTLS) or\n"
	"                     smtps://[USER@]HOST[:465] (TLS at once)\n",
	"ahosJKPTY", run,
};
