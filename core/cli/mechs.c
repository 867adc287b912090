/* latchkey mechs: what is installed, and what would be tried.
 * SPDX-License-Identifier: MIT */
#include "cli/mechs.h"
#include "cli/json.h"

#include "base/ascii.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static const char *const states[] = {
	[LK_MECH_FOUND] = "found",       [LK_MECH_LOADED] = "loaded",
	[LK_MECH_SHADOWED] = "shadowed", [LK_MECH_FAILED] = "failed",
	[LK_MECH_CHANGED] = "changed",
};

const char *
lk_mechs_state(const struct lk_mech_info *info)
{
	return info->state >= LK_MECH_FOUND && info->state <= LK_MECH_CHANGED
		? states[info->state] : "?";
}

const char *
lk_mechs_clean(char room[4096], const char *text)
{
	lk_ascii_printable(room, 4096, text, strlen(text));
	return room;
}

bool
lk_mechs_is_list(const struct lk_mech_record *r)
{
	size_t len = r ? strlen(r->id) : 0;

	return len && r->id[len - 1] == '*';
}

/* ---- list ---------------------------------------------------------------- */

/* Two columns, as wide as the longest that is in them. */
struct table {
	const struct lk_cli *cli;
	int id, wire;
};

static const char *
or_dash(const char *text)
{
	return *text ? text : "-";
}

static int
measure(void *ctx, const struct lk_mech_info *info)
{
	struct table *t = ctx;
	int id = info->record ? (int)strlen(info->record->id) : 0;
	int wire = info->record ? (int)strlen(info->record->wire) : 0;

	t->id = id > t->id ? id : t->id;
	t->wire = wire > t->wire ? wire : t->wire;
	return 0;
}

static void
lay_out(struct table *t, const struct lk_cli *c)
{
	t->cli = c;
	t->id = (int)strlen("ID");
	t->wire = (int)strlen("WIRE");
	lk_host_each(c->host, measure, t);
}

static int
list_one(void *ctx, const struct lk_mech_info *info)
{
	const char *id = info->record ? info->record->id : "";
	const char *wire = info->record ? info->record->wire : "";
	const struct table *t = ctx;
	char room[4096];

	if (t->cli->json) {
		lk_json_mech(info, lk_mechs_state(info));
		return 0;
	}
	printf("%-*s  %-*s  %-8s  %s%s\n", t->id, or_dash(id), t->wire,
	       or_dash(wire), lk_mechs_state(info),
	       lk_mechs_clean(room, info->path),
	       info->flags & LK_MECH_USER_DIR ? " (only where auth names it)"
					      : "");
	if (info->reason && *info->reason)
		printf("  %s\n", lk_mechs_clean(room, info->reason));
	return 0;
}

static int
list(struct lk_cli *c, struct lk_error *err)
{
	struct table t;

	if (c->n_args != 1)
		return lk_fail(err, LK_E_USAGE, "latchkey mechs list takes "
			       "nothing else");
	if (lk_cli_host(c, err) < 0)
		return -1;
	lay_out(&t, c);
	if (!c->json)
		printf("%-*s  %-*s  %-8s  %s\n", t.id, "ID", t.wire, "WIRE",
		       "STATE", "FILE");
	lk_host_each(c->host, list_one, &t);
	return 0;
}

/* ---- why ----------------------------------------------------------------- */

struct verdicts {
	struct table table;
	unsigned usable;
};

/* A ticket, a certificate or a channel is looked for at the login. */
static bool
is_asked_later(const struct lk_mech_info *mech)
{
	uint32_t f = mech->record ? mech->record->flags : 0;

	return (f & LK_F_CHANNEL_BINDING) ||
	       (f & (LK_F_NO_SECRET | LK_F_ANONYMOUS)) == LK_F_NO_SECRET;
}

