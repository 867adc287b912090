/* Values by key. SPDX-License-Identifier: MIT */
#include "conf/values.h"

#include "base/ascii.h"
#include "base/error.h"
#include "conf/rules.h"

#include <stdlib.h>
#include <string.h>

static void
wipe(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

/* The parameter of this name, or the end. */
static size_t
find(const struct lk_values *v, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < v->n_params; i++)
		if (strncmp(v->params[i], name, len) == 0 &&
		    v->params[i][len] == '=')
			break;
	return i;
}

/* Room for n more parameters and the NULL. */
static int
reserve(struct lk_values *v, size_t n)
{
	struct lk_place *places;
	char **params;

	if (n == 0)
		return 0;
	params = reallocarray(v->params, v->n_params + n + 1, sizeof(*params));
	if (!params)
		return -1;
	v->params = params;
	v->params[v->n_params] = NULL;
	places = reallocarray(v->param_place, v->n_params + n,
			      sizeof(*places));
	if (!places)
		return -1;
	v->param_place = places;
	return 0;
}

/* These two take text and place; there is room. */
static void
put_key(struct lk_values *v, size_t id, char *text, struct lk_place place)
{
	wipe(v->key[id]);
	free(v->key_place[id].file);
	v->key[id] = text;
	v->key_place[id] = place;
}

static void
put_param(struct lk_values *v, char *text, struct lk_place place)
{
	size_t i = find(v, text, (size_t)(strchr(text, '=') - text));

	if (i == v->n_params) {
		v->params[++v->n_params] = NULL;
	} else {
		wipe(v->params[i]);
		free(v->param_place[i].file);
	}
	v->params[i] = text;
	v->param_place[i] = place;
}

/* "NAME=VALUE", to free(); NULL with *err set. */
static char *
make_param(const struct lk_values *v, const char *name, size_t len,
	   const char *value, struct lk_error *err)
{
	const char *rule = *value ? lk_rule_text(value) : NULL;
	char *text;

	if (rule) {
		lk_fail(err, LK_E_CONFIG, "%.*s: the value %s", (int)len, name,
			rule);
		return NULL;
	}
	if (v->n_params >= LK_PARAMS_MAX) {
		lk_fail(err, LK_E_CONFIG, "%.*s: more than %d parameters",
			(int)len, name, LK_PARAMS_MAX);
		return NULL;
	}
	text = malloc(len + 1 + strlen(value) + 1);
	if (!text) {
		lk_fail_memory(err);
		return NULL;
	}
	memcpy(text, name, len);
	text[len] = '=';
	memcpy(text + len + 1, value, strlen(value) + 1);
	return text;
}

static char *
make_value(enum lk_key_id id, const char *value, struct lk_error *err)
{
	char *text;

	if (lk_key_check(id, value, err) < 0)
		return NULL;
	text = strdup(value);
	if (!text)
		lk_fail_memory(err);
	return text;
}

int
lk_values_set(struct lk_values *v, const char *name, size_t len,
	      const char *value, const struct lk_place *place,
	      struct lk_error *err)
{
	const int id = lk_key_find(name, len);
	struct lk_place copy = { NULL, place ? place->line : 0 };
	char *text;

	if (id < 0 && !lk_key_is_param(name, len))
		return lk_key_unknown(name, len, LK_KEY_PROGRAM, err);
	text = id < 0 ? make_param(v, name, len, value, err)
		      : make_value((enum lk_key_id)id, value, err);
	if (!text)
		return -1;
	if (place && place->file)
		copy.file = strdup(place->file);
	if ((place && place->file && !copy.file) ||
	    (id < 0 && reserve(v, 1) < 0)) {
		wipe(text);
		free(copy.file);
		return lk_fail_memory(err);
	}
	if (id < 0)
		put_param(v, text, copy);
	else
		put_key(v, (size_t)id, text, copy);
	return 0;
}

const struct lk_place *
lk_values_find(const struct lk_values *v, const char *name, size_t len)
{
	const int id = lk_key_find(name, len);
	size_t i;

	if (id >= 0)
		return v->key[id] ? &v->key_place[id] : NULL;
	i = find(v, name, len);
	return i < v->n_params ? &v->param_place[i] : NULL;
}

int
lk_values_copy(struct lk_values *to, const struct lk_values *from,
	       struct lk_error *err)
{
	size_t i;

	for (i = 0; i < LK_KEYS; i++)
		if (from->key[i] &&
		    lk_values_set(to, lk_keys[i].name, strlen(lk_keys[i].name),
				  from->key[i], &from->key_place[i], err) < 0)
			return -1;
	for (i = 0; i < from->n_params; i++) {
		const char *text = from->params[i];
		const size_t n = strcspn(text, "=");

		if (lk_values_set(to, text, n, text + n + 1,
				  &from->param_place[i], err) < 0)
			return -1;
	}
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
		put_key(to, i, from->key[i], from->key_place[i]);
		from->key[i] = from->key_place[i].file = NULL;
	}
	for (i = 0; i < from->n_params; i++)
		put_param(to, from->params[i], from->param_place[i]);
	from->n_params = 0;
	lk_values_wipe(from);
	return 0;
}

void
lk_values_unset(struct lk_values *v, enum lk_key_id id)
{
	static const struct lk_place none;

	put_key(v, id, NULL, none);
}

void
lk_values_each(const struct lk_values *v,
	       int (*each)(void *ctx, const struct lk_setting *), void *ctx)
{
	char name[LK_NAME_MAX];
	size_t i, n;

	for (i = 0; i < LK_KEYS; i++) {
		const struct lk_setting s = {
			lk_keys[i].name, v->key[i], v->key_place[i].file,
			v->key_place[i].line,
		};

		if (v->key[i] && each(ctx, &s) != 0)
			return;
	}
	for (i = 0; i < v->n_params; i++) {
		struct lk_setting s = {
			name, NULL, v->param_place[i].file,
			v->param_place[i].line,
		};

		n = strcspn(v->params[i], "=");
		s.value = v->params[i] + n + 1;
		memcpy(name, v->params[i], n);
		name[n] = '\0';
		if (each(ctx, &s) != 0)
			return;
	}
}

void
lk_values_wipe(struct lk_values *v)
{
	size_t i;

	for (i = 0; i < LK_KEYS; i++)
		lk_values_unset(v, (enum lk_key_id)i);
	for (i = 0; i < v->n_params; i++) {
		wipe(v->params[i]);
		free(v->param_place[i].file);
	}
	free(v->params);
	free(v->param_place);
	memset(v, 0, sizeof(*v));
}
