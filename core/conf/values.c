/* Values by key. SPDX-License-Identifier: MIT */
#include "conf/values.h"

#include "base/ascii.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static void
wipe(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

/* The entry that starts with "ID.NAME=" (length n), or the end. */
static size_t
find(const struct lk_values *v, const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < v->n_params; i++)
		if (strncmp(v->params[i], text, n) == 0)
			break;
	return i;
}

/* Room for n more parameters and the NULL. */
static int
reserve(struct lk_values *v, size_t n)
{
	char **bigger;

	if (n == 0)
		return 0;
	bigger = realloc(v->params, (v->n_params + n + 1) * sizeof(*bigger));
	if (!bigger)
		return -1;
	v->params = bigger;
	v->params[v->n_params] = NULL;
	return 0;
}

/* Takes text; there is room. */
static void
put(struct lk_values *v, char *text)
{
	size_t n = (size_t)(strchr(text, '=') - text) + 1;
	size_t i = find(v, text, n);

	if (i == v->n_params)
		v->params[++v->n_params] = NULL;
	else
		wipe(v->params[i]);
	v->params[i] = text;
}

static int
set_param(struct lk_values *v, const char *name, size_t len, const char *value,
	  struct lk_error *err)
{
	const char *rule = *value ? lk_key_rule_text(value) : NULL;
	char *text;

	if (rule)
		return lk_fail(err, LK_E_CONFIG, "%.*s: the value %s",
			       (int)len, name, rule);
	text = malloc(len + 1 + strlen(value) + 1);
	if (!text || reserve(v, 1) < 0) {
		free(text);
		return lk_fail_memory(err);
	}
	memcpy(text, name, len);
	text[len] = '=';
	memcpy(text + len + 1, value, strlen(value) + 1);
	put(v, text);
	return 0;
}

int
lk_values_set(struct lk_values *v, const char *name, size_t len,
	      const char *value, struct lk_error *err)
{
	int id = lk_key_find(name, len);
	char *copy;

	if (id < 0 && lk_key_is_param(name, len))
		return set_param(v, name, len, value, err);
	if (id < 0)
		return lk_key_unknown(name, len, err);
	if (lk_key_check((enum lk_key_id)id, value, err) < 0)
		return -1;
	copy = strdup(value);
	if (!copy)
		return lk_fail_memory(err);
	wipe(v->key[id]);
	v->key[id] = copy;
	return 0;
}

int
lk_values_move(struct lk_values *to, struct lk_values *from)
{
	size_t i;

	if (reserve(to, from->n_params) < 0)
		return -1;
	for (i = 0; i < LK_KEYS; i++) {
		if (!from->key[i])
			continue;
		wipe(to->key[i]);
		to->key[i] = from->key[i];
		from->key[i] = NULL;
	}
	for (i = 0; i < from->n_params; i++)
		put(to, from->params[i]);
	from->n_params = 0;
	lk_values_wipe(from);
	return 0;
}

void
lk_values_unset(struct lk_values *v, enum lk_key_id id)
{
	wipe(v->key[id]);
	v->key[id] = NULL;
}

void
lk_values_wipe(struct lk_values *v)
{
	size_t i;

	for (i = 0; i < LK_KEYS; i++)
		wipe(v->key[i]);
	for (i = 0; i < v->n_params; i++)
		wipe(v->params[i]);
	free(v->params);
	memset(v, 0, sizeof(*v));
}
