/* What helps a person on. SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include "base/ascii.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *
lk_cli_nearest(const char *word, const char *const *words)
{
	size_t least = strlen(word) / 2 + 1, d;
	const char *nearest = NULL;

	for (; *words; words++) {
		d = lk_ascii_distance(word, *words);
		if (d < least) {
			least = d;
			nearest = *words;
		}
	}
	return nearest;
}

bool
lk_cli_is_url(const char *text)
{
	const char *end = strstr(text, "://");

	return end && lk_ascii_has_word("smtp smtps lmtp lmtp+unix", text,
					(size_t)(end - text));
}

/* What is not absolute the library tells about. */
void
lk_cli_check_path(void)
{
	const char *at = secure_getenv("LATCHKEY_PLUGIN_PATH"), *dir;
	char path[PATH_MAX], shown[PATH_MAX], text[PATH_MAX + 64];
	struct stat st;
	size_t n;

	while (at && (dir = lk_ascii_next(&at, ":", &n))) {
		if (n == 0 || n >= sizeof(path) || *dir != '/')
			continue;
		memcpy(path, dir, n);
		path[n] = '\0';
		if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
			continue;
		lk_ascii_printable(shown, sizeof(shown), path, n);
		snprintf(text, sizeof(text), "LATCHKEY_PLUGIN_PATH: %s is no "
			 "directory", shown);
		lk_cli_warn(text);
	}
}
