/* Sections of configuration files, merged layer by layer.
 * SPDX-License-Identifier: MIT */
#ifndef LK_CONF_SECTIONS_H
#define LK_CONF_SECTIONS_H

#include "conf/values.h"

#include <stdint.h>

#define LK_SECTIONS_MAX 10000

struct lk_section {
	int32_t kind;               /* LK_CONFIG_ACCOUNTS... */
	uint32_t layer;             /* that said its `match` */
	char *name;
	struct lk_place place;      /* where it was defined first */
	struct lk_values values;
};

/* Sorted by kind and name.  All zero is empty. */
struct lk_sections {
	struct lk_section **list;
	size_t n;
};

/* "account", "provider", "plugin": of a LK_CONFIG_*. */
const char *lk_section_word(int32_t kind);

struct lk_section *lk_sections_find(const struct lk_sections *, int32_t kind,
				    const char *name);

/* The first of this kind, or where it would be. */
size_t lk_sections_first(const struct lk_sections *, int32_t kind);

/* "no provider is called ...", with the nearest; returns -1. */
int lk_sections_unknown(const struct lk_sections *, int32_t kind,
			const char *name, struct lk_error *err);

/* A new one that was not there; place is copied.  NULL with *err set. */
struct lk_section *lk_sections_add(struct lk_sections *, int32_t kind,
				   const char *name,
				   const struct lk_place *place,
				   struct lk_error *err);

/* Move what a layer has over what the lower ones have.  -1 with *err set. */
int lk_sections_merge(struct lk_sections *to, struct lk_sections *layer,
		      uint32_t rank, struct lk_error *err);

void lk_sections_free(struct lk_sections *);

/* Put "FILE:LINE: " before the sentence; returns -1. */
int lk_fail_place(struct lk_error *, const struct lk_place *);

#endif
