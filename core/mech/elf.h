/* The frame of a shared object, read from its file with every bound checked.
 * SPDX-License-Identifier: MIT */
#ifndef LK_MECH_ELF_H
#define LK_MECH_ELF_H

#include <latchkey/error.h>

#include <link.h>
#include <stdbool.h>

#define LK_ELF_SEGMENTS 64
#define LK_ELF_START    4096        /* read at once */

struct lk_elf {
	int fd;
	uint64_t size;
	ElfW(Ehdr) head;
	ElfW(Phdr) segments[LK_ELF_SEGMENTS];
	size_t n_segments;
	uint64_t symbols;           /* addresses of .dynamic's tables */
	uint64_t strings, gnu_hash;
	size_t n_start;             /* nearly all that is wanted lies here */
	unsigned char start[LK_ELF_START];
};

/* Check the open file: native, whole, with a .dynamic that makes sense.  The
 * descriptor is borrowed. */
int lk_elf_open(struct lk_elf *, int fd, uint64_t size, struct lk_error *err);

/* len octets at this place, which must be inside of the file. */
int lk_elf_read(const struct lk_elf *, void *to, size_t len, uint64_t at,
		struct lk_error *err);

/* Has it a dynamic symbol of this name, defined?  True as well if it has no GNU
 * hash to look it up in: the dynamic linker will tell. */
bool lk_elf_exports(const struct lk_elf *, const char *name);

/* Are len octets at this place inside of size? */
bool lk_elf_is_inside(uint64_t at, uint64_t len, uint64_t size);

/* Fail: the file is damaged or no plugin.  Returns -1. */
int lk_elf_bad(struct lk_error *err, const char *what);

#endif
