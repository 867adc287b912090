/* cmd: what its command line is.
 * SPDX-License-Identifier: MIT */
#include "conf/source.h"

#include "base/command.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

const char *
lk_command_rule(const char *line)
{
	char *argv[LK_COMMAND_WORDS], *room = malloc(strlen(line) + 1);
	const char *rule = NULL;
	int n;

	if (!room)
		return "finds no memory";
	n = lk_command_split(line, room, argv);
	if (n == -1)
		rule = "is no source: cmd: has too many words";
	else if (n == -2)
		rule = "is no source: a quote in cmd: is not closed";
	else if (n == 0 || (n > 0 && !*argv[0]))
		rule = "is no source: cmd: takes a program and its arguments";
	else if (n > 0 && argv[0][0] != '/' && strchr(argv[0], '/'))
		rule = "is no source: the program of cmd: is an absolute path, "
		       "or a name in PATH";
	free(room);
	return rule;
}

static int
start(struct lk_source *s, const char *line, struct lk_error *err)
{
	char *argv[LK_COMMAND_WORDS], *room = malloc(strlen(line) + 1);
	int r = -1;

	if (!room)
		return lk_fail_memory(err);
	if (lk_command_split(line, room, argv) < 1) {
		lk_fail(err, LK_E_NOPROP, "cmd: names no program");
	} else if (argv[0][0] != '/' && !secure_getenv("PATH")) {
		lk_fail(err, LK_E_NOPROP, "the program %s cannot be looked up: "
			"there is no PATH that may be trusted", argv[0]);
		lk_advise(err, "give its whole path");
	} else {
		r = lk_program_start(s, argv, false, err);
	}
	free(room);
	return r;
}

/* What is wrong with it may be that it was written for a shell. */
static void
advise(const char *line, struct lk_error *err)
{
	char *argv[LK_COMMAND_WORDS], *room = malloc(strlen(line) + 1);
	const char *word = NULL;

	if (room && lk_command_split(line, room, argv) > 0)
		word = lk_command_shell(argv);
	if (word)
		lk_advise(err, "there is no shell, and \"%.2s\" is a word "
			  "like any other: cmd:sh -c '...'", word);
	free(room);
}

int32_t
lk_command_read(struct lk_source *s, const char *line, uint32_t flags,
		const struct lk_whose *whose, struct lk_error *err)
{
	int32_t r = LK_E_NOPROP;

	(void)flags;
	(void)whose;
	if (s->pid != 0 || start(s, line, err) == 0)
		r = lk_program_read(s, err);
	if (r < 0 && err)
		advise(line, err);
	return r;
}
