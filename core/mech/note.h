/* The notes of a plugin, read from its file: no code runs.
 * SPDX-License-Identifier: MIT */
#ifndef LK_MECH_NOTE_H
#define LK_MECH_NOTE_H

#include "mech/record.h"

#include <sys/stat.h>

/* Open a plugin for reading; never blocks, follows no link.  The descriptor, or
 * -1 with *err set: not to be had, no regular file. */
int lk_note_open(const char *path, struct stat *, struct lk_error *err);

/* Read the notes of the open file; it may be hostile, and may change meanwhile.
 * -1 and *err: why the file as a whole is refused. */
int lk_note_read(int fd, struct lk_notes **ret, struct lk_error *err);

#endif
