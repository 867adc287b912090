/* Where configuration files are. SPDX-License-Identifier: MIT */
#include "conf/config.h"

#include "base/ascii.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>

#if !defined(LATCHKEY_DATA_DIR) || !defined(LATCHKEY_SYSCONF_DIR)
#error "LATCHKEY_DATA_DIR and LATCHKEY_SYSCONF_DIR are the system's layers"
#endif

#define SYSTEM LATCHKEY_DATA_DIR ":" LATCHKEY_SYSCONF_DIR
#define VARIABLE "LATCHKEY_CONFIG_DIR"

/* What is not absolute would depend on the working directory. */
static int
check_dirs(const char *what, const char *dirs, int32_t cls,
	   struct lk_error *err)
{
	const char *at = dirs, *dir;
	char shown[256];
	size_t n;

	while ((dir = lk_ascii_next(&at, ":", &n))) {
		if (*dir == '/')
			continue;
		lk_ascii_printable(shown, sizeof(shown), dir, n);
		return lk_fail(err, cls, "%s: \"%s\" is no absolute path",
			       what, shown);
	}
	return 0;
}

/* The user's, or "" if there is none: daemons have /dev/null for a home. */
static const char *
user_base(const char **tail)
{
	const char *base = secure_getenv("XDG_CONFIG_HOME");
	struct stat st;

	*tail = "/latchkey";
	if (!base || *base != '/') {
		base = secure_getenv("HOME");
		*tail = "/.config/latchkey";
	}
	if (!base || *base != '/' ||
	    (stat(base, &st) == 0 && !S_ISDIR(st.st_mode)))
		return "";
	return base;
}

char *
lk_layers(const char *dirs, struct lk_error *err)
{
	const char *set = secure_getenv(VARIABLE), *base, *tail;
	char *all = NULL;
	int r;

	if (dirs && check_dirs("dirs", dirs, LK_E_USAGE, err) < 0)
		return NULL;
	if (!dirs && set && check_dirs(VARIABLE, set, LK_E_CONFIG, err) < 0)
		return NULL;
	if (!dirs)
		dirs = set;
	base = dirs || getauxval(AT_SECURE) ? "" : user_base(&tail);
	if (*base)
		r = asprintf(&all, SYSTEM ":%s%s", base, tail);
	else
		r = asprintf(&all, "%s", dirs ? dirs : SYSTEM);
	if (r < 0) {
		lk_fail_memory(err);
		return NULL;
	}
	return all;
}
