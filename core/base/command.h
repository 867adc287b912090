/* The words of a command line, without a shell. SPDX-License-Identifier: MIT */
#ifndef LK_BASE_COMMAND_H
#define LK_BASE_COMMAND_H

#define LK_COMMAND_WORDS 64         /* with the NULL at the end */

/* Split at blanks; '...' and "..." keep them.  room: as long as the line, with
 * its NUL.  How many words; -1: too many; -2: a quote is not closed. */
int lk_command_split(const char *line, char *room,
		     char *argv[LK_COMMAND_WORDS]);

/* The first word that only a shell would understand (| > && $( ~/), or NULL. */
const char *lk_command_shell(char *const argv[]);

#endif
