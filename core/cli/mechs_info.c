/* latchkey mechs info: all that a mechanism says of itself.
 * SPDX-License-Identifier: MIT */
#include "cli/mechs.h"
#include "cli/json.h"

#include "base/ascii.h"
#include "base/error.h"

#include <string.h>

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

static void
print_param(const struct lk_param_record *p)
{
	char room[4096];

	printf("  %s.%s  %s", p->id, p->name, p->type);
	if (p->min < p->max)
		printf(" %d-%d", (int)p->min, (int)p->max);
	if (*p->dflt)
		printf(", default %s", p->flags & LK_PARAM_SECRET
		       ? "(secret)" : lk_mechs_clean(room, p->dflt));
	if (p->flags & LK_PARAM_REQUIRED)
		printf(", required");
	if (p->flags & LK_PARAM_SECRET)
		printf(", secret");
	printf("\n      %s\n", lk_mechs_clean(room, p->help));
}

static void
print_line(const char *name, const char *value)
{
	char room[4096];

	if (*value)
		printf("%-10s%s\n", name, lk_mechs_clean(room, value));
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
	print_line("state", lk_mechs_state(info));
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
	if (lk_mechs_is_list(info->record) && info->state == LK_MECH_FAILED &&
	    strncmp(s->name, info->record->id,
		    strlen(info->record->id) - 1) == 0)
		lk_ascii_printable(s->broken, sizeof(s->broken), info->reason,
				   strlen(info->reason));
	d = lk_ascii_distance(s->name, info->record->id);
	if (d == 0 || lk_ascii_equal(s->name, info->record->wire)) {
		if (s->json)
			lk_json_mech(info, lk_mechs_state(info));
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

int
lk_mechs_info(struct lk_cli *c, struct lk_error *err)
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
