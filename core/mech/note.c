/* Reads the notes of a plugin's file. SPDX-License-Identifier: MIT */
#include "mech/note.h"

#include "base/error.h"
#include "mech/elf.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOTES_OCTETS 262144

static const char *
kind(mode_t mode)
{
	return S_ISDIR(mode) ? "a directory" : S_ISFIFO(mode) ? "a FIFO"
	       : S_ISSOCK(mode) ? "a socket" : S_ISLNK(mode) ? "a link"
	       : "a device";
}

int
lk_note_open(const char *path, struct stat *st, struct lk_error *err)
{
	int fd;

	/* what is no file is not even opened: some devices act on it */
	if (lstat(path, st) < 0)
		return lk_fail(err, LK_E_CONFIG, "cannot be opened: %m");
	if (!S_ISREG(st->st_mode))
		return lk_fail(err, LK_E_CONFIG, "%s, not a regular file",
			       kind(st->st_mode));
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY |
		  O_CLOEXEC);
	if (fd < 0)
		return lk_fail(err, LK_E_CONFIG, "cannot be opened: %m");
	if (fstat(fd, st) < 0 || !S_ISREG(st->st_mode)) {
		close(fd);
		return lk_fail(err, LK_E_CONFIG, "%s, not a regular file",
			       kind(st->st_mode));
	}
	return fd;
}

static uint64_t
pad(uint64_t n, uint64_t align)
{
	return (n + align - 1) / align * align;
}

/* The notes in p[len]; the ones of others are passed over. */
static int
walk(const unsigned char *p, uint64_t len, uint64_t align,
     struct lk_notes *notes, struct lk_error *err)
{
	ElfW(Nhdr) head;
	uint64_t at = 0;

	while (at <= len && len - at >= sizeof(head)) {
		uint64_t desc, next;

		memcpy(&head, p + at, sizeof(head));
		desc = at + pad(sizeof(head) + (uint64_t)head.n_namesz, align);
		next = desc + pad(head.n_descsz, align);
		if (!lk_elf_is_inside(desc, head.n_descsz, len))
			return lk_elf_bad(err, "a note exceeds its room");
		if (head.n_namesz == sizeof(LK_NOTE_OWNER) &&
		    memcmp(p + at + sizeof(head), LK_NOTE_OWNER,
			   sizeof(LK_NOTE_OWNER)) == 0 &&
		    lk_notes_add(notes, head.n_type, p + desc, head.n_descsz,
				 err) < 0)
			return -1;
		at = next;
	}
	return 0;
}

static int
read_notes(const struct lk_elf *e, const ElfW(Phdr) *p, struct lk_notes *notes,
	   struct lk_error *err)
{
	unsigned char *data;
	int r = -1;

	if (p->p_filesz == 0)
		return 0;
	if (p->p_filesz > NOTES_OCTETS)
		return lk_elf_bad(err, "its notes are too long");
	data = malloc(p->p_filesz);
	if (!data)
		return lk_fail_memory(err);
	if (lk_elf_read(e, data, p->p_filesz, p->p_offset, err) == 0)
		r = walk(data, p->p_filesz, p->p_align == 8 ? 8 : 4, notes,
			 err);
	free(data);
	return r;
}

int
lk_note_read(int fd, struct lk_notes **ret, struct lk_error *err)
{
	struct lk_notes *notes = NULL;
	struct lk_elf e;
	struct stat st;
	int r = -1;
	size_t i;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return lk_fail(err, LK_E_CONFIG, "not a regular file");
	if (lk_elf_open(&e, fd, (uint64_t)st.st_size, err) < 0)
		return -1;
	notes = lk_notes_new();
	if (!notes)
		return lk_fail_memory(err);
	for (i = 0; i < e.n_segments; i++)
		if (e.segments[i].p_type == PT_NOTE &&
		    read_notes(&e, &e.segments[i], notes, err) < 0)
			goto out;
	if (!notes->n_mechs && !notes->n_params) {
		lk_fail(err, LK_E_CONFIG,
			"not a plugin: it has no Latchkey note");
		goto out;
	}
	if (lk_notes_end(notes, err) < 0)
		goto out;
	if (!lk_elf_exports(&e, LK_PLUGIN_SYMBOL)) {
		lk_fail(err, LK_E_CONFIG, "it has Latchkey notes, but exports "
			"no " LK_PLUGIN_SYMBOL);
		lk_advise(err, "its source needs an LK_PLUGIN(), and that "
			  "must not be hidden");
		goto out;
	}
	*ret = notes;
	notes = NULL;
	r = 0;
out:
	lk_notes_free(notes);
	return r;
}