static void
why_one(void *ctx, const struct lk_mech_info *mech, const char *reason)
{
	struct verdicts *v = ctx;
	char room[4096];

	if (!*reason && lk_mechs_is_list(mech->record))
		reason = "what is in this list is known only at run time";
	v->usable += !*reason;
	if (v->table.cli->json) {
		lk_json_why(mech, reason);
		return;
	}
	printf("%-*s  %-*s  %s\n", v->table.id,
	       or_dash(mech->record ? mech->record->id : ""), v->table.wire,
	       or_dash(mech->record ? mech->record->wire : ""),
	       *reason ? lk_mechs_clean(room, reason) : is_asked_later(mech)
	       ? "usable, if it is available at login" : "usable");
}

/* One offered name. */
struct named {
	const char *wire;
	size_t len;
	bool is_known, has_list;
};

static int
look_for(void *ctx, const struct lk_mech_info *info)
{
	struct named *n = ctx;

	if (!info->record)
		return 0;
	n->is_known = n->is_known || lk_ascii_equal_n(n->wire, n->len,
						      info->record->wire);
	n->has_list = n->has_list || lk_mechs_is_list(info->record);
	return 0;
}

/* What the server offers and nobody here speaks. */
static void
why_not(const struct lk_cli *c, struct verdicts *v)
{
	const char *at = c->offered;
	struct named n = { NULL, 0, false, false };

	while ((n.wire = lk_ascii_next(&at, " \t", &n.len))) {
		struct lk_mech_record r = { .wire = "" };
		struct lk_mech_info info = { .record = &r };

		n.is_known = n.has_list = false;
		lk_host_each(c->host, look_for, &n);
		if (n.is_known)
			continue;
		lk_ascii_printable(r.wire, sizeof(r.wire), n.wire, n.len);
		why_one(v, &info, n.has_list ? "only a list that is known at "
			"run time may have it" : "no installed mechanism says "
			"it");
	}
}

static int
why(struct lk_cli *c, struct lk_error *err)
{
	struct lk_facts facts = { .size = sizeof(facts) };
	struct lk_login login = { .size = sizeof(login) };
	struct lk_auth *auth = NULL;
	struct verdicts v = { .usable = 0 };

	if (c->n_args > 2 || !c->offered)
		return lk_fail(err, LK_E_USAGE, "latchkey mechs why takes an "
			       "account or a URL, and --offered \"NAME...\"");
	if (lk_cli_account(c, c->args[1], NULL, err) < 0 ||
	    lk_cli_facts(c->tls ? c->tls : "verified",
			 lk_account_get(c->account, "host"), &facts, err) < 0 ||
	    lk_cli_host(c, err) < 0)
		return -1;
	lk_account_login(c->account, &login);
	if (lk_auth_new(&auth, c->host, &login, lk_profile_smtp(), err) < 0)
		return -1;
	lay_out(&v.table, c);
	lk_auth_why(auth, &facts, c->offered, why_one, &v);
	lk_auth_free(auth);
	why_not(c, &v);
	return v.usable ? 0 : lk_error_exit(LK_E_NO_MECH);
}

/* ---- all ----------------------------------------------------------------- */

static const struct {
	const char *name;
	int (*run)(struct lk_cli *, struct lk_error *);
} actions[] = {
	{ "list", list },
	{ "info", lk_mechs_info },
	{ "why", why },
};

static int
run(struct lk_cli *c, struct lk_error *err)
{
	size_t i;

	for (i = 0; c->n_args && i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(c->args[0], actions[i].name) == 0)
			return actions[i].run(c, err);
	return lk_fail(err, LK_E_USAGE, "latchkey mechs takes list, info ID or "
		       "why ACCOUNT|URL");
}

const struct lk_cli_command lk_cli_mechs = {
	"mechs", "which mechanisms are installed, and which would be tried",
	"usage: latchkey mechs list\n"
	"       latchkey mechs info ID|NAME\n"
	"       latchkey mechs why --offered \"NAME...\" [--tls TLS]\n"
	"                          [ACCOUNT|ADDRESS|URL]\n"
	"\n"
	"  --offered \"NAME...\"\n"
	"                     the names that a server offers after AUTH, with\n"
	"                     blanks or commas\n"
	"  --tls TLS          verified (default) or none\n",
	"JLOKPTahos", run,
};
