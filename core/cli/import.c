/* The verb import: a file in, a file out.  SPDX-License-Identifier: MIT */
#include "cli/import.h"

#include "cli/cli.h"

#include "base/ascii.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
fail_file(const char *path, const char *why, struct lk_error *err)
{
	char shown[PATH_MAX];

	lk_ascii_printable(shown, sizeof(shown), path, strlen(path));
	return lk_fail(err, LK_E_CONFIG, "%s: %s", shown, why);
}

/* All of a file, with room for a NUL. */
static int
read_all(int fd, const char *path, struct lk_buf *text, struct lk_error *err)
{
	ssize_t n = 1;

	while (n != 0) {
		unsigned char *to = lk_buf_reserve(text, 4096);

		if (!to)
			return text->max - text->len < 4096
				? fail_file(path, "is larger than 1 MiB", err)
				: lk_fail_memory(err);
		n = read(fd, to, 4096);
		if (n < 0 && errno != EINTR)
			return fail_file(path, strerror(errno), err);
		text->len += n > 0 ? (size_t)n : 0;
	}
	return lk_buf_text(text) ? 0 : lk_fail_memory(err);
}

static int
read_file(const char *path, struct lk_buf *text, struct lk_error *err)
{
	int r, fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return fail_file(path, strerror(errno), err);
	r = read_all(fd, path, text, err);
	close(fd);
	return r;
}

/* Put the path before the sentence; returns -1. */
static int
name_file(const char *path, struct lk_error *err)
{
	char sentence[sizeof(err->sentence)], advice[sizeof(err->advice)];

	if (err->cls == LK_E_NOMEM)
		return -1;
	lk_ascii_copy(sentence, sizeof(sentence), err->sentence);
	lk_ascii_copy(advice, sizeof(advice), err->advice);
	fail_file(path, sentence, err);
	if (*advice)
		lk_advise(err, "%s", advice);
	return -1;
}

static void
tell_lost(size_t lost)
{
	char text[128];

	if (lost == 0)
		return;
	snprintf(text, sizeof(text), lost == 1 ? "1 thing was not kept: see "
		 "the line \"# not kept\"" : "%zu things were not kept: see "
		 "the lines \"# not kept\"", lost);
	lk_cli_warn(text);
}

typedef int reader(struct lk_import *, char *text, size_t len,
		   struct lk_error *err);

static int
import(struct lk_cli *c, reader *read_text, struct lk_error *err)
{
	const char *path = c->args[1];
	struct lk_import i = { 0 };
	struct lk_buf text;
	int r;

	if (c->json)
		return lk_fail(err, LK_E_USAGE, "import writes a "
			       "configuration file, and no --json");
	lk_buf_init(&text, LK_IMPORT_MAX + 4096);
	r = lk_import_init(&i, err);
	i.home = secure_getenv("HOME");
	if (r == 0)
		r = read_file(path, &text, err);
	if (r == 0 && read_text(&i, (char *)text.data, text.len, err) < 0)
		r = name_file(path, err);
	if (r == 0 && i.is_full)
		r = lk_fail_memory(err);
	if (r == 0) {
		fwrite(i.out.data, 1, i.out.len, stdout);
		tell_lost(i.lost);
	}
	lk_import_wipe(&i);
	lk_buf_wipe(&text);
	return r;
}

static int
read_autoconfig(struct lk_import *i, char *text, size_t len,
		struct lk_error *err)
{
	return lk_import_autoconfig(i, text, len, err);
}

int
lk_cli_import_provider(struct lk_cli *c, struct lk_error *err)
{
	return import(c, read_autoconfig, err);
}

int
lk_cli_import_account(struct lk_cli *c, struct lk_error *err)
{
	return import(c, lk_import_msmtp, err);
}
