/* Secrets that are nowhere to be had: what a source needs is looked for, and
 * nothing is run or read.  SPDX-License-Identifier: MIT */
#include "cli/check.h"

#include "base/ascii.h"
#include "base/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SENTENCE 640

/* One source; `why` becomes the sentence. */
struct source {
	const struct lk_account *account;
	const char *rest;           /* behind its colon, or NULL */
	char why[SENTENCE];
};

static const char *
clean(char room[256], const char *text)
{
	lk_ascii_printable(room, 256, text, strlen(text));
	return room;
}

/* ---- files --------------------------------------------------------------- */

static void
check_file(struct source *s, const char *path, mode_t others)
{
	char shown[256];
	struct stat st;

	clean(shown, path);
	if (*path != '/')
		snprintf(s->why, SENTENCE, "\"%s\" is no absolute path%s",
			 shown, *path == '~' ? ": ~ is not expanded here"
			 : ": which file it is depends on where a program is "
			   "started");
	else if (stat(path, &st) < 0 || access(path, R_OK) < 0)
		snprintf(s->why, SENTENCE, "%s: %s", shown, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		snprintf(s->why, SENTENCE, "%s is no regular file", shown);
	else if (st.st_mode & others)
		snprintf(s->why, SENTENCE, "%s has mode %04o: others than its "
			 "owner have access to the secret; chmod 600 %s",
			 shown, (unsigned)st.st_mode & 07777, shown);
}

static void
check_secret_file(struct source *s)
{
	check_file(s, s->rest, S_IRWXO | S_IRWXG);
}

static void
check_netrc(struct source *s)
{
	const char *home = secure_getenv("HOME");
	char path[PATH_MAX];

	if (!s->rest && (!home || *home != '/')) {
		snprintf(s->why, SENTENCE, "netrc alone is ~/.netrc, and there "
			 "is no HOME");
		return;
	}
	snprintf(path, sizeof(path), "%s%s", s->rest ? s->rest : home,
		 s->rest ? "" : "/.netrc");
	check_file(s, path, S_IRWXO | S_IRWXG);
}

static void
check_credential(struct source *s)
{
	const char *dir = secure_getenv("CREDENTIALS_DIRECTORY");
	char path[PATH_MAX], shown[256];

	clean(shown, s->rest);
	if (!dir || *dir != '/') {
		snprintf(s->why, SENTENCE, "there is no credential %s here: "
			 "only in a unit of systemd with "
			 "LoadCredential=%s:PATH", shown, shown);
		return;
	}
	snprintf(path, sizeof(path), "%s/%s", dir, s->rest);
	check_file(s, path, S_IRWXO | (S_IRWXG & ~(mode_t)S_IRGRP));
}

/* ---- others -------------------------------------------------------------- */

static void
check_env(struct source *s)
{
	char shown[256];

	if (!secure_getenv(s->rest))
		snprintf(s->why, SENTENCE, "the environment variable %s is not "
			 "set here", clean(shown, s->rest));
}

static bool
can_run(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       access(path, X_OK) == 0;
}

static bool
is_program(const char *name)
{
	const char *at = secure_getenv("PATH"), *dir;
	char path[PATH_MAX];
	size_t n;

	if (strchr(name, '/'))
		return can_run(name);
	while (at && (dir = lk_ascii_next(&at, ":", &n))) {
		snprintf(path, sizeof(path), "%.*s/%s", (int)n, dir, name);
		if (can_run(path))
			return true;
	}
	return false;
}

static void
check_command(struct source *s)
{
	char *argv[LK_COMMAND_WORDS], *room = malloc(strlen(s->rest) + 1);
	char shown[256];
	const char *word;

	if (!room || lk_command_split(s->rest, room, argv) < 1) {
		free(room);
		return;
	}
	word = lk_command_shell(argv);
	if (!is_program(argv[0]))
		snprintf(s->why, SENTENCE, strchr(argv[0], '/')
			 ? "there is no program %s"
			 : "there is no program %s in PATH",
			 clean(shown, argv[0]));
	else if (word)
		snprintf(s->why, SENTENCE, "there is no shell, and \"%.2s\" is "
			 "a word like any other: cmd:sh -c '...'", word);
	free(room);
}

static void
check_helper(struct source *s, const char *name, const char *library)
{
	char path[PATH_MAX], shown[256];

	if (!lk_cli_helper(path, name))
		snprintf(s->why, SENTENCE, "there is no program %s, which is "
			 "part of Latchkey where that was built with %s",
			 clean(shown, path), library);
}

static void
check_keyring(struct source *s)
{
	check_helper(s, "keyring", "libsecret");
}

static void
check_oauth(struct source *s)
{
	char missing[256];

	if (lk_cli_oauth_missing(s->account, false, missing, sizeof(missing)))
		snprintf(s->why, SENTENCE, "oauth needs %s: not set", missing);
	else
		check_helper(s, "oauth", "libcurl");
}

/* ---- all ----------------------------------------------------------------- */

static const struct {
	const char *name;
	void (*check)(struct source *);
} kinds[] = {
	{ "file", check_secret_file },       { "netrc", check_netrc },
	{ "credential", check_credential },  { "env", check_env },
	{ "cmd", check_command },            { "keyring", check_keyring },
	{ "oauth", check_oauth },
};

static void
check_one(struct lk_check *k, const char *key)
{
	const char *spec = lk_account_get(k->account, key);
	struct source s = { .account = k->account };
	size_t i, n = spec ? strcspn(spec, ":") : 0;
	char text[SENTENCE + 64];

	if (!spec)
		return;
	s.rest = spec[n] ? spec + n + 1 : NULL;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strlen(kinds[i].name) == n &&
		    memcmp(kinds[i].name, spec, n) == 0)
			kinds[i].check(&s);
	if (!*s.why)
		return;
	snprintf(text, sizeof(text), "%s: %s", key, s.why);
	lk_check_tell_at(k, false, key, text);
}

void
lk_check_sources(struct lk_check *k)
{
	static const char *const keys[] = {
		"password-from", "token-from", "oauth-client-secret-from",
	};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		check_one(k, keys[i]);
}
