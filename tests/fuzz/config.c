/* Configuration files: refused with file and line, or whole; what was taken is
 * right, and a higher layer takes no TLS away.
 *
 * Input: files, with the octet 0x1d between them; the first octet of a file says
 * what it is, and whether it begins a new layer.
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "conf/config.h"

#include <stdlib.h>
#include <string.h>

#define NEW_LAYER 4

/* Without the code that is tested. */
static int
strength(const struct lk_section *s)
{
	const char *tls = s->values.key[LK_KEY_TLS];
	const char *verify = s->values.key[LK_KEY_NO_VERIFY];
	int n = !tls || tls[0] == 's' || tls[0] == 'i' ? 2 : tls[0] == 'o';

	return 10 * n + (!verify || verify[0] == 'n');
}

static void
check_error(const struct lk_error *e)
{
	must_be_error(e);
	MUST(e->cls == LK_E_CONFIG, "class %d", (int)e->cls);
	MUST(strncmp(e->sentence, "/file:", 6) == 0, "no place: %s",
	     e->sentence);
}

/* One file into its layer. */
static int
take(struct lk_sections *layer, const uint8_t *data, size_t len, unsigned how)
{
	static const char *const plugins[] = { "one", "two" };
	char *text = malloc(len + 1);
	struct lk_error err = { 0 };
	enum lk_form form = how % LK_FORMS;
	int r;

	MUST(text, "no memory");
	if (len)
		memcpy(text, data, len);
	r = lk_config_text(layer, form, "/file", form == LK_FORM_PLUGIN
			   ? plugins[how >> 3 & 1] : NULL, text, len, &err);
	free(text);
	if (r < 0)
		check_error(&err);
	return r;
}

static int
check_setting(void *ctx, const struct lk_setting *s)
{
	const size_t n = strlen(s->key);
	const int id = lk_key_find(s->key, n);
	struct lk_error err;

	MUST(id >= 0 ? lk_key_check((enum lk_key_id)id, s->value, &err) == 0
		     : lk_key_is_param(s->key, n), "%s = %s", s->key, s->value);
	MUST(lk_key_allow(s->key, n, *(unsigned *)ctx, &err) == 0,
	     "%s may not be here", s->key);
	MUST(s->file && strcmp(s->file, "/file") == 0 && s->line > 0,
	     "%s has no place", s->key);
	MUST(is_printable(s->value) || strchr(s->value, '\t'), "%s", s->value);
	return 0;
}

static void
check_account(const struct lk_config *c, const char *name, const char *sender)
{
	struct lk_login login = { .size = sizeof(login) };
	struct lk_error err = { 0 };
	struct lk_account *a;

	if (lk_account_new(&a, &err) < 0)
		return;
	if (lk_config_account(c, name, sender, a, &err) < 0) {
		must_be_error(&err);
	} else {
		lk_account_login(a, &login);
		MUST(login.port >= 1 && login.port <= 65535, "port %u",
		     login.port);
		MUST(!login.advice || *login.advice, "advice");
	}
	lk_account_free(a);
}

static void
check_all(const struct lk_config *c)
{
	static unsigned who[] = {
		[LK_CONFIG_ACCOUNTS] = LK_KEY_ACCOUNT,
		[LK_CONFIG_PROVIDERS] = LK_KEY_PROVIDER,
		[LK_CONFIG_PLUGINS] = LK_KEY_PLUGIN,
	};
	size_t i;

	for (i = 0; i < c->sections.n; i++) {
		const struct lk_section *s = c->sections.list[i];

		MUST(lk_config_show(c, s->kind, s->name, check_setting,
				    &who[s->kind], NULL) == 0, "%s", s->name);
		if (s->kind == LK_CONFIG_ACCOUNTS)
			check_account(c, s->name, NULL);
	}
	for (i = 0; i < c->n_domains; i++) {
		char address[300] = "a@";

		memcpy(address + 2, c->domains[i].at, c->domains[i].len);
		MUST(lk_config_provider_of(c, address), "%s", address);
		check_account(c, NULL, address);
	}
}

/* Merge a layer; what lower ones defined is not weaker then. */
static int
merge(struct lk_config *c, struct lk_sections *layer, uint32_t rank)
{
	struct lk_error err = { 0 };
	int r, *before = calloc(c->sections.n + 1, sizeof(*before));
	char **names = calloc(c->sections.n + 1, sizeof(*names));
	size_t i, n = c->sections.n;

	MUST(before && names, "no memory");
	for (i = 0; i < n; i++) {
		names[i] = c->sections.list[i]->kind == LK_CONFIG_PROVIDERS
			? strdup(c->sections.list[i]->name) : NULL;
		before[i] = strength(c->sections.list[i]);
	}
	r = lk_sections_merge(&c->sections, layer, rank, &err);
	if (r < 0)
		check_error(&err);
	for (i = 0; i < n; i++) {
		struct lk_section *s = names[i]
			? lk_sections_find(&c->sections, LK_CONFIG_PROVIDERS,
					   names[i]) : NULL;

		MUST(!names[i] || s, "%s is gone", names[i]);
		MUST(!s || (strength(s) / 10 >= before[i] / 10 &&
			    strength(s) % 10 >= before[i] % 10),
		     "%s lost its TLS", names[i]);
		free(names[i]);
	}
	free(names);
	free(before);
	lk_sections_free(layer);
	return r;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lk_config *c = calloc(1, sizeof(*c));
	struct lk_sections layer = { 0 };
	struct feed in = { data, size };
	struct lk_error err = { 0 };
	uint32_t rank = 0;
	int r = 0;

	MUST(c, "no memory");
	while (r == 0 && in.left > 0) {
		const uint8_t how = feed_octet(&in);
		const uint8_t *text;
		size_t len;

		if (how & NEW_LAYER)
			r = merge(c, &layer, rank++);
		text = feed_until(&in, 0x1d, &len);
		if (r == 0)
			r = take(&layer, text, len, how);
	}
	if (r == 0)
		r = merge(c, &layer, rank);
	lk_sections_free(&layer);
	if (r == 0 && (lk_config_index(c, &err) < 0 ||
		       lk_config_plugins(c, &err) < 0))
		check_error(&err);
	else if (r == 0)
		check_all(c);
	lk_config_free(c);
	return 0;
}
