/* cmd: what its command line is.
 * SPDX-License-Identifier: MIT */
#include "conf/source.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define ARGS_MAX 64

/* Split at blanks, '...' and "..." keep them.  Fills argv, NULL at its end, and
 * room with the words; the number of words, or -1 with *rule set. */
static int
split(const char *line, char *room, char *argv[ARGS_MAX], const char **rule)
{
	int n = 0;

	for (;;) {
		line += strspn(line, " \t");
		if (!*line)
			break;
		if (n == ARGS_MAX - 1) {
			*rule = "is no source: cmd: has too many words";
			return -1;
		}
		argv[n++] = room;
		while (*line && *line != ' ' && *line != '\t') {
			char quote = *line;

			if (quote != '"' && quote != '\'') {
				*room++ = *line++;
				continue;
			}
			for (line++; *line && *line != quote; line++)
				*room++ = *line;
			if (!*line) {
				*rule = "is no source: a quote in cmd: is "
					"not closed";
				return -1;
			}
			line++;
		}
		*room++ = '\0';
	}
	argv[n] = NULL;
	return n;
}

const char *
lk_command_rule(const char *line)
{
	char *argv[ARGS_MAX], *room = malloc(strlen(line) + 1);
	const char *rule = NULL;
	int n;

	if (!room)
		return "finds no memory";
	n = split(line, room, argv, &rule);
	if (n == 0 || (n > 0 && !*argv[0]))
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
	char *argv[ARGS_MAX], *room = malloc(strlen(line) + 1);
	const char *rule;
	int r = -1;

	if (!room)
		return lk_fail_memory(err);
	if (split(line, room, argv, &rule) < 1) {
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

int32_t
lk_command_read(struct lk_source *s, const char *line, uint32_t flags,
		const struct lk_whose *whose, struct lk_error *err)
{
	(void)flags;
	(void)whose;
	if (s->pid == 0 && start(s, line, err) < 0)
		return LK_E_NOPROP;
	return lk_program_read(s, err);
}
