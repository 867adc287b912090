/* latchkey mechs: what is installed, and what would be tried.
 * SPDX-License-Identifier: MIT */
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

static const char *
state_of(const struct lk_mech_info *info)
{
	return info->state >= LK_MECH_FOUND && info->state <= LK_MECH_CHANGED
		? states[info->state] : "?";
}

/* What stands in a file, or names one, may be anything. */
static const char *
clean(char room[4096], const char *text)
{
	lk_ascii_printable(room, 4096, text, strlen(text));
	return room;
}

/* ---- list ---------------------------------------------------------------- */

static int
list_one(void *ctx, const struct lk_mech_info *info)
{
	const char *id = info->record ? info->record->id : "-";
	const char *wire = info->record ? info->record->wire : "-";
	const struct lk_cli *c = ctx;
	char room[4096];

	if (c->json) {
		lk_json_mech(info, state_of(info));
		return 0;
	}
	printf("%-16s %-20s %-9s %s%s\n", id, *wire ? wire : "-",
	       state_of(info), clean(room, info->path),
	       info->flags & LK_MECH_USER_DIR ? " (only where auth names it)"
					      : "");
	if (info->reason && *info->reason)
		printf("  %s\n", clean(room, info->reason));
	return 0;
}

static int
list(struct lk_cli *c, struct lk_error *err)
{
	if (c->n_args != 1)
		return lk_fail(err, LK_E_USAGE, "latchkey mechs list takes "
			       "nothing else");
	if (lk_cli_host(c, err) < 0)
		return -1;
	if (!c->json)
		printf("%-16s %-20s %-9s %s\n", "ID", "WIRE", "STATE",
		       "FILE");
	lk_host_each(c->host, list_one, c);
	return 0;
}

/* ---- info ---------------------------------------------------------------- */

static const struct {
	uint32_t flag;
	const char *name;
} flags[] = {
	{ LK_F_CLIENT_FIRST, "client-first" },
	{ LK_F_SERVER_FIRST, "server-first" },
	{ LK_F_IR_ONLY, "ir-only" },
	{ LK_F_RAW_OK, "raw-ok" },
	{ LK_F_PLAINTEXT, "plaintext" },
	{ LK_F_ACTIVE_SAFE, "active-safe" },
	{ LK_F_MUTUAL, "mutual" },
	{ LK_F_CHANNEL_BINDING, "channel-binding" },
	{ LK_F_ANONYMOUS, "anonymous" },
	{ LK_F_PROXY, "proxy" },
	{ LK_F_NO_SECRET, "no-secret" },
	{ LK_F_TOKEN, "token" },
	{ LK_F_MAY_BLOCK, "may-block" },
	{ LK_F_NEEDS_NETWORK, "needs-network" },
	{ LK_F_NEEDS_FILES, "needs-files" },
	{ LK_F_NEEDS_TLS, "needs-tls" },
	{ LK_F_SECURITY_LAYER, "security-layer" },
};

struct search {
	const char *name;           /* an id, or a name on the wire */
	bool json;
	char nearest[32];
	unsigned least;             /* how far that is */
	unsigned found;
	char broken[1024];          /* why the list that has it has nothing */
};

/* "sasl-*" */
static bool
is_list(const struct lk_mech_record *r)
{
	size_t len = r ? strlen(r->id) : 0;

	return len && r->id[len - 1] == '*';
}

static void
print_param(const struct lk_param_record *p)
{
	char room[4096];

	printf("  %s.%s  %s", p->id, p->name, p->type);
	if (p->min < p->max)
		printf(" %d-%d", (int)p->min, (int)p->max);
	if (*p->dflt)
		printf(", default %s", p->flags & LK_PARAM_SECRET
		       ? "(secret)" : clean(room, p->dflt));
	if (p->flags & LK_PARAM_REQUIRED)
		printf(", required");
	if (p->flags & LK_PARAM_SECRET)
		printf(", secret");
	printf("\n      %s\n", clean(room, p->help));
}

static void
print_line(const char *name, const char *value)
{
	char room[4096];

	if (*value)
		printf("%-10s%s\n", name, clean(room, value));
}

