/* The words of a command line, without a shell. SPDX-License-Identifier: MIT */
#include "base/command.h"

#include <stddef.h>
#include <string.h>

/* Copy one word; where it ends, or NULL: a quote is not closed. */
static const char *
copy_word(const char *line, char **room)
{
	while (*line && *line != ' ' && *line != '\t') {
		const char quote = *line;

		if (quote != '"' && quote != '\'') {
			*(*room)++ = *line++;
			continue;
		}
		for (line++; *line && *line != quote; line++)
			*(*room)++ = *line;
		if (!*line)
			return NULL;
		line++;
	}
	*(*room)++ = '\0';
	return line;
}

int
lk_command_split(const char *line, char *room, char *argv[LK_COMMAND_WORDS])
{
	int n = 0;

	for (;;) {
		line += strspn(line, " \t");
		if (!*line)
			break;
		if (n == LK_COMMAND_WORDS - 1)
			return -1;
		argv[n++] = room;
		line = copy_word(line, &room);
		if (!line)
			return -2;
	}
	argv[n] = NULL;
	return n;
}

/* A pattern with * or ? may be meant for the program itself. */
const char *
lk_command_shell(char *const argv[])
{
	for (; *argv; argv++) {
		const char *word = *argv;

		/* 2>&1 */
		word += strspn(word, "0123456789") == 1 &&
			strchr("<>", word[1]) && word[1];
		if ((*word && strchr("|<>;&`", *word)) ||
		    strncmp(word, "$(", 2) == 0 || strncmp(word, "~/", 2) == 0)
			return *argv;
	}
	return NULL;
}
