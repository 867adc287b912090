/* The files of one directory. SPDX-License-Identifier: MIT */
#include "conf/config.h"

#include "base/ascii.h"
#include "base/error.h"
#include "conf/file.h"
#include "conf/ini.h"
#include "conf/rules.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The kinds of sections, and who may say a key in them. */
static const unsigned who[] = {
	[LK_CONFIG_ACCOUNTS] = LK_KEY_ACCOUNT,
	[LK_CONFIG_PROVIDERS] = LK_KEY_PROVIDER,
	[LK_CONFIG_PLUGINS] = LK_KEY_PLUGIN,
};

/* One kind of file. */
struct form {
	const char *directory;      /* or NULL: one file */
	const char *file;           /* of NULL */
	bool has_accounts;          /* sections [account], too */
	bool has_plugin;            /* no section: it is its name's */
};

static const struct form forms[LK_FORMS] = {
	[LK_FORM_MAIN] = { NULL, "latchkey.conf", true, false },
	[LK_FORM_PROVIDERS] = { "providers.d", NULL, false, false },
	[LK_FORM_PLUGIN] = { "mechs.d", NULL, false, true },
};

/* One file on its way. */
struct load {
	const struct form *form;
	struct lk_sections *layer;
	struct lk_section *section; /* the current one, or NULL */
	struct lk_place place;      /* the current line */
	struct lk_ini ini;
};

static int
add(struct load *l, int32_t kind, const char *name, struct lk_error *err)
{
	l->section = lk_sections_add(l->layer, kind, name, &l->place, err);
	return l->section ? 0 : -1;
}

static int
take_section(struct load *l, struct lk_error *err)
{
	const bool is_account = strcmp(l->ini.name, "account") == 0;
	const char *rule = lk_rule_name(l->ini.value), *name;
	char shown[80];

	if (l->form->has_plugin) {
		lk_fail(err, LK_E_CONFIG, "a file of mechs.d has no sections");
		lk_advise(err, "enabled, critical and ID.PARAM stand by "
			  "themselves");
		return -1;
	}
	if (!is_account && strcmp(l->ini.name, "provider") != 0) {
		lk_ascii_printable(shown, sizeof(shown), l->ini.name,
				   strlen(l->ini.name));
		lk_fail(err, LK_E_CONFIG, "unknown section [%s]", shown);
		/* [default] alone */
		name = *l->ini.value || lk_rule_name(shown) ? "NAME" : shown;
		if (l->form->has_accounts)
			lk_advise(err, "[account %s] or [provider %s]", name,
				  name);
		else
			lk_advise(err, "[provider %s]", name);
		return -1;
	}
	if (is_account && !l->form->has_accounts) {
		lk_fail(err, LK_E_CONFIG, "an [account] cannot stand in a file "
			"of providers.d");
		lk_advise(err, "accounts are in latchkey.conf");
		return -1;
	}
	if (rule) {
		lk_ascii_printable(shown, sizeof(shown), l->ini.value,
				   strlen(l->ini.value));
		return lk_fail(err, LK_E_CONFIG, "[%s]: \"%s\" %s",
			       l->ini.name, shown, rule);
	}
	return add(l, is_account ? LK_CONFIG_ACCOUNTS : LK_CONFIG_PROVIDERS,
		   l->ini.value, err);
}

static int
take_key(struct load *l, struct lk_error *err)
{
	const char *name = l->ini.name;
	const size_t len = strlen(name);
	const struct lk_place *old;

	if (!l->section) {
		lk_fail(err, LK_E_CONFIG, "a key stands before the first "
			"section");
		lk_advise(err, "%s", "[account NAME] or [provider NAME]");
		return -1;
	}
	if (lk_key_allow(name, len, who[l->section->kind], err) < 0)
		return -1;
	old = lk_values_find(&l->section->values, name, len);
	if (old)
		return lk_fail(err, LK_E_CONFIG, "%s: is in line %u already",
			       name, old->line);
	return lk_values_set(&l->section->values, name, len, l->ini.value,
			     &l->place, err);
}

static int
take_lines(struct load *l, const char *plugin, struct lk_error *err)
{
	int r = plugin ? add(l, LK_CONFIG_PLUGINS, plugin, err) : 0;
	int kind = LK_INI_SECTION;

	while (r == 0 && kind != LK_INI_END) {
		kind = lk_ini_next(&l->ini, err);
		l->place.line = l->ini.line;
		if (kind == LK_INI_SECTION)
			r = take_section(l, err);
		else if (kind == LK_INI_KEY)
			r = take_key(l, err);
		else
			r = kind;
	}
	return r < 0 ? lk_fail_place(err, &l->place) : 0;
}

int
lk_config_text(struct lk_sections *layer, enum lk_form form, const char *path,
	       const char *name, char *text, size_t len, struct lk_error *err)
{
	struct load l = {
		.form = &forms[form], .layer = layer,
		.ini = { .text = text, .left = len, .path = path },
	};
	const size_t room = strlen(path) + 1;
	int r;

	/* it stands in errors, and in what accounts show */
	l.place.file = malloc(room);
	if (!l.place.file)
		return lk_fail_memory(err);
	lk_ascii_printable(l.place.file, room, path, room - 1);
	r = take_lines(&l, name, err);
	free(l.place.file);
	return r;
}

