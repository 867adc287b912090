/* What latchkey accounts and latchkey providers share.
 * SPDX-License-Identifier: MIT */
#include "cli/verbs.h"

#include "cli/json.h"

#include "base/ascii.h"
#include "base/error.h"

#include <string.h>

#define WIDTH 44                    /* of a setting, before its place */

static int
fail_verb(const struct lk_cli *c, const struct lk_cli_verb *verbs,
	  struct lk_error *err)
{
	char list[256] = "";
	size_t n = 0;

	for (; verbs->name; verbs++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s",
				      n == 0 ? "" : verbs[1].name ? ", "
				      : " or ", verbs->name);
	lk_fail(err, LK_E_USAGE, "latchkey %s takes %s", c->command->name,
		list);
	lk_advise(err, "latchkey %s --help tells more", c->command->name);
	return -1;
}

int
lk_cli_verb(struct lk_cli *c, const struct lk_cli_verb *verbs,
	    struct lk_error *err)
{
	const struct lk_cli_verb *v = verbs;

	while (v->name && (!c->n_args || strcmp(v->name, c->args[0]) != 0))
		v++;
	if (!v->name)
		return fail_verb(c, verbs, err);
	if (c->n_args - 1 < v->least || c->n_args - 1 > v->most)
		return lk_fail(err, LK_E_USAGE, "latchkey %s %s takes %s",
			       c->command->name, v->name, v->operands);
	return v->run(c, err);
}

int
lk_cli_show(void *ctx, const struct lk_setting *given)
{
	const struct lk_shown *shown = ctx;
	struct lk_setting s = *given;
	char value[4097];
	int n;

	lk_ascii_printable(value, sizeof(value), s.value, strlen(s.value));
	s.value = lk_cli_is_secret(shown->cli->host, s.key) ? "(secret)"
							    : value;
	if (shown->cli->json) {
		lk_json_setting(shown->kind, shown->name, &s);
		return 0;
	}
	n = printf("%s = %s", s.key, s.value);
	if (s.file)
		printf("%*s # %s:%u", n < WIDTH ? WIDTH - n : 0, "", s.file,
		       (unsigned)s.line);
	putchar('\n');
	return 0;
}
