/* All configuration files, read. SPDX-License-Identifier: MIT */
#ifndef LK_CONF_CONFIG_H
#define LK_CONF_CONFIG_H

#include "conf/sections.h"

/* A domain that a provider matches. */
struct lk_domain {
	const char *at;             /* in the provider's `match` */
	size_t len;
	const struct lk_section *provider;
};

struct lk_config {
	struct lk_sections sections;
	char *layers;               /* all directories, by colons */
	char *highest;              /* the directory of the highest layer, or
				       NULL */
	struct lk_domain *domains;  /* sorted */
	size_t n_domains;
	struct lk_plugin_setting *plugins;
	const char **params;        /* of the plugins */
	char **places;              /* "FILE:LINE" of each */
};

/* ---- layers.c ----------------------------------------------------------- */

/* The directories, the lowest layer first, by colons, to free(); NULL with *err
 * set. */
char *lk_layers(const char *dirs, struct lk_error *err);

/* ---- load.c ------------------------------------------------------------- */

enum lk_form {
	LK_FORM_MAIN,               /* latchkey.conf */
	LK_FORM_PROVIDERS,          /* a file of providers.d */
	LK_FORM_PLUGIN,             /* a file of mechs.d */
	LK_FORMS
};

/* Take what a file says; text is changed, and has room for a NUL.  name: of the
 * plugin, or NULL.  -1 with *err set. */
int lk_config_text(struct lk_sections *layer, enum lk_form, const char *path,
		   const char *name, char *text, size_t len,
		   struct lk_error *err);

/* Merge the files of a directory.  -1 with *err set. */
int lk_config_load(struct lk_config *, const char *directory, uint32_t rank,
		   uint32_t flags, struct lk_error *err);

/* LK_CONFIG_UNREAD of one directory.  false: enough. */
bool lk_config_each_unread(const char *directory,
			   int (*each)(void *ctx, const char *path), void *ctx);

/* Merge a file by itself.  -1 with *err set: also if it is not there. */
int lk_config_load_file(struct lk_config *, const char *path, uint32_t rank,
			struct lk_error *err);

/* ---- match.c ------------------------------------------------------------ */

/* Who matches which domain.  -1 with *err set: two of one layer match one. */
int lk_config_index(struct lk_config *, struct lk_error *err);

/* The provider of what follows the last @ of an address, or NULL. */
const struct lk_section *lk_config_match(const struct lk_config *,
					 const char *address);

/* ---- plugins.c ---------------------------------------------------------- */

/* What mechs.d says, for a host.  -1 with *err set. */
int lk_config_plugins(struct lk_config *, struct lk_error *err);

#endif
