/* What mechs.d says of plugins. SPDX-License-Identifier: MIT */
#include "conf/config.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
is_said(const struct lk_section *s, enum lk_key_id id, const char *value)
{
	return s->values.key[id] && strcmp(s->values.key[id], value) == 0;
}

static int
check(const struct lk_section *s, struct lk_error *err)
{
	const struct lk_place *places = s->values.key_place;

	if (!is_said(s, LK_KEY_ENABLED, "no") ||
	    !is_said(s, LK_KEY_CRITICAL, "yes"))
		return 0;
	lk_fail(err, LK_E_CONFIG, "the plugin %s is not enabled, and cannot be "
		"critical then, as %s:%u says", s->name,
		places[LK_KEY_CRITICAL].file, places[LK_KEY_CRITICAL].line);
	return lk_fail_place(err, &places[LK_KEY_ENABLED]);
}

/* Which plugin's file has set this parameter, of the n before. */
static const struct lk_section *
find(struct lk_section *const *list, size_t n, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (lk_values_find(&list[i]->values, name, len))
			return list[i];
	return NULL;
}

static int
add_params(struct lk_config *c, struct lk_section *const *list, size_t n,
	   size_t *n_params, struct lk_error *err)
{
	const struct lk_values *v = &list[n]->values;
	size_t i;

	for (i = 0; i < v->n_params; i++) {
		const size_t len = strcspn(v->params[i], "=");
		const struct lk_section *other = find(list, n, v->params[i],
						      len);

		if (other) {
			lk_fail(err, LK_E_CONFIG, "%.*s: is in the file of the "
				"plugin %s already", (int)len, v->params[i],
				other->name);
			return lk_fail_place(err, &v->param_place[i]);
		}
		if (asprintf(&c->places[*n_params], "%s:%u",
			     v->param_place[i].file,
			     v->param_place[i].line) < 0) {
			c->places[*n_params] = NULL;
			return lk_fail_memory(err);
		}
		c->params[(*n_params)++] = v->params[i];
	}
	return 0;
}

int
lk_config_plugins(struct lk_config *c, struct lk_error *err)
{
	const struct lk_sections *s = &c->sections;
	const size_t first = lk_sections_first(s, LK_CONFIG_PLUGINS);
	struct lk_section *const *list = s->n ? s->list + first : NULL;
	size_t n = 0, n_params = 0, i;

	/* plugins are the last kind */
	for (i = first; i < s->n; i++)
		n_params += s->list[i]->values.n_params;
	c->plugins = calloc(s->n - first + 1, sizeof(*c->plugins));
	c->params = calloc(n_params + 1, sizeof(*c->params));
	c->places = calloc(n_params + 1, sizeof(*c->places));
	if (!c->plugins || !c->params || !c->places)
		return lk_fail_memory(err);
	for (n_params = 0; first + n < s->n; n++) {
		if (check(list[n], err) < 0 ||
		    add_params(c, list, n, &n_params, err) < 0)
			return -1;
		c->plugins[n].name = list[n]->name;
		if (is_said(list[n], LK_KEY_ENABLED, "no"))
			c->plugins[n].flags |= LK_SETTING_DISABLED;
		if (is_said(list[n], LK_KEY_CRITICAL, "yes"))
			c->plugins[n].flags |= LK_SETTING_CRITICAL;
	}
	return 0;
}
