/* A file of a program's own, beside latchkey.conf.
 * SPDX-License-Identifier: MIT */
#include "conf/config.h"

#include "base/ascii.h"
#include "base/error.h"
#include "conf/file.h"
#include "conf/ini.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int each_line(void *ctx, const struct lk_line *, struct lk_error *err);

static int
take_lines(const char *path, char *text, size_t len, each_line *each,
	   void *ctx, struct lk_error *err)
{
	struct lk_ini ini = { .text = text, .left = len, .path = path };
	struct lk_line line = { "", "", "", "" };
	struct lk_place place = { 0 };
	char shown[1024];
	int kind, r = 0;

	while (r == 0 && (kind = lk_ini_next(&ini, err)) != LK_INI_END) {
		if (kind < 0) {
			r = kind;
		} else if (kind == LK_INI_SECTION) {
			line.kind = ini.name;
			line.name = ini.value;
		} else {
			line.key = ini.name;
			line.value = ini.value;
			r = each(ctx, &line, err);
		}
	}
	if (r == 0)
		return 1;
	lk_ascii_printable(shown, sizeof(shown), path, strlen(path));
	place.file = shown;
	place.line = ini.line;
	return lk_fail_place(err, &place);
}

static int
take_file(const char *directory, size_t len, const char *file,
	  each_line *each, void *ctx, struct lk_error *err)
{
	char *path = NULL, *text = NULL;
	size_t n = 0;
	int r;

	if (asprintf(&path, "%.*s/%s", (int)len, directory, file) < 0)
		return lk_fail_memory(err);
	r = lk_conf_file_read(path, &text, &n, err);
	if (r == 1) {
		r = take_lines(path, text, n, each, ctx, err);
		explicit_bzero(text, n);
	}
	free(text);
	free(path);
	return r;
}

int
lk_config_lines(const struct lk_config_options *o, const char *file,
		each_line *each, void *ctx, struct lk_error *err)
{
	char *all = lk_layers(o ? o->dirs : NULL, err);
	size_t end = all ? strlen(all) : 0, at;
	int r = all ? 0 : -1;

	while (r == 0 && end > 0) {
		for (at = end; at > 0 && all[at - 1] != ':'; at--)
			;
		if (at < end)
			r = take_file(all + at, end - at, file, each, ctx, err);
		end = at ? at - 1 : 0;
	}
	free(all);
	if (r < 0 && err)
		err->stage = LK_STAGE_CONFIG;
	return r;
}
