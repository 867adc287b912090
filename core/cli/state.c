/* Where the command remembers. SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Not in the home of somebody else, where sudo may have left us. */
static bool
is_ours(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
	       st.st_uid == geteuid();
}

static bool
put(char path[PATH_MAX], const char *base, const char *name)
{
	int n = snprintf(path, PATH_MAX, "%s%s", base, name);

	return n > 0 && n < PATH_MAX;
}

const char *
lk_cli_state_dir(char path[PATH_MAX], bool make)
{
	const char *state = secure_getenv("XDG_STATE_HOME");
	const char *home = secure_getenv("HOME");

	if (state && *state == '/') {
		if (make)
			mkdir(state, 0700);
		return is_ours(state) && put(path, state, "/latchkey") ? path
								      : NULL;
	}
	if (!home || *home != '/' || !is_ours(home))
		return NULL;
	if (make && put(path, home, "/.local"))
		mkdir(path, 0700);
	if (make && put(path, home, "/.local/state"))
		mkdir(path, 0700);
	return put(path, home, "/.local/state/latchkey") ? path : NULL;
}