static void
print_info(const struct lk_mech_info *info)
{
	const struct lk_mech_record *r = info->record;
	const struct lk_param_record *const *p;
	size_t i;

	print_line("id", r->id);
	print_line("wire", r->wire);
	print_line("summary", r->summary);
	print_line("version", r->version);
	print_line("file", info->path);
	print_line("state", state_of(info));
	print_line("reason", info->reason ? info->reason : "");
	print_line("needs", r->needs);
	print_line("wants", r->wants);
	print_line("uses", r->uses);
	printf("%-10s%d\n%-9s", "strength", (int)r->strength, "flags");
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (r->flags & flags[i].flag)
			printf(" %s", flags[i].name);
	printf("\nparameters\n");
	for (p = info->params; p && *p; p++)
		print_param(*p);
	printf("  %s.ir  auto|never, default auto\n      %s\n", r->id,
	       LK_CLI_IR_HELP);
}

static int
info_one(void *ctx, const struct lk_mech_info *info)
{
	struct search *s = ctx;
	unsigned d;

	if (!info->record)
		return 0;
	if (is_list(info->record) && info->state == LK_MECH_FAILED &&
	    strncmp(s->name, info->record->id,
		    strlen(info->record->id) - 1) == 0)
		lk_ascii_printable(s->broken, sizeof(s->broken), info->reason,
				   strlen(info->reason));
	d = lk_ascii_distance(s->name, info->record->id);
	if (d == 0 || lk_ascii_equal(s->name, info->record->wire)) {
		if (s->json)
			lk_json_mech(info, state_of(info));
		else
			printf("%s", s->found ? "\n" : "");
		if (!s->json)
			print_info(info);
		s->found++;
	} else if (d < s->least) {
		lk_ascii_copy(s->nearest, sizeof(s->nearest),
			      info->record->id);
		s->least = d;
	}
	return 0;
}

static void
find(struct lk_host *host, struct search *s)
{
	s->least = (unsigned)strlen(s->name) / 2 + 1;
	lk_host_each(host, info_one, s);
}

static int
info(struct lk_cli *c, struct lk_error *err)
{
	struct search s = { .name = c->args[1], .json = c->json };

	if (c->n_args != 2)
		return lk_fail(err, LK_E_USAGE, "latchkey mechs info takes one "
			       "ID or name on the wire");
	if (lk_cli_host(c, err) < 0)
		return -1;
	find(c->host, &s);
	/* what a list has is known when it is loaded, as for `auth = NAME` */
	if (!s.found && !strpbrk(s.name, " \t\r\n,!*")) {
		lk_host_preload(c->host, s.name, NULL);
		find(c->host, &s);
	}
	if (s.found)
		return 0;
	if (*s.broken)
		return lk_fail(err, LK_E_NO_MECH, "no mechanism \"%.40s\" is "
			       "installed: %s", s.name, s.broken);
	lk_fail(err, LK_E_NO_MECH, "no mechanism \"%.40s\" is installed%s%s",
		s.name, *s.nearest ? "; nearest: " : "", s.nearest);
	lk_advise(err, "latchkey mechs list shows all");
	return -1;
}

/* ---- why ----------------------------------------------------------------- */

struct verdicts {
	bool json;
	unsigned usable;
};

static const char *
or_dash(const char *text)
{
	return *text ? text : "-";
}

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

	if (!*reason && is_list(mech->record))
		reason = "what is in this list is known only at run time";
	v->usable += !*reason;
	if (v->json) {
		lk_json_why(mech, reason);
		return;
	}
	printf("%-16s %-20s %s\n",
	       or_dash(mech->record ? mech->record->id : ""),
	       or_dash(mech->record ? mech->record->wire : ""),
	       *reason ? clean(room, reason) : is_asked_later(mech)
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
	n->has_list = n->has_list || is_list(info->record);
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
	struct lk_login login = { 0 };
	struct lk_auth *auth = NULL;
	struct verdicts v = { .json = c->json };

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
	{ "info", info },
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