static int
take_file(struct lk_sections *layer, enum lk_form form, const char *path,
	  const char *name, struct lk_error *err)
{
	char *text = NULL;
	size_t len = 0;
	int r = lk_conf_file_read(path, &text, &len, err);

	if (r <= 0)
		return r;
	r = lk_config_text(layer, form, path, name, text, len, err);
	explicit_bzero(text, len);
	free(text);
	return r;
}

/* PLUGIN.conf: its name has no suffix, and is what a plugin may be called. */
static int
take_plugin(struct lk_sections *layer, const char *path, const char *name,
	    struct lk_error *err)
{
	char plugin[128];
	const size_t n = strlen(name) - strlen(".conf");

	if (n < sizeof(plugin)) {
		memcpy(plugin, name, n);
		plugin[n] = '\0';
		if (!lk_rule_name(plugin) && !strchr(plugin, '.'))
			return take_file(layer, LK_FORM_PLUGIN, path, plugin,
					 err);
	}
	lk_ascii_printable(plugin, sizeof(plugin), path, strlen(path));
	lk_fail(err, LK_E_CONFIG, "%s: no plugin can be called so", plugin);
	lk_advise(err, "mechs.d/NAME.conf is for the plugin NAME.so");
	return -1;
}

static int
take_directory(struct lk_sections *layer, enum lk_form form,
	       const char *directory, struct lk_error *err)
{
	char *path, **names = NULL;
	int i, n, r = 0;

	if (asprintf(&path, "%s/%s", directory, forms[form].directory) < 0)
		return lk_fail_memory(err);
	n = lk_conf_file_names(path, &names, err);
	free(path);
	for (i = 0; i < n && r == 0; i++) {
		if (asprintf(&path, "%s/%s/%s", directory,
			     forms[form].directory, names[i]) < 0) {
			r = lk_fail_memory(err);
			break;
		}
		r = forms[form].has_plugin
			? take_plugin(layer, path, names[i], err)
			: take_file(layer, form, path, NULL, err);
		free(path);
	}
	lk_conf_file_names_free(names, n);
	return n < 0 ? n : r;
}

static int
take_form(struct lk_sections *layer, enum lk_form form, const char *directory,
	  struct lk_error *err)
{
	char *path;
	int r;

	if (forms[form].directory)
		return take_directory(layer, form, directory, err);
	if (asprintf(&path, "%s/%s", directory, forms[form].file) < 0)
		return lk_fail_memory(err);
	r = take_file(layer, form, path, NULL, err);
	free(path);
	return r;
}

int
lk_config_load(struct lk_config *c, const char *directory, uint32_t rank,
	       uint32_t flags, struct lk_error *err)
{
	struct lk_sections layer = { 0 };
	enum lk_form form;
	int r = 0;

	for (form = 0; form < LK_FORMS && r == 0; form++)
		if (forms[form].has_plugin || !(flags & LK_CONFIG_PLUGINS_ONLY))
			r = take_form(&layer, form, directory, err);
	if (r == 0)
		r = lk_sections_merge(&c->sections, &layer, rank, err);
	lk_sections_free(&layer);
	return r;
}

bool
lk_config_each_unread(const char *directory,
		      int (*each)(void *ctx, const char *path), void *ctx)
{
	char path[PATH_MAX], **names;
	enum lk_form form;
	bool goes_on = true;
	int i, n;

	for (form = 0; form < LK_FORMS; form++) {
		if (!forms[form].directory)
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory,
			 forms[form].directory);
		n = lk_conf_file_unread(path, &names, NULL);
		for (i = 0; i < n && goes_on; i++) {
			snprintf(path, sizeof(path), "%s/%s/%s", directory,
				 forms[form].directory, names[i]);
			goes_on = each(ctx, path) == 0;
		}
		lk_conf_file_names_free(names, n);
	}
	return goes_on;
}

/* Is it DIRECTORY/NAME of this kind? */
static bool
is_in(const char *path, const char *name, const char *directory)
{
	const size_t n = strlen(directory);

	return name - path > (ptrdiff_t)n && name[-1] == '/' &&
	       strncmp(name - 1 - n, directory, n) == 0 &&
	       (name - 1 - n == path || name[-2 - (ptrdiff_t)n] == '/');
}

int
lk_config_load_file(struct lk_config *c, const char *path, uint32_t rank,
		    struct lk_error *err)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	const size_t len = strlen(name);
	struct lk_sections layer = { 0 };
	char shown[256];
	int r;

	lk_ascii_printable(shown, sizeof(shown), path, strlen(path));
	if (access(path, F_OK) != 0)
		return lk_fail(err, LK_E_CONFIG, "%s: %s", shown,
			       strerror(errno));
	if (is_in(path, name, forms[LK_FORM_PLUGIN].directory) && len > 5 &&
	    strcmp(name + len - 5, ".conf") == 0)
		r = take_plugin(&layer, path, name, err);
	else
		r = take_file(&layer, LK_FORM_MAIN, path, NULL, err);
	if (r == 0)
		r = lk_sections_merge(&c->sections, &layer, rank, err);
	lk_sections_free(&layer);
	return r;
}
